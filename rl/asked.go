package rl

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Asked is what is journaled of a probe that was run because its answer could change
// the plan: enough, with the model and the planner that it names, to choose it again.
type Asked struct {
	Model  string  `json:"model"` // name of the snapshot
	Policy string  `json:"policy"`
	Case   Case    `json:"case"`
	Probes []Probe `json:"probes"`
	Look   Look    `json:"look"`
	If     [2]int  `json:"if"` // the first arm after yes and after no; -1: a person is called
}

// Enquire chooses the probe that is worth most on a case, and says what each answer would
// lead to. ok is false when none is worth its price.
func Enquire(m *Model, model string, l *Planner, c Case, probes []Probe) (Asked, bool) {
	p, err := m.Pose(c)
	if err != nil {
		return Asked{}, false
	}
	p.Probes = probes
	look, ok := l.BestProbe(p)
	if !ok {
		return Asked{}, false
	}
	a := Asked{Model: model, Policy: l.ID(), Case: c, Probes: probes, Look: look}
	for i := range a.If {
		after := p
		after.Belief = answered(p.Belief, probes[look.Probe].Yes, i == 0)
		a.If[i] = l.Choose(after).Arm
	}
	return a, true
}

// answered is the belief after an answer.
func answered(belief, yes []float64, is bool) []float64 {
	like := make([]float64, len(belief))
	for c := range belief {
		like[c] = yes[c]
		if !is {
			like[c] = 1 - yes[c]
		}
	}
	return Belief(belief, [][]float64{like})
}

// Replay chooses the probe again and reports any difference.
func (a Asked) Replay(m *Model, model string, l *Planner) error {
	if model != a.Model || l.ID() != a.Policy {
		return fmt.Errorf("replay the probe: it was chosen with %.19s by %.19s, not with %.19s by %.19s", a.Model, a.Policy, model, l.ID())
	}
	again, _ := Enquire(m, model, l, a.Case, a.Probes)
	was, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("replay the probe: %w", err)
	}
	is, err := json.Marshal(again)
	if err != nil {
		return fmt.Errorf("replay the probe: %w", err)
	}
	if !bytes.Equal(was, is) {
		return fmt.Errorf("replay the probe: the same case now gives another one; the record was changed, or the program computes differently")
	}
	return nil
}
