package heal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
)

// decision is the first decision of a past incident.
func decision(t *testing.T, l heal.Log) (pipewright.Decision, rl.Record) {
	d := *l.Incidents[0].Attempts[0].Decision
	var rec rl.Record
	require.NoError(t, json.Unmarshal(d.Record, &rec))
	return d, rec
}

func TestTheNumbersOfAParagraphAreThoseOfTheRecord(t *testing.T) {
	log, b := lived(t, 2)
	d, rec := decision(t, log)
	say, err := b.loop.Why(t.Context(), d)
	require.NoError(t, err)
	odds := rec.Choice.Odds
	for _, part := range []string{
		fmt.Sprintf("recovers %.0f %% of such cases", 100*odds.Recovery), fmt.Sprintf("range %.0f %% to %.0f %%", 100*odds.Low, 100*odds.High),
		fmt.Sprintf("harm %.1f %% (at most %.1f %%)", 100*odds.Harm, 100*odds.HarmHigh), fmt.Sprintf("Nearest past cases: %s (100 %% alike)", log.Incidents[1].ID),
	} {
		assert.Contains(t, say, part)
	}
	require.NoError(t, b.loop.Replay(t.Context(), d))
	rec.Choice.Odds.Recovery /= 2
	d.Record, err = json.Marshal(rec)
	require.NoError(t, err)
	assert.ErrorContains(t, b.loop.Replay(t.Context(), d), "another choice")
}

func TestWhatIfIsAnsweredAndDoesNothing(t *testing.T) {
	log, b := lived(t, 1)
	d, rec := decision(t, log)
	did := len(b.did)
	var retry rl.Ranked
	for _, r := range rec.Choice.Ranked {
		if rec.Case.Candidates[r.Arm].Verb == "backoff_retry" {
			retry = r
		}
	}
	say, err := b.loop.WhatIf(t.Context(), d, pipewright.Supposition{Verb: "backoff_retry"})
	require.NoError(t, err)
	assert.Contains(t, say, fmt.Sprintf("chance %.2f (%.2f to %.2f)", retry.Recovery, retry.Low, retry.High))
	say, err = b.loop.WhatIf(t.Context(), d, pipewright.Supposition{Change: pipewright.ChangeVersion, Happened: true})
	require.NoError(t, err)
	assert.Contains(t, say, "If a new version had been deployed")
	say, err = b.loop.WhatIf(t.Context(), d, pipewright.Supposition{Verb: "retrain"})
	require.NoError(t, err)
	assert.Contains(t, say, "was not weighed")
	assert.Len(t, b.did, did)
}

func TestWhichVersionDecides(t *testing.T) {
	move := func(stage pipewright.PolicyStage, version string) pipewright.PolicyMove {
		return pipewright.PolicyMove{Stage: stage, Version: version}
	}
	for name, c := range map[string]struct {
		moves          []pipewright.PolicyMove
		active, canary string
	}{
		"none yet":                     {nil, "", ""},
		"trained only":                 {[]pipewright.PolicyMove{move("shadow", "a")}, "", ""},
		"on trial":                     {[]pipewright.PolicyMove{move("canary", "a")}, "", "a"},
		"active ends the trial":        {[]pipewright.PolicyMove{move("canary", "a"), move("active", "a")}, "a", ""},
		"going back ends a trial":      {[]pipewright.PolicyMove{move("active", "a"), move("canary", "b"), move("rollback", "")}, "a", ""},
		"going back to the one before": {[]pipewright.PolicyMove{move("active", "a"), move("active", "b"), move("rollback", "")}, "a", ""},
		"going back to the beginning":  {[]pipewright.PolicyMove{move("active", "a"), move("rollback", ""), move("rollback", "")}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := heal.Point(c.moves)
			of := func(m *pipewright.PolicyMove) string {
				if m == nil {
					return ""
				}
				return m.Version
			}
			assert.Equal(t, c.active, of(p.Active))
			assert.Equal(t, c.canary, of(p.Canary))
		})
	}
}

func TestAVersionDecidesOnlyAfterItPassed(t *testing.T) {
	log, b := lived(t, 2)
	p := b.train(log)
	end := log.End()
	shadow := pipewright.PolicyMove{Version: p.Name, Stage: pipewright.PolicyShadow, Seq: end.Seq, Feedback: end.Feedback, Episodes: 2, Reasons: []string{"too little to judge"}}
	learner := func(m pipewright.PolicyMove) pipewright.Request {
		return b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "pipewright", Surface: heal.Learned, Policy: &m})
	}
	ana := func(m pipewright.PolicyMove) pipewright.Request {
		return b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &m})
	}
	promote := pipewright.PolicyMove{Version: p.Name, Stage: pipewright.PolicyActive}
	assert.Contains(t, ana(promote).Result, "there is no policy version")
	require.True(t, learner(shadow).OK)
	assert.Contains(t, ana(promote).Result, "stays in the shadow: too little to judge")
	first := b.loop.Policy().Name

	shadow.Promote = true
	require.True(t, learner(shadow).OK)
	require.True(t, ana(promote).OK)
	assert.Equal(t, p.Name, b.loop.Policy().Name)
	b.restart()
	assert.Equal(t, p.Name, b.loop.Policy().Name, "rebuilt from the journal")

	rq := ana(pipewright.PolicyMove{Stage: pipewright.PolicyBack})
	require.True(t, rq.OK, rq.Result)
	assert.Equal(t, first, b.loop.Policy().Name)
	assert.Contains(t, ana(pipewright.PolicyMove{Stage: pipewright.PolicyBack}).Result, "nothing to go back to")
	rq = b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "eve", Surface: "cli", Policy: &promote})
	assert.Contains(t, rq.Result, "may not move policy versions")
}

func TestAutonomyIsEarnedAndLostAtOnce(t *testing.T) {
	action := pipewright.Action{Kind: "glue.retry", Target: job, Risk: pipewright.R1}
	held := pipewright.Outcome{Class: "stuck", Action: action, Verification: pipewright.VerifyRecovered, Soaked: true, Predicted: .9, At: now}
	harm := pipewright.Outcome{Class: "stuck", Action: action, Verification: pipewright.VerifyWorse, Harm: true, Auto: true, Predicted: .9, At: now}
	stand := func(rung pipewright.Rung, outcomes ...pipewright.Outcome) heal.Standing {
		l := heal.Ladder{Rules: heal.Modes{{Rung: rung}}, Outcomes: outcomes, Now: now.Add(time.Hour), Evidence: rl.NewLadder(heal.Config{}.Needs(), heal.Facts(outcomes, nil))}
		return l.Standing("stuck", action, pipewright.Resource{}.Env())
	}
	for name, c := range map[string]struct {
		is   heal.Standing
		want pipewright.Rung
		why  string
	}{
		"nothing shown":              {stand(pipewright.Auto), pipewright.AskRung, "0 of 3 verified runs"},
		"three held":                 {stand(pipewright.Auto, held, held, held), pipewright.Auto, ""},
		"the rules are a ceiling":    {stand(pipewright.AskRung, held, held, held), pipewright.AskRung, ""},
		"one harm":                   {stand(pipewright.Auto, held, held, held, harm), pipewright.AskRung, "a person must re-approve it"},
		"an approved run is no more": {stand(pipewright.Auto, held, held, held, harm, held), pipewright.AskRung, "1 of 6 verified runs"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, c.is.Rung)
			assert.True(t, strings.Contains(c.is.Why, c.why), c.is.Why)
		})
	}
}
