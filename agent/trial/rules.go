package trial

import (
	"slices"
	"sync"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// otherwise is what the hand rules do where no rule of the runbook holds. It is theirs
// alone: the product acts on nothing that it knows nothing of.
var otherwise = catalogue.Rule{Name: "unknown", Do: []pipewright.Verb{"backoff_retry", "restart"}}

// ruleOf is the first rule of the runbook that speaks of a case.
func ruleOf(c gym.Case) catalogue.Rule {
	if r, ok := runbook().Match(sight(c)); ok {
		return r
	}
	return otherwise
}

// runbook is the hand-written rules that policies are measured against.
var runbook = sync.OnceValue(catalogue.DefaultRunbook)

// advice is what the hand rules do about a case, in order.
func advice(c gym.Case) (out []string) {
	for _, v := range ruleOf(c).Do {
		if slices.Contains(c.Verbs, v) && len(out) < 2 {
			out = append(out, string(v))
		}
	}
	return out
}

// ruled is the policy of the runbook: two steps, then a person.
type ruled struct{}

func (ruled) next(s *session) move {
	r := ruleOf(s.Case)
	s.Class = r.Name
	step := 0
	for _, v := range r.Do {
		if !slices.Contains(s.Case.Verbs, v) {
			continue
		}
		if step == len(s.Tried) && step < 2 {
			return move{How: runAlone, Verb: v}
		}
		step++
	}
	return move{}
}

func (ruled) closed(*session)               {}
func (ruled) settled(*session, gym.Outcome) {}

// simple is a policy that looks at nothing but what it may do.
type simple struct{ *rl.Baseline }

func (b simple) next(s *session) move {
	p := rl.Problem{Belief: []float64{1}, Classes: []string{"unknown"}, Seed: s.Seed, OK: [][]rl.Beta{nil}, Harm: [][]rl.Beta{nil}}
	for i, v := range s.Case.Verbs {
		p.Arms = append(p.Arms, string(v))
		p.OK[0], p.Harm[0] = append(p.OK[0], rl.NewBeta(.5, 2)), append(p.Harm[0], rl.NewBeta(.02, 2))
		if slices.Contains(s.Tried, v) {
			p.Tried = append(p.Tried, i)
		}
	}
	c := b.Choose(p)
	if c.Arm < 0 {
		return move{}
	}
	return move{How: runAlone, Verb: pipewright.Verb(p.Arms[c.Arm])}
}

func (simple) closed(*session)               {}
func (simple) settled(*session, gym.Outcome) {}
