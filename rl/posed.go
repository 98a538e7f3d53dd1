package rl

import (
	"fmt"
	"slices"
)

// Posed holds the numbers that a model put to a case. With the case it is the whole
// problem, so that a decision can be made again from its record alone, after the fault
// catalogue or the model has changed.
type Posed struct {
	Belief  []float64 `json:"belief"` // by hypothesis
	Causes  []string  `json:"causes,omitempty"`
	Classes []string  `json:"classes,omitempty"` // both only where the case has no hypotheses of its own
	Pulls   []Pull    `json:"pulls"`             // by candidate
	// Effects are the different pairs of posteriors, recovery and harm; Of says for each
	// candidate which one each hypothesis has. Most have the same.
	Effects [][2]Beta `json:"effects"`
	Of      [][]int   `json:"of"`
}

// posed keeps what a problem adds to its case.
func (p Problem) posed(c Case) Posed {
	out := Posed{Belief: p.Belief, Pulls: p.Pulls, Of: make([][]int, len(p.Arms))}
	if len(c.Hypotheses) == 0 {
		out.Causes, out.Classes = p.Causes, p.Classes
	}
	known := map[[2]Beta]int{}
	for a := range p.Arms {
		for h := range p.Belief {
			pair := [2]Beta{p.OK[h][a], p.Harm[h][a]}
			i, ok := known[pair]
			if !ok {
				i = len(out.Effects)
				known[pair], out.Effects = i, append(out.Effects, pair)
			}
			out.Of[a] = append(out.Of[a], i)
		}
	}
	return out
}

// Problem is the problem that the record's choice was made on, from the record alone.
func (r Record) Problem() (Problem, error) { return r.supposing(r.Posed.Belief) }

// supposing is the record's problem under another belief.
func (r Record) supposing(belief []float64) (Problem, error) {
	c, q := r.Case, r.Posed
	p := Problem{Belief: slices.Clone(belief), Causes: q.Causes, Classes: q.Classes, Pulls: q.Pulls, Tried: c.Tried, Seed: c.Seed, Terms: c.Terms,
		Started: c.Started, Rest: c.Rest, Left: c.Left, Doubts: c.Doubts}
	for _, h := range c.Hypotheses {
		p.Causes, p.Classes = append(p.Causes, h.Cause), append(p.Classes, h.Class)
	}
	if err := q.check(len(p.Causes), len(c.Candidates)); err != nil || len(belief) != len(q.Belief) {
		return Problem{}, fmt.Errorf("read the decision's record: its numbers do not fit its case; it was cut off, or made by another version of this program")
	}
	p.OK, p.Harm = make([][]Beta, len(belief)), make([][]Beta, len(belief))
	for a, cand := range c.Candidates {
		p.Arms = append(p.Arms, cand.Verb)
		for h := range belief {
			pair := q.Effects[q.Of[a][h]]
			p.OK[h], p.Harm[h] = append(p.OK[h], pair[0]), append(p.Harm[h], pair[1])
		}
	}
	return p, nil
}

// check reports whether the numbers are as many as the case has hypotheses and arms.
func (q Posed) check(hypotheses, arms int) error {
	if hypotheses == 0 || len(q.Belief) != hypotheses || len(q.Pulls) != arms || len(q.Of) != arms || len(q.Classes) != len(q.Causes) {
		return fmt.Errorf("%d beliefs, %d pulls, %d rows", len(q.Belief), len(q.Pulls), len(q.Of))
	}
	for _, row := range q.Of {
		if len(row) != hypotheses || slices.ContainsFunc(row, func(i int) bool { return i < 0 || i >= len(q.Effects) }) {
			return fmt.Errorf("a row of %d effects", len(row))
		}
	}
	return nil
}

// Again makes the choice again, from the record alone, with the policy that it names.
func (r Record) Again(l Named) (Choice, error) {
	if l.ID() != r.Choice.Policy {
		return Choice{}, fmt.Errorf("replay the decision: it was made by %.19s, not by %.19s", r.Choice.Policy, l.ID())
	}
	p, err := r.Problem()
	if err != nil {
		return Choice{}, err
	}
	return l.Choose(p), nil
}
