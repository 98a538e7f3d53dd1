package rl

// The odds of an arm or a plan are the chance under the belief,
//
//	P = sum_c b(c) R_c,
//
// where R_c is the chance that the arms, pulled in turn until one recovers or
// harms, end in recovery under cause c. R_c is uncertain because its Betas are.
// Mean and variance of R_c follow from independent arms by recursion from the
// last arm (see then); causes are independent, so Var P = sum_c b(c)^2 Var R_c;
// the quantiles are those of the Beta with that mean and variance. With one
// cause and one arm they are exactly the quantiles of its Beta.

// moments of a chance.
type moments struct{ mean, variance float64 }

func of(b Beta) moments { return moments{b.Mean(), b.Variance()} }

// then is X + (1-X-W)Y for independent X (this arm ends it well), W (it ends it
// badly) and Y (the arms after it end it well). With E[X+(1-X-W)Y | Y] =
// x + (1-x-w)Y and Var[... | Y] = (1-Y)^2 Var X + Y^2 Var W:
//
//	mean = x + (1-x-w) y
//	var  = ((1-y)^2 + Var Y) Var X + (y^2 + Var Y) Var W + (1-x-w)^2 Var Y
func then(x, w, y moments) moments {
	same := unchanged(x.mean, w.mean)
	return moments{
		mean: x.mean + same*y.mean,
		variance: ((1-y.mean)*(1-y.mean)+y.variance)*x.variance +
			(y.mean*y.mean+y.variance)*w.variance + same*same*y.variance,
	}
}

// planOdds are the odds of pulling the arms in turn. Harm is the chance that
// one of them makes it worse: the same recursion with the two ends exchanged.
func planOdds(p Problem, arms []int) Ranked {
	var ok, harm moments
	for c, b := range p.Belief {
		var good, bad moments
		for i := len(arms) - 1; i >= 0; i-- {
			x, w := of(p.OK[c][arms[i]]), of(p.Harm[c][arms[i]])
			good, bad = then(x, w, good), then(w, x, bad)
		}
		ok.mean += b * good.mean
		ok.variance += b * b * good.variance
		harm.mean += b * bad.mean
		harm.variance += b * b * bad.variance
	}
	okBeta, harmBeta := matched(ok.mean, ok.variance), matched(harm.mean, harm.variance)
	return Ranked{
		Arm: arms[0], Recovery: ok.mean, Low: okBeta.Quantile(.1), High: okBeta.Quantile(.9),
		Harm: harm.mean, HarmHigh: harmBeta.Quantile(.9),
	}
}
