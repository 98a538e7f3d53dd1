package gym

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Experiment is a chaos experiment: what is broken, and what has to follow. The
// lab breaks the same thing for real (deploy/lab), where it can.
type Experiment struct {
	Name    string      `yaml:"experiment"`
	Summary string      `yaml:"summary"`
	Inject  Injection   `yaml:"inject"`
	Expect  Expectation `yaml:"expect"`
}

// Injection is what is broken and where it shows.
type Injection struct {
	Cause    string            `yaml:"cause"`
	Shows    string            `yaml:"shows"`    // the resource that has the incident
	Lab      string            `yaml:"lab"`      // what `deploy/lab/lab break` calls it; empty: only the plant can
	Settings map[string]string `yaml:"settings"` // of the lab's fault
}

// Expectation is what has to follow. What is left out is not checked.
type Expectation struct {
	Causes  []string                `yaml:"causes"`  // a diagnosis names one of them; left out: the injected one
	At      string                  `yaml:"at"`      // where the cause sits
	Signals []Bound                 `yaml:"signals"` // how often each kind of symptom is seen
	Probes  []Bound                 `yaml:"probes"`  // how often each answers yes
	Verbs   []Bound                 `yaml:"verbs"`   // how often each recovers it, the soak included
	Harms   []Bound                 `yaml:"harms"`   // how often each makes it worse
	Actions []pipewright.ActionKind `yaml:"actions"` // in the lab one of them is proposed
}

// Bound is a share that has to lie in a range.
type Bound struct {
	Of    string   `yaml:"of"`
	Least *float64 `yaml:"least"`
	Most  *float64 `yaml:"most"`
}

// Measured is a bound and what was found.
type Measured struct {
	What  string // signal run_failed, verb remap, ...
	Share float64
	Least float64
	Most  float64
}

// Met reports whether the share lies in its range.
func (m Measured) Met() bool { return m.Share >= m.Least && m.Share <= m.Most }

func (m Measured) String() string {
	return fmt.Sprintf("%s: %.2f, expected %.2f to %.2f", m.What, m.Share, m.Least, m.Most)
}

// LoadExperiment reads an experiment file. The error is Invalid and lists every
// fault as "file: key: why", one a line.
func LoadExperiment(file string, text []byte) (*Experiment, error) {
	x := &Experiment{}
	found, err := decode(file, text, x)
	if err != nil {
		return nil, err
	}
	ck := &checker{found: found}
	ck.experiment(x)
	if len(x.Expect.Causes) == 0 {
		x.Expect.Causes = []string{x.Inject.Cause}
	}
	return x, invalid(file, ck.found)
}

func (ck *checker) experiment(x *Experiment) {
	if x.Name == "" {
		ck.fault("experiment", "is empty; give it a name")
	}
	i := slices.Index(Causes(), x.Inject.Cause)
	if i < 0 {
		ck.fault("inject.cause", "%q is not a cause that the plant has; it has %s", x.Inject.Cause, strings.Join(Causes(), ", "))
	}
	id, err := pipewright.ParseResourceID(x.Inject.Shows)
	k := kindOf(id.Kind())
	switch {
	case err != nil:
		ck.fault("inject.shows", "%v", err)
	case k < 0:
		ck.fault("inject.shows", "%s is not a kind that the plant has; it has %s", id.Kind(), strings.Join(Kinds(), ", "))
	case i >= 0 && !faults[i].hits(&kinds[k]):
		ck.fault("inject.shows", "%s cannot show at a %s", x.Inject.Cause, id.Kind())
	}
	if x.Inject.Lab == "" && len(x.Inject.Settings) > 0 {
		ck.fault("inject.settings", "are for the lab, and inject.lab is empty")
	}
	if x.Expect.At != "" {
		if _, err := pipewright.ParseResourceID(x.Expect.At); err != nil {
			ck.fault("expect.at", "%v", err)
		}
	}
	ck.expectation(x.Expect, k)
}

