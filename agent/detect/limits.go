package detect

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// side is the direction in which a metric is bad.
type side int

const (
	bothSides side = iota
	high
	low
)

// rule is what is known of a metric by its name: its limits, how many samples in a row
// cross them, which direction is bad, and the smallest difference that
// matters to anybody, in the metric's own unit.
type rule struct {
	enter, leave float64 // equal: no limit
	critical     float64 // 0: never
	samples      int
	bad          side
	effect       float64
}

// rules are the metrics with a meaning. Another name has no limit and is only
// compared with its own past, in both directions.
var rules = map[string]rule{
	"disk_percent":          {enter: 90, leave: 85, critical: 97, samples: 3, bad: high, effect: 15},
	"memory_percent":        {enter: 95, leave: 85, critical: 99, samples: 3, bad: high, effect: 20},
	"cpu_percent":           {samples: 5, bad: high, effect: 25},
	"error_rate":            {enter: 0.05, leave: 0.02, critical: 0.25, samples: 3, bad: high, effect: 0.02},
	"queue_seconds":         {enter: 300, leave: 120, critical: 1800, samples: 3, bad: high, effect: 120},
	"queue_length":          {samples: 3, bad: high, effect: 20},
	"lag_seconds":           {enter: 900, leave: 300, critical: 7200, samples: 3, bad: high, effect: 120},
	"heartbeat_age_seconds": {enter: 300, leave: 120, critical: 1800, samples: 2, bad: high, effect: 120},
	"freshness_seconds":     {samples: 3, bad: high, effect: 600},
	"latency_p99_ms":        {samples: 3, bad: high, effect: 50},
	"duration_seconds":      {samples: 3, bad: high, effect: 60},
	"connections":           {samples: 3, bad: high, effect: 20},
	"replicas_ready":        {enter: 0, leave: 1, critical: 0, samples: 2, bad: low, effect: 1},
}

// defaultRule holds for a metric that rules does not name.
var defaultRule = rule{samples: 3, bad: bothSides}

func ruleFor(metric string) rule {
	if r, ok := rules[metric]; ok {
		return r
	}
	return defaultRule
}

// limited reports whether the rule has absolute limits.
func (r rule) limited() bool { return r.enter != r.leave }

func (r rule) over(v float64) bool {
	if r.bad == low {
		return v <= r.enter
	}
	return v >= r.enter
}

func (r rule) back(v float64) bool {
	if r.bad == low {
		return v >= r.leave
	}
	return v <= r.leave
}

// excess is how far a value lies beyond the leave level.
func (r rule) excess(v float64) float64 {
	if r.bad == low {
		return r.leave - v
	}
	return v - r.leave
}

const (
	scanned    = 1024             // newest samples of a series that are looked at
	staleLeast = 30 * time.Minute // a series older than this, and than
	staleSteps = 5                // this many steps, says nothing about now
)

// excursion is a stretch of a series beyond its limit.
type excursion struct {
	since time.Time
	worst float64
}

// overLimit sees metrics over their limit. They enter after a number of samples
// in a row at the enter level and leave after as many at the leave level.
func overLimit(f *Facts) []pipewright.Signal {
	var out []pipewright.Signal
	for _, metric := range f.metrics() {
		r := ruleFor(metric)
		if !r.limited() || stale(f.Series[metric], f.Now) {
			continue
		}
		if e, on := crossing(f.Series[metric], r); on {
			out = append(out, limitSignal(f, metric, r, e))
		}
	}
	return out
}

func limitSignal(f *Facts, metric string, r rule, e excursion) pipewright.Signal {
	s := f.signal(pipewright.ThresholdSignal, metric, e.since)
	s.Value, s.Limit = e.worst, r.enter
	word := "over"
	if r.bad == low {
		word = "at or under"
	}
	s.Summary = fmt.Sprintf("%s reached %s, %s its limit of %s since %s",
		metric, number(e.worst), word, number(r.enter), clock(e.since))
	if r.bad == high && r.critical > 0 && e.worst >= r.critical || r.bad == low && e.worst <= r.critical {
		s.Severity = pipewright.SevCritical
	}
	return s
}

// crossing runs the hysteresis over the newest samples and reports the
// excursion that still holds at the last one.
func crossing(points []pipewright.Point, r rule) (e excursion, on bool) {
	if len(points) > scanned {
		points = points[len(points)-scanned:]
	}
	in, out := 0, 0
	for i, p := range points {
		switch {
		case r.over(p.Value):
			in, out = in+1, 0
		case r.back(p.Value):
			in, out = 0, out+1
		default:
			in, out = 0, 0
		}
		switch {
		case !on && in >= r.samples:
			on, e = true, excursion{since: points[i-in+1].At, worst: points[i-in+1].Value}
		case on && out >= r.samples:
			on = false
		}
		if on && r.excess(p.Value) > r.excess(e.worst) {
			e.worst = p.Value
		}
	}
	return e, on
}

// stale reports a series that has nothing to say about now.
func stale(points []pipewright.Point, now time.Time) bool {
	n := len(points)
	if n == 0 {
		return true
	}
	step := time.Duration(0)
	if n > 1 {
		k := min(n-1, 8)
		step = points[n-1].At.Sub(points[n-1-k].At) / time.Duration(k)
	}
	return now.Sub(points[n-1].At) > max(staleLeast, staleSteps*step)
}
