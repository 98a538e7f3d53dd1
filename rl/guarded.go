package rl

import "math"

// Prediction is one verified plan: the chance of recovery that was predicted
// when it began, and what became of it.
type Prediction struct {
	Recovery  float64 `json:"recovery"`
	Recovered bool    `json:"recovered"`
}

const (
	trackLength = 50 // verified plans after which the gate alone decides
	trackLeast  = 10 // before this many nothing can be said
)

// Guarded reports whether a planner may begin alone only with what the runbook says: its
// track record is short and its log-loss no better than that of the base rate, which is
// predicted for each plan from those before it, (k+1)/(n+2). After trackLength plans it is
// free. The track is of plans that ran alone: of others a person approves what would
// recover, which no odds before that can know. The idea is that of safe policy improvement
// with a baseline (Laroche, Trichelair and Tachet des Combes 2019).
func Guarded(track []Prediction) bool {
	if len(track) < trackLeast || len(track) >= trackLength {
		return false
	}
	ours, base, k := 0.0, 0.0, 0.0
	for n, t := range track {
		ours += logLoss(t.Recovery, t.Recovered)
		base += logLoss((k+1)/(float64(n)+2), t.Recovered)
		k += truth(t.Recovered)
	}
	return ours >= base
}

func logLoss(p float64, y bool) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	if y {
		return -math.Log(p)
	}
	return -math.Log(1 - p)
}
