package catalogue

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	pipewright "github.com/pipewright/pipewright"
)

// Rule is one line of a runbook: what it looks like and what to do about it. Of log,
// metrics and signal one must be seen, and the change, where the rule names one, too.
type Rule struct {
	Name    string                `yaml:"rule"`
	Log     string                `yaml:"log"`     // RE2 over each line, in any case of letters
	Metrics []string              `yaml:"metrics"` // "disk_percent high"
	Signal  pipewright.SignalKind `yaml:"signal"`
	Change  pipewright.ChangeKind `yaml:"change"`
	Do      []pipewright.Verb     `yaml:"do"` // in order of choice
	re      *regexp.Regexp        // compiled by the check
}

// Runbook is rules by symptom, in the order in which they are tried. It knows of no
// cause, so its word counts where the catalogue lacks one.
type Runbook []Rule

// Match is the first rule that holds for what is seen.
func (b Runbook) Match(s Sight) (Rule, bool) {
	i := slices.IndexFunc(b, func(r Rule) bool { return r.holds(s) })
	if i < 0 {
		return Rule{}, false
	}
	return b[i], true
}

func (r Rule) holds(s Sight) bool {
	if r.Change != "" && !slices.ContainsFunc(s.Changes, func(c pipewright.Change) bool { return c.Kind == r.Change }) {
		return false
	}
	return r.Change != "" && r.Log == "" && len(r.Metrics) == 0 && r.Signal == "" || // the change is the sign
		r.re != nil && slices.ContainsFunc(s.Logs, r.re.MatchString) ||
		r.Signal != "" && slices.Contains(s.Signals, r.Signal) ||
		slices.ContainsFunc(s.Metrics, func(d Deviation) bool { return slices.Contains(r.Metrics, d.Metric+" "+d.Is) })
}

//go:embed runbook.yaml
var embeddedRunbook []byte

// DefaultRunbook is the runbook that comes with the binary. It is checked by the
// package's tests, so a fault in it is a defect and panics.
func DefaultRunbook() Runbook { return slices.Clone(builtIn()) }

var builtIn = sync.OnceValue(func() Runbook {
	b, err := readRunbook("runbook.yaml", embeddedRunbook)
	if err != nil {
		panic("catalogue: " + err.Error())
	}
	return b
})

// readRunbook reads a file of rules. The error is Invalid and lists every fault as
// "file: key: why", one a line.
func readRunbook(name string, text []byte) (Runbook, error) {
	var rules []Rule
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	ck := &checker{file: name}
	var typed *yaml.TypeError
	switch err := dec.Decode(&rules); {
	case errors.As(err, &typed):
		for _, e := range typed.Errors {
			ck.decoding(e)
		}
	case err != nil && !errors.Is(err, io.EOF):
		ck.fault("file", "%s", plain(err.Error()))
	}
	b, faults := NewRunbook(rules)
	for _, f := range faults {
		ck.fault("rules"+f.Key, "%s", f.Why)
	}
	if len(ck.faults) > 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "%s", strings.Join(ck.lines(), "\n"))
	}
	return b, nil
}

// NewRunbook checks rules and compiles their patterns. The keys of its faults begin
// with the number of the rule: "[3].log".
func NewRunbook(rules []Rule) (Runbook, []Fault) {
	var ck checker
	b := slices.Clone(rules)
	for i := range b {
		ck.rule(fmt.Sprintf("[%d]", i), &b[i])
	}
	return b, ck.faults
}

var (
	ruleShape   = regexp.MustCompile("^[^`\\s]([^`\\n]{0,38}[^`\\s])?$") // it is quoted in explanations
	metricShape = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:]* (high|low)$`)
)

func (ck *checker) rule(key string, r *Rule) {
	if !ruleShape.MatchString(r.Name) {
		ck.fault(key+".rule", "%q is not a name of 1 to 40 characters; explanations quote it", r.Name)
	}
	if r.Log == "" && len(r.Metrics) == 0 && r.Signal == "" && r.Change == "" {
		ck.fault(key, "names no log, metrics, signal or change, so it would hold for everything")
	}
	ck.ruleLog(key+".log", r)
	for i, m := range r.Metrics {
		if !metricShape.MatchString(m) {
			ck.fault(fmt.Sprintf("%s.metrics[%d]", key, i), "%q is not a metric with high or low, such as disk_percent high", m)
		}
	}
	if r.Signal != "" && !slices.Contains(signalKinds, r.Signal) {
		ck.fault(key+".signal", "%q is not a kind of signal; they are %v", r.Signal, signalKinds)
	}
	if r.Change != "" && !slices.Contains(changeKinds, r.Change) {
		ck.fault(key+".change", "%q is not schema, config, version or action", r.Change)
	}
	if len(r.Do) == 0 {
		ck.fault(key+".do", "is empty; list what to do, in order")
	}
	for i, v := range r.Do {
		switch at := fmt.Sprintf("%s.do[%d]", key, i); {
		case !v.Valid():
			ck.fault(at, "%q is not a known verb; they are %v", v, pipewright.Verbs)
		case slices.Contains(r.Do[:i], v):
			ck.fault(at, "%q is listed twice", v)
		}
	}
}

// ruleLog compiles the pattern of a rule. Its fault quotes nothing of the pattern, which
// may be of several lines.
func (ck *checker) ruleLog(key string, r *Rule) {
	if r.Log == "" {
		return
	}
	re, err := regexp.Compile("(?i)" + r.Log)
	var why *syntax.Error
	switch {
	case errors.As(err, &why):
		ck.fault(key, "is not a regular expression that Go (RE2) reads: %s", why.Code)
	case err != nil:
		ck.fault(key, "is not a regular expression that Go (RE2) reads")
	case re.MatchString(""):
		ck.fault(key, "matches the empty text, so it would match everything")
	}
	r.re = re
}
