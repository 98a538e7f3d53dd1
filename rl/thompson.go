package rl

import (
	"math"
	"math/rand/v2"
)

// Thompson sampling picks an arm with the chance that it is the best one. The
// logit of arm a's recovery is normal around its mean with the residual's
// variance, and independent of the other arms', and the arm's value rises with
// it, so that chance is
//
//	P(a) = E_z[ prod_{b != a} P(value of b < value of a at z) ],  z ~ N(0,1)
//
// The expectation is taken at the midpoints of grid equal slices of probability
// and normalised over the arms. The arm is then drawn from exactly this
// distribution, so the journaled propensity is exact.
const grid = 16

// midpoints are the standard normal's quantiles at the middles of the slices.
var midpoints = func() (z [grid]float64) {
	for g := range z {
		z[g] = -math.Sqrt2 * math.Erfcinv(2*(float64(g)+.5)/grid)
	}
	return z
}()

// lever is how an arm's value follows from its recovery p: base + slope*p.
type lever struct {
	arm         int
	base, slope float64
	mean, sd    float64 // of logit p
}

func (l lever) value(z float64) float64 { return l.base + l.slope*sigma(l.mean+z*l.sd) }

// below is the chance that the arm's value is under v.
func (l lever) below(v float64) float64 {
	p := (v - l.base) / l.slope
	switch {
	case l.slope <= 0 || l.sd <= 0:
		return tie(l.value(0), v)
	case p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	return normalCDF((logit(p) - l.mean) / l.sd)
}

// tie shares equal values, so that two arms that are the same have the same chance.
func tie(a, b float64) float64 {
	switch {
	case a < b:
		return 1
	case a > b:
		return 0
	}
	return .5
}

func normalCDF(x float64) float64 { return .5 * math.Erfc(-x/math.Sqrt2) }

// bestChances fills the chance of each arm to be the best.
func bestChances(dst []float64, levers []lever) []float64 {
	sum := 0.0
	for i := range levers {
		total := 0.0
		for _, z := range midpoints {
			v, chance := levers[i].value(z), 1.0
			for j := range levers {
				if j != i {
					chance *= levers[j].below(v)
				}
			}
			total += chance
		}
		dst = append(dst, total)
		sum += total
	}
	for i := range dst {
		dst[i] /= sum
	}
	return dst
}

// explore draws from the policy's own distribution: the greedy arm with
// 1-share, and with share one by Thompson sampling. propensity is the chance of
// the arm under both.
func explore(levers []lever, greedy int, share float64, seed uint64) (arm int, propensity float64, drawn bool) {
	if share <= 0 || len(levers) < 2 {
		return greedy, 1, false
	}
	var room [mostArms]float64
	chances := bestChances(room[:0], levers)
	rng := rand.New(rand.NewPCG(seed, saltThompson))
	arm, drawn = greedy, rng.Float64() < share
	if u := rng.Float64(); drawn {
		for i, c := range chances {
			arm = levers[i].arm
			if u -= c; u < 0 {
				break
			}
		}
	}
	for i, l := range levers {
		if l.arm == arm {
			propensity = share * chances[i]
		}
	}
	if arm == greedy {
		propensity += 1 - share
	}
	return arm, propensity, drawn
}
