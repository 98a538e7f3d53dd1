package rl

import (
	"fmt"
	"math"
	"slices"
)

// Off-policy evaluation asks what a candidate policy would have been worth on
// incidents that another policy handled (Jiang and Li 2016, "doubly robust"):
//
//	DR = V(x0) + sum_t rho_0:t [ r_t + V(x_t+1) - Q(x_t, a_t) ]
//	rho_0:t = prod 1[pi(x) = a] / mu(a|x), clipped
//
// V and Q are of the candidate's actions under the chances of an evaluator: a
// model of its own that learned from the first half of the log. The candidate's
// own model must not judge it: a model that is wrong about an arm would both
// choose it and praise it.

// Actor is a policy to evaluate: the candidate it would pull, -1 to call a
// person. It must be deterministic.
type Actor interface {
	Act(c Case) int
}

// Greedy is the actor of a model and a planner without exploration and gate.
type Greedy struct {
	Model   *Model
	Planner *Planner
}

// Act is the arm of the highest value; a case that cannot be posed is a person's.
func (g Greedy) Act(c Case) int {
	p, err := g.Model.Pose(c)
	if err != nil {
		return -1
	}
	choice := g.Planner.Choose(p)
	if choice.Ruling == "" {
		return choice.Arm // the rules
	}
	return choice.Greedy
}

// Logged is one closed incident with what is needed to judge another policy.
type Logged struct {
	Steps   []LoggedStep `json:"steps"`
	Episode Episode      `json:"episode"`
}

// LoggedStep is one decision as it was made.
type LoggedStep struct {
	Case       Case    `json:"case"`
	Arm        int     `json:"arm"`        // pulled; -1: a person was called
	Propensity float64 `json:"propensity"` // with which Arm was chosen, over 0
	Reward     float64 `json:"reward"`     // what it brought until the next decision, or until the end
}

// Clip bounds importance weights: what it leaves out is the evaluator's to say. LeastESS is the effective sample size under
// which no verdict is given; HarmMargin is how much more harm than the incumbent
// a candidate may be predicted to do.
const (
	Clip       = 4.0
	LeastESS   = 15.0
	HarmMargin = .005

	opened = 10 // bounds the weights that the sample size is counted from
)

// Estimate is what one policy is worth on a log, for each incident.
type Estimate struct {
	DR   []float64 // doubly robust
	DM   []float64 // direct method: the evaluator's word
	Harm []float64 // chance of harm, by the evaluator
	Rho  []float64 // weight of the whole incident
	Open []float64 // weight of its first decision
	Gain []float64 // what the log brought
}

// Judge estimates a policy on a log under an evaluator.
func Judge(evaluator *Model, log []Logged, a Actor) (Estimate, error) {
	var e Estimate
	for i, in := range log {
		if err := in.check(); err != nil {
			return Estimate{}, fmt.Errorf("judge incident %d: %w", i, err)
		}
		one, err := judge(evaluator, in, a)
		if err != nil {
			return Estimate{}, fmt.Errorf("judge incident %d: %w", i, err)
		}
		e.DR, e.DM = append(e.DR, one.dr), append(e.DM, one.dm)
		e.Harm, e.Gain = append(e.Harm, one.harm), append(e.Gain, one.gain)
		e.Rho, e.Open = append(e.Rho, one.rho), append(e.Open, one.open)
	}
	return e, nil
}

func (l Logged) check() error {
	if len(l.Steps) == 0 {
		return fmt.Errorf("it has no decision")
	}
	for t, s := range l.Steps {
		if !(s.Propensity > 0 && s.Propensity <= 1) {
			return fmt.Errorf("decision %d has the propensity %g; it must be over 0 and at most 1", t, s.Propensity)
		}
		if math.IsNaN(s.Reward) || math.IsInf(s.Reward, 0) || s.Arm >= len(s.Case.Candidates) {
			return fmt.Errorf("decision %d has the arm %d and the reward %g", t, s.Arm, s.Reward)
		}
	}
	return nil
}

type judged struct{ dr, dm, harm, rho, open, gain float64 }

func judge(m *Model, in Logged, a Actor) (judged, error) {
	w, err := m.worthOf(in.Steps[0].Case, a, maxDepth)
	if err != nil {
		return judged{}, err
	}
	out := judged{dr: w.value, dm: w.value, harm: w.harm, rho: 1}
	for t, s := range in.Steps {
		out.gain += s.Reward
		if a.Act(s.Case) != s.Arm {
			out.rho = 0
		}
		if t == 0 {
			out.open = min(out.rho/s.Propensity, opened)
		}
		out.rho = min(out.rho/s.Propensity, Clip)
		if out.rho == 0 {
			continue
		}
		next := 0.0
		q, factor, err := m.valueOf(s.Case, s.Arm, a)
		if err != nil {
			return judged{}, err
		}
		if t+1 < len(in.Steps) {
			after, err := m.worthOf(in.Steps[t+1].Case, a, maxDepth)
			if err != nil {
				return judged{}, err
			}
			next = factor * after.value
		}
		out.dr += out.rho * (s.Reward + next - q)
	}
	return out, nil
}

// worth of following an actor, under a model.
type worth struct{ value, harm float64 }

// worthOf is V_pi of a case: the actor's arms in turn while nothing changes.
func (m *Model) worthOf(c Case, a Actor, depth int) (worth, error) {
	arm := a.Act(c)
	if arm < 0 || depth == 0 {
		return worth{value: c.Terms.orDefault().Escalation()}, nil
	}
	end, worse, next, err := m.pulled(c, arm)
	if err != nil {
		return worth{}, err
	}
	after, err := m.worthOf(next, a, depth-1)
	if err != nil {
		return worth{}, err
	}
	return worth{end.value(after.value), worse + end.same*after.harm}, nil
}

// valueOf is Q_pi of pulling an arm and then following the actor.
func (m *Model) valueOf(c Case, arm int, a Actor) (q, factor float64, err error) {
	if arm < 0 {
		return c.Terms.orDefault().Escalation(), 1, nil
	}
	end, _, next, err := m.pulled(c, arm)
	if err != nil {
		return 0, 0, err
	}
	_, factor = m.pull(c.Candidates[arm].Pull, m.verb(c.Candidates[arm].Verb), c.Context).price(c.Terms.orDefault())
	after, err := m.worthOf(next, a, maxDepth-1)
	return end.value(after.value), factor, err
}

// pulled is what an arm leads to under the model, and the case after it changed
// nothing.
func (m *Model) pulled(c Case, arm int) (end ending, worse float64, next Case, err error) {
	p, err := m.Pose(c)
	if err != nil {
		return ending{}, 0, Case{}, err
	}
	if arm >= len(p.Arms) {
		return ending{}, 0, Case{}, fmt.Errorf("arm %d of %d", arm, len(p.Arms))
	}
	br := p.branch(arm, p.Terms.orDefault())
	ok, worse := br.shifted(mixture(p, p.Belief, arm))
	next = c
	next.Tried = append(slices.Clone(c.Tried), arm)
	next.Left = max(c.Left-1, 0)
	if c.Left == 1 {
		next.Candidates = nil // nothing may be pulled any more
		next.Tried = nil
	}
	if len(c.Hypotheses) > 0 { // a diagnosis would have learned from it
		next.Hypotheses = slices.Clone(c.Hypotheses)
		for h := range next.Hypotheses {
			next.Hypotheses[h].Belief *= unchanged(p.OK[h][arm].Mean(), p.Harm[h][arm].Mean())
		}
	}
	return br.ending(ok, worse), worse, next, nil
}
