package detect

import (
	"fmt"
	"math"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	enterZ      = 6.0 // robust z-scores: far outside
	leaveZ      = 3.0 // and back inside
	leastEffect = 0.5 // of the median: what people would call different
)

// strange reports whether a value lies far outside its band in a direction
// that matters and by an amount that matters.
func (r rule) strange(b Band, v float64) bool {
	diff := math.Abs(v - b.Median)
	if diff < r.effect || diff < leastEffect*math.Abs(b.Median) {
		return false
	}
	return r.far(b, v, enterZ)
}

// far reports whether a value is at least z spreads out on a side that is bad.
func (r rule) far(b Band, v, z float64) bool {
	score := b.Z(v)
	switch r.bad {
	case high:
		return score >= z
	case low:
		return score <= -z
	default:
		return math.Abs(score) >= z
	}
}

// band is what a metric is compared with.
func (f *Facts) band(metric string) Band {
	if b, ok := f.Past[metric]; ok {
		return b
	}
	return BandAt(f.Series[metric], f.Now)
}

// anomalous sees metrics far from their own past for several samples in a row.
// A metric that is over its limit already is left to that signal.
func anomalous(f *Facts) []pipewright.Signal {
	var out []pipewright.Signal
	for _, metric := range f.metrics() {
		points, r := f.Series[metric], ruleFor(metric)
		if len(points) < r.samples || stale(points, f.Now) {
			continue
		}
		if r.limited() {
			if _, on := crossing(points, r); on {
				continue
			}
		}
		b := f.band(metric)
		if !b.Known() {
			continue
		}
		if e, on := outside(points, r, b, f.Now); on {
			out = append(out, anomalySignal(f, metric, b, e))
		}
	}
	return out
}

func anomalySignal(f *Facts, metric string, b Band, e excursion) pipewright.Signal {
	s := f.signal(pipewright.AnomalySignal, metric, e.since)
	s.Value = e.worst
	s.Limit = b.Median + math.Copysign(enterZ*b.Spread, e.worst-b.Median)
	s.Summary = fmt.Sprintf("%s reached %s, usually about %s at this hour, since %s",
		metric, number(e.worst), number(b.Median), clock(e.since))
	return s
}

// outside walks back from the newest sample: enough strange ones in a row, and
// from there to where the stretch left the band.
func outside(points []pipewright.Point, r rule, b Band, now time.Time) (e excursion, on bool) {
	strange := 0
	for i := len(points) - 1; i >= 0 && len(points)-i <= scanned; i-- {
		p := points[i]
		far := r.strange(b, p.Value)
		if strange < r.samples && !far || !r.far(b, p.Value, leaveZ) || now.Sub(p.At) > dayEnough {
			break
		}
		if strange > 0 && (p.Value > b.Median) != (e.worst > b.Median) {
			break
		}
		if far {
			strange++
			e.since = p.At
		}
		if strange == 1 || math.Abs(p.Value-b.Median) > math.Abs(e.worst-b.Median) {
			e.worst = p.Value
		}
	}
	return e, strange >= r.samples
}
