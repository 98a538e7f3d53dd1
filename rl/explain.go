package rl

import (
	"fmt"
	"slices"
)

// Explanation holds the numbers that explain a decision. Each follows from the
// record and the settings of the planner it names; nothing else goes into it.
type Explanation struct {
	Plan      []Candidate   `json:"plan"`
	Ruling    Ruling        `json:"ruling"`
	Suspects  []SuspectOdds `json:"suspects"` // the two most likely
	Odds      Ranked        `json:"odds"`     // of the plan
	Bar       float64       `json:"bar"`
	Why       []string      `json:"why,omitempty"`
	Runs      int           `json:"runs"`
	Held      int           `json:"held"`
	Level     string        `json:"level"`
	Uplift    float64       `json:"uplift"` // recovery of the first arm less what waiting as long would bring
	Next      *RunnerUp     `json:"next,omitempty"`
	Otherwise *Flip         `json:"otherwise,omitempty"`
	Near      []Near        `json:"near,omitempty"`
	Explored  bool          `json:"explored,omitempty"`
	Rule      string        `json:"rule,omitempty"` // of the runbook, which says the first arm too, where its word counts
}

// SuspectOdds is a cause, how likely it is and what speaks for it or against it.
type SuspectOdds struct {
	Hypothesis
	For []Contribution `json:"for,omitempty"` // strongest first
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

// Explain computes the explanation from the record alone, with the planner that it
// names. Of its suppositions the first that changes the action is reported.
func (r Record) Explain(l *Planner) (e Explanation, err error) {
	p, err := r.Problem()
	if err != nil || r.Grounds == nil {
		return e, fmt.Errorf("explain the decision: its record does not hold what it was based on; it was cut off, or made by another version of this program")
	}
	c, g := r.Choice, r.Grounds
	e = Explanation{Ruling: c.Ruling, Odds: c.Odds, Why: c.Why, Explored: c.Explored, Near: g.Near}
	for i, h := range p.top(min(mostSuspects, len(g.For))) {
		e.Suspects = append(e.Suspects, SuspectOdds{h, g.For[i]})
	}
	if e.Otherwise, err = r.flip(l); err != nil || c.Arm < 0 {
		return e, err
	}
	for _, a := range c.Plan {
		e.Plan = append(e.Plan, r.Case.Candidates[a])
	}
	e.Bar = l.settings.Bars[p.pull(c.Arm).Risk]
	e.Runs, e.Held, e.Level = g.Runs, g.Held, g.Level
	br := p.branch(c.Arm, p.Terms.orDefault())
	ok, _ := br.shifted(mixture(p, p.Belief, c.Arm))
	e.Uplift = ok - g.Waiting
	e.Next = r.runnerUp(c.Arm)
	if slices.Contains(r.Case.Advice, e.Plan[0].Verb) && p.unknown() >= leastUnknown {
		e.Rule = g.Rule
	}
	return e, nil
}

// leastUnknown is the belief in faults that the catalogue lacks from which a runbook's
// word is told: it counts for them alone.
const leastUnknown = .05

func (p Problem) unknown() (sum float64) {
	for h, class := range p.Classes {
		if class == Spare {
			sum += p.Belief[h]
		}
	}
	return sum
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

// Suppose makes the choice under one of the record's suppositions, from the record
// alone. ok is false when it has none of that name.
func (r Record) Suppose(l Policy, say string) (c Choice, ok bool, err error) {
	if r.Grounds == nil {
		return c, false, nil
	}
	i := slices.IndexFunc(r.Grounds.Suppositions, func(s Supposition) bool { return s.Say == say })
	if i < 0 {
		return c, false, nil
	}
	p, err := r.supposing(r.Grounds.Suppositions[i].Belief)
	if err != nil {
		return c, false, err
	}
	return l.Choose(p), true, nil
}

// flip is the first supposition whose greedy arm, or whose ruling, is another.
func (r Record) flip(l Policy) (*Flip, error) {
	was := r.Choice
	for _, s := range r.Grounds.Suppositions {
		is, _, err := r.Suppose(l, s.Say)
		if err != nil {
			return nil, err
		}
		if is.Greedy == was.Greedy && (is.Arm < 0) == (was.Arm < 0) {
			continue
		}
		f := Flip{Say: s.Say, Ruling: is.Ruling, Recovery: is.Odds.Recovery}
		if is.Arm >= 0 {
			f.Instead = &r.Case.Candidates[is.Arm]
		}
		return &f, nil
	}
	return nil, nil
}