func (ck *checker) expectation(e Expectation, k int) {
	ck.bounds("expect.signals", e.Signals, nil)
	if k >= 0 {
		ck.bounds("expect.probes", e.Probes, probesOf(&kinds[k]))
		ck.bounds("expect.verbs", e.Verbs, texts(kinds[k].verbs))
		ck.bounds("expect.harms", e.Harms, texts(kinds[k].verbs))
	}
	for i, a := range e.Actions {
		if !a.Verb().Valid() || a.System() == "" {
			ck.fault(fmt.Sprintf("expect.actions[%d]", i), "%q is not <system>.<verb>", a)
		}
	}
}

func (ck *checker) bounds(key string, list []Bound, known []string) {
	for i, b := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		if b.Of == "" || known != nil && !slices.Contains(known, b.Of) {
			ck.fault(at+".of", "%q is not there; there is %s", b.Of, strings.Join(known, ", "))
		}
		if b.Least == nil && b.Most == nil {
			ck.fault(at, "has neither least nor most")
		}
		low, high := b.ends()
		ck.share(at+".least", low)
		ck.share(at+".most", high)
		if low > high {
			ck.fault(at+".least", "%g is over most, %g", low, high)
		}
	}
}

func (b Bound) ends() (low, high float64) {
	low, high = 0, 1
	if b.Least != nil {
		low = *b.Least
	}
	if b.Most != nil {
		high = *b.Most
	}
	return low, high
}

func texts(list []pipewright.Verb) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// Run puts the fault into these worlds, n times each, and measures what is
// expected, in the order of the file.
func (x *Experiment) Run(seeds []uint64, n int) ([]Measured, error) {
	sc := DefaultScenario()
	sc.Entities = []Entity{{ID: x.Inject.Shows, Env: "prod", Criticality: 1}}
	k, cause := kindOf(pipewright.ResourceID(x.Inject.Shows).Kind()), slices.Index(Causes(), x.Inject.Cause)
	if k < 0 || cause < 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "run experiment %s: the plant does not have its cause or its resource", x.Name)
	}
	verbs := allVerbs()
	odds, seen := make(row, len(verbs)), emission{counts: map[string]float64{}}
	for _, seed := range seeds {
		w := newWorld(seed, sc)
		rows, shown := w.sample(&w.regimes[0], cause, k, n, verbs, false)
		for j := range rows {
			odds[j].Recovered += rows[j].Recovered / float64(len(seeds))
			odds[j].Worse += rows[j].Worse / float64(len(seeds))
		}
		seen.n += shown.n
		for _, t := range sorted(shown.counts) {
			seen.counts[t] += shown.counts[t]
		}
	}
	return x.Expect.measure(verbs, odds, seen), nil
}

func (e Expectation) measure(verbs []pipewright.Verb, odds row, seen emission) []Measured {
	var out []Measured
	note := func(what string, b Bound, share float64) {
		low, high := b.ends()
		out = append(out, Measured{What: what + " " + b.Of, Share: share, Least: low, Most: high})
	}
	for _, b := range e.Signals {
		note("signal", b, seen.signal(b.Of))
	}
	for _, b := range e.Probes {
		note("probe", b, seen.counts["probe "+b.Of]/seen.n)
	}
	for _, b := range e.Verbs {
		note("verb", b, odds[slices.Index(verbs, pipewright.Verb(b.Of))].Recovered)
	}
	for _, b := range e.Harms {
		note("harm", b, odds[slices.Index(verbs, pipewright.Verb(b.Of))].Worse)
	}
	return out
}

// signal is the share of scenes that show a kind of symptom.
func (e emission) signal(kind string) float64 {
	n := 0.0
	for _, t := range sorted(e.counts) {
		if list, ok := strings.CutPrefix(t, "signals "); ok && slices.Contains(strings.Fields(list), kind) {
			n += e.counts[t]
		}
	}
	return n / e.n
}
