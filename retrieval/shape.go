package retrieval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	segments   = 32  // averages of a window's shape
	traits     = 3   // level, trend and volatility, beside the shape
	traitShare = 0.5 // of a trait against the whole shape
	minPoints  = 4   // in a window that has a shape
)

// ShapeDimensions is the length of the vector of a metric window.
const ShapeDimensions = segments + traits

// Shape is what a window of a metric looked like.
type Shape struct {
	Vector     []float32 // averages of equal parts of the z-normalised window, then the traits
	Mean       float64   // in the metric's unit
	Trend      float64   // rise over the window in standard deviations, from the least squares line
	Volatility float64   // standard deviation over the mean of the absolute values, 0 when all are equal
}

// ShapeOf describes the points that lie in a window; false when they are fewer than four,
// or the window is open or empty. The shape is piecewise aggregate approximation of the
// z-normalised series (Keogh et al., "Dimensionality Reduction for Fast Similarity Search
// in Large Time Series Databases", 2001); a part without points is filled in between its
// neighbours. Level is by the order of magnitude, so that one alike at ten times the load
// is near and not the same.
func ShapeOf(points []pipewright.Point, w pipewright.Window) (Shape, bool) {
	points = slices.DeleteFunc(slices.Clone(points), func(p pipewright.Point) bool {
		return !w.Holds(p.At) || math.IsNaN(p.Value) || math.IsInf(p.Value, 0)
	})
	if len(points) < minPoints || w.Span() <= 0 {
		return Shape{}, false
	}
	slices.SortStableFunc(points, func(a, b pipewright.Point) int { return a.At.Compare(b.At) })
	mean, deviation, size := moments(points)
	s := Shape{Mean: mean, Vector: make([]float32, 0, ShapeDimensions)}
	if deviation > 1e-9*size {
		s.Volatility = deviation / size
		s.Trend = trend(points, w) / deviation
	}
	for _, x := range averages(points, w, mean, deviation) {
		s.Vector = append(s.Vector, float32(x/math.Sqrt(segments)))
	}
	s.Vector = append(s.Vector,
		float32(traitShare*math.Copysign(math.Log1p(math.Abs(mean)), mean)/10),
		float32(traitShare*math.Tanh(s.Trend/2)),
		float32(traitShare*math.Tanh(s.Volatility)))
	return s, true
}

func moments(points []pipewright.Point) (mean, deviation, size float64) {
	n := float64(len(points))
	for _, p := range points {
		mean += p.Value / n
		size += math.Abs(p.Value) / n
	}
	for _, p := range points {
		deviation += (p.Value - mean) * (p.Value - mean) / n
	}
	return mean, math.Sqrt(deviation), size
}

// trend is the rise of the least squares line over the window.
func trend(points []pipewright.Point, w pipewright.Window) float64 {
	var st, sv, stt, stv float64
	for _, p := range points {
		t := p.At.Sub(w.Start).Seconds() / w.Span().Seconds()
		st, sv, stt, stv = st+t, sv+p.Value, stt+t*t, stv+t*p.Value
	}
	n := float64(len(points))
	spread := n*stt - st*st
	if spread <= 0 {
		return 0
	}
	return (n*stv - st*sv) / spread
}

// averages are the means of equal parts of the window in standard deviations from its
// mean. A part without points lies on the line between those around it.
func averages(points []pipewright.Point, w pipewright.Window, mean, deviation float64) []float64 {
	sums, counts := make([]float64, segments), make([]float64, segments)
	for _, p := range points {
		i := int(int64(p.At.Sub(w.Start)) * segments / int64(w.Span()))
		i = min(max(i, 0), segments-1)
		sums[i] += p.Value
		counts[i]++
	}
	out := make([]float64, segments)
	last := -1
	for i := range out {
		if counts[i] == 0 {
			continue
		}
		if deviation > 0 {
			out[i] = (sums[i]/counts[i] - mean) / deviation
		}
		for k := last + 1; k < i; k++ {
			out[k] = out[i]
			if last >= 0 {
				out[k] = out[last] + (out[i]-out[last])*float64(k-last)/float64(i-last)
			}
		}
		last = i
	}
	for k := last + 1; k < segments; k++ {
		out[k] = out[max(last, 0)]
	}
	return out
}

// Distance is how unlike two shapes are: 0 for the same, near 2 for opposites.
func (s Shape) Distance(o Shape) float64 {
	sum := 0.0
	for i := range min(len(s.Vector), len(o.Vector)) {
		d := float64(s.Vector[i] - o.Vector[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// Similar is a window that looked like another.
type Similar struct {
	Window   pipewright.Window
	Shape    Shape
	Distance float64
}

// SimilarWindows finds when a series looked most like it does in w: windows of the same
// length before it that do not overlap each other or w, nearest first, at most limit. They
// begin every tenth of the length.
func SimilarWindows(points []pipewright.Point, w pipewright.Window, limit int) ([]Similar, error) {
	now, ok := ShapeOf(points, w)
	if !ok {
		return nil, pipewright.Errorf(pipewright.Invalid, "find similar windows: the window has fewer than %d points: widen it", minPoints)
	}
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b pipewright.Point) int { return a.At.Compare(b.At) })
	var all []Similar
	span, step := w.Span(), max(w.Span()/10, time.Nanosecond)
	for start := w.Start.Add(-span); !start.Before(points[0].At); start = start.Add(-step) {
		past := pipewright.Window{Start: start, End: start.Add(span)}
		from, _ := slices.BinarySearchFunc(points, past.Start, at)
		to, _ := slices.BinarySearchFunc(points, past.End, at)
		if s, ok := ShapeOf(points[from:to], past); ok {
			all = append(all, Similar{past, s, s.Distance(now)})
		}
	}
	slices.SortStableFunc(all, func(a, b Similar) int { return cmp.Compare(a.Distance, b.Distance) })
	var out []Similar
	for _, s := range all {
		overlaps := slices.ContainsFunc(out, func(o Similar) bool {
			return s.Window.Start.Before(o.Window.End) && o.Window.Start.Before(s.Window.End)
		})
		if len(out) < limit && !overlaps {
			out = append(out, s)
		}
	}
	return out, nil
}

func at(p pipewright.Point, t time.Time) int { return p.At.Compare(t) }

// What a window must do to have moved: rise or fall by so many standard deviations, or have
// one of such a share of its level.
const (
	movedTrend      = 1.5
	movedVolatility = 0.5
)

// moved reports whether the window was anything but steady.
func (s Shape) moved() bool { return math.Abs(s.Trend) > movedTrend || s.Volatility > movedVolatility }

// String says in words what the window looked like, for search and for people.
func (s Shape) String() string {
	words := []string{"steady"}
	switch {
	case s.Trend > movedTrend:
		words = []string{"rising", "increase", "climbing"}
	case s.Trend < -movedTrend:
		words = []string{"falling", "decrease", "dropping"}
	}
	if s.Volatility > movedVolatility {
		words = append(words, "volatile", "spiky")
	}
	return fmt.Sprintf("%s, mean %.4g", strings.Join(words, ", "), s.Mean)
}
