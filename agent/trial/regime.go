package trial

import "github.com/pipewright/pipewright/rl/sim/gym"

// changeAt is the incident at which the regime experiment changes the world.
const changeAt = 500

// Regime sets a trial up so that 40 % of the numbers on which a cure hangs break
// at one incident and the mix of causes is drawn anew. Online rows then say what
// policies did before, in the first 50 and 100 incidents after, and later.
func Regime(o Options) Options {
	sc := *gym.DefaultScenario()
	sc.Regimes = []gym.Regime{{At: changeAt, Break: .4, NewMix: true}}
	o.Scenario, o.Incidents = &sc, 2*changeAt
	o.Checkpoints = []int{300, changeAt - 1, changeAt + 49, changeAt + 99, 2 * changeAt}
	return o
}
