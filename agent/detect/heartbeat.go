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
// every stream while others go on. At is when its next record was due.
func heartbeatLost(f *Facts) []pipewright.Signal {
	step, gap, last, regular := pulse(f)
	if !regular {
		return nil
	}
	limit := max(silenceLeast, missedBeats*step, widestGaps*gap)
	silent := f.judgedAt().Sub(last)
	if silent <= limit || silent > silenceMost || f.Others.Sub(last) <= limit {
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

// pulse is the rhythm of the most frequent stream of a resource (a metric or
// its lines), the widest gap in it, and the newest record of any stream.
func pulse(f *Facts) (step, gap time.Duration, last time.Time, regular bool) {
	consider := func(n int, at func(int) time.Time) {
		s, g, ok := rhythm(n, at)
		if ok && (!regular || s < step) {
			step, gap, regular = s, g, true
		}
		if n > 0 && at(n-1).After(last) {
			last = at(n - 1)
		}
	}
	for _, metric := range f.metrics() {
		points := f.Series[metric]
		consider(len(points), func(i int) time.Time { return points[i].At })
	}
	consider(len(f.Lines), func(i int) time.Time { return f.Lines[i].At })
	for i := range f.Runs {
		if at := ended(&f.Runs[i]); at.After(last) {
			last = at
		}
	}
	return step, gap, last, regular
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
