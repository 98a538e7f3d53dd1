// Package tabular is the classic family of reinforcement learning over tables:
// Q-learning, SARSA, expected SARSA, double Q, Watkins' Q(lambda) and Dyna-Q
// behind one interface, prediction by n-step TD and Monte Carlo, and value
// iteration. They are baselines for the belief planner, validated on the
// textbook problems; at tens of incidents a week a table stays below hand rules
// for years. A table knows no probability of recovery, so under a gate it may
// only suggest. Section numbers are of Sutton and Barto, Reinforcement Learning,
// 2nd edition (2018). Experiments call it; it imports nothing of ours.
package tabular

import (
	"fmt"
	"math/rand/v2"
)

// Transition is one step. Next and Allowed do not matter when Done.
type Transition struct {
	State, Action int
	Reward        float64
	Next          int
	Done          bool
	Allowed       []int // actions possible in Next; nil: all
}

// Learner acts epsilon-greedily and learns from what follows. Call Act, then
// Observe with its transition, then Act in the next state. It is not safe for
// concurrent use.
type Learner interface {
	// Act picks an action of the allowed ones (nil: all).
	Act(state int, allowed []int) int
	Observe(t Transition)
	// Greedy is the action of the highest value, of equals the first.
	Greedy(state int, allowed []int) int
	Value(state, action int) float64
}

// Settings of a learner.
type Settings struct {
	Actions int
	Alpha   float64 // step size; 0: max(.1, 1/n) with n the visits of the pair
	Gamma   float64 // discount
	Epsilon float64 // share of random actions
	Lambda  float64 // Q(lambda): decay of the traces
	Replays int     // Dyna-Q: updates from memory after each real one
	Seed    uint64
}

// Kinds are the names of the learners.
var Kinds = []string{"q", "sarsa", "expected_sarsa", "double_q", "q_lambda", "dyna_q"}

// New makes a learner by its name.
func New(kind string, s Settings) (Learner, error) {
	switch {
	case s.Actions < 1:
		return nil, fmt.Errorf("make a %s learner: it has %d actions", kind, s.Actions)
	case !(s.Alpha >= 0 && s.Alpha <= 1) || !(s.Gamma >= 0 && s.Gamma <= 1) || !(s.Epsilon >= 0 && s.Epsilon <= 1) || !(s.Lambda >= 0 && s.Lambda <= 1):
		return nil, fmt.Errorf("make a %s learner: alpha, gamma, epsilon and lambda must be between 0 and 1", kind)
	}
	t := table{s: s, rng: rand.New(rand.NewPCG(s.Seed, 1))}
	switch kind {
	case "q":
		return &qLearner{t}, nil
	case "sarsa":
		return &sarsa{table: t}, nil
	case "expected_sarsa":
		return &expectedSarsa{t}, nil
	case "double_q":
		return &doubleQ{table: t}, nil
	case "q_lambda":
		return &qLambda{table: t}, nil
	case "dyna_q":
		return &dynaQ{table: t, seen: map[[2]int]int{}}, nil
	}
	return nil, fmt.Errorf("make a learner: %q is none of %v", kind, Kinds)
}
