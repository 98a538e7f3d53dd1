package detect

import (
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	beatsNeeded   = 12              // arrivals before a stream counts as regular
	beatsLooked   = 256             // newest arrivals that are looked at
	missedBeats   = 5               // usual steps of silence
	widestGaps    = 3               // or this many times the widest gap seen
	silenceLeast  = 5 * time.Minute // never sooner than this
	silenceMost   = 24 * time.Hour  // silent for longer: retired, not lost
	silenceSevere = 4               // times the limit: critical
)

// heartbeatLost sees that a resource which reported regularly fell silent in
// every stream while others go on. At is when its next record was due. What has
// runs and is not running owes no sign of life, and a schedule says by itself when the next run is missed.
func heartbeatLost(f *Facts) []pipewright.Signal {
	if _, scheduled := schedule(f.Resource); scheduled || len(f.Runs) > 0 && newest(f.Runs, active) == nil {
		return nil
	}
	last := heard(f)
	silent := f.judgedAt().Sub(last)
	if silent <= silenceLeast || silent > silenceMost {
		return nil
	}
	step, gap, regular := pulse(f)
	if !regular {
		return nil
	}
	limit := max(silenceLeast, missedBeats*step, widestGaps*gap)
	if silent <= limit || f.Others.Sub(last) <= limit {
		return nil
	}
	s := f.signal(pipewright.HeartbeatSignal, "", last.Add(step))
	s.Value, s.Limit = silent.Seconds(), limit.Seconds()
	s.Summary = fmt.Sprintf("nothing heard since %s (%s); it used to report every %s", clock(last), span(silent), span(step))
	if silent > silenceSevere*limit {
		s.Severity = pipewright.SevCritical
	}
	return []pipewright.Signal{s}
}

// heard is the newest record of any stream of the resource.
func heard(f *Facts) (last time.Time) {
	latest := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}
	for _, points := range f.Series {
		if n := len(points); n > 0 {
			latest(points[n-1].At)
		}
	}
	if n := len(f.Lines); n > 0 {
		latest(f.Lines[n-1].At)
	}
	for i := range f.Runs {
		latest(ended(&f.Runs[i]))
	}
	return last
}

// pulse is the rhythm of the most frequent stream of a resource (a metric or
// its lines), with the widest gap in it.
func pulse(f *Facts) (step, gap time.Duration, regular bool) {
	consider := func(n int, at func(int) time.Time) {
		if s, g, ok := rhythm(n, at); ok && (!regular || s < step) {
			step, gap, regular = s, g, true
		}
	}
	for _, metric := range f.metrics() {
		points := f.Series[metric]
		consider(len(points), func(i int) time.Time { return points[i].At })
	}
	consider(len(f.Lines), func(i int) time.Time { return f.Lines[i].At })
	return step, gap, regular
}

// rhythm is the median and the widest of the newest gaps between arrivals.
func rhythm(n int, at func(int) time.Time) (step, widest time.Duration, ok bool) {
	if n < beatsNeeded {
		return 0, 0, false
	}
	first := max(0, n-beatsLooked)
	gaps := make([]time.Duration, 0, n-first-1)
	for i := first + 1; i < n; i++ {
		gaps = append(gaps, at(i).Sub(at(i-1)))
	}
	slices.Sort(gaps)
	step, widest = gaps[len(gaps)/2], gaps[len(gaps)-1]
	return step, widest, step > 0
}
