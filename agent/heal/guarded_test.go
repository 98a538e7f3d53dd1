package heal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
)

// promise is a plan of which so much was predicted, and what became of it.
func promise(of float64, v pipewright.Verification) pipewright.Outcome {
	return pipewright.Outcome{Incident: "inc-0100", Class: "stuck", Action: pipewright.Action{Kind: "glue.restart", Target: job, Risk: pipewright.R1}, At: now,
		Verification: v, Soaked: v == pipewright.VerifyRecovered, Planned: of, Auto: true}
}

// record puts outcomes into the journal and starts the loop again.
func (b *bench) record(n int, o pipewright.Outcome) {
	for range n {
		_, err := b.store.Commit(b.t.Context(), heal.Entry{Outcome: &o})
		require.NoError(b.t, err)
	}
	b.restart()
}

func TestOddsThatNeverCameTrueLeaveOnlyTheRunbooksPlans(t *testing.T) {
	for name, c := range map[string]struct {
		plans   int
		became  pipewright.Verification
		asked   bool
		guarded bool
	}{
		"nine are too few to say":                {9, pipewright.VerifyUnchanged, false, false},
		"ten of ten failed":                      {10, pipewright.VerifyUnchanged, false, true},
		"ten of ten held":                        {10, pipewright.VerifyRecovered, false, false},
		"after fifty the bar alone decides":      {50, pipewright.VerifyUnchanged, false, false},
		"what nobody could see says nothing":     {20, pipewright.VerifyUnknown, false, false},
		"what people approved is chosen by them": {20, pipewright.VerifyUnchanged, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.BreakerFails = heal.Planner, 6 })
			plan := promise(.9, c.became)
			plan.Auto = !c.asked
			b.record(c.plans, plan)
			b.fail()
			b.pass(2 * time.Minute)
			inc := b.incident(1)
			d := inc.Decision
			require.NotNil(t, d)
			if c.guarded {
				assert.Equal(t, pipewright.Waiting, inc.State)
				assert.Equal(t, "the odds of the 10 plans that ran alone were no better than the mere share of recoveries, and the runbook does not say retry", inc.Verdict.Why)
				lines, err := b.loop.Explain(t.Context(), "stuck")
				require.NoError(t, err)
				assert.Contains(t, lines[len(lines)-1], "a plan begins alone only with what the runbook says, for now: the odds of the 10 plans")
				return
			}
			assert.Contains(t, d.Paragraph, "Automatic: the plan passes the bar")
			assert.NotEmpty(t, inc.Attempts)
		})
	}
}

func TestWhereTheRunbookAgreesItActsAloneUnderTheGuard(t *testing.T) {
	b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.BreakerFails = heal.Planner, 6 })
	b.believes = &pipewright.Diagnosis{
		Hypotheses: []pipewright.Hypothesis{{Cause: "memory_exhausted", Class: "resource_exhaustion", Resource: job, Confidence: 1}},
		Evidence:   []pipewright.Evidence{{ID: "e1", Source: job, Kind: pipewright.LogEvidence, Excerpt: "java.lang.OutOfMemoryError: Java heap space"}},
	}
	b.record(10, promise(.9, pipewright.VerifyUnchanged))
	b.fail()
	b.pass(2 * time.Minute)
	inc := b.incident(1)
	require.NotEmpty(t, inc.Attempts)
	assert.Equal(t, pipewright.ActionKind("glue.scale_up"), inc.Attempts[0].Action.Kind)
}

func TestTheGuardGoesUpInTheMiddleOfAShiftAndSaysSo(t *testing.T) {
	b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.BreakerFails = heal.Planner, 6 })
	b.record(9, promise(.9, pipewright.VerifyUnchanged))
	b.fail()
	for range 6 {
		b.pass(12 * time.Minute)
		b.ran(pipewright.RunFailed)
	}
	said := false
	events, err := b.store.Events(t.Context(), pipewright.EventQuery{})
	require.NoError(t, err)
	for _, e := range events {
		said = said || strings.HasPrefix(e.Note, "the odds of the 10 plans that ran alone were no better")
	}
	assert.True(t, said)
}

func TestTheTrackIsOfPlansThatEnded(t *testing.T) {
	going := promise(0, pipewright.VerifyUnchanged)
	asked := promise(.5, pipewright.VerifyRecovered)
	asked.Class = pipewright.ClassRequested
	track := heal.Track([]pipewright.Outcome{going, promise(.8, pipewright.VerifyRecovered), asked, promise(.7, pipewright.VerifyWorse)})
	assert.Equal(t, []rl.Prediction{{Recovery: .8, Recovered: true}, {Recovery: .7}}, track)
}

// Two plans that failed where they were sure to recover, and the next one against the
// same cause is asked about, however good its odds are; runs that held bring it back.
func TestWhatHasNotRecoveredLatelyIsAskedAbout(t *testing.T) {
	for name, c := range map[string]struct {
		cause  string
		became []pipewright.Verification
		alone  bool
	}{
		"two failures":                 {"network_transient", []pipewright.Verification{pipewright.VerifyUnchanged, pipewright.VerifyUnchanged}, false},
		"two failures of another":      {"data_drift", []pipewright.Verification{pipewright.VerifyUnchanged, pipewright.VerifyUnchanged}, true},
		"what nobody could see":        {"network_transient", []pipewright.Verification{pipewright.VerifyUnknown, pipewright.VerifyUnknown}, true},
		"a failure and six recoveries": {"network_transient", append([]pipewright.Verification{pipewright.VerifyUnchanged}, slices.Repeat([]pipewright.Verification{pipewright.VerifyRecovered}, 6)...), true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(cfg *heal.Config) {
				cfg.Policy, cfg.BreakerFails, cfg.Bars = heal.Planner, 6, map[pipewright.Risk]float64{pipewright.R0: .9, pipewright.R1: .9}
			})
			for _, v := range c.became {
				o := promise(.97, v)
				o.Belief = map[string]float64{c.cause: 1}
				b.record(1, o)
			}
			b.fail()
			b.pass(2 * time.Minute)
			inc := b.incident(1)
			require.NotNil(t, inc.Decision)
			if c.alone {
				assert.NotEmpty(t, inc.Attempts)
				assert.Contains(t, inc.Decision.Paragraph, "Automatic: the plan passes the bar")
				return
			}
			assert.Equal(t, pipewright.Waiting, inc.State)
			assert.Contains(t, inc.Decision.Paragraph, "It asks: plans against network transient have recovered less often than predicted lately (0 of the last 2 did)")
			replayed, err := b.loop.Replay(t.Context(), *inc.Decision, nil)
			require.NoError(t, err)
			assert.True(t, replayed.Same && replayed.Model, replayed.Why)
		})
	}
}
