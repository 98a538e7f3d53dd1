package ask

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// samples is a store of one series: a sample every five minutes.
type samples []pipewright.Point

func (s samples) Points(_ context.Context, q pipewright.PointQuery) (out []pipewright.Point, err error) {
	for _, p := range s {
		if p.Resource == q.Resource && p.Metric == q.Metric && q.Window.Holds(p.At) {
			out = append(out, p)
		}
	}
	return out, nil
}

var charted = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)

// queue is so many days of a quiet queue, with a peak just before charted.
func queue(days int) (out samples) {
	for at := charted.AddDate(0, 0, -days); at.Before(charted.Add(time.Hour)); at = at.Add(5 * time.Minute) {
		v := 10 + 3*math.Sin(float64(at.Unix())/3600)
		if at.Equal(charted.Add(-10 * time.Minute)) {
			v = 900
		}
		out = append(out, pipewright.Point{Resource: "redshift:cluster/warehouse", Metric: "queue_seconds", At: at, Value: v})
	}
	return out
}

func TestAChartShowsThePeakAndTheBandOfTheDetectors(t *testing.T) {
	s := queue(9)
	w := pipewright.Window{Start: charted.AddDate(0, 0, -3), End: charted.Add(time.Hour)}
	c, err := DrawSeries(t.Context(), s, "redshift:cluster/warehouse", "queue_seconds", w)
	require.NoError(t, err)
	assert.Len(t, c.Points, drawn, "864 samples are thinned")
	assert.Equal(t, "s", c.Unit)
	require.True(t, c.Banded())
	peak := 0
	for i, p := range c.Points {
		if p.Value > c.Points[peak].Value {
			peak = i
		}
	}
	assert.InDelta(t, 900, c.Points[peak].Value, 0, "no peak is thinned away")
	assert.False(t, c.Usual(peak))
	low, high := detect.BandAt(s, c.Points[0].At).Bounds()
	assert.InDelta(t, max(low, 0), c.Low[0], 1e-9)
	assert.InDelta(t, high, c.High[0], 1e-9)
	for i := range c.Low {
		assert.GreaterOrEqual(t, c.Low[i], 0.0, "what never was negative is not usually so")
	}
}

func TestWithoutHistoryNothingIsUsual(t *testing.T) {
	c, err := DrawSeries(t.Context(), queue(0), "redshift:cluster/warehouse", "queue_seconds", pipewright.Window{Start: charted, End: charted.Add(time.Hour)})
	require.NoError(t, err)
	assert.Len(t, c.Points, 12)
	assert.Empty(t, c.Low)
	assert.True(t, c.Usual(3))
}

func TestAnIncidentIsDrawnBeforeAndAfterWhatWasDone(t *testing.T) {
	inc := pipewright.Incident{ID: "inc-0001", Resource: "redshift:cluster/warehouse", OpenedAt: charted.Add(-8 * time.Minute), UpdatedAt: charted, EndedAt: charted,
		Signals:  []pipewright.Signal{{Resource: "airflow:task/orders.load"}, {Resource: "redshift:cluster/warehouse", Metric: "queue_seconds"}, {Resource: "redshift:cluster/warehouse", Metric: "nobody_wrote_it"}},
		Attempts: []pipewright.Attempt{{Action: pipewright.Action{Kind: "redshift.scale_up"}, At: charted.Add(-5 * time.Minute)}},
		Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Evidence: []string{"e2"}}}, Evidence: []pipewright.Evidence{{ID: "e1", Kind: pipewright.MetricEvidence, Query: "metric source=x name=other"},
			{ID: "e2", Source: "redshift:cluster/warehouse", Kind: pipewright.MetricEvidence, Query: "metric source=redshift:cluster/warehouse name=queue_seconds start=..."}}}}
	charts, err := DrawIncident(t.Context(), queue(9), inc, charted.Add(40*time.Minute))
	require.NoError(t, err)
	require.Len(t, charts, 1)
	c := charts[0]
	assert.Equal(t, "e2", c.Evidence)
	assert.WithinDuration(t, inc.OpenedAt.Add(-around), c.Points[0].At, 5*time.Minute)
	assert.True(t, c.Points[len(c.Points)-1].At.After(charted.Add(30*time.Minute)), "after it, too")
	var said []string
	for _, m := range c.Marks {
		said = append(said, m.Say)
	}
	assert.Equal(t, []string{"opened", "redshift.scale_up", "over"}, said)
}
