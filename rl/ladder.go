package rl

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Ladder folds facts into rungs. The same facts in the same order give the same
// rungs: it is a view of the journal, held in memory so that each decision need
// not read it again.
//
// An action earns auto on the pooled posterior (the plan's odds and the bound on
// harm, over all causes and places) and a few verified runs of its own cell,
// approved ones included; counting successes by cell alone would take a year.
// It loses it at once: by one harm, by predictions that no longer hold, by a new
// version. Then a person must re-approve it.
type Ladder struct {
	needs   Needs
	cells   map[Cell]*record
	deeds   map[deed]*suspicion
	harms   map[string][]time.Time // by action kind, since the last re-approval of it
	plans   []bool                 // results of the last plans that ran alone
	tripped string                 // why the breaker is open, "" while it is closed
}

// Needs is the evidence for autonomy.
type Needs struct {
	Bars map[string]float64 // on the plan's recovery, by risk class
	Caps map[string]float64 // on the 90 % bound of harm, by risk class
	Runs map[string]int     // verified runs, by risk class
	// Clean is how many of the newest runs must be without harm.
	Clean int
	// Fails of the last five plans that ran alone open the breaker; 0 reads as 3. Where
	// the bars are low, failures are no surprise.
	Fails int
}

// DefaultNeeds are those of RL.md 2.8, with the gate's bars.
func DefaultNeeds() Needs {
	s := Strict()
	return Needs{Bars: s.Bars, Caps: s.Caps, Runs: map[string]int{"R0": 0, "R1": 3, "R2": 10}, Clean: 20}
}

const (
	twoHarms   = 30 * 24 * time.Hour // two harms within this: ask everywhere
	breakerOf  = 5                   // plans that the breaker looks at
	breakerBad = 3                   // so many failures among them open it
	mostDouble = 6                   // the evidence needed stops doubling at 64 times
)

// record is what a cell has shown since it was last demoted.
type record struct {
	runs, held int
	newest     []bool // harm in the newest runs, oldest first
	promoted   bool
}

// suspicion is what stands against a deed.
type suspicion struct {
	harms    int    // ever: each doubles the evidence needed
	standing string // why it may not run alone before a person re-approves; "" when nothing stands
	s        float64
}

// NewLadder folds facts.
func NewLadder(needs Needs, facts []Fact) *Ladder {
	l := &Ladder{needs: needs, cells: map[Cell]*record{}, deeds: map[deed]*suspicion{}, harms: map[string][]time.Time{}}
	for _, f := range facts {
		l.Add(f)
	}
	return l
}

// Add folds one more fact.
func (l *Ladder) Add(f Fact) {
	switch f.Kind {
	case Ran:
		l.ran(f)
	case PlanEnded:
		l.planEnded(f)
	case Changed:
		l.changed(f)
	}
	if f.By == "" { // a machine cannot do the rest
		return
	}
	switch f.Kind {
	case Promoted:
		l.record(f.Cell).promoted = true
	case Reapproved:
		d := l.deed(f.Cell.deed())
		d.standing, d.s = "", 0
		delete(l.harms, f.Cell.Action)
	case Reset:
		l.tripped, l.plans = "", nil
	}
}

func (l *Ladder) ran(f Fact) {
	r, d := l.record(f.Cell), l.deed(f.Cell.deed())
	r.runs++
	r.held += int(truth(f.Recovered))
	r.newest = append(r.newest, f.Harm)
	if len(r.newest) > l.needs.Clean {
		r.newest = r.newest[1:]
	}
	d.s = cusum(d.s, f.Predicted, f.Recovered)
	switch {
	case f.Harm:
		d.harms++
		l.demote(f.Cell.deed(), "it made things worse")
		l.harms[f.Cell.Action] = append(l.harms[f.Cell.Action], f.At)
		if f.Risk == "R2" {
			l.tripped = fmt.Sprintf("%s, which touches data, made things worse", f.Cell.Action)
		}
	case d.s > cusumLimit:
		l.demote(f.Cell.deed(), "it has recovered less often than predicted")
	}
}

// demote makes every cell of a deed start over.
func (l *Ladder) demote(d deed, why string) {
	l.deed(d).standing = why
	for cell, r := range l.cells { // each by itself: the order does not matter
		if cell.deed() == d {
			*r = record{newest: r.newest}
		}
	}
}

func (l *Ladder) planEnded(f Fact) {
	l.plans = append(l.plans, f.Recovered)
	if len(l.plans) > breakerOf {
		l.plans = l.plans[1:]
	}
	bad := 0
	for _, recovered := range l.plans {
		bad += int(truth(!recovered))
	}
	if bad >= cmp.Or(l.needs.Fails, breakerBad) {
		l.tripped = fmt.Sprintf("%d of the last %d plans that ran alone did not recover", bad, len(l.plans))
	}
}

func (l *Ladder) changed(f Fact) {
	for cell := range l.cells { // each by itself: the order does not matter
		if f.Cell.Action == "" || cell.Action == f.Cell.Action {
			l.demote(cell.deed(), "what it runs on has a new version")
		}
	}
}

func (l *Ladder) record(c Cell) *record {
	if l.cells[c] == nil {
		l.cells[c] = &record{}
	}
	return l.cells[c]
}

func (l *Ladder) deed(d deed) *suspicion {
	if l.deeds[d] == nil {
		l.deeds[d] = &suspicion{}
	}
	return l.deeds[d]
}

// Tripped says why everything is asked about, "" when the breaker is closed.
func (l *Ladder) Tripped() string { return l.tripped }

// harmsSince counts recent harms of an action anywhere. A harm from a clock that
// runs ahead is recent.
func (l *Ladder) harmsSince(action string, now time.Time) int {
	n := 0
	for _, at := range l.harms[action] {
		n += int(truth(now.Sub(at) <= twoHarms))
	}
	return n
}

func (r *record) clean() bool { return !slices.Contains(r.newest, true) }
