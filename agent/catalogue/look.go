package catalogue

import (
	"math"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Sight is what can be seen of an incident before anything is done about it.
type Sight struct {
	Kind    string // of the resource where it shows
	Signals []pipewright.SignalKind
	Metrics []Deviation
	Changes []pipewright.Change
	Logs    []string
	Answers map[string]bool // of probes, by name: yes or no
}

// Deviation is a metric far from its own past: high or low.
type Deviation struct{ Metric, Is string }

// Platform is what is known of the systems before anything breaks.
type Platform struct {
	Stages []Stage
	Probes []Probe
}

// Stage is what a kind of resource offers.
type Stage struct {
	Kind    string
	Verbs   []pipewright.Verb
	Probes  []string
	Metrics []Deviation // what its metrics can show
}

// Probe is a read-only check; Healthy says whether yes is good news.
type Probe struct {
	Name    string
	Healthy bool
	Minutes float64
}

// Look is one thing to observe, with its possible values.
type Look struct {
	Name   string
	Values []string
	chance func(*Cause) []float64 // of each value under a cause; nil: flat
}

// Observed is a look with the value that was seen.
type Observed struct{ Look, Value string }

// Looks turns what the causes show into things to observe, each counted once:
// the looks are taken as independent of each other under a cause. What cannot
// be seen at a kind of resource is not observed there, so that its absence
// says nothing.
type Looks struct {
	All      []Look
	platform Platform
	words    vocabulary
	changes  []ChangeSign
	stages   map[string]*Stage
}

const no, yes = "no", "yes"

var yesNo = []string{no, yes}

// usual is the chance of what a cause does not list: things deviate, change and
// answer wrongly now and then anyway.
const (
	usualMetric = .05
	usualChange = .04
	usualDeploy = .14
	usualAnswer = .06
)

// NewLooks lists what can be observed of the catalogue's causes on a platform.
func NewLooks(c *Catalogue, p Platform) *Looks {
	l := &Looks{platform: p, words: newVocabulary(c), stages: map[string]*Stage{}}
	for i := range p.Stages {
		l.stages[p.Stages[i].Kind] = &p.Stages[i]
	}
	l.addStage()
	l.All = append(l.All, l.words.look(), runLook())
	for _, k := range []pipewright.SignalKind{pipewright.HeartbeatSignal, pipewright.SchemaDiffSignal, pipewright.LogErrorSignal} {
		l.All = append(l.All, signalLook(k))
	}
	l.addMetrics()
	l.addChanges(c)
	for _, probe := range p.Probes {
		l.All = append(l.All, probeLook(probe))
	}
	return l
}

// Word says which causes have a signature that says a word of the look "log".
func (l *Looks) Word(word string) (causes []string) {
	for _, s := range l.words.signatures {
		if l.words.words[l.words.of[s.match]] == word && !slices.Contains(causes, s.cause) {
			causes = append(causes, s.cause)
		}
	}
	return causes
}

// Strange is the word of the look "log" for what no cause is known to say.
const Strange = strange

// Chances of each look's values under a cause, in the order of All.
func (l *Looks) Chances(c *Cause) [][]float64 {
	out := make([][]float64, len(l.All))
	for i := range l.All {
		out[i] = l.All[i].chance(c)
	}
	return out
}

// Reader reads sights and remembers the lines it has read before. It is not
// safe for concurrent use.
type Reader struct {
	*Looks
	matches map[string]string
}

// mostLines bounds what a Reader remembers.
const mostLines = 4096

// Reader returns a new reader of these looks.
func (l *Looks) Reader() *Reader { return &Reader{l, map[string]string{}} }

func (r *Reader) match(line string) string {
	m, known := r.matches[line]
	if !known {
		m = r.words.match(line)
		if len(r.matches) < mostLines {
			r.matches[line] = m
		}
	}
	return m
}

// Read lists what is observed, in the order of All.
func (r *Reader) Read(s Sight) []Observed {
	l := r.Looks
	out := []Observed{{"stage", s.Kind}}
	if w := l.words.read(s.Logs, r.match); w != "" {
		out = append(out, Observed{"log", w})
	}
	out = append(out, readSignals(s.Signals)...)
	if st := l.stages[s.Kind]; st != nil {
		for _, m := range st.Metrics {
			out = append(out, Observed{"metric " + m.Metric + " " + m.Is, word(slices.Contains(s.Metrics, m))})
		}
	}
	for _, sign := range l.changes {
		out = append(out, Observed{changeName(sign), word(slices.ContainsFunc(s.Changes, sign.MatchesChange))})
	}
	return append(out, l.Answers(s.Answers)...)
}

// Answers lists the probes that were asked.
func (l *Looks) Answers(said map[string]bool) []Observed {
	var out []Observed
	for _, p := range l.platform.Probes {
		if a, asked := said[p.Name]; asked {
			out = append(out, Observed{ProbeLook(p.Name), word(a)})
		}
	}
	return out
}

// ProbeLook names the look of a probe's answer.
func ProbeLook(probe string) string { return "probe " + probe }

func word(b bool) string {
	if b {
		return yes
	}
	return no
}

func binary(p float64) []float64 { return []float64{1 - p, p} }

// addStage: a cause is likely to show where it sits, less so where its checks
// can be asked and what helps can be done, and hardly anywhere else.
func (l *Looks) addStage() {
	look := Look{Name: "stage"}
	for _, s := range l.platform.Stages {
		look.Values = append(look.Values, s.Kind)
	}
	look.chance = func(c *Cause) []float64 {
		out, sum := make([]float64, len(l.platform.Stages)), 0.0
		for i := range out {
			out[i] = l.platform.Stages[i].fits(c)
			sum += out[i]
		}
		for i := range out {
			out[i] /= sum
		}
		return out
	}
	l.All = append(l.All, look)
}

func (s *Stage) fits(c *Cause) float64 {
	asked := !slices.ContainsFunc(c.Checks, func(k Check) bool { return !slices.Contains(s.Probes, k.Probe) })
	helped := len(c.Helps) == 0 || slices.ContainsFunc(c.Helps, func(h Help) bool {
		return h.Level.P() >= Sometimes.P() && slices.Contains(s.Verbs, h.Verb)
	})
	switch {
	case slices.Contains(c.Sits, s.Kind):
		return 1
	case asked && helped:
		return .5
	}
	return .04
}

// runLook is how a run failed: with an error, or not in time. A service has no
// runs and shows neither.
func runLook() Look {
	return Look{"run", []string{"failed", "overdue"}, func(c *Cause) []float64 {
		failed, overdue := c.signal(pipewright.RunFailedSignal, .1), c.signal(pipewright.RunOverdueSignal, .1)
		return []float64{failed / (failed + overdue), overdue / (failed + overdue)}
	}}
}

func signalLook(k pipewright.SignalKind) Look {
	return Look{"signal " + string(k), yesNo, func(c *Cause) []float64 { return binary(c.signal(k, usualMetric)) }}
}

func (c *Cause) signal(k pipewright.SignalKind, otherwise float64) float64 {
	for _, s := range c.Shows.Signals {
		if s.Kind == k {
			return s.Level.P()
		}
	}
	return otherwise
}

func readSignals(seen []pipewright.SignalKind) []Observed {
	var out []Observed
	failed, overdue := slices.Contains(seen, pipewright.RunFailedSignal), slices.Contains(seen, pipewright.RunOverdueSignal)
	switch {
	case failed:
		out = append(out, Observed{"run", "failed"})
	case overdue:
		out = append(out, Observed{"run", "overdue"})
	}
	kinds := []pipewright.SignalKind{pipewright.HeartbeatSignal, pipewright.SchemaDiffSignal}
	if !failed && !overdue { // a service: whether it logs errors tells something
		kinds = append(kinds, pipewright.LogErrorSignal)
	}
	for _, k := range kinds {
		out = append(out, Observed{"signal " + string(k), word(slices.Contains(seen, k))})
	}
	return out
}

// addMetrics: a sign that matches several metrics says that one of them
// deviates, so each alone does less often.
func (l *Looks) addMetrics() {
	var all []Deviation
	for _, s := range l.platform.Stages {
		for _, m := range s.Metrics {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	for _, m := range all {
		l.All = append(l.All, Look{"metric " + m.Metric + " " + m.Is, yesNo, func(c *Cause) []float64 {
			p := usualMetric
			for _, sign := range c.Shows.Metrics {
				if sign.Is != m.Is || !sign.MatchesMetric(m.Metric) {
					continue
				}
				n := 0
				for _, o := range all {
					if o.Is == sign.Is && sign.MatchesMetric(o.Metric) {
						n++
					}
				}
				p = max(p, 1-math.Pow(1-sign.Level.P(), 1/float64(n)))
			}
			return binary(p)
		}})
	}
}

// addChanges has one look for each kind of change with each pattern that some
// cause asks for.
func (l *Looks) addChanges(c *Catalogue) {
	seen := map[string]bool{}
	for _, cause := range c.Causes {
		for _, sign := range cause.Shows.Changes {
			if name := changeName(sign); !seen[name] {
				seen[name] = true
				l.changes = append(l.changes, sign)
			}
		}
	}
	for _, sign := range l.changes {
		l.All = append(l.All, Look{changeName(sign), yesNo, func(c *Cause) []float64 { return binary(c.change(sign)) }})
	}
}

func changeName(s ChangeSign) string { return "change " + string(s.Kind) + " " + s.Match }

// change is the chance that a change of this sign is seen: as listed; for any
// change of the kind at least what a narrower sign says.
func (c *Cause) change(sign ChangeSign) float64 {
	p := usualChange
	if sign.Kind == pipewright.ChangeVersion {
		p = usualDeploy
	}
	for _, s := range c.Shows.Changes {
		if s.Kind == sign.Kind && (s.Match == sign.Match || sign.Match == "") {
			p = max(p, s.Level.P())
		}
	}
	return p
}

// probeLook is the answer of a check. Of one that a cause does not list, good
// news is expected.
func probeLook(probe Probe) Look {
	return Look{ProbeLook(probe.Name), yesNo, func(c *Cause) []float64 {
		for _, check := range c.Checks {
			if check.Probe == probe.Name {
				return binary(min(max(check.Level.P(), usualAnswer), 1-usualAnswer))
			}
		}
		if probe.Healthy {
			return binary(1 - usualAnswer)
		}
		return binary(usualAnswer)
	}}
}
