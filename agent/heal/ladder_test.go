package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

func change(class, action, env, rung string) pipewright.ModeChange {
	c, err := pipewright.ParseModeChange(class, action, env, rung)
	if err != nil {
		panic(err)
	}
	return c
}

func TestTheRungInForce(t *testing.T) {
	const class, network = pipewright.FaultClass("stuck"), "transient_network"
	retry := pipewright.Action{Kind: "glue.retry", Risk: pipewright.R1}
	remap := pipewright.Action{Kind: "glue.remap", Risk: pipewright.R2}
	for name, c := range map[string]struct {
		changes []pipewright.ModeChange
		a       pipewright.Action
		want    pipewright.Rung
		by      bool // a person's promotion
	}{
		"nobody said anything":                        {nil, retry, pipewright.Suggest, false},
		"a person raises it":                          {[]pipewright.ModeChange{change("stuck", "glue.retry", "", "auto")}, retry, pipewright.Auto, true},
		"a person lowers it":                          {[]pipewright.ModeChange{change("*", "*", "", "observe")}, retry, pipewright.Observe, false},
		"of two that match, the strictest":            {[]pipewright.ModeChange{change("stuck", "glue.retry", "", "auto"), change("*", "glue.*", "", "ask")}, retry, pipewright.AskRung, false},
		"the order in which they were said is no say": {[]pipewright.ModeChange{change("*", "glue.*", "", "ask"), change("stuck", "glue.retry", "", "auto")}, retry, pipewright.AskRung, false},
		"another class":                               {[]pipewright.ModeChange{change(network, "*", "", "auto")}, retry, pipewright.Suggest, false},
		"another environment":                         {[]pipewright.ModeChange{change("stuck", "*", "staging", "auto")}, retry, pipewright.Suggest, false},
		"another action":                              {[]pipewright.ModeChange{change("stuck", "airflow.*", "", "auto")}, retry, pipewright.Suggest, false},
		"data, by its own name":                       {[]pipewright.ModeChange{change("stuck", "glue.remap", "", "auto")}, remap, pipewright.Auto, true},
		"data, by a pattern":                          {[]pipewright.ModeChange{change("stuck", "glue.*", "", "auto")}, remap, pipewright.Suggest, false},
		"data, for every class":                       {[]pipewright.ModeChange{change("*", "glue.remap", "", "auto")}, remap, pipewright.Suggest, false},
		"data, lowered by a pattern":                  {[]pipewright.ModeChange{change("stuck", "glue.remap", "", "auto"), change("*", "glue.*", "prod", "ask")}, remap, pipewright.AskRung, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := heal.Ladder{Rules: heal.Modes{{Rung: pipewright.Suggest}}, Changes: c.changes}
			s := l.Standing(class, c.a, "prod")
			assert.Equal(t, c.want, s.Rung)
			assert.Equal(t, c.by, s.Promoted())
		})
	}
}

func TestAPromotionForOneOfTwoBelievedClassesIsNone(t *testing.T) {
	remap := pipewright.Action{Kind: "glue.remap", Risk: pipewright.R2}
	l := heal.Ladder{Rules: heal.Modes{{Rung: pipewright.Auto}}, Changes: []pipewright.ModeChange{change("stuck", "glue.remap", "", "auto")}}
	believe := func(other float64) pipewright.Incident {
		return pipewright.Incident{Class: "stuck", Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{
			{Cause: "a", Class: "stuck", Confidence: 1 - other}, {Cause: "b", Class: "crashed", Confidence: other}}}}
	}
	assert.True(t, l.Strictest(believe(0.05), remap, "prod").Promoted())
	assert.False(t, l.Strictest(believe(0.20), remap, "prod").Promoted(), "the configuration's auto promotes no R2")
}

func TestHarmStandsUntilAnApprovedRunHeld(t *testing.T) {
	o := func(v pipewright.Verification, auto, soaked bool) pipewright.Outcome {
		return pipewright.Outcome{Class: "stuck", Action: pipewright.Action{Kind: "glue.retry"}, Verification: v, Harm: v == pipewright.VerifyWorse, Auto: auto, Soaked: soaked}
	}
	worse, ok := pipewright.VerifyWorse, pipewright.VerifyRecovered
	for name, c := range map[string]struct {
		outcomes []pipewright.Outcome
		want     bool
	}{
		"nothing happened":                  {nil, false},
		"it did harm":                       {[]pipewright.Outcome{o(worse, true, false)}, true},
		"it did harm when approved":         {[]pipewright.Outcome{o(worse, false, false)}, true},
		"a later run alone clears nothing":  {[]pipewright.Outcome{o(worse, true, false), o(ok, true, true)}, true},
		"an approved one that held does":    {[]pipewright.Outcome{o(worse, true, false), o(ok, false, true)}, false},
		"one that was not soaked does not":  {[]pipewright.Outcome{o(worse, true, false), o(ok, false, false)}, true},
		"what held before does not count":   {[]pipewright.Outcome{o(ok, false, true), o(worse, true, false)}, true},
		"harm after it was cleared, stands": {[]pipewright.Outcome{o(worse, true, false), o(ok, false, true), o(worse, true, false)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, heal.Ladder{Outcomes: c.outcomes}.Harmed("stuck", "glue.retry"))
			assert.False(t, heal.Ladder{Outcomes: c.outcomes}.Harmed("crashed", "glue.retry"))
		})
	}
}

