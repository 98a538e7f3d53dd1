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

func TestADecisionIsReplayedFromItsRecordAndByItsModel(t *testing.T) {
	log, b := lived(t, 2)
	d, rec := decision(t, log)
	say, err := b.loop.Why(t.Context(), d)
	require.NoError(t, err)
	assert.Equal(t, d.Paragraph, say)
	replayed := func(d pipewright.Decision) heal.Replayed {
		r, err := b.loop.Replay(t.Context(), d, nil)
		require.NoError(t, err)
		return r
	}
	assert.Equal(t, heal.Replayed{Same: true, Model: true}, replayed(d))

	changed := func(change func(*rl.Record)) pipewright.Decision {
		d, rec := decision(t, log)
		change(&rec)
		d.Record, err = json.Marshal(rec)
		require.NoError(t, err)
		return d
	}
	for name, c := range map[string]struct {
		d    pipewright.Decision
		same bool
		why  string
	}{
		"the odds":             {changed(func(r *rl.Record) { r.Choice.Odds.Recovery /= 2 }), false, "lead to another choice"},
		"a belief":             {changed(func(r *rl.Record) { r.Posed.Belief[0] *= .9 }), false, "lead to another choice"},
		"what speaks for it":   {changed(func(r *rl.Record) { r.Grounds.For[0][0].Ratio /= 2 }), false, "its paragraph is not the one"},
		"the paragraph":        {func() pipewright.Decision { d := d; d.Paragraph += " 9"; return d }(), false, "its paragraph is not the one"},
		"cut in the middle":    {changed(func(r *rl.Record) { r.Posed.Of = nil }), false, "its numbers do not fit its case"},
		"a model nobody knows": {changed(func(r *rl.Record) { r.Model = "sha256:0123456789" }), true, "do not lead to"},
	} {
		r := replayed(c.d)
		assert.Equal(t, c.same, r.Same, name)
		assert.False(t, r.Model, name)
		assert.Contains(t, r.Why, c.why, name)
	}
	_, err = b.loop.Replay(t.Context(), pipewright.Decision{Record: []byte(`{"model":`)}, nil)
	assert.ErrorContains(t, err, "has no record that can be read")
	require.NoError(t, b.store.SavePolicy(t.Context(), "sha256:of a newer program", []byte(`{"planner": 7, "settings": {}}`), now))
	rec.Choice.Policy = "sha256:of a newer program"
	d.Record, err = json.Marshal(rec)
	require.NoError(t, err)
	_, err = b.loop.WhatIf(t.Context(), d, pipewright.Supposition{Change: pipewright.ChangeVersion, Happened: true})
	assert.ErrorContains(t, err, "its version is 7 and this program has 1: use another pipewright")
	rec.Choice.Policy = "sha256:unknown"
	d.Record, err = json.Marshal(rec)
	require.NoError(t, err)
	_, err = b.loop.Replay(t.Context(), d, nil)
	assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err), err)
}

func TestWhatRanBeforeIsTheEvidence(t *testing.T) {
	log, _ := lived(t, 3)
	last := log.Incidents[2].Attempts[0].Decision.Paragraph
	assert.Contains(t, last, "Evidence: 2 of 2 runs here")
	assert.Contains(t, last, "Nearest past cases: inc-0002 (over 99 % alike): glue.retry, recovered; inc-0001 (over 99 % alike)")
	assert.Contains(t, log.Incidents[0].Attempts[0].Decision.Paragraph, "no run here yet")
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
	asked := func(s pipewright.Supposition) string {
		say, err := b.loop.WhatIf(t.Context(), d, s)
		require.NoError(t, err)
		return say
	}
	assert.Contains(t, asked(pipewright.Supposition{Verb: "backoff_retry"}), fmt.Sprintf("chance %.2f (%.2f to %.2f)", retry.Recovery, retry.Low, retry.High))
	assert.Contains(t, asked(pipewright.Supposition{Change: pipewright.ChangeVersion, Happened: true}), "If a new version had been deployed")
	assert.Contains(t, asked(pipewright.Supposition{Change: pipewright.ChangeVersion}), "that is what was seen")
	assert.Contains(t, asked(pipewright.Supposition{Verb: "retrain"}), "was not weighed")
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
