package diagnose

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const (
	recent      = 5 * time.Minute // before the onset that still counts as now
	justBefore  = time.Hour       // a metric that was as far off in this time already is older than the onset
	fewPast     = 8               // samples below which there is no "as usual"
	farFromPast = 4.0             // robust z from which a metric is high or low
	pointLimit  = 10_000          // samples read a resource, the newest
)

// shift is a metric around the onset against its own past.
type shift struct {
	resource pipewright.ResourceID
	metric   string
	value    float64 // typical of the upper (or lower) part of the window
	usual    float64 // median of the past
	low      float64 // 10 % and 90 % quantiles of the past: an earlier fault must not count as usual
	high     float64
	z        float64 // (value - usual) / (1.4826 MAD), the MAD floored
	start    time.Time
	end      time.Time
}

// is reports whether the shift is what a sign calls high or low.
func (x shift) is(word string) bool {
	return (word == "high" && x.z >= farFromPast) || (word == "low" && x.z <= -farFromPast)
}

// readShifts compares each metric of the resource since the onset with the day
// before it.
func (s *scene) readShifts(ctx context.Context, tel tools.PointReader, f *facts) error {
	points, err := tel.Points(ctx, pipewright.PointQuery{Resource: f.id, Window: s.until(s.onset.Add(-memory)), Limit: pointLimit})
	if err != nil {
		return err
	}
	byName := map[string][]pipewright.Point{}
	var names []string
	for _, p := range points {
		if byName[p.Metric] == nil {
			names = append(names, p.Metric)
		}
		byName[p.Metric] = append(byName[p.Metric], p)
	}
	slices.Sort(names)
	for _, name := range names {
		if x, ok := compare(byName[name], s.onset.Add(-recent)); ok {
			x.resource, x.metric = f.id, name
			f.shifts = append(f.shifts, x)
		}
	}
	return nil
}

// compare splits the samples (oldest first) at a time and measures how far the
// later ones lie from the earlier: the upper quartile for a rise, the lower for
// a fall, so that a spike that is over counts. The spread is the median absolute deviation,
// at least a fiftieth of the median and a tenth of the 10-90 % range, so that a
// flat past does not make every step an alarm.
func compare(points []pipewright.Point, at time.Time) (shift, bool) {
	var past, lately, now []float64
	x := shift{}
	for _, p := range points {
		switch {
		case math.IsNaN(p.Value) || math.IsInf(p.Value, 0):
		case p.At.Before(at):
			past = append(past, p.Value)
			if !p.At.Before(at.Add(-justBefore)) {
				lately = append(lately, p.Value)
			}
		default:
			if x.start.IsZero() {
				x.start = p.At
			}
			now, x.end = append(now, p.Value), p.At
		}
	}
	if len(past) < fewPast || len(now) == 0 {
		return x, false
	}
	slices.Sort(past)
	slices.Sort(now)
	x.usual, x.low, x.high = quantile(past, .5), quantile(past, .1), quantile(past, .9)
	spread := max(1.4826*mad(past, x.usual), math.Abs(x.usual)/50, (x.high-x.low)/10, 1e-9)
	up, down := quantile(now, .75), quantile(now, .25)
	x.value = up
	if x.usual-down > up-x.usual {
		x.value = down
	}
	x.z = (x.value - x.usual) / spread
	if len(lately) > 0 { // only what came on top of the last hour is news
		slices.Sort(lately)
		if x.z > 0 {
			x.z = max(0, x.value-max(x.usual, quantile(lately, .75))) / spread
		} else {
			x.z = min(0, x.value-min(x.usual, quantile(lately, .25))) / spread
		}
	}
	if x.value >= x.low && x.value <= x.high { // inside what the past has seen often
		x.z = 0
	}
	return x, true
}

// quantile is the nearest-rank quantile of sorted values.
func quantile(sorted []float64, q float64) float64 {
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

func mad(values []float64, centre float64) float64 {
	d := make([]float64, len(values))
	for i, v := range values {
		d[i] = math.Abs(v - centre)
	}
	slices.SortFunc(d, cmp.Compare[float64])
	return quantile(d, .5)
}
