package diagnose

import (
	"context"
	"slices"

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
	sign catalogue.LogSignature
	text string // the part that the signature matched
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
	f.keep(f.ofNow(lines))
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

// longest is how much of either end of a record is matched, in bytes: errors
// stand at the start or, in a Python traceback, at the end.
const longest = 8 << 10

// ends is the text, or both its ends when it is very long.
func ends(text string) string {
	if len(text) <= 2*longest {
		return text
	}
	return text[:longest] + "\n" + text[len(text)-longest:]
}

// shows finds the cause's strongest signature in the text.
func shows(c catalogue.Cause, text string) (match, bool) {
	best, found := match{}, false
	for _, sign := range c.Shows.Logs {
		if found && sign.Level.P() <= best.sign.Level.P() {
			continue
		}
		if part := sign.Find(text); part != "" {
			best, found = match{sign: sign, text: part}, true
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
				if m, ok := shows(c, ends(records[i].line.Text)); ok {
					records[i].shows[c.Name] = m
				}
			}
		}
	}
}
