package heal

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

// Candidate is one action that could be tried, with the causes under which it
// may help.
type Candidate struct {
	Action   pipewright.Action
	Actuator tools.Actuator
	For      []int // the hypotheses under which it is aimed right
	Twice    bool  // it would write again what a failed run left
}

// Candidates lists the actions that the catalogue suggests for a diagnosis and
// that something here can do, sorted by kind and target. A verb that helps at
// the cause is aimed at the hypothesis' resource; one that helps at the symptom
// at the most upstream resource that shows it.
func Candidates(inc pipewright.Incident, cat *catalogue.Catalogue, reg *tools.Registry, topo pipewright.Topology) []Candidate {
	var out []Candidate
	for h, hyp := range inc.Diagnosis.Hypotheses {
		cause, ok := cat.Cause(hyp.Cause)
		if !ok {
			continue
		}
		for _, help := range cause.Helps {
			c, ok := aimed(inc, hyp, help, reg, topo)
			if !ok {
				continue
			}
			i := slices.IndexFunc(out, func(o Candidate) bool { return o.Action.Kind == c.Action.Kind && o.Action.Target == c.Action.Target })
			if i < 0 {
				i, out = len(out), append(out, c)
			}
			out[i].For = append(out[i].For, h)
		}
	}
	for i, h := range inc.Diagnosis.Hypotheses {
		if _, known := cat.Cause(h.Cause); !known { // who knows what helps there
			for c := range out {
				out[c].For = append(out[c].For, i)
			}
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		if d := strings.Compare(string(a.Action.Kind), string(b.Action.Kind)); d != 0 {
			return d
		}
		return strings.Compare(string(a.Action.Target), string(b.Action.Target))
	})
	return out
}

// aimed is the candidate for one verb under one hypothesis: at the nearest
// resource that something here can act on.
func aimed(inc pipewright.Incident, h pipewright.Hypothesis, help catalogue.Help, reg *tools.Registry, topo pipewright.Topology) (Candidate, bool) {
	targets := aims(inc, h, help, topo)
	for _, target := range targets {
		if c, ok := candidate(reg, help.Verb, target); ok {
			return c, true
		}
	}
	for _, target := range targets {
		if c, ok := upstreamCandidate(reg, help.Verb, target, topo); ok {
			return c, true
		}
	}
	return Candidate{}, false
}

// upstreamCandidate is for an actuator that reaches what shows the symptom from right
// upstream of it.
func upstreamCandidate(reg *tools.Registry, verb pipewright.Verb, symptom pipewright.ResourceID, topo pipewright.Topology) (Candidate, bool) {
	for _, up := range topo.Upstream(symptom, 1) {
		if c, ok := candidate(reg, verb, up); ok && slices.Contains(c.Actuator.Reaches, symptom.Kind()) {
			return c, true
		}
	}
	return Candidate{}, false
}

// aims lists the resources a verb may be applied to, best first.
func aims(inc pipewright.Incident, h pipewright.Hypothesis, help catalogue.Help, topo pipewright.Topology) []pipewright.ResourceID {
	symptoms := upstreamFirst(inc.Resources(), topo)
	if help.On == "cause" {
		return append([]pipewright.ResourceID{h.Resource}, symptoms...)
	}
	return append(symptoms, h.Resource)
}

// upstreamFirst orders resources so that what others depend on comes first;
// otherwise the given order stays.
func upstreamFirst(ids []pipewright.ResourceID, topo pipewright.Topology) []pipewright.ResourceID {
	depth := func(id pipewright.ResourceID) int {
		n := 0
		for _, other := range ids {
			if other != id && topo.Distance(other, id, joinHops) > 0 {
				n++
			}
		}
		return n
	}
	out := slices.Clone(ids)
	slices.SortStableFunc(out, func(a, b pipewright.ResourceID) int { return depth(a) - depth(b) })
	return out
}

func candidate(reg *tools.Registry, verb pipewright.Verb, target pipewright.ResourceID) (Candidate, bool) {
	for _, a := range reg.For(target) {
		if a.Kind.Verb() == verb {
			return Candidate{Action: pipewright.Action{Kind: a.Kind, Target: target, Risk: a.Risk}, Actuator: a}, true
		}
	}
	return Candidate{}, false
}
