package heal

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// Candidate is one action that could be tried, with the causes under which it
// may help.
type Candidate struct {
	Action   pipewright.Action
	Actuator tools.Actuator
	For      []int // the hypotheses under which it is aimed right
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
	for _, target := range aims(inc, h, help, topo) {
		if c, ok := candidate(reg, help.Verb, target); ok {
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

// Learned is what verified outcomes say, by cause and action kind.
type Learned map[learnedKey]tally

type learnedKey struct {
	cause string
	verb  pipewright.Verb
}

// tally counts outcomes, each weighted by the belief in the cause when it was
// decided.
type tally struct{ ok, failed, harm, safe float64 }

// Learn folds verified outcomes. Unknown results teach nothing.
func Learn(outcomes []pipewright.Outcome) Learned {
	l := Learned{}
	for _, o := range outcomes {
		if !verified(o) {
			continue
		}
		for cause, weight := range o.Belief {
			key := learnedKey{cause, o.Action.Kind.Verb()}
			t := l[key]
			if o.Verification == pipewright.VerifyRecovered {
				t.ok += weight
			} else {
				t.failed += weight
			}
			if o.Harm {
				t.harm += weight
			} else {
				t.safe += weight
			}
			l[key] = t
		}
	}
	return l
}

// Odds is what is believed about verbs under causes: the catalogue's levels as
// priors, verified outcomes as data.
type Odds struct {
	Catalogue *catalogue.Catalogue
	Learned   Learned
}

// Recovery is the posterior chance that a verb recovers a cause.
func (o Odds) Recovery(cause string, verb pipewright.Verb) rl.Beta {
	t := o.Learned[learnedKey{cause, verb}]
	return posterior(o.Catalogue.Recovery(cause, verb), t.ok, t.failed)
}

// Harm is the posterior chance that a verb makes a cause worse.
func (o Odds) Harm(cause string, verb pipewright.Verb) rl.Beta {
	t := o.Learned[learnedKey{cause, verb}]
	return posterior(o.Catalogue.Worsening(cause, verb), t.harm, t.safe)
}

func posterior(prior catalogue.Effect, yes, no float64) rl.Beta {
	b := rl.NewBeta(prior.Mean, prior.Strength)
	return rl.Beta{A: b.A + yes, B: b.B + no}
}

// Seen is how many verified outcomes speak of a verb under a cause, each
// weighted by the belief in the cause.
func (o Odds) Seen(cause string, verb pipewright.Verb) float64 {
	t := o.Learned[learnedKey{cause, verb}]
	return t.ok + t.failed
}

// Pose states the decision as the learner sees it: a belief over hypotheses and
// an arm for each candidate. The belief is the diagnosis': it has already learned
// from what was tried in vain.
func Pose(d pipewright.Diagnosis, cands []Candidate, odds Odds, tried []int, seed uint64) rl.Problem {
	p := rl.Problem{Tried: tried, Seed: seed}
	for _, c := range cands {
		p.Arms = append(p.Arms, string(c.Action.Kind.Verb()))
	}
	for i, h := range d.Hypotheses {
		ok, harm := make([]rl.Beta, len(cands)), make([]rl.Beta, len(cands))
		for a, c := range cands {
			verb := c.Action.Kind.Verb()
			ok[a], harm[a] = odds.Recovery(h.Cause, verb), odds.Harm(h.Cause, verb)
			if _, known := odds.Catalogue.Cause(h.Cause); known && !slices.Contains(c.For, i) {
				ok[a] = rl.NewBeta(catalogue.Never.P(), catalogue.RecoveryStrength) // the right verb on the wrong thing
			}
		}
		p.Belief = append(p.Belief, h.Confidence)
		p.Classes = append(p.Classes, string(h.Class))
		p.OK, p.Harm = append(p.OK, ok), append(p.Harm, harm)
	}
	return p
}

// Decide turns a policy's choice into a decision with its reasons. ok is false
// when the policy would rather ask a person.
func Decide(choice rl.Choice, cands []Candidate, p rl.Problem) (d pipewright.Decision, ok bool) {
	if choice.Arm < 0 || choice.Arm >= len(cands) {
		return pipewright.Decision{Policy: choice.Policy, Seed: p.Seed, Reasons: choice.Why}, false
	}
	c := cands[choice.Arm]
	odds := choice.Odds
	d = pipewright.Decision{
		Action:   c.Action,
		Recovery: &odds.Recovery, Low: &odds.Low, High: &odds.High,
		Harm: &odds.Harm, HarmHigh: &odds.HarmHigh,
		Policy: choice.Policy, Propensity: choice.Propensity, Seed: p.Seed,
		Reasons:  choice.Why,
		Undo:     c.Actuator.Undo,
		Expected: c.Actuator.Expected.Seconds(),
	}
	for _, r := range choice.Ranked {
		if r.Arm != choice.Arm {
			d.Alternatives = append(d.Alternatives, alternative(cands[r.Arm], r))
		}
	}
	return d, true
}

func alternative(c Candidate, r rl.Ranked) pipewright.Alternative {
	return pipewright.Alternative{
		Action: c.Action,
		Odds:   &pipewright.Odds{Recovery: r.Recovery, Low: r.Low, High: r.High},
		Why:    fmt.Sprintf("predicted recovery %.2f (%.2f to %.2f), harm %.2f", r.Recovery, r.Low, r.High, r.Harm),
	}
}
