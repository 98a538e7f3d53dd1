package detect

import (
	"math"
	"slices"
	"sort"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	slot          = 10 * time.Minute
	keptDays      = 14
	slotsKept     = int64(keptDays * 24 * time.Hour / slot)
	aroundHour    = 90 * time.Minute // samples this near the same time of day count as the same hour
	perDay        = int(2*aroundHour/slot) + 1
	judged        = 2 * time.Hour // the newest samples are judged, not learned from
	weekEnough    = 7*24*time.Hour - 4*time.Hour
	dayEnough     = 24 * time.Hour
	seasonalLeast = 40 // samples
	plainLeast    = 50
	plainMost     = 512
)

// Band is where a metric usually lies: its median and its spread, as a
// standard deviation of a normal distribution would be. The spread is the larger of
// 1.4826 times the median absolute deviation and the distance of the 10 % and
// 90 % quantiles over 2.563, so that a quiet weekend within the sample widens
// it. The zero Band knows nothing.
type Band struct {
	Median float64
	Spread float64
	N      int // samples behind it, 0: nothing is known
}

// Known reports whether the band may be used.
func (b Band) Known() bool { return b.N > 0 }

// Z is the robust z-score of a value: positive above the median. The spread
// counts as at least 2 % of the median, so that a constant metric has one.
func (b Band) Z(v float64) float64 {
	spread := max(b.Spread, 0.02*math.Abs(b.Median), 1e-9)
	return (v - b.Median) / spread
}

// Bounds are the lowest and highest value that still count as back to usual: leaveZ
// spreads on either side of the median.
func (b Band) Bounds() (low, high float64) {
	half := leaveZ * max(b.Spread, 0.02*math.Abs(b.Median), 1e-9)
	return b.Median - half, b.Median + half
}

// bandOf summarises a sample, which it sorts in place.
func bandOf(sample []float64) Band {
	slices.Sort(sample)
	median := quantile(sample, 0.5)
	wide := (quantile(sample, 0.9) - quantile(sample, 0.1)) / 2.563
	for i, v := range sample {
		sample[i] = math.Abs(v - median)
	}
	slices.Sort(sample)
	return Band{Median: median, Spread: max(wide, 1.4826*quantile(sample, 0.5)), N: len(sample)}
}

// quantile interpolates in a sorted, non-empty sample.
func quantile(sorted []float64, q float64) float64 {
	x := q * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

// BandAt is the band of a series, oldest first, for the given time: the same
// hour of the day when a week of history exists, all of it from a day on, and
// unknown before. It looks at a bounded sample, so a long series costs no more.
func BandAt(points []pipewright.Point, now time.Time) Band {
	last := before(points, now.Add(-judged))
	if last == 0 {
		return Band{}
	}
	length := now.Sub(points[0].At)
	if length >= weekEnough {
		var sample []float64
		for d := 1; d <= keptDays; d++ {
			centre := now.AddDate(0, 0, -d)
			from, to := before(points, centre.Add(-aroundHour)), before(points, centre.Add(aroundHour))
			sample = thin(sample, points[from:to], perDay)
		}
		if len(sample) >= seasonalLeast {
			return bandOf(sample)
		}
	}
	if sample := thin(nil, points[:last], plainMost); length >= dayEnough && len(sample) >= plainLeast {
		return bandOf(sample)
	}
	return Band{}
}

// before is the number of points earlier than t.
func before(points []pipewright.Point, t time.Time) int {
	return sort.Search(len(points), func(i int) bool { return !points[i].At.Before(t) })
}

// thin appends at most n values, evenly taken.
func thin(sample []float64, points []pipewright.Point, n int) []float64 {
	step := (len(points) + n - 1) / n
	for i := 0; i < len(points); i += step {
		sample = append(sample, points[i].Value)
	}
	return sample
}
