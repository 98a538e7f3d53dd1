package heal

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// hyper are the settings of every model here: those of an agent that a runbook advises,
// as trials on the plant have them.
func hyper() rl.Hyper { return rl.DefaultHyper().Advised() }

// mostAdvised is how many verbs a runbook advises at most.
const mostAdvised = 2

// advice is what the first rule that holds for an incident says to do, in order, of
// what can be done. It changes odds only: the gate, the guards and the rungs are asked
// as ever. Where no rule holds there is none, because acting on nothing known is a
// person's choice.
func advice(rules catalogue.Runbook, inc pipewright.Incident, cands []Candidate) (out []string) {
	r, _ := rules.Match(sight(inc))
	for _, v := range r.Do {
		able := slices.ContainsFunc(cands, func(c Candidate) bool { return c.Action.Kind.Verb() == v })
		if able && len(out) < mostAdvised {
			out = append(out, string(v))
		}
	}
	return out
}

// advised reports whether the runbook's word on a decision's case was to do so.
func advised(d pipewright.Decision, v pipewright.Verb) bool {
	rec, ok := readRecord(d)
	return ok && slices.Contains(rec.Case.Advice, string(v))
}

// sight is an incident as a runbook reads it: its symptoms and what its diagnosis
// cites. The words of other incidents and of runbooks are not its own.
func sight(inc pipewright.Incident) (s catalogue.Sight) {
	for _, sig := range inc.Signals {
		s.Signals = append(s.Signals, sig.Kind)
		switch {
		case sig.Metric != "" && sig.Value > sig.Limit:
			s.Metrics = append(s.Metrics, catalogue.Deviation{Metric: sig.Metric, Is: "high"})
		case sig.Metric != "" && sig.Value < sig.Limit:
			s.Metrics = append(s.Metrics, catalogue.Deviation{Metric: sig.Metric, Is: "low"})
		}
	}
	if inc.Diagnosis == nil {
		return s
	}
	s.Changes = inc.Diagnosis.Changes
	for _, e := range inc.Diagnosis.Evidence {
		if e.Kind == pipewright.LogEvidence || e.Kind == pipewright.RunEvidence {
			s.Logs = append(s.Logs, strings.Split(e.Excerpt, "\n")...)
		}
	}
	return s
}
