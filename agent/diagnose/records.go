package diagnose

import (
	"context"
	"math"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

// record is a log record, or a run's own error text, around the onset.
type record struct {
	line    pipewright.LogLine // Line is 0 for a run's error
	run     *pipewright.Run    // set for a run's error
	failing bool               // written by a run that failed in this incident
	shows   map[string]match   // by cause
}

// match is how a record shows a cause.
type match struct {
	level catalogue.Level
	text  string // the part that the signature matched
}

// baseline is the same resource's records before the onset and in good runs.
type baseline struct {
	lines []pipewright.LogLine // errors and warnings before the onset
	span  time.Duration        // that they were read over
	good  []pipewright.LogLine // every line of the last good runs
	runs  int                  // how many good runs
	since time.Time            // start of the window of records
}

// severe are the levels read when no run tells which lines matter.
var severe = []pipewright.Level{pipewright.Warn, pipewright.Err}

// readRecords reads the resource's errors and warnings around the onset, every
// line of its newest failing run, and the same resource's past to compare with.
func (s *scene) readRecords(ctx context.Context, tel tools.LogReader, f *facts) error {
	from := s.onset.Add(-lead)
	of := []pipewright.ResourceID{f.id}
	for _, r := range f.failing {
		if r.Started.Before(from) && r.Started.After(s.onset.Add(-memory)) {
			from = r.Started
		}
	}
	lines, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Window: s.until(from), Levels: severe, Limit: linesLimit, Newest: true})
	if err != nil {
		return err
	}
	for _, r := range f.failing[:min(1, len(f.failing))] {
		more, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Run: r.ID, Limit: linesLimit, Newest: true})
		if err != nil {
			return err
		}
		lines = append(lines, more...)
	}
	f.keep(lines)
	return s.readBaseline(ctx, tel, f, from)
}

// keep turns lines into records without repeats, the failing runs' own first,
// then the newest; a run's error that no line repeats is a record too.
func (f *facts) keep(lines []pipewright.LogLine) {
	seen := map[int64]bool{}
	for _, l := range lines {
		if l.Line > 0 && seen[l.Line] {
			continue
		}
		seen[l.Line] = true
		failing := slices.ContainsFunc(f.failing, func(r pipewright.Run) bool { return r.ID == l.Run && l.Run != "" })
		f.records = append(f.records, record{line: l, failing: failing})
	}
	for i := range f.failing {
		r := &f.failing[i]
		if r.Error != "" {
			at := r.Ended
			if at.IsZero() {
				at = r.Started
			}
			f.records = append(f.records, record{run: r, failing: true, line: pipewright.LogLine{
				Resource: f.id, At: at, Level: pipewright.Err, Text: r.Error, Run: r.ID}})
		}
	}
	slices.SortStableFunc(f.records, func(a, b record) int {
		switch {
		case a.failing != b.failing:
			return truth(b.failing) - truth(a.failing)
		case (a.run == nil) != (b.run == nil): // a log record can be printed again; prefer it
			return truth(b.run == nil) - truth(a.run == nil)
		default:
			return b.line.At.Compare(a.line.At)
		}
	})
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *scene) readBaseline(ctx context.Context, tel tools.LogReader, f *facts, from time.Time) error {
	of := []pipewright.ResourceID{f.id}
	w := pipewright.Window{Start: from.Add(-memory), End: from}
	lines, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Window: w, Levels: severe, Limit: linesLimit, Newest: true})
	if err != nil {
		return err
	}
	f.before = baseline{lines: lines, span: memory, since: from}
	if len(lines) >= linesLimit { // more than was read: they cover less time
		f.before.span = max(from.Sub(lines[0].At), time.Second)
	}
	for _, r := range f.goodBefore(s.onset) {
		if f.before.runs == goodRuns {
			break
		}
		good, err := tel.Logs(ctx, pipewright.LogQuery{Resources: of, Run: r.ID, Limit: linesLimit, Newest: true})
		if err != nil {
			return err
		}
		f.before.good, f.before.runs = append(f.before.good, good...), f.before.runs+1
	}
	return nil
}

// background is the chance that the resource shows the cause's signatures as
// often as it does now on an ordinary day: the Poisson chance of at least n
// matches where mean are usual, and for a run no less than the share of good
// runs that show it too. A signature that also occurs in good runs, or was just
// as loud before the onset, comes out near 1 and so tells nothing.
func (s *scene) background(f *facts, c catalogue.Cause) float64 {
	inRun, loose := 0, 0
	for _, r := range f.records {
		if _, ok := r.shows[c.Name]; !ok || r.run != nil {
			continue
		}
		if r.failing {
			inRun++
		} else {
			loose++
		}
	}
	usual := 1.0 // of a chance; the least of the two ways to see it
	if inRun > 0 || loose == 0 {
		usual = 0
		if f.before.runs > 0 {
			n, in := count(f.before.good, c)
			usual = max(poissonTail(max(inRun, 1), float64(n)/float64(f.before.runs)), float64(in)/float64(f.before.runs))
		}
	}
	if loose > 0 {
		span := s.now.Sub(f.before.since)
		n, _ := count(f.before.lines, c)
		mean := float64(n) * span.Seconds() / f.before.span.Seconds()
		usual = min(usual, poissonTail(loose, mean))
	}
	return max(usual, logFloor)
}

// count is how many of the lines show the cause, and in how many runs.
func count(lines []pipewright.LogLine, c catalogue.Cause) (n, runs int) {
	seen := map[string]bool{}
	for _, l := range lines {
		if _, ok := shows(c, l.Text); ok {
			n++
			seen[l.Run] = true
		}
	}
	return n, len(seen)
}

// poissonTail is P(N >= n) for N Poisson with the mean: 1 - sum_{k<n} e^-m m^k/k!.
func poissonTail(n int, mean float64) float64 {
	if n <= 0 {
		return 1
	}
	term, below := math.Exp(-mean), 0.0
	for k := range n {
		below += term
		term *= mean / float64(k+1)
	}
	return min(max(1-below, 0), 1)
}

// longest is how much of either end of a record is matched, in bytes: errors
// stand at the start or, in a Python traceback, at the end.
const longest = 8 << 10

// shows finds the cause's strongest signature in the text.
func shows(c catalogue.Cause, text string) (match, bool) {
	if len(text) > 2*longest {
		text = text[:longest] + "\n" + text[len(text)-longest:]
	}
	best, found := match{}, false
	for _, sig := range c.Shows.Logs {
		if found && sig.Level.P() <= best.level.P() {
			continue
		}
		if part := sig.Find(text); part != "" {
			best, found = match{level: sig.Level, text: part}, true
		}
	}
	return best, found
}

// match marks each record with the causes that it shows.
func (s *scene) match(cat *catalogue.Catalogue) {
	for _, id := range s.order {
		records := s.facts[id].records
		for i := range records {
			records[i].shows = map[string]match{}
			for _, c := range cat.Causes {
				if m, ok := shows(c, records[i].line.Text); ok {
					records[i].shows[c.Name] = m
				}
			}
		}
	}
}
