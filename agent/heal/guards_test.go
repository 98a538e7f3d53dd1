package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/tools"
)

var now = time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC)

func permissive() heal.Config {
	cfg := heal.Defaults()
	cfg.Modes = heal.Modes{{Rung: pipewright.Auto}}
	cfg.MayApprove = []string{"ana", "ben"}
	return cfg
}

func ptr[T any](v T) *T { return &v }

// sound is a case that every guard allows; each test spoils one thing.
func sound() heal.Case {
	a := pipewright.Action{Kind: "glue.retry", Target: "glue:job/orders_etl", Risk: pipewright.R1}
	return heal.Case{
		Now: now, Action: a, Rung: pipewright.Auto, Still: detect.StatusPresent,
		Incident: pipewright.Incident{ID: "inc-0001", Class: "transient_network", Diagnosis: &pipewright.Diagnosis{}},
		Decision: pipewright.Decision{Recovery: ptr(0.95), Low: ptr(0.90), High: ptr(0.98), Harm: ptr(0.01), HarmHigh: ptr(0.02)},
		Actuator: &tools.Actuator{Kind: a.Kind, Targets: []string{"glue:job"}, Risk: pipewright.R1},
		Target:   &pipewright.Resource{ID: a.Target}, Touches: []pipewright.ResourceID{a.Target},
	}
}

func touchesData(c *heal.Case, _ *heal.Config) {
	c.Action.Risk = pipewright.R2
	c.Actuator = &tools.Actuator{Kind: c.Action.Kind, Targets: []string{"glue:job"}, Risk: pipewright.R2}
}

