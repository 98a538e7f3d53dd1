package rl

import (
	"math"
	"slices"
)

// Explanation holds the numbers that explain a decision. Each follows from the
// record, the model and the planner it names; nothing else goes into it.
type Explanation struct {
	Plan      []Candidate   `json:"plan"`
	Ruling    Ruling        `json:"ruling"`
	Suspects  []SuspectOdds `json:"suspects"` // the two most likely
	Odds      Ranked        `json:"odds"`     // of the plan
	Bar       float64       `json:"bar"`
	Why       []string      `json:"why,omitempty"`
	Runs      int           `json:"runs"` // verified runs of the first verb for this error class
	Held      int           `json:"held"` // of those, recovered
	Level     string        `json:"level"`
	Uplift    float64       `json:"uplift"` // recovery of the first arm less what waiting as long would bring
	Next      *RunnerUp     `json:"next,omitempty"`
	Otherwise *Flip         `json:"otherwise,omitempty"`
	Explored  bool          `json:"explored,omitempty"`
}

// SuspectOdds is a cause, how likely it is and what speaks for it.
type SuspectOdds struct {
	Hypothesis
	For []Contribution `json:"for,omitempty"` // strongest first
}

// Contribution is what one observation adds to the log-odds of a cause against
// all others: log P(f|c) - log sum_{c' != c} P(c') P(f|c') / sum_{c' != c} P(c').
type Contribution struct {
	Seen
	LogOdds float64 `json:"log_odds"`
}

// RunnerUp is the next best arm and how much less it is worth.
type RunnerUp struct {
	Candidate
	Recovery float64 `json:"recovery"`
	Less     float64 `json:"less"`
}

// Flip is the nearest case in which something else would have been chosen.
type Flip struct {
	Say      string     `json:"say"`                 // what would have to be different
	Instead  *Candidate `json:"candidate,omitempty"` // nil: a person would be called
	Recovery float64    `json:"recovery"`            // of the plan that would be chosen then
	Ruling   Ruling     `json:"ruling"`
}

// WhatIf is a case that differs in one thing, and how to say it.
type WhatIf struct {
	Say  string
	Case Case
}

// Explain computes the explanation of a record. The what-ifs are tried in order;
// the first that changes the action is reported. Without any, single observed
// features are changed, see WhatIfs.
func (r Record) Explain(m *Model, l *Planner, whatIfs ...WhatIf) (Explanation, error) {
	p, err := m.Pose(r.Case)
	if err != nil {
		return Explanation{}, err
	}
	c := r.Choice
	e := Explanation{Ruling: c.Ruling, Odds: c.Odds, Why: c.Why, Explored: c.Explored}
	if c.Arm >= 0 {
		for _, a := range c.Plan {
			e.Plan = append(e.Plan, r.Case.Candidates[a])
		}
	}
	for _, h := range p.top(2) {
		e.Suspects = append(e.Suspects, SuspectOdds{h, m.speaksFor(h.Cause, r.Case.Seen)})
	}
	if len(whatIfs) == 0 {
		whatIfs = m.WhatIfs(r.Case)
	}
	if e.Otherwise, err = flip(m, l, c, whatIfs); err != nil || c.Arm < 0 {
		return e, err
	}
	first := c.Arm
	verb := p.Arms[first]
	e.Bar = l.settings.Bars[p.pull(first).Risk]
	e.Runs, e.Held = m.Tally(verb, r.Case.Context.Error)
	e.Level = m.level(p.top(1)[0].Cause, verb)
	e.Uplift = m.uplift(p, first)
	e.Next = r.runnerUp(first)
	return e, nil
}

// speaksFor lists what was seen by what it adds, the strongest first.
func (m *Model) speaksFor(cause string, seen []Seen) []Contribution {
	c := m.cause(cause)
	var out []Contribution
	for _, o := range seen {
		f, value := m.seen(o)
		if c < 0 || value < 0 {
			continue
		}
		others, weight := 0.0, 0.0
		for k := range m.causes {
			if k != c {
				others += m.now[k] * m.emission(m.now, k, f, value)
				weight += m.now[k]
			}
		}
		if others > 0 {
			out = append(out, Contribution{o, math.Log(m.emission(m.now, c, f, value) * weight / others)})
		}
	}
	slices.SortStableFunc(out, func(a, b Contribution) int { return compareAbs(b.LogOdds, a.LogOdds) })
	return out
}

func compareAbs(a, b float64) int {
	switch {
	case math.Abs(a) < math.Abs(b):
		return -1
	case math.Abs(a) > math.Abs(b):
		return 1
	}
	return 0
}

// level is the catalogue's word for a verb under a cause, "" for what it does not
// hold.
func (m *Model) level(cause, verb string) string {
	c, ok := m.of[cause]
	v := m.verb(verb)
	if !ok || v < 0 || c >= len(m.prior.Causes) {
		return ""
	}
	nearest := levels[0]
	for _, l := range levels {
		if p := m.causes[c].Recovery[v]; math.Abs(l.p-p) < math.Abs(nearest.p-p) {
			nearest = l
		}
	}
	return nearest.word
}

// levels are the words of the fault catalogue.
var levels = []struct {
	word string
	p    float64
}{{"never", .02}, {"rarely", .15}, {"sometimes", .4}, {"often", .7}, {"almost always", .9}}

// uplift is what an arm adds to waiting as long as it takes.
func (m *Model) uplift(p Problem, arm int) float64 {
	br := p.branch(arm, p.Terms.orDefault())
	ok, _ := br.shifted(mixture(p, p.Belief, arm))
	waiting := 0.0
	for i, b := range p.Belief {
		waiting += b * m.Hazard(p.Causes[i]).Cleared(p.pull(arm).Minutes)
	}
	return ok - waiting
}

// runnerUp compares arms by what each is worth when it is followed as well as
// possible; the plan itself may have been lengthened to pass the bar.
func (r Record) runnerUp(first int) *RunnerUp {
	ranked := r.Choice.Ranked
	mine := slices.IndexFunc(ranked, func(k Ranked) bool { return k.Arm == first })
	for _, k := range ranked {
		if k.Arm != first && mine >= 0 {
			return &RunnerUp{r.Case.Candidates[k.Arm], k.Recovery, ranked[mine].Value - k.Value}
		}
	}
	return nil
}

// WhatIfs are the case with one observed feature changed, each value of each
// feature with few values, in the order they were seen.
func (m *Model) WhatIfs(c Case) []WhatIf {
	const few = 3
	var out []WhatIf
	for i, o := range c.Seen {
		f, value := m.seen(o)
		if value < 0 || len(f.values) > few {
			continue
		}
		for k, other := range m.prior.Features[f.index].Values {
			if k != value {
				changed := c
				changed.Seen = slices.Clone(c.Seen)
				changed.Seen[i].Value = other
				out = append(out, WhatIf{o.Feature + " were " + other, changed})
			}
		}
	}
	return out
}

// flip is the first what-if whose greedy arm, or whose ruling, is another.
func flip(m *Model, l *Planner, was Choice, whatIfs []WhatIf) (*Flip, error) {
	for _, w := range whatIfs {
		p, err := m.Pose(w.Case)
		if err != nil {
			return nil, err
		}
		is := l.Choose(p)
		if is.Greedy == was.Greedy && (is.Arm < 0) == (was.Arm < 0) {
			continue
		}
		f := Flip{Say: w.Say, Ruling: is.Ruling, Recovery: is.Odds.Recovery}
		if is.Arm >= 0 {
			f.Instead = &w.Case.Candidates[is.Arm]
		}
		return &f, nil
	}
	return nil, nil
}
