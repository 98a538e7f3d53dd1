package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
)

// predictions are n plans of which so much was predicted, the first k of which recovered.
func predictions(of float64, k, n int) (out []rl.Prediction) {
	for i := range n {
		out = append(out, rl.Prediction{Recovery: of, Recovered: i < k})
	}
	return out
}

func TestCalibrationWithCountsAndIntervals(t *testing.T) {
	c := heal.Calibrate(append(predictions(.85, 9, 10), predictions(1, 2, 4)...))
	require.Len(t, c.Bins, 2)
	b := c.Bins[0]
	assert.Equal(t, []any{10, .8, .9}, []any{b.Plans, b.From, b.To})
	assert.InDelta(t, .9, b.Recovered, 1e-12)
	assert.InDelta(t, .5958, b.Low, 1e-4, "Wilson's interval of 9 in 10")
	assert.InDelta(t, .9821, b.High, 1e-4)
	assert.Equal(t, 4, c.Bins[1].Plans, "certainty is of the last bin")
	assert.InDelta(t, (10*.05+4*.5)/14, c.ECE, 1e-12)
	assert.InDelta(t, (9*.15*.15+.85*.85+2)/14, c.Brier, 1e-12)
	assert.InDelta(t, 11./14*3/14, c.Base, 1e-12)
	assert.Contains(t, c.Figure().Say, "Over 14 verified plans the predictions were off by 18 points on average, and no better than")
	assert.True(t, c.Figure().Drawn())
}

func TestTooFewPlansAreSaidAndNotDrawn(t *testing.T) {
	few := predictions(.9, 9, 9)
	for _, f := range []pipewright.Figure{heal.Calibrate(few).Figure(), heal.LearningFigure(heal.Learn(few), 9), heal.Calibrate(nil).Figure()} {
		assert.False(t, f.Drawn())
		assert.Contains(t, f.Say, "10 are needed before this says anything")
	}
	one := predictions(.9, 9, 12)
	assert.Equal(t, "12 plans have a verified outcome so far: one point makes no curve.", heal.LearningFigure(heal.Learn(one), 12).Say)
	assert.Equal(t, "No incident has ended yet that anything was done about.", heal.AutonomyFigure(nil, "").Say)
	_, err := heal.Figures{}.Of("fortune", "")
	assert.ErrorContains(t, err, `"fortune" is not a figure; they are [reliability autonomy learning]`)
}

func TestTheLearningCurveIsOfTheLastTwentyPlans(t *testing.T) {
	curve := heal.Learn(append(predictions(.5, 0, 10), predictions(.9, 30, 30)...))
	require.NotEmpty(t, curve)
	assert.Equal(t, 10, curve[0].Plans)
	assert.Zero(t, curve[0].Recovered)
	last := curve[len(curve)-1]
	assert.Equal(t, 40, last.Plans)
	assert.InDelta(t, 1, last.Recovered, 1e-12)
	assert.InDelta(t, .9, last.Predicted, 1e-12)
}

func TestTheLearningCurveGoesInRoundSteps(t *testing.T) {
	for n, want := range map[int][]int{
		9: nil, 10: {10}, 12: {12}, 13: {10, 13}, 20: {10, 15, 20},
		76:   {10, 20, 30, 40, 50, 60, 70, 76},
		276:  {20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 276},
		301:  {50, 100, 150, 200, 250, 301},
		1000: {100, 200, 300, 400, 500, 600, 700, 800, 900, 1000},
	} {
		var plans []int
		for _, l := range heal.Learn(predictions(.9, n, n)) {
			plans = append(plans, l.Plans)
		}
		assert.Equal(t, want, plans, n)
	}
	for n := range 5000 {
		assert.LessOrEqual(t, len(heal.Learn(predictions(.9, n, n))), 16)
	}
}

func TestWhoEndedIncidentsByWeek(t *testing.T) {
	monday := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	tried := []pipewright.Attempt{{Verification: pipewright.VerifyRecovered}}
	inc := func(day int, class pipewright.FaultClass, state pipewright.State, approval string, attempts []pipewright.Attempt) pipewright.Incident {
		return pipewright.Incident{OpenedAt: monday.AddDate(0, 0, day), Class: class, State: state, Approval: approval, Attempts: attempts}
	}
	weeks := heal.Weeks([]pipewright.Incident{
		inc(15, "stuck", pipewright.Closed, "ap-0001", tried),
		inc(16, "capacity", pipewright.Escalated, "ap-0003", nil), // nobody answered
		inc(0, "stuck", pipewright.Closed, "", tried),
		inc(6, "throttled", pipewright.Escalated, "", nil),
		inc(1, "throttled", pipewright.Closed, "", nil),
		inc(2, "stuck", pipewright.Waiting, "ap-0002", nil),
		inc(2, pipewright.ClassRequested, pipewright.Closed, "", tried),
	}, time.UTC)
	require.Len(t, weeks, 3, "the week in between is there, and empty")
	assert.Equal(t, heal.Ends{Auto: 1, Escalated: 1, Alone: 1}, weeks[0].Ended)
	assert.Equal(t, heal.Ends{}, weeks[1].Ended)
	assert.Equal(t, heal.Ends{Asked: 1, Escalated: 1}, weeks[2].Ended)
	assert.Equal(t, heal.Ends{Auto: 1}, weeks[0].Classes["stuck"])
	f := heal.AutonomyFigure(weeks, "")
	assert.Equal(t, []string{"16 Nov", "23 Nov", "30 Nov"}, f.Steps)
	assert.Equal(t, []float64{.5, 0, 0}, f.Series[0].Values)
	assert.Equal(t, "Of 4 incidents 1 were ended alone, 1 after an approval, and for 2 a person was called or nobody answered; 1 more went away by themselves or were part of another.", f.Say)
	assert.Equal(t, []int{1, 0, 1}, heal.AutonomyFigure(weeks, "stuck").Counts)
	early := heal.Weeks([]pipewright.Incident{inc(0, "stuck", pipewright.Closed, "", tried)}, time.FixedZone("west", -5*3600))
	assert.Equal(t, "9 Nov", heal.AutonomyFigure(early, "").Steps[0], "in the reader's zone it was still Sunday")
}
