package rl

import "math"

// Belief is Bayes' rule over hypotheses: b(h) ~ prior(h) * prod_f P(f|h), where
// likelihood[f][h] is the chance of the observed feature f under h, or any
// positive multiple of it that is the same for all h. Priors are weights and
// need not sum to 1. Features are taken as independent given h: the caller
// must not count one observation twice. The product is formed in log space, so
// many features cannot underflow. The result sums to 1; when every hypothesis
// is impossible it is the normalised prior, and for no hypothesis it is nil.
func Belief(prior []float64, likelihood [][]float64) []float64 {
	logs := make([]float64, len(prior))
	for h, w := range prior {
		logs[h] = math.Log(max(w, 0))
		for _, feature := range likelihood {
			logs[h] += math.Log(max(feature[h], 0))
		}
	}
	out := softmax(logs)
	if out == nil && len(likelihood) > 0 {
		return Belief(prior, nil)
	}
	return out
}

// softmax normalises exp(logs) around the largest; nil when all are -Inf.
func softmax(logs []float64) []float64 {
	top := math.Inf(-1)
	for _, l := range logs {
		top = max(top, l)
	}
	if math.IsInf(top, -1) || math.IsNaN(top) {
		return nil
	}
	out, sum := make([]float64, len(logs)), 0.0
	for i, l := range logs {
		out[i] = math.Exp(l - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// AfterFailure is the belief after an arm was pulled and changed nothing:
// b'(c) ~ b(c) * (1 - ok - worse), with the arm's mean chances under each cause.
func AfterFailure(belief []float64, ok, harm []Beta) []float64 {
	same := make([]float64, len(belief))
	for c := range belief {
		same[c] = unchanged(ok[c].Mean(), harm[c].Mean())
	}
	return Belief(belief, [][]float64{same})
}

// unchanged is the chance that an arm neither helps nor harms. Levels are set
// one by one, so the two may add up to more than 1.
func unchanged(ok, worse float64) float64 { return max(0, 1-ok-worse) }
