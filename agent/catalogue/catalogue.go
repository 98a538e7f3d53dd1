// Package catalogue is the fault catalogue, as data: one YAML file a cause,
// embedded and extendable by users. Diagnosis, the learner's prior, the
// documentation and the lab's expectations read the same files; no cause is
// named in Go.
package catalogue

import (
	"regexp"

	pipewright "github.com/pipewright/pipewright"
)

// Level is how often something holds, in words that people can agree on.
type Level string

// Cause is one fault: what it looks like, what to check, what helps, what can
// go wrong, and how common it is.
type Cause struct {
	Name    string                `yaml:"cause"`
	Class   pipewright.FaultClass `yaml:"class"`
	Summary string                `yaml:"summary"` // one line for people
	Says    string                `yaml:"says"`    // a sentence about one case, from facts; see Sentence
	Common  string                `yaml:"common"`  // rare, occasional, common
	Sits    []string              `yaml:"sits_on"` // resource kinds where the cause itself sits
	Shows   Shows                 `yaml:"shows"`
	Checks  []Check               `yaml:"checks"`
	Helps   []Help                `yaml:"helps"`
	Harms   []Harm                `yaml:"harms"`
}

// Shows is what the cause looks like. Every item has a level: how often an
// incident of this cause shows it.
type Shows struct {
	Logs    []LogSignature `yaml:"logs"`
	Signals []SignalSign   `yaml:"signals"`
	Metrics []MetricSign   `yaml:"metrics"`
	Changes []ChangeSign   `yaml:"changes"` // since the last good run, at the cause's resource
}

// LogSignature is a pattern with an example line that is its own test.
type LogSignature struct {
	Pattern string         `yaml:"pattern"` // RE2
	Example string         `yaml:"example"`
	Level   Level          `yaml:"level"`
	re      *regexp.Regexp // compiled by the loader
}

// Matches reports whether the text shows the signature.
func (s LogSignature) Matches(text string) bool { return s.re != nil && s.re.MatchString(text) }

// Find returns the part of the text that shows the signature, "" when none does.
func (s LogSignature) Find(text string) string {
	if s.re == nil {
		return ""
	}
	return s.re.FindString(text)
}

// SignalSign is a symptom by signal kind.
type SignalSign struct {
	Kind  pipewright.SignalKind `yaml:"kind"`
	Level Level                 `yaml:"level"`
}

// MetricSign is a metric that is high or low against its own past.
type MetricSign struct {
	Metric string `yaml:"metric"` // RE2 over the metric's name
	Is     string `yaml:"is"`     // high, low
	Level  Level  `yaml:"level"`
	re     *regexp.Regexp
}

// MatchesMetric reports whether the sign speaks of this metric.
func (s MetricSign) MatchesMetric(name string) bool { return s.re != nil && s.re.MatchString(name) }

// ChangeSign is a kind of change.
type ChangeSign struct {
	Kind  pipewright.ChangeKind `yaml:"kind"`
	Match string                `yaml:"match"` // RE2 over the summary; empty: any
	Level Level                 `yaml:"level"`
	re    *regexp.Regexp
}

// MatchesChange reports whether the sign speaks of this change.
func (s ChangeSign) MatchesChange(c pipewright.Change) bool {
	return c.Kind == s.Kind && (s.re == nil || s.re.MatchString(c.Summary))
}

// Check is a read-only probe and how often it answers yes under this cause.
type Check struct {
	Probe string `yaml:"probe"`
	Level Level  `yaml:"level"`
}

// Help is a verb that helps, how often, and where it is applied.
type Help struct {
	Verb  pipewright.Verb `yaml:"verb"`
	On    string          `yaml:"on"` // cause (the resource it sits on) or symptom (where it shows); default symptom
	Level Level           `yaml:"level"`
}

// Harm is a verb that can make this cause worse, how often, and why.
type Harm struct {
	Verb  pipewright.Verb `yaml:"verb"`
	Level Level           `yaml:"level"`
	Why   string          `yaml:"why"`
}

// Catalogue is a checked set of causes, sorted by name.
type Catalogue struct {
	Causes []Cause
	Hash   string // sha256 of the files, in order
}

// Cause looks a cause up by name.
func (c *Catalogue) Cause(name string) (Cause, bool) {
	for _, cause := range c.Causes {
		if cause.Name == name {
			return cause, true
		}
	}
	return Cause{}, false
}
