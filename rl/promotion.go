package rl

import (
	"fmt"
	"math"
)

// Comparison is the evidence for or against a candidate policy.
type Comparison struct {
	Incidents int      `json:"incidents"` // of the second half, on which it was judged
	DR        Interval `json:"dr"`        // candidate less incumbent, per incident
	DM        Interval `json:"dm"`
	ESS       float64  `json:"ess"`       // effective sample size: incidents that the log began as the candidate would
	WIS       float64  `json:"wis"`       // candidate, weighted importance sampling
	Logged    float64  `json:"logged"`    // what the log brought, per incident
	Harm      float64  `json:"harm"`      // predicted, candidate
	HarmWas   float64  `json:"harm_was"`  // predicted, incumbent
	Promote   bool     `json:"promote"`   // false: shadow longer
	Judged    bool     `json:"judged"`    // false: too little data to say
	Reasons   []string `json:"reasons"`   // one for each test, passed or not
	Evaluator string   `json:"evaluator"` // name of the evaluator's snapshot
}

// Interval is a mean with its 95 % bounds (normal).
type Interval struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Compare decides whether a candidate replaces the incumbent. The log is split
// in time: its first half trains the evaluator, which is thereby no model of the
// candidate's; the second half judges both, paired by incident.
func Compare(p Prior, h Hyper, log []Logged, candidate, incumbent Actor) (Comparison, error) {
	half := len(log) / 2
	episodes := make([]Episode, half)
	for i := range episodes {
		episodes[i] = log[i].Episode
	}
	evaluator, err := Rebuild(p, h, episodes)
	if err != nil {
		return Comparison{}, fmt.Errorf("train the evaluator: %w", err)
	}
	_, name, err := evaluator.Snapshot()
	if err != nil {
		return Comparison{}, err
	}
	c, err := compare(evaluator, log[half:], candidate, incumbent)
	c.Evaluator = name
	return c, err
}

func compare(evaluator *Model, log []Logged, candidate, incumbent Actor) (Comparison, error) {
	is, err := Judge(evaluator, log, candidate)
	if err != nil {
		return Comparison{}, err
	}
	was, err := Judge(evaluator, log, incumbent)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{
		Incidents: len(log), DR: paired(is.DR, was.DR), DM: paired(is.DM, was.DM), ESS: effective(is.Open), WIS: weighted(is),
		Logged: average(is.Gain), Harm: average(is.Harm), HarmWas: average(was.Harm),
	}
	c.rule()
	return c, nil
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
	half := 1.959964 * math.Sqrt(squares/(n-1)/n)
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
