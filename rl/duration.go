package rl

import "math"

// Durations are log-normal with unknown mean and precision of the logarithm. The
// conjugate prior is Normal-Gamma(m0, n0, alpha0, beta0); after n logarithms of
// mean x and sum of squares ss about it (Murphy 2007, "Conjugate Bayesian
// analysis of the Gaussian distribution", section 3):
//
//	m     = (n0 m0 + n x) / (n0 + n)
//	alpha = alpha0 + n/2
//	beta  = beta0 + ss/2 + n0 n (x-m0)^2 / (2 (n0+n))
//
// alpha0 is 2 and beta0 usualSpread^2, so that E[variance] = beta/(alpha-1)
// starts at usualSpread^2.
const usualSpread = .4 // deviation of a log duration, in nats

// timing holds the sufficient statistics of log minutes.
type timing struct{ n, sum, squares float64 }

// observe counts a duration, by its logarithm.
func (t *timing) observe(x, weight float64) {
	*t = timing{t.n + weight, t.sum + weight*x, t.squares + weight*x*x}
}

// logMinutes of a duration; what is under a hundredth of a second or over two years
// is a fault of a clock and read as that.
func logMinutes(minutes float64) float64 { return math.Log(min(max(minutes, 1e-4), 1e6)) }

// posterior mean and variance of the log duration under a prior of mean m0 and
// strength n0.
func (t timing) posterior(m0, n0 float64) (m, variance float64) {
	if t.n <= 0 {
		return m0, usualSpread * usualSpread
	}
	x := t.sum / t.n
	ss := max(0, t.squares-t.n*x*x)
	m = (n0*m0 + t.sum) / (n0 + t.n)
	beta := usualSpread*usualSpread + ss/2 + n0*t.n*(x-m0)*(x-m0)/(2*(n0+t.n))
	return m, beta / (1 + t.n/2)
}

// clock names a cell of durations: a verb, everywhere or on one kind of stage.
type clock struct {
	verb  int
	stage string
}

// Minutes is the expected duration of a verb on a kind of stage: exp(m + s^2/2)
// of the log-normal. The stage is shrunk to the verb, the verb to the catalogue.
func (m *Model) Minutes(verb, stage string) float64 {
	v, ok := m.verbs[verb]
	if !ok {
		return 0
	}
	return m.minutes(v, stage)
}

func (m *Model) minutes(verb int, stage string) float64 {
	n0 := m.hyper.Duration
	mean, variance := m.timing(verb, "").posterior(math.Log(m.prior.Verbs[verb].Minutes), n0)
	if t := m.timing(verb, stage); stage != "" && t.n > 0 {
		mean, variance = t.posterior(mean, n0)
	}
	return math.Exp(mean + variance/2)
}

// timing is a cell of durations, zero where nothing was seen.
func (m *Model) timing(verb int, stage string) timing {
	if t := m.clocks[clock{verb, stage}]; t != nil {
		return *t
	}
	return timing{}
}

// slowness is how many times longer a verb takes than the catalogue says, 1
// while nothing was seen.
func (m *Model) slowness(verb int, stage string) float64 {
	return m.minutes(verb, stage) / (m.prior.Verbs[verb].Minutes * math.Exp(usualSpread*usualSpread/2))
}
