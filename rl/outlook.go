package rl

import (
	"math"
	"math/rand/v2"
	"slices"
)

// outlook is what following a plan leads to under the whole belief.
type outlook struct {
	steps  []stage
	ok     float64 // P_plan: recovered, without harm
	harm   float64
	prices float64 // expected sum of prices

	reach  float64   // chance that all of it changed nothing
	belief []float64 // then
}

// stage is one arm of a plan, reached when those before it changed nothing.
type stage struct {
	arm       int
	ok, worse float64
}

// follow computes P_plan(T) = ok + same * P_plan(T+a), and the same for harm
// and prices.
func follow(p Problem, t Terms, plan []int) outlook {
	o := outlook{belief: slices.Clone(p.Belief), reach: 1, steps: make([]stage, 0, maxDepth)}
	for _, a := range plan {
		o.pull(p, t, a)
	}
	return o
}

// pull adds an arm.
func (o *outlook) pull(p Problem, t Terms, a int) {
	br := p.branch(a, t)
	s := stage{arm: a}
	s.ok, s.worse = br.shifted(mixture(p, o.belief, a))
	o.ok += o.reach * s.ok
	o.harm += o.reach * s.worse
	o.prices += o.reach * br.price
	o.reach *= unchanged(s.ok, s.worse)
	o.steps = append(o.steps, s)
	oks, worses := p.of(a)
	sum := 0.0
	for c := range o.belief {
		o.belief[c] *= unchanged(oks[c], worses[c])
		sum += o.belief[c]
	}
	for c := range o.belief {
		o.belief[c] /= max(sum, 1e-300)
	}
}

// mixture is p = sum_c b(c) ok_ca and q = sum_c b(c) worse_ca.
func mixture(p Problem, b []float64, a int) (ok, worse float64) {
	oks, worses := p.of(a)
	return dots(b, oks, worses)
}

// draws is how many Monte-Carlo draws give the quantiles of a plan.
const draws = 48

// spread draws the residual's noise along the plan and returns the 10 % and
// 90 % quantiles of P_plan. Two arms with one verb share their noise. What the
// draws leave out is the width of the catalogue's own Betas: a plan's mean is
// calibrated without it, and with it nothing would pass a bar before dozens of
// runs of each pair of cause and verb. harmHigh is the plan's harm with every
// arm at its own 90 % bound, which is no less than the 90 % quantile.
func (o outlook) spread(p Problem) (low, high, harmHigh float64) {
	var oks [draws]float64
	normal := rand.New(rand.NewPCG(p.Seed, saltSpread))
	var sds [maxDepth]Shift // deviations in place of variances
	reach := 1.0
	for j, s := range o.steps {
		sds[j] = p.pull(s.arm).Shift.deviations()
		_, worse := s.drawn(sds[j], 0, z90)
		harmHigh += reach * worse
		reach *= unchanged(s.ok, s.worse)
	}
	for i := range draws {
		var z [maxDepth]float64
		reach := 1.0
		for j, s := range o.steps {
			z[j] = normal.NormFloat64()
			for k, earlier := range o.steps[:j] {
				if p.Arms[earlier.arm] == p.Arms[s.arm] {
					z[j] = z[k]
				}
			}
			ok, worse := s.drawn(sds[j], z[j], 0)
			oks[i] += reach * ok
			reach *= unchanged(ok, worse)
		}
	}
	slices.Sort(oks[:])
	return quantile(oks[:], .1), quantile(oks[:], .9), harmHigh
}

// deviations takes the roots of the variances.
func (s Shift) deviations() Shift {
	return Shift{OKVar: math.Sqrt(s.OKVar), HarmVar: math.Sqrt(s.HarmVar)}
}

// drawn are the chances with the residual moved by z deviations.
func (s stage) drawn(sd Shift, z, zHarm float64) (ok, worse float64) {
	worse = oddsShift(s.worse, expShift(zHarm*sd.HarmVar))
	free := oddsShift(min(1, s.ok/max(1-s.worse, 1e-9)), expShift(z*sd.OKVar))
	return (1 - worse) * free, worse
}

// quantile of sorted values by linear interpolation (Hyndman and Fan's type 7).
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// salts keep the uses of one seed apart.
const (
	saltSpread = iota + 1
	saltThompson
	saltRandom = 1 << 32 // and on, one for each arm tried
)

// z90 is the 90 % quantile of the standard normal.
const z90 = 1.2815515655446004

// alone are the odds of one arm: quantiles of the logit-normal, exactly.
func alone(p Problem, br *branch, a int) Ranked {
	s := stage{arm: a}
	s.ok, s.worse = br.shifted(mixture(p, p.Belief, a))
	shift := p.pull(a).Shift.deviations()
	r := Ranked{Arm: a, Recovery: s.ok, Harm: s.worse}
	r.Low, _ = s.drawn(shift, -z90, 0)
	r.High, _ = s.drawn(shift, z90, 0)
	_, r.HarmHigh = s.drawn(shift, 0, z90)
	return r
}
