package heal_test

import (
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
		Verification: v, Soaked: v == pipewright.VerifyRecovered, Planned: of}
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
		guarded bool
	}{
		"nine are too few to say":            {9, pipewright.VerifyUnchanged, false},
		"ten of ten failed":                  {10, pipewright.VerifyUnchanged, true},
		"ten of ten held":                    {10, pipewright.VerifyRecovered, false},
		"after fifty the bar alone decides":  {50, pipewright.VerifyUnchanged, false},
		"what nobody could see says nothing": {20, pipewright.VerifyUnknown, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.BreakerFails = heal.Planner, 6 })
			b.record(c.plans, promise(.9, c.became))
			b.fail()
			b.pass(2 * time.Minute)
			inc := b.incident(1)
			d := inc.Decision
			require.NotNil(t, d)
			if c.guarded {
				assert.Contains(t, d.Paragraph, "It asks: the track record is short and no better than the base rate, and the runbook would do something else.")
				assert.Equal(t, pipewright.Waiting, inc.State)
				lines, err := b.loop.Explain(t.Context(), "stuck")
				require.NoError(t, err)
				assert.Contains(t, lines[len(lines)-1], "alone only where the runbook would do the same, for now: the odds of 10 plans")
				return
			}
			assert.Contains(t, d.Paragraph, "Automatic: the plan passes the bar")
			assert.NotEmpty(t, inc.Attempts)
		})
	}
}

func TestWhereTheRunbookAgreesItActsAloneUnderTheGuard(t *testing.T) {
	b := newBench(t, func(cfg *heal.Config) { cfg.Policy, cfg.BreakerFails = heal.Planner, 6 })
	b.cause = "memory_exhausted"
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
	free := b.loop.Policy().Chooser.ID()
	b.fail()
	for range 6 {
		b.pass(12 * time.Minute)
		b.ran(pipewright.RunFailed)
	}
	assert.NotEqual(t, free, b.loop.Policy().Chooser.ID())
	said := false
	events, err := b.store.Events(t.Context(), pipewright.EventQuery{})
	require.NoError(t, err)
	for _, e := range events {
		said = said || strings.HasPrefix(e.Note, "what is predicted here has been no better")
	}
	assert.True(t, said)
	b.restart()
	assert.NotEqual(t, free, b.loop.Policy().Chooser.ID(), "the same after a restart")
}

func TestTheTrackIsOfPlansThatEnded(t *testing.T) {
	going := promise(0, pipewright.VerifyUnchanged)
	asked := promise(.5, pipewright.VerifyRecovered)
	asked.Class = pipewright.ClassRequested
	track := heal.Track([]pipewright.Outcome{going, promise(.8, pipewright.VerifyRecovered), asked, promise(.7, pipewright.VerifyWorse)})
	assert.Equal(t, []rl.Prediction{{Recovery: .8, Recovered: true}, {Recovery: .7}}, track)
}
