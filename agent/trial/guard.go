package trial

import (
	"slices"

	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// guard is the product's over a planner of which little is known yet: while the odds of
// plans that ran alone were no better than the mere share of recoveries, a plan begins
// alone only with what the hand rules say.
type guard struct{ track []rl.Prediction }

// asks reports whether a person is asked about a plan that has passed the gate.
func (g *guard) asks(c rl.Case, arm int) bool {
	return g != nil && c.Started == "" && rl.Guarded(g.track) && !slices.Contains(c.Advice, c.Candidates[arm].Verb)
}

func (g *guard) settled(s *session, o gym.Outcome) {
	if g != nil && s.First.How == runAlone {
		g.track = append(g.track, rl.Prediction{Recovery: s.First.Predicted, Recovered: held(o)})
	}
}

// guarded is how long the guard is watched.
const guarded = 300

// Guarded sets a trial up over the first incidents of a planner with and without the
// guard, with a catalogue of a quality.
func Guarded(o Options, q Quality) Options {
	o.Quality, o.Policies = q, []string{"strict", "strict-guarded"}
	o.Incidents, o.Checkpoints, o.Test = guarded, []int{guarded}, 1
	return o
}
