package heal

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// Asker is a Diagnoser that runs the probes that it is told are worth it.
type Asker interface {
	DiagnoseAsking(ctx context.Context, inc pipewright.Incident, now time.Time, pick tools.Picker) (pipewright.Diagnosis, error)
}

const (
	probeMinutes = .05 // a probe takes some seconds
	probePrice   = .002
	// likely is the belief from which a hypothesis counts for the worth of a probe: the
	// plan does not turn on the others, and the record stays short.
	likely = .01
)

// believe diagnoses: by the probes whose answers could change the plan where a planner
// decides, by all of them otherwise.
func (l *Loop) believe(ctx context.Context, inc pipewright.Incident, now time.Time) (pipewright.Diagnosis, error) {
	policy := l.policyFor(inc)
	planner, plans := policy.Chooser.(*rl.Planner)
	asker, asks := l.Diagnoser.(Asker)
	if !plans || !asks {
		return l.Diagnoser.Diagnose(ctx, inc, now)
	}
	return asker.DiagnoseAsking(ctx, inc, now, func(draft pipewright.Diagnosis, open []tools.OpenCheck) (int, pipewright.Checked) {
		return l.worthIt(ctx, inc, policy, planner, draft, open)
	})
}

// worthIt picks the probe that is worth most; -1 when none is worth its price.
func (l *Loop) worthIt(ctx context.Context, inc pipewright.Incident, policy Policy, planner *rl.Planner, draft pipewright.Diagnosis, open []tools.OpenCheck) (int, pipewright.Checked) {
	kept := slices.DeleteFunc(indices(draft.Hypotheses), func(i int) bool { return i > 0 && draft.Hypotheses[i].Confidence < likely })
	inc.Diagnosis = &pipewright.Diagnosis{At: draft.At, Changes: draft.Changes, Inconclusive: draft.Inconclusive}
	for _, i := range kept {
		inc.Diagnosis.Hypotheses = append(inc.Diagnosis.Hypotheses, draft.Hypotheses[i])
	}
	cands := Candidates(inc, l.Catalogue, l.Registry, l.topo)
	probes := make([]rl.Probe, len(open))
	for i, o := range open {
		probes[i] = rl.Probe{Name: o.Probe + " " + string(o.Target), Minutes: probeMinutes, Money: probePrice}
		for _, h := range kept {
			probes[i].Yes = append(probes[i].Yes, o.Yes[h])
		}
	}
	asked, ok := rl.Enquire(policy.Model, policy.Name, planner, Pose(inc, cands, l.setting(ctx, inc, cands)), probes)
	if !ok {
		return -1, pipewright.Checked{}
	}
	record, err := json.Marshal(asked)
	if err != nil {
		return -1, pipewright.Checked{} // names and finite numbers always encode
	}
	return asked.Look.Probe, pipewright.Checked{Gain: asked.Look.Gain, Price: asked.Look.Price, Why: sayAsked(asked), Record: record}
}

func indices[T any](list []T) []int {
	out := make([]int, len(list))
	for i := range list {
		out[i] = i
	}
	return out
}

// sayAsked says what the answers would lead to.
func sayAsked(a rl.Asked) string {
	then := func(arm int) string {
		if arm < 0 {
			return "calling a person"
		}
		c := a.Case.Candidates[arm]
		return strings.ReplaceAll(c.Verb, "_", " ") + " on " + c.Target
	}
	if a.If[0] == a.If[1] {
		return fmt.Sprintf("it could change how sure the plan is, which begins with %s", then(a.If[0]))
	}
	return fmt.Sprintf("it could change the plan: yes leads to %s, no to %s", then(a.If[0]), then(a.If[1]))
}

// ReplayChecked chooses the probes of a diagnosis again, with the policy that chose
// them, and reports any difference.
func (p Policy) ReplayChecked(d pipewright.Diagnosis) error {
	planner, ok := p.Chooser.(*rl.Planner)
	for _, c := range d.Checked {
		var a rl.Asked
		if !ok || json.Unmarshal(c.Record, &a) != nil {
			return pipewright.Errorf(pipewright.NotFound, "the probe %s of %s has no record that can be read", c.Probe, c.Target)
		}
		if err := a.Replay(p.Model, p.Name, planner); err != nil {
			return err
		}
	}
	return nil
}
