package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const (
	lead       = 15 * time.Minute // records this long before the onset still belong to it
	memory     = 24 * time.Hour   // the past that "as usual" is judged by
	runMemory  = 7 * 24 * time.Hour
	changeLag  = 10 * time.Minute // a change may be observed this long after it took effect
	goodRuns   = 3                // good runs whose lines are read for comparison
	linesLimit = 300              // records read a query, the newest
)

// scene is everything that was read about one incident.
type scene struct {
	scope
	inc      pipewright.Incident
	now      time.Time
	onset    time.Time // when the first symptom began
	lastGood time.Time // start of the last good run before it, or onset - memory
	facts    map[pipewright.ResourceID]*facts
	unread   []string // what could not be read, as sentences
	asked    []*asked // probes that were run
	read     int      // reads that worked
}

// facts is what was read about one resource.
type facts struct {
	id      pipewright.ResourceID
	runs    []pipewright.Run
	failing []pipewright.Run // failed or overdue in this incident, newest first
	past    map[string]bool  // runs that failed and were overcome before this incident
	records []record
	before  baseline
	shifts  []shift // of every metric that has a past
	changes []pipewright.Change
	earlier []pipewright.Change // the same resource's changes before the last good run
	schemas int                 // snapshots stored
}

// read collects the scene. Reads that fail are noted; all failing is an error.
func read(ctx context.Context, tel tools.Telemetry, inc pipewright.Incident, now time.Time) (*scene, error) {
	s := &scene{inc: inc, now: now, onset: onset(inc, now), facts: map[pipewright.ResourceID]*facts{}}
	var err error
	s.scope, err = scopeOf(ctx, tel, inc)
	last := s.note(err, "the lineage")
	for _, id := range s.order {
		last = cmp.Or(s.readRuns(ctx, tel, id), last)
	}
	s.lastGood = s.sinceGood()
	for _, id := range s.order {
		last = cmp.Or(s.readFacts(ctx, tel, s.facts[id]), last)
	}
	for _, id := range s.named(ctx, tel) {
		last = cmp.Or(s.readRuns(ctx, tel, id), s.readFacts(ctx, tel, s.facts[id]), last)
	}
	if ctx.Err() != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "read what happened around %s: %w", inc.ID, ctx.Err())
	}
	if s.read == 0 && last != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "read what happened around %s: %w", inc.ID, last)
	}
	return s, nil
}

// readRuns starts the facts of a resource with its runs.
func (s *scene) readRuns(ctx context.Context, tel tools.RunReader, id pipewright.ResourceID) error {
	f := &facts{id: id}
	s.facts[id] = f
	var err error
	f.runs, err = tel.Runs(ctx, pipewright.RunQuery{Resources: []pipewright.ResourceID{id}, Window: s.until(s.onset.Add(-runMemory)), Limit: linesLimit})
	s.sortRuns(f)
	return s.note(err, "the runs of %s", id)
}

// readFacts reads the rest; it needs lastGood.
func (s *scene) readFacts(ctx context.Context, tel tools.Telemetry, f *facts) error {
	return cmp.Or(
		s.note(s.readRecords(ctx, tel, f), "the log of %s", f.id),
		s.note(s.readShifts(ctx, tel, f), "the metrics of %s", f.id),
		s.note(s.readChanges(ctx, tel, f), "the changes of %s", f.id))
}

// note counts a read, or remembers in words that it failed.
func (s *scene) note(err error, what string, args ...any) error {
	if err == nil {
		s.read++
		return nil
	}
	s.unread = append(s.unread, fmt.Sprintf("Could not read "+what+": %v.", append(args, err)...))
	return err
}

// onset is the earliest symptom's time, never after now.
func onset(inc pipewright.Incident, now time.Time) time.Time {
	at := inc.OpenedAt
	for _, sig := range inc.Signals {
		if !sig.At.IsZero() && (at.IsZero() || sig.At.Before(at)) {
			at = sig.At
		}
	}
	if at.IsZero() || at.After(now) {
		return now
	}
	return at
}

// until is the window from start up to and including now.
func (s *scene) until(start time.Time) pipewright.Window {
	return pipewright.Window{Start: start, End: s.now.Add(time.Nanosecond)}
}

// sortRuns finds the runs that belong to the incident: failed since shortly
// before the onset, or named by a signal; and one that still runs when a signal
// says that it is overdue. A failure that a good run overcame before the onset was
// a fault of its own.
func (s *scene) sortRuns(f *facts) {
	good := f.goodBefore(s.onset)
	f.past = map[string]bool{}
	for _, r := range slices.Backward(f.runs) {
		ended := r.Ended
		if ended.IsZero() {
			ended = r.Started
		}
		named, late := s.signalled(r)
		if r.State == pipewright.RunFailed && !named && len(good) > 0 && r.Started.Before(good[0].Started) {
			f.past[r.ID] = true
			continue
		}
		failed := r.State == pipewright.RunFailed && (named || !ended.Before(s.onset.Add(-lead)))
		if failed || (late && !r.State.Done()) {
			f.failing = append(f.failing, r)
		}
	}
}

// ofNow leaves out what runs wrote that were overcome: neither does it show this
// fault, nor is it the background of the same fault again.
func (f *facts) ofNow(lines []pipewright.LogLine) []pipewright.LogLine {
	return slices.DeleteFunc(lines, func(l pipewright.LogLine) bool { return f.past[l.Run] })
}

// signalled reports whether a signal names the run, and whether one says that
// the run's resource is late.
func (s *scene) signalled(r pipewright.Run) (named, late bool) {
	for _, sig := range s.inc.Signals {
		if sig.Resource != r.Resource {
			continue
		}
		named = named || (sig.Run != "" && sig.Run == r.ID)
		late = late || sig.Kind == pipewright.RunOverdueSignal || sig.Kind == pipewright.HeartbeatSignal
	}
	return named, late
}

// goodBefore lists the resource's good runs that started before the onset,
// newest first.
func (f *facts) goodBefore(onset time.Time) []pipewright.Run {
	var out []pipewright.Run
	for _, r := range slices.Backward(f.runs) {
		if r.State == pipewright.RunSucceeded && r.Started.Before(onset) {
			out = append(out, r)
		}
	}
	return out
}

// sinceGood is the start of the last good run of the nearest resource that has
// one: what changed after it may be the cause.
func (s *scene) sinceGood() time.Time {
	for _, id := range s.order {
		if s.hops[id] > 1 {
			break
		}
		if good := s.facts[id].goodBefore(s.onset); len(good) > 0 {
			return good[0].Started
		}
	}
	return s.onset.Add(-memory)
}
