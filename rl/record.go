package rl

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Record is what is journaled of a decision: enough, with the model and the
// planner that it names, to make the same choice again.
type Record struct {
	Model   string       `json:"model"` // name of the snapshot
	Case    Case         `json:"case"`
	Beliefs []Hypothesis `json:"beliefs"` // the five most likely, as the model had them
	Choice  Choice       `json:"choice"`  // names the planner
	Posed   Posed        `json:"posed"`   // the numbers that the model put to the case
	Grounds *Grounds     `json:"grounds,omitempty"`
}

// mostBeliefs is how many hypotheses a record keeps.
const mostBeliefs = 5

// Named is a policy with the hash of its content.
type Named interface {
	Policy
	ID() string
}

// Decide poses a case to a model, lets a policy choose and records it. model is
// the name of the model's snapshot.
func Decide(m *Model, model string, l Named, c Case) (Record, Problem, error) {
	p, err := m.Pose(c)
	if err != nil {
		return Record{}, Problem{}, err
	}
	return Record{Model: model, Case: c, Beliefs: p.top(mostBeliefs), Choice: l.Choose(p), Posed: p.posed(c)}, p, nil
}

// top lists the most believed hypotheses.
func (p Problem) top(n int) []Hypothesis {
	out := make([]Hypothesis, 0, len(p.Belief))
	for i, b := range p.Belief {
		h := Hypothesis{Class: p.Classes[i], Belief: b}
		if i < len(p.Causes) {
			h.Cause = p.Causes[i]
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Hypothesis) int { return cmp.Compare(b.Belief, a.Belief) })
	return out[:min(n, len(out))]
}

// Replay makes the decision again and reports any difference: a record that was
// changed, or another model or planner than it names. The grounds, which take no part
// in the choice, are left out.
func (r Record) Replay(m *Model, model string, l Named) error {
	if model != r.Model {
		return fmt.Errorf("replay the decision: it was made with %.19s, not with %.19s", r.Model, model)
	}
	if l.ID() != r.Choice.Policy {
		return fmt.Errorf("replay the decision: it was made by %.19s, not by %.19s", r.Choice.Policy, l.ID())
	}
	again, _, err := Decide(m, model, l, r.Case)
	if err != nil {
		return err
	}
	r.Grounds = nil
	was, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("replay the decision: %w", err)
	}
	is, err := json.Marshal(again)
	if err != nil {
		return fmt.Errorf("replay the decision: %w", err)
	}
	if !bytes.Equal(was, is) {
		return fmt.Errorf("replay the decision: the same case now gives another choice; the record was changed, or the program computes differently")
	}
	return nil
}
