package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Fault is one thing wrong: the path of a key and why.
type Fault struct{ Key, Why string }

// checker collects the faults of one file.
type checker struct {
	file   string
	faults []Fault
}

func (ck *checker) fault(key, format string, args ...any) {
	ck.faults = append(ck.faults, Fault{key, fmt.Sprintf(format, args...)})
}

// lines are the faults for a person, one a line.
func (ck *checker) lines() (out []string) {
	for _, f := range ck.faults {
		out = append(out, ck.file+": "+f.Key+": "+f.Why)
	}
	return out
}

var (
	causeShape = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	kindShape  = regexp.MustCompile(`^[a-z0-9_]+:[a-z0-9_]+$`)
	holeShape  = regexp.MustCompile(`\{([a-z]*)\}`)
)

var signalKinds = []pipewright.SignalKind{
	pipewright.RunFailedSignal, pipewright.RunOverdueSignal, pipewright.ThresholdSignal, pipewright.AnomalySignal,
	pipewright.SchemaDiffSignal, pipewright.HeartbeatSignal, pipewright.LogErrorSignal,
}

var changeKinds = []pipewright.ChangeKind{
	pipewright.ChangeSchema, pipewright.ChangeConfig, pipewright.ChangeVersion, pipewright.ChangeAction,
}

// Holes are the placeholders that a says sentence may use, as {name}.
var Holes = []string{"resource", "symptom", "change", "at", "since", "error", "metric"}

func (ck *checker) cause(c *Cause) {
	ck.heading(c)
	ck.shows(&c.Shows)
	for i, check := range c.Checks {
		key := fmt.Sprintf("checks[%d]", i)
		if strings.TrimSpace(check.Probe) == "" {
			ck.fault(key+".probe", "is empty; name a read-only probe")
		}
		ck.level(key, check.Level)
	}
	ck.remedies(c)
}

func (ck *checker) heading(c *Cause) {
	if !causeShape.MatchString(c.Name) {
		ck.fault("cause", "%q is not a name in snake_case", c.Name)
	} else if c.Name+".yaml" != ck.file {
		ck.fault("cause", "is %q, so the file must be called %s.yaml", c.Name, c.Name)
	}
	if !c.Class.Valid() || c.Class == pipewright.ClassUnknown || c.Class == pipewright.ClassRequested {
		ck.fault("class", "%q is not a fault class that a cause can have", c.Class)
	}
	if strings.TrimSpace(c.Summary) == "" {
		ck.fault("summary", "is empty; say in one line what is wrong")
	}
	if _, ok := weights[c.Common]; !ok {
		ck.fault("common", "%q is not rare, occasional or common", c.Common)
	}
	if len(c.Sits) == 0 {
		ck.fault("sits_on", "is empty; list the resource kinds where the cause sits")
	}
	for i, kind := range c.Sits {
		if !kindShape.MatchString(kind) {
			ck.fault(fmt.Sprintf("sits_on[%d]", i), "%q is not a kind such as postgres:table", kind)
		}
	}
	for _, hole := range holeShape.FindAllStringSubmatch(c.Says, -1) {
		if !slices.Contains(Holes, hole[1]) {
			ck.fault("says", "{%s} is not one of %s", hole[1], strings.Join(Holes, ", "))
		}
	}
}

func (ck *checker) shows(s *Shows) {
	if len(s.Logs)+len(s.Signals)+len(s.Metrics)+len(s.Changes) == 0 {
		ck.fault("shows", "is empty; a cause that shows nothing can never be found")
	}
	for i := range s.Logs {
		ck.signature(fmt.Sprintf("shows.logs[%d]", i), &s.Logs[i])
	}
	for i, sign := range s.Signals {
		key := fmt.Sprintf("shows.signals[%d]", i)
		if !slices.Contains(signalKinds, sign.Kind) {
			ck.fault(key+".kind", "%q is not a kind of signal", sign.Kind)
		}
		ck.level(key, sign.Level)
	}
	for i := range s.Metrics {
		key, sign := fmt.Sprintf("shows.metrics[%d]", i), &s.Metrics[i]
		sign.re = ck.pattern(key+".metric", sign.Metric)
		if sign.Is != "high" && sign.Is != "low" {
			ck.fault(key+".is", "%q is not high or low", sign.Is)
		}
		ck.level(key, sign.Level)
	}
	for i := range s.Changes {
		ck.change(fmt.Sprintf("shows.changes[%d]", i), &s.Changes[i])
	}
}

func (ck *checker) signature(key string, s *LogSignature) {
	s.re = ck.pattern(key+".pattern", s.Pattern)
	switch {
	case s.Example == "":
		ck.fault(key+".example", "is empty; give a line that the pattern matches")
	case s.re != nil && !s.re.MatchString(s.Example):
		ck.fault(key+".example", "does not match its own pattern")
	}
	ck.level(key, s.Level)
}

func (ck *checker) change(key string, s *ChangeSign) {
	if !slices.Contains(changeKinds, s.Kind) {
		ck.fault(key+".kind", "%q is not schema, config, version or action", s.Kind)
	}
	if s.Match != "" {
		s.re = ck.pattern(key+".match", s.Match)
	}
	ck.level(key, s.Level)
}

func (ck *checker) remedies(c *Cause) {
	seen := map[pipewright.Verb]bool{}
	for i, h := range c.Helps {
		key := fmt.Sprintf("helps[%d]", i)
		ck.verb(key, h.Verb, seen)
		if h.On != "" && h.On != "cause" && h.On != "symptom" {
			ck.fault(key+".on", "%q is not cause or symptom", h.On)
		}
		ck.level(key, h.Level)
	}
	seen = map[pipewright.Verb]bool{}
	for i, h := range c.Harms {
		key := fmt.Sprintf("harms[%d]", i)
		ck.verb(key, h.Verb, seen)
		if strings.TrimSpace(h.Why) == "" {
			ck.fault(key+".why", "is empty; say what goes wrong")
		}
		ck.level(key, h.Level)
	}
}

func (ck *checker) verb(key string, v pipewright.Verb, seen map[pipewright.Verb]bool) {
	switch {
	case !v.Valid():
		ck.fault(key+".verb", "%q is not a known verb; they are %v", v, pipewright.Verbs)
	case seen[v]:
		ck.fault(key+".verb", "%q is listed twice", v)
	}
	seen[v] = true
}

func (ck *checker) level(key string, l Level) {
	if !l.Valid() {
		ck.fault(key+".level", "%q is not never, rarely, sometimes, often or almost_always", l)
	}
}

// pattern compiles an RE2 pattern. One that matches the empty text would match
// everything and tell nothing.
func (ck *checker) pattern(key, text string) *regexp.Regexp {
	re, err := regexp.Compile(text)
	switch {
	case err != nil:
		ck.fault(key, "is not a regular expression: %v", err)
		return nil
	case re.MatchString(""):
		ck.fault(key, "matches the empty text, so it would match everything")
	}
	return re
}
