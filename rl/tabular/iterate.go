package tabular

import "math"

// MDP is a known process: the outcomes of each action in each state.
type MDP [][][]Outcome

// Outcome is one thing that an action may lead to.
type Outcome struct {
	P      float64
	Next   int
	Reward float64
	Done   bool
}

// Optimal is value iteration (section 4.4): the optimal values within steps more
// steps, and the greedy actions. It stops early when no value moves by more than
// 1e-13; without a limit, give as many steps as patience allows.
func (m MDP) Optimal(gamma float64, steps int) (v []float64, greedy []int) {
	return m.sweep(gamma, steps, nil)
}

// Evaluate is the value of a policy of one action a state, likewise.
func (m MDP) Evaluate(policy []int, gamma float64, steps int) []float64 {
	v, _ := m.sweep(gamma, steps, policy)
	return v
}

func (m MDP) sweep(gamma float64, steps int, policy []int) (v []float64, greedy []int) {
	v, greedy = make([]float64, len(m)), make([]int, len(m))
	next := make([]float64, len(m))
	for range steps {
		moved := 0.0
		for s := range m {
			next[s] = math.Inf(-1)
			for a := range m[s] {
				if policy != nil && policy[s] != a {
					continue
				}
				if q := m.value(v, s, a, gamma); q > next[s] {
					next[s], greedy[s] = q, a
				}
			}
			moved = max(moved, math.Abs(next[s]-v[s]))
		}
		v, next = next, v
		if moved < 1e-13 {
			break
		}
	}
	return v, greedy
}

// value is Q(s,a) = sum_o p_o (r_o + gamma V(s_o)).
func (m MDP) value(v []float64, s, a int, gamma float64) (q float64) {
	for _, o := range m[s][a] {
		q += o.P * o.Reward
		if !o.Done {
			q += o.P * gamma * v[o.Next]
		}
	}
	return q
}
