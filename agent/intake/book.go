package intake

import (
	"slices"
	"sort"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// book is what Recent holds of one resource. Slices that were handed out are
// never written again: records are appended behind them, and anything else
// (a late record, a run that moved on) goes into a copy.
type book struct {
	cold    bool // the store holds more than the book: read it first
	runs    []pipewright.Run
	metrics []*series // sorted by name
	lines   []pipewright.LogLine
	schemas []pipewright.Schema

	bands map[string]detect.Band
	hour  time.Time
}

// series is one metric: its newest samples and two weeks, thinned.
type series struct {
	metric  string
	points  []pipewright.Point
	history detect.History
}

func (b *book) point(p pipewright.Point) {
	if b.cold {
		return
	}
	i, ok := slices.BinarySearchFunc(b.metrics, p.Metric, compareMetric)
	if !ok {
		b.metrics = slices.Insert(b.metrics, i, &series{metric: p.Metric})
	}
	s := b.metrics[i]
	s.history.Add(p.At, p.Value)
	s.points = newestLast(s.points, p, keepPoints, func(q pipewright.Point) time.Time { return q.At }, true)
}

// line keeps error and warning lines: the first few of each slot of time, so that a
// flood does not push out when it began.
func (b *book) line(l pipewright.LogLine) {
	if b.cold || (l.Level != pipewright.Warn && l.Level != pipewright.Err) {
		return
	}
	same, newest := 0, -1
	for i := len(b.lines) - 1; i >= 0 && !b.lines[i].At.Before(l.At.Truncate(lineSlot)); i-- {
		if l.Line > 0 && b.lines[i].Line == l.Line {
			return // read from the store and fed as well
		}
		if b.lines[i].Level == l.Level && b.lines[i].At.Truncate(lineSlot).Equal(l.At.Truncate(lineSlot)) {
			if same++; newest < 0 {
				newest = i
			}
		}
	}
	if same >= linesASlot { // the newest takes the place of the one before it: how long it has been quiet must show
		if l.At.Before(b.lines[newest].At) {
			return
		}
		b.lines = slices.Delete(slices.Clone(b.lines), newest, newest+1)
	}
	b.lines = newestLast(b.lines, l, 0, func(q pipewright.LogLine) time.Time { return q.At }, false)
	old := b.lines[len(b.lines)-1].At.Add(-keepLines)
	b.lines = b.lines[sort.Search(len(b.lines), func(i int) bool { return b.lines[i].At.After(old) }):]
}

func (b *book) run(r pipewright.Run) {
	if b.cold {
		return
	}
	for i := len(b.runs) - 1; i >= 0; i-- {
		if old := &b.runs[i]; old.ID == r.ID && old.Attempt == r.Attempt {
			b.runs = slices.Clone(b.runs)
			b.runs[i] = r
			return
		}
	}
	b.runs = newestLast(b.runs, r, keepRuns, func(q pipewright.Run) time.Time { return q.Started }, false)
}

func (b *book) schema(s pipewright.Schema) {
	if b.cold {
		return
	}
	b.schemas = newestLast(b.schemas, s, keepSchemas, func(q pipewright.Schema) time.Time { return q.At }, true)
}

// newestLast puts a record into a slice that is oldest first and keeps the
// newest most (0: all). With one, a record of the same time is replaced.
func newestLast[T any](all []T, v T, most int, at func(T) time.Time, one bool) []T {
	i := len(all)
	for i > 0 && at(all[i-1]).After(at(v)) {
		i--
	}
	switch {
	case one && i > 0 && at(all[i-1]).Equal(at(v)):
		all = slices.Clone(all)
		all[i-1] = v
	case i == len(all):
		all = append(all, v)
	default:
		all = slices.Insert(slices.Clone(all), i, v)
	}
	if most > 0 && len(all) > most {
		all = all[len(all)-most:]
	}
	return all
}

// series is the newest samples by metric.
func (b *book) series() map[string][]pipewright.Point {
	out := make(map[string][]pipewright.Point, len(b.metrics))
	for _, s := range b.metrics {
		out[s.metric] = s.points
	}
	return out
}

// past is the band of every metric around the middle of this hour, worked out
// once an hour.
func (b *book) past(now time.Time) map[string]detect.Band {
	hour := now.Truncate(time.Hour)
	if b.bands == nil || !b.hour.Equal(hour) || len(b.bands) != len(b.metrics) {
		b.hour, b.bands = hour, make(map[string]detect.Band, len(b.metrics))
		for _, s := range b.metrics {
			b.bands[s.metric] = s.history.Band(hour.Add(30 * time.Minute))
		}
	}
	return b.bands
}
