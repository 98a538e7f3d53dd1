package heal

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

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
