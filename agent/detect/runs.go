package detect

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	stuckFactor    = 3               // a run is stuck beyond this many typical lengths
	stuckFloor     = time.Minute     // and never sooner than this
	goodRunsNeeded = 3               // before a typical length means anything
	graceShare     = 0.5             // of the schedule, before a missing start is late
	graceLeast     = 2 * time.Minute // bounds of the grace
	graceMost      = time.Hour
	criticalStreak = 3 // failures in a row
)

// later reports whether a is a newer try than b.
func later(a, b *pipewright.Run) bool {
	switch {
	case !a.Started.Equal(b.Started):
		return a.Started.After(b.Started)
	case a.Attempt != b.Attempt:
		return a.Attempt > b.Attempt
	default:
		return a.ID > b.ID
	}
}

// newest returns the newest run that fits, nil when none does.
func newest(runs []pipewright.Run, fits func(*pipewright.Run) bool) *pipewright.Run {
	var best *pipewright.Run
	for i := range runs {
		if r := &runs[i]; fits(r) && (best == nil || later(r, best)) {
			best = r
		}
	}
	return best
}

// settled runs say something about the resource; a cancelled one does not.
func settled(r *pipewright.Run) bool {
	return r.State == pipewright.RunSucceeded || r.State == pipewright.RunFailed
}

func good(r *pipewright.Run) bool   { return r.State == pipewright.RunSucceeded }
func active(r *pipewright.Run) bool { return r.State != "" && !r.State.Done() && !r.Started.IsZero() }

// ended is when a done run ended, or started when the source does not say.
func ended(r *pipewright.Run) time.Time {
	if r.Ended.IsZero() {
		return r.Started
	}
	return r.Ended
}

// runFailed sees that the newest settled run failed. At is the end of the first
// failure since the last good run; Run is the newest failed run; Value counts the failures in a row.
func runFailed(f *Facts) []pipewright.Signal {
	last := newest(f.Runs, settled)
	if last == nil || good(last) {
		return nil
	}
	lastGood := newest(f.Runs, good)
	first, streak := last, 0
	for i := range f.Runs {
		r := &f.Runs[i]
		if r.State != pipewright.RunFailed || (lastGood != nil && later(lastGood, r)) {
			continue
		}
		streak++
		if later(first, r) {
			first = r
		}
	}
	s := f.signal(pipewright.RunFailedSignal, "", ended(first))
	s.Run, s.Value = last.ID, float64(streak)
	s.Summary = failureSummary(f, last, streak)
	if streak >= criticalStreak {
		s.Severity = pipewright.SevCritical
	}
	return []pipewright.Signal{s}
}

func failureSummary(f *Facts, last *pipewright.Run, streak int) string {
	say := fmt.Sprintf("run %s failed", last.ID)
	if last.Attempt > 1 {
		say = fmt.Sprintf("run %s failed at attempt %d", last.ID, last.Attempt)
	}
	if streak > 1 {
		say += fmt.Sprintf(", %d failures in a row", streak)
	}
	if retry := newest(f.Runs, func(r *pipewright.Run) bool { return active(r) && later(r, last) }); retry != nil {
		say += fmt.Sprintf("; %s (attempt %d) is %s", retry.ID, retry.Attempt, retry.State)
	}
	return say
}

// runOverdue sees a run that takes far longer than good runs before it did. At
// is when it became too long. A run that a newer success has overtaken is not looked at.
func runOverdue(f *Facts) []pipewright.Signal {
	lastGood := newest(f.Runs, good)
	var stuck *pipewright.Run
	var limit time.Duration
	for i := range f.Runs {
		r := &f.Runs[i]
		if !active(r) || (lastGood != nil && later(lastGood, r)) || f.Now.Sub(r.Started) <= stuckFloor {
			continue
		}
		if l := stuckAfter(f, r.Started); l > 0 && f.Now.Sub(r.Started) > l && (stuck == nil || later(stuck, r)) {
			stuck, limit = r, l
		}
	}
	if stuck == nil {
		return nil
	}
	took := f.Now.Sub(stuck.Started)
	s := f.signal(pipewright.RunOverdueSignal, "", stuck.Started.Add(limit))
	s.Run, s.Value, s.Limit = stuck.ID, took.Seconds(), limit.Seconds()
	s.Summary = fmt.Sprintf("run %s is %s since %s, %s long; it should take at most %s",
		stuck.ID, stuck.State, clock(stuck.Started), span(took), span(limit))
	if took > 2*limit {
		s.Severity = pipewright.SevCritical
	}
	return []pipewright.Signal{s}
}

// stuckAfter is how long a run that started then may take: stuckFactor times
// the longer of the median of the good runs before it and the label
// expected_seconds, 0 when neither is known.
func stuckAfter(f *Facts, started time.Time) time.Duration {
	var took []float64
	for i := range f.Runs {
		if r := &f.Runs[i]; good(r) && r.Ended.After(r.Started) && !r.Ended.After(started) {
			took = append(took, r.Ended.Sub(r.Started).Seconds())
		}
	}
	expected := labelSeconds(f.Resource, "expected_seconds")
	if len(took) >= goodRunsNeeded {
		slices.Sort(took)
		expected = max(expected, quantile(took, 0.5))
	}
	if expected <= 0 {
		return 0
	}
	return max(stuckFloor, time.Duration(stuckFactor*expected*float64(time.Second)))
}

// runMissed sees that a scheduled run did not start when it was due. At is when
// the grace ended; Run is empty, which tells it from a stuck run.
func runMissed(f *Facts) []pipewright.Signal {
	every, ok := schedule(f.Resource)
	last := newest(f.Runs, func(r *pipewright.Run) bool { return !r.Started.IsZero() })
	if !ok || last == nil || active(last) {
		return nil
	}
	late := last.Started.Add(every + grace(every))
	if !f.judgedAt().After(late) {
		return nil
	}
	s := f.signal(pipewright.RunOverdueSignal, "", late)
	s.Value, s.Limit = f.judgedAt().Sub(last.Started).Seconds(), (every + grace(every)).Seconds()
	s.Summary = fmt.Sprintf("no run started since %s, one is due every %s", clock(last.Started), span(every))
	return []pipewright.Signal{s}
}

// schedule is the label schedule: the time between two runs.
func schedule(r pipewright.Resource) (time.Duration, bool) {
	every, err := time.ParseDuration(r.Labels["schedule"])
	return every, err == nil && every > 0
}

// grace is how late a scheduled start may be.
func grace(every time.Duration) time.Duration {
	return min(max(time.Duration(graceShare*float64(every)), graceLeast), graceMost)
}

func labelSeconds(r pipewright.Resource, label string) float64 {
	v, err := strconv.ParseFloat(r.Labels[label], 64)
	if err != nil || !(v > 0) || v > 1e9 {
		return 0
	}
	return v
}