func TestGuards(t *testing.T) {
	approved := &pipewright.Approval{ID: "ap-0001", By: "ana", State: pipewright.ApprovalUsed}
	for name, c := range map[string]struct {
		spoil func(*heal.Case, *heal.Config)
		want  pipewright.Ruling
		by    string
	}{
		"an approver who may no longer": {func(c *heal.Case, cfg *heal.Config) {
			c.Approved, cfg.MayApprove = approved, []string{"ben"}
		}, pipewright.Deny, "people"},
		"one approver of two": {func(c *heal.Case, cfg *heal.Config) {
			c.Approved, cfg.TwoPeople = approved, []heal.Scope{{Action: "glue.*"}}
		}, pipewright.Deny, "people"},
		"data, with nobody's promotion":       {touchesData, pipewright.Ask, "risk"},
		"data, promoted by a person":          {func(c *heal.Case, cfg *heal.Config) { touchesData(c, cfg); c.Promoted = true }, pipewright.Allow, "guards"},
		"nothing wrong":                       {func(*heal.Case, *heal.Config) {}, pipewright.Allow, "guards"},
		"an action nobody can do":             {func(c *heal.Case, _ *heal.Config) { c.Actuator = nil }, pipewright.Deny, "known"},
		"a target never observed":             {func(c *heal.Case, _ *heal.Config) { c.Target = nil }, pipewright.Deny, "known"},
		"a target of another kind":            {func(c *heal.Case, _ *heal.Config) { c.Action.Target = "k8s:deployment/x" }, pipewright.Deny, "known"},
		"a risk that is not the declared one": {func(c *heal.Case, _ *heal.Config) { c.Action.Risk = pipewright.R0 }, pipewright.Deny, "known"},
		"the kill switch":                     {func(c *heal.Case, _ *heal.Config) { c.Pauses = []pipewright.Pause{{By: "ana"}} }, pipewright.Deny, "kill_switch"},
		"the kill switch beats an approval": {func(c *heal.Case, _ *heal.Config) {
			c.Pauses, c.Approved = []pipewright.Pause{{By: "ana"}}, approved
		}, pipewright.Deny, "kill_switch"},
		"a kill switch that ran out": {func(c *heal.Case, _ *heal.Config) { c.Pauses = []pipewright.Pause{{By: "ana", Until: now}} }, pipewright.Allow, "guards"},
		"the target is paused":       {func(c *heal.Case, _ *heal.Config) { c.Pauses = []pipewright.Pause{{Resource: c.Action.Target}} }, pipewright.Deny, "pause"},
		"something upstream is paused": {func(c *heal.Case, _ *heal.Config) {
			c.Pauses, c.Upstream = []pipewright.Pause{{Resource: "s3:bucket/raw"}}, []pipewright.ResourceID{"s3:bucket/raw"}
		}, pipewright.Deny, "pause"},
		"something else is paused": {func(c *heal.Case, _ *heal.Config) { c.Pauses = []pipewright.Pause{{Resource: "s3:bucket/raw"}} }, pipewright.Allow, "guards"},
		"paused, but a person approved": {func(c *heal.Case, _ *heal.Config) {
			c.Pauses, c.Approved = []pipewright.Pause{{Resource: c.Action.Target}}, approved
		}, pipewright.Allow, "guards"},
		"protected by label": {func(c *heal.Case, _ *heal.Config) { c.Target.Labels = map[string]string{"protected": "true"} }, pipewright.Deny, "protected"},
		"protected, even when approved": {func(c *heal.Case, cfg *heal.Config) {
			cfg.Protected, c.Approved = []pipewright.ResourceID{c.Action.Target}, approved
		}, pipewright.Deny, "protected"},
		"the fault is gone":        {func(c *heal.Case, _ *heal.Config) { c.Still = detect.StatusGone }, pipewright.Deny, "still_true"},
		"the fault cannot be read": {func(c *heal.Case, _ *heal.Config) { c.Still = detect.StatusUnknown }, pipewright.Deny, "still_true"},
		"the fault is gone, though approved": {func(c *heal.Case, _ *heal.Config) {
			c.Still, c.Approved = detect.StatusGone, approved
		}, pipewright.Deny, "still_true"},
		"a plan that cannot help": {func(c *heal.Case, _ *heal.Config) { c.Plan.Doomed = "no failed run" }, pipewright.Deny, "precondition"},
		"a run is under way":      {func(c *heal.Case, _ *heal.Config) { c.Plan.Later = "a run is under way" }, pipewright.Deny, "precondition"},
		"two ways to do it":       {func(c *heal.Case, _ *heal.Config) { c.Plan.Ambiguous = "two candidates" }, pipewright.Ask, "precondition"},
		"mode ask":                {func(c *heal.Case, _ *heal.Config) { c.Rung = pipewright.AskRung }, pipewright.Ask, "mode"},
		"mode ask, approved":      {func(c *heal.Case, _ *heal.Config) { c.Rung, c.Approved = pipewright.AskRung, approved }, pipewright.Allow, "approval"},
		"mode suggest":            {func(c *heal.Case, _ *heal.Config) { c.Rung = pipewright.Suggest }, pipewright.Deny, "mode"},
		"mode observe, though approved": {func(c *heal.Case, _ *heal.Config) {
			c.Rung, c.Approved = pipewright.Observe, approved
		}, pipewright.Deny, "mode"},
		"an unknown mode": {func(c *heal.Case, _ *heal.Config) { c.Rung = "yolo" }, pipewright.Deny, "mode"},
		"too wide": {func(c *heal.Case, cfg *heal.Config) {
			cfg.Limits.MaxRadius, c.Touches = 1, []pipewright.ResourceID{"a:a/a", "a:a/b"}
		}, pipewright.Deny, "blast_radius"},
		"acted on a moment ago": {func(c *heal.Case, _ *heal.Config) {
			c.Recent = []heal.Reservation{{Incident: "inc-0009", Action: c.Action, At: now.Add(-time.Minute)}}
		}, pipewright.Deny, "cooldown"},
		"the second try of one back-off": {func(c *heal.Case, _ *heal.Config) {
			c.Action.Kind, c.Actuator.Kind = "glue.backoff_retry", "glue.backoff_retry"
			c.Recent = []heal.Reservation{{Incident: "inc-0001", Action: c.Action, At: now.Add(-time.Minute)}}
		}, pipewright.Allow, "guards"},
		"enough for this hour": {func(c *heal.Case, cfg *heal.Config) {
			cfg.Limits.PerHour = 1
			c.Recent = []heal.Reservation{{Action: pipewright.Action{Target: "a:a/a"}, At: now.Add(-30 * time.Minute)}}
		}, pipewright.Deny, "rate"},
		"enough at once": {func(c *heal.Case, _ *heal.Config) { c.Settling = 3 }, pipewright.Deny, "rate"},
		"a change freeze": {func(_ *heal.Case, cfg *heal.Config) {
			cfg.Freeze = []heal.Freeze{{Name: "night", Start: 2 * time.Hour, Length: 4 * time.Hour}}
		}, pipewright.Deny, "maintenance"},
		"inconclusive":        {func(c *heal.Case, _ *heal.Config) { c.Incident.Diagnosis.Inconclusive = true }, pipewright.Ask, "diagnosis"},
		"touches data":        {func(c *heal.Case, _ *heal.Config) { c.Action.Risk, c.Actuator.Risk = pipewright.R2, pipewright.R2 }, pipewright.Ask, "risk"},
		"a risk nobody knows": {func(c *heal.Case, _ *heal.Config) { c.Action.Risk, c.Actuator.Risk = "R9", "R9" }, pipewright.Deny, "risk"},
		"did harm before":     {func(c *heal.Case, _ *heal.Config) { c.Harmed = true }, pipewright.Ask, "harm"},
		"under the bar":       {func(c *heal.Case, _ *heal.Config) { c.Decision.Recovery = ptr(0.89) }, pipewright.Ask, "bar"},
		"too unsure":          {func(c *heal.Case, _ *heal.Config) { c.Decision.Low = ptr(0.84) }, pipewright.Ask, "bar"},
		"too likely to harm":  {func(c *heal.Case, _ *heal.Config) { c.Decision.HarmHigh = ptr(0.11) }, pipewright.Ask, "bar"},
		"no prediction":       {func(c *heal.Case, _ *heal.Config) { c.Decision = pipewright.Decision{} }, pipewright.Ask, "bar"},
		"nothing is permitted by an empty configuration": {func(_ *heal.Case, cfg *heal.Config) { *cfg = heal.Config{} }, pipewright.Deny, "blast_radius"},
	} {
		t.Run(name, func(t *testing.T) {
			cs, cfg := sound(), permissive()
			c.spoil(&cs, &cfg)
			v := heal.Standard(cfg).Judge(cs)
			assert.Equal(t, c.want.String(), v.Ruling.String(), v.Why)
			assert.Equal(t, c.by, v.By)
			assert.NotEmpty(t, v.Why)
		})
	}
}