// setMode files a person's change of a mode.
func (b *bench) setMode(who, class, action, rung string) pipewright.Request {
	c, err := pipewright.ParseModeChange(class, action, "", rung)
	require.NoError(b.t, err)
	return b.ask(pipewright.Request{Kind: pipewright.RequestMode, Who: who, Mode: &c})
}

func TestALoweredModeHoldsAtOnceAndAfterARestart(t *testing.T) {
	b := newBench(t, nil)
	require.True(t, b.setMode("ana", "*", "*", "observe").OK)
	b.restart()
	b.fail()
	b.pass(2 * time.Minute)
	assert.Empty(t, b.did)
	assert.Contains(t, b.incident(1).Note, "is observe")

	require.True(t, b.setMode("ana", "*", "*", "default").OK)
	b.ran(pipewright.RunSucceeded)
	b.pass(10 * time.Minute)
	b.fail()
	b.pass(2 * time.Minute)
	assert.Len(t, b.did, 1, "the configuration's auto holds again")
	report, err := b.store.AuditVerify(t.Context())
	require.NoError(t, err)
	assert.True(t, report.OK(), "%+v", report.Fault)
}

func TestAModeLoweredBetweenTwoTriesStopsTheSecond(t *testing.T) {
	b := newBench(t, nil)
	b.fail()
	b.pass(time.Minute)
	require.Len(t, b.did, 1)
	require.True(t, b.setMode("ana", "transient_network", "glue.*", "suggest").OK)
	b.ran(pipewright.RunFailed)
	b.pass(30 * time.Minute)
	assert.Len(t, b.did, 1)
}

func TestAnApprovalDoesNotRunWhatWasLoweredMeanwhile(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.waits()
	require.True(t, b.setMode("ana", "*", "*", "observe").OK)
	rq := b.settle(pipewright.RequestApprove, "ana", "")
	assert.False(t, rq.OK)
	assert.Contains(t, rq.Result, "observe")
	assert.Empty(t, b.did)
}

func TestWhoMayChangeWhichMode(t *testing.T) {
	const data = "schema_drift"
	remap := pipewright.Action{Kind: "glue.remap", Target: job, Risk: pipewright.R2}
	outcome := func(v pipewright.Verification) pipewright.Outcome {
		return pipewright.Outcome{Class: data, Action: remap, Verification: v, Soaked: true, Harm: v == pipewright.VerifyWorse}
	}
	ten := make([]pipewright.Outcome, 10)
	for i := range ten {
		ten[i] = outcome(pipewright.VerifyRecovered)
	}
	harmed := append(append([]pipewright.Outcome{}, ten...), outcome(pipewright.VerifyWorse))
	for name, c := range map[string]struct {
		outcomes                 []pipewright.Outcome
		who, class, action, rung string
		ok                       bool
		says                     string
	}{
		"lower anything":                         {nil, "ben", "*", "*", "suggest", true, "any action: suggest"},
		"raise what is reversible":               {nil, "ben", "stuck", "glue.retry", "auto", true, "glue.retry on stuck: auto"},
		"by somebody who may not":                {nil, "mallory", "*", "*", "suggest", false, "mallory may not change modes"},
		"data, with ten that held":               {ten, "ana", data, "glue.remap", "auto", true, "glue.remap on schema_drift: auto"},
		"data, with nine that held":              {ten[1:], "ana", data, "glue.remap", "auto", false, "has 9 recoveries that held, and needs 10"},
		"data, for another class":                {ten, "ana", "data_quality", "glue.remap", "auto", false, "has 0 recoveries that held"},
		"data, by somebody who may only approve": {ten, "ben", data, "glue.remap", "auto", false, "may_promote does not name them"},
		"data, with standing harm":               {harmed, "ana", data, "glue.remap", "auto", false, "did harm on schema_drift"},
		"a pattern leaves data as it was":        {ten, "ana", data, "glue.*", "auto", true, "glue.remap touches data and stays as it was"},
		"a pattern over standing harm":           {harmed, "ana", "*", "glue.*", "auto", false, "did harm on schema_drift"},
		"data, for every class":                  {ten, "ana", "*", "glue.remap", "auto", false, "by its own name"},
		"what nobody can do":                     {nil, "ana", "*", "airflow.*", "ask", false, `nothing here can do "airflow.*"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(cfg *heal.Config) { cfg.MayApprove, cfg.MayPromote = []string{"ana", "ben"}, []string{"ana"} })
			for _, o := range c.outcomes {
				_, err := b.store.Commit(t.Context(), heal.Entry{Outcome: &o})
				require.NoError(t, err)
			}
			b.restart()
			rq := b.setMode(c.who, c.class, c.action, c.rung)
			assert.Equal(t, c.ok, rq.OK)
			assert.Contains(t, rq.Result, c.says)
			changes, err := b.store.Modes(t.Context())
			require.NoError(t, err)
			assert.Equal(t, c.ok, len(changes) == 1)
		})
	}
}
