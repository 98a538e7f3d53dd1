package tabular

import "math"

// Walk is one episode for prediction: the states visited and the reward on
// leaving each.
type Walk struct {
	States  []int
	Rewards []float64
}

// NStepTD updates state values by n-step temporal differences over one episode,
// as it would online (section 7.1):
//
//	V(s_t) += alpha [ r_t+1 + ... + gamma^(n-1) r_t+n + gamma^n V(s_t+n) - V(s_t) ]
//
// n = 1 is TD(0).
func NStepTD(v []float64, w Walk, n int, alpha, gamma float64) {
	end := len(w.States)
	for tau := range end {
		g := 0.0
		for i := min(tau+n, end) - 1; i >= tau; i-- {
			g = w.Rewards[i] + gamma*g
		}
		if tau+n < end {
			g += math.Pow(gamma, float64(n)) * v[w.States[tau+n]]
		}
		v[w.States[tau]] += alpha * (g - v[w.States[tau]])
	}
}

// MonteCarlo moves each visited state toward the return that followed, with a
// constant step (section 6.2).
func MonteCarlo(v []float64, w Walk, alpha, gamma float64) {
	g := 0.0
	for t := len(w.States) - 1; t >= 0; t-- {
		g = w.Rewards[t] + gamma*g
		v[w.States[t]] += alpha * (g - v[w.States[t]])
	}
}
