package retrieval_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
)

var hour = pipewright.Window{Start: night, End: night.Add(time.Hour)}

// series is one sample a minute over a window.
func series(w pipewright.Window, f func(minute float64) float64) (out []pipewright.Point) {
	for at := w.Start; at.Before(w.End); at = at.Add(time.Minute) {
		out = append(out, pipewright.Point{At: at, Value: f(at.Sub(w.Start).Minutes())})
	}
	return out
}

func TestShapesThatLookAlikeAreNear(t *testing.T) {
	shape := func(f func(float64) float64) retrieval.Shape {
		s, ok := retrieval.ShapeOf(series(hour, f), hour)
		require.True(t, ok)
		require.Len(t, s.Vector, retrieval.ShapeDimensions)
		return s
	}
	ramp := shape(func(m float64) float64 { return 10 + m })
	for name, c := range map[string]struct {
		f        func(float64) float64
		near     bool
		distance float64
	}{
		"the same":        {func(m float64) float64 { return 10 + m }, true, 1e-6},
		"twice the load":  {func(m float64) float64 { return 20 + 2*m }, true, 0.2},
		"a little ragged": {func(m float64) float64 { return 10 + m + 4*math.Sin(m*9) }, true, 0.5},
		"going down":      {func(m float64) float64 { return 70 - m }, false, 1},
		"flat":            {func(float64) float64 { return 10 }, false, 0.8},
		"a wave":          {func(m float64) float64 { return 10 + math.Sin(m/3) }, false, 0.8},
	} {
		t.Run(name, func(t *testing.T) {
			d := shape(c.f).Distance(ramp)
			require.Equal(t, c.near, d <= c.distance, d)
		})
	}
	require.Contains(t, ramp.String(), "rising")
	require.InDelta(t, math.Sqrt(12), ramp.Trend, 0.1, "a straight line rises by the square root of twelve deviations")
}

func TestAWindowWithoutEnoughPointsHasNoShape(t *testing.T) {
	for name, points := range map[string][]pipewright.Point{
		"none":              nil,
		"three":             series(pipewright.Window{Start: night, End: night.Add(3 * time.Minute)}, func(float64) float64 { return 1 }),
		"all before":        series(pipewright.Window{Start: night.Add(-time.Hour), End: night}, func(float64) float64 { return 1 }),
		"no numbers at all": series(hour, func(float64) float64 { return math.NaN() }),
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := retrieval.ShapeOf(points, hour)
			require.False(t, ok)
			_, err := retrieval.SimilarWindows(points, hour, 3)
			require.ErrorContains(t, err, "widen it")
		})
	}
}

func TestSimilarWindowsAreFoundAndDoNotOverlap(t *testing.T) {
	days := pipewright.Window{Start: night.Add(-48 * time.Hour), End: night.Add(time.Hour)}
	spikeAt := map[int]bool{10*60 + 30: true, 30*60 + 30: true, 48*60 + 30: true} // minutes from the start; the last is now
	points := series(days, func(m float64) float64 {
		v := 5 + math.Sin(m*1.7)
		for at := range spikeAt {
			v += 100 * math.Exp(-math.Pow(m-float64(at), 2)/50)
		}
		return v
	})
	got, err := retrieval.SimilarWindows(points, hour, 2)
	require.NoError(t, err)
	require.Len(t, got, 2)
	for _, s := range got {
		middle := s.Window.Start.Add(30 * time.Minute).Sub(days.Start).Minutes()
		require.True(t, math.Abs(middle-630) <= 6 || math.Abs(middle-1830) <= 6, middle)
		require.False(t, s.Window.End.After(hour.Start))
	}
}
