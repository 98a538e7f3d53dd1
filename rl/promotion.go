package rl

import (
	"fmt"
	"math"
	"slices"
)

// Comparison is the evidence for or against a candidate policy.
type Comparison struct {
	Incidents  int      `json:"incidents"` // on which it was judged
	DR         Interval `json:"dr"`        // candidate less incumbent, per incident
	DM         Interval `json:"dm"`
	ESS        float64  `json:"ess"`        // effective sample size: incidents that the log began as the candidate would
	WIS        float64  `json:"wis"`        // candidate, weighted importance sampling
	Logged     float64  `json:"logged"`     // what the log brought, per incident
	Harm       float64  `json:"harm"`       // predicted, candidate
	HarmWas    float64  `json:"harm_was"`   // predicted, incumbent
	Promote    bool     `json:"promote"`    // false: shadow longer
	Judged     bool     `json:"judged"`     // false: too little data to say
	Reasons    []string `json:"reasons"`    // one for each test, passed or not
	Evaluators []string `json:"evaluators"` // names of the evaluators' snapshots, of each half one
}

// Interval is a mean with its bounds, each of which holds in 95 % (normal).
type Interval struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Compare decides whether a candidate replaces the incumbent. The log is split
// in time: each half trains an evaluator, which is thereby no model of the
// candidate's, and that judges both policies on the other half, paired by
// incident (cross-fitting; Chernozhukov et al. 2018).
func Compare(p Prior, h Hyper, log []Logged, candidate, incumbent Actor) (Comparison, error) {
	half := len(log) / 2
	var is, was Estimate
	var c Comparison
	for _, fold := range [2]struct{ train, judge []Logged }{{log[:half], log[half:]}, {log[half:], log[:half]}} {
		evaluator, name, err := evaluator(p, h, fold.train)
		if err != nil {
			return Comparison{}, err
		}
		one, err := Judge(evaluator, fold.judge, candidate)
		if err != nil {
			return Comparison{}, err
		}
		other, err := Judge(evaluator, fold.judge, incumbent)
		if err != nil {
			return Comparison{}, err
		}
		is, was = is.join(one), was.join(other)
		c.Evaluators = append(c.Evaluators, name)
	}
	c.compare(is, was)
	return c, nil
}

// evaluator learns from one half of a log.
func evaluator(p Prior, h Hyper, log []Logged) (*Model, string, error) {
	episodes := make([]Episode, len(log))
	for i := range episodes {
		episodes[i] = log[i].Episode
	}
	m, err := Rebuild(p, h, episodes)
	if err != nil {
		return nil, "", fmt.Errorf("train the evaluator: %w", err)
	}
	_, name, err := m.Snapshot()
	return m, name, err
}

func (e Estimate) join(o Estimate) Estimate {
	return Estimate{slices.Concat(e.DR, o.DR), slices.Concat(e.DM, o.DM), slices.Concat(e.Harm, o.Harm),
		slices.Concat(e.Rho, o.Rho), slices.Concat(e.Open, o.Open), slices.Concat(e.Gain, o.Gain)}
}

func (c *Comparison) compare(is, was Estimate) {
	c.Incidents = len(is.Gain)
	c.DR, c.DM, c.ESS, c.WIS = paired(is.DR, was.DR), paired(is.DM, was.DM), effective(is.Open), weighted(is)
	c.Logged, c.Harm, c.HarmWas = average(is.Gain), average(is.Harm), average(was.Harm)
	c.rule()
}

// rule gives the verdict with a reason for each test.
func (c *Comparison) rule() {
	c.Judged = c.ESS >= LeastESS
	if !c.Judged {
		c.Reasons = []string{fmt.Sprintf("The log begins as the candidate would in what counts as %.1f incidents; %.0f are needed to judge it: shadow longer.", c.ESS, LeastESS)}
		return
	}
	c.Promote = true
	for _, test := range []struct {
		holds bool
		say   string
	}{
		{c.DR.Low > 0, fmt.Sprintf("the doubly robust gain is %+.3f an incident, at least %+.3f", c.DR.Mean, c.DR.Low)},
		{c.DM.Low > 0, fmt.Sprintf("the evaluator's own gain is %+.3f, at least %+.3f", c.DM.Mean, c.DM.Low)},
		{c.Harm <= c.HarmWas+HarmMargin, fmt.Sprintf("predicted harm is %.1f %% after %.1f %%", 100*c.Harm, 100*c.HarmWas)},
	} {
		verdict := "Holds"
		if !test.holds {
			c.Promote, verdict = false, "Fails"
		}
		c.Reasons = append(c.Reasons, verdict+": "+test.say+".")
	}
}

// paired is the mean difference with its bounds.
func paired(a, b []float64) Interval {
	n, sum, squares := float64(len(a)), 0.0, 0.0
	for i := range a {
		sum += a[i] - b[i]
	}
	if n < 2 {
		return Interval{}
	}
	mean := sum / n
	for i := range a {
		squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean)
	}
	half := 1.644854 * math.Sqrt(squares/(n-1)/n)
	return Interval{mean, mean - half, mean + half}
}

// effective sample size of weights: (sum w)^2 / sum w^2 (Kish).
func effective(w []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, x := range w {
		sum, squares = sum+x, squares+x*x
	}
	if squares == 0 {
		return 0
	}
	return sum * sum / squares
}

// weighted importance sampling: sum w G / sum w; 0 when nothing agrees.
func weighted(e Estimate) float64 {
	sum, total := 0.0, 0.0
	for i, w := range e.Rho {
		sum, total = sum+w*e.Gain[i], total+w
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

func average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / max(float64(len(x)), 1)
}