func TestNoGuardsDeny(t *testing.T) {
	assert.Equal(t, pipewright.Deny, heal.Guards(nil).Judge(sound()).Ruling)
}

func TestAGuardThatPanicsDenies(t *testing.T) {
	gs := heal.Guards{{Name: "broken", Check: func(heal.Case) pipewright.Verdict { panic("nil map") }}}
	v := gs.Judge(sound())
	assert.Equal(t, pipewright.Deny, v.Ruling)
	assert.Equal(t, "broken", v.By)
}

func TestTheStrictestModeOfASplitBeliefWins(t *testing.T) {
	modes := heal.Modes{{Class: "stuck", Rung: pipewright.Auto}, {Class: "contention", Rung: pipewright.Suggest}}
	split := func(stuck, contention float64) pipewright.Incident {
		return pipewright.Incident{Class: "stuck", Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{
			{Class: "stuck", Confidence: stuck}, {Class: "contention", Confidence: contention}}}}
	}
	assert.Equal(t, pipewright.Auto, heal.Ladder{Rules: modes}.Strictest(split(0.91, 0.09), pipewright.Action{}, "prod").Rung)
	assert.Equal(t, pipewright.Suggest, heal.Ladder{Rules: modes}.Strictest(split(0.90, 0.10), pipewright.Action{}, "prod").Rung)
	assert.Equal(t, pipewright.AskRung, modes.Rung("drift", pipewright.Action{}, "prod"), "what no rule names is asked")
}

func TestAFreezeThatCrossesMidnight(t *testing.T) {
	f := heal.Freeze{Name: "weekend", Days: []time.Weekday{time.Friday}, Start: 20 * time.Hour, Length: 8 * time.Hour}
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Duration]bool{19 * time.Hour: false, 20 * time.Hour: true, 27 * time.Hour: true, 28 * time.Hour: false, -20 * time.Hour: false} {
		_, in := f.Holds(friday.Add(at))
		assert.Equal(t, want, in, "%s after Friday 00:00", at)
	}
}
