package trial

import (
	"slices"

	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// knowing plans with the world's own numbers: the informed ceiling believes by
// Bayes' rule with the world's own frequencies, the oracle sees the cause. It is
// what policies are measured against, never one of them.
type knowing struct {
	world   *gym.Gym
	numbers *gym.Ceiling
	planner *rl.Planner
	people  gym.People
	sees    bool // the cause
	probes  bool
	belief  []float64 // of the open incident
}

// certain is the strength of a chance that is known.
const certain = 1e6

func (k *knowing) next(s *session) move {
	if len(s.Steps) == 0 {
		k.believe(s)
	}
	p := rl.Problem{Terms: terms(s.Case, k.people), Left: max(s.Left, 1), Seed: s.Seed}
	kept := k.likely(&p)
	arms := append(slices.Clone(s.Case.Verbs), gym.Wait)
	for a, v := range arms {
		minutes := 0.0
		for i, c := range kept {
			o := k.numbers.Odds(s.Case.Stage, k.numbers.Causes[c], v)
			p.OK[i], p.Harm[i] = append(p.OK[i], rl.NewBeta(o.Recovered, certain)), append(p.Harm[i], rl.NewBeta(o.Worse, certain))
			minutes += p.Belief[i] * o.Minutes
		}
		_, money := gym.Price(v)
		p.Arms = append(p.Arms, string(v))
		p.Pulls = append(p.Pulls, rl.Pull{Minutes: minutes, Money: money, Severity: severity, Risk: string(riskOf(v))})
		if slices.Contains(s.Tried, v) {
			p.Tried = append(p.Tried, a)
			k.failed(&p, a)
		}
	}
	c := k.planner.Choose(p)
	if c.Arm < 0 || c.Ruling == rl.CallNow {
		return move{}
	}
	return move{How: runAlone, Verb: arms[c.Arm], Predicted: c.Odds.Recovery, Plan: len(c.Plan), Next: c.Of(c.Arm).Recovery}
}

func (k *knowing) believe(s *session) {
	if k.sees {
		k.belief = make([]float64, len(k.numbers.Causes))
		k.belief[slices.Index(k.numbers.Causes, k.world.Truth(s.Case.N)[0])] = 1
		return
	}
	said := map[string]string{}
	for _, name := range s.Case.Probes {
		if k.probes {
			said[name] = s.ask(name).Says
		}
	}
	k.belief = k.world.Belief(k.numbers, s.Case.N, said)
	s.Cause = k.numbers.Causes[slices.Index(k.belief, slices.Max(k.belief))]
}

// likely fills in the causes that hold some belief, and returns their places.
func (k *knowing) likely(p *rl.Problem) (kept []int) {
	sum := 0.0
	for c, b := range k.belief {
		if b > .001 {
			kept, sum = append(kept, c), sum+b
		}
	}
	for _, c := range kept {
		p.Belief = append(p.Belief, k.belief[c]/sum)
		p.Classes = append(p.Classes, k.numbers.Causes[c])
	}
	p.OK, p.Harm = make([][]rl.Beta, len(kept)), make([][]rl.Beta, len(kept))
	return kept
}

// failed is what an arm that changed nothing taught.
func (k *knowing) failed(p *rl.Problem, a int) {
	ok, harm := make([]rl.Beta, len(p.Belief)), make([]rl.Beta, len(p.Belief))
	for i := range p.Belief {
		ok[i], harm[i] = p.OK[i][a], p.Harm[i][a]
	}
	p.Belief = rl.AfterFailure(p.Belief, ok, harm)
}

func (*knowing) closed(*session)               {}
func (*knowing) settled(*session, gym.Outcome) {}
