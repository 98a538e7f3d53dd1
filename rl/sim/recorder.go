package sim

import (
	"math"
	"sort"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// recorder keeps everything the plant ever reported, in order of time, so that
// any window can be read again and reads the same.
type recorder struct {
	lines    []pipewright.LogLine
	samples  []sample
	series   []pipewright.SeriesName
	index    map[pipewright.SeriesName]int32 // looked up, never walked
	runs     []seenRun
	changes  []pipewright.Change
	schemas  []pipewright.Schema
	settings []pipewright.Setting
}

// sample is a point in 24 bytes: there are a hundred thousand of them.
type sample struct {
	at     int64 // Unix nanoseconds
	value  float64
	series int32
}

// seenRun is a run as it stood at a time.
type seenRun struct {
	at  time.Time
	run pipewright.Run
}

func (p *Plant) line(own pipewright.ResourceID, level pipewright.Level, run, text string) {
	p.rec.lines = append(p.rec.lines, pipewright.LogLine{
		Resource: p.names.id(own), At: p.now, Level: level, Text: text, Run: run,
		UID: strconv.Itoa(len(p.rec.lines) + 1),
	})
}

func (p *Plant) point(own pipewright.ResourceID, metric string, value float64) {
	p.sample(p.seriesOf(own, metric), value)
}

func (p *Plant) seriesOf(own pipewright.ResourceID, metric string) int32 {
	name := pipewright.SeriesName{Resource: p.names.id(own), Metric: metric}
	i, ok := p.rec.index[name]
	if !ok {
		if p.rec.index == nil {
			p.rec.index = map[pipewright.SeriesName]int32{}
		}
		i = int32(len(p.rec.series))
		p.rec.index[name] = i
		p.rec.series = append(p.rec.series, name)
	}
	return i
}

func (p *Plant) sample(series int32, value float64) {
	p.rec.samples = append(p.rec.samples, sample{p.now.UnixNano(), math.Round(value*1e4) / 1e4, series})
}

func (p *Plant) setting(own pipewright.ResourceID, key, value string, kind pipewright.ChangeKind, by string) {
	p.rec.settings = append(p.rec.settings, pipewright.Setting{Resource: p.names.id(own), At: p.now, Key: key, Value: value, Kind: kind, By: by})
}

// deed records that somebody did something.
func (p *Plant) deed(own pipewright.ResourceID, by, summary string) {
	p.rec.changes = append(p.rec.changes, pipewright.Change{
		ID:       "deed-" + strconv.Itoa(len(p.rec.changes)+1),
		Resource: p.names.id(own), At: p.now, Kind: pipewright.ChangeAction, Summary: summary, By: by,
	})
}

// Observe returns what the plant reported after one time and up to another,
// both in plant time; a window that begins before the history reads it all. The
// same window always reads the same. Resources and lineage come with a window that
// holds a full hour or begins before the history.
func (p *Plant) Observe(after, upto time.Time) pipewright.Batch {
	var b pipewright.Batch
	if upto.After(p.now) {
		upto = p.now
	}
	if !upto.After(after) {
		return b
	}
	b.Lines = cut(p.rec.lines, after, upto, func(l pipewright.LogLine) time.Time { return l.At })
	b.Changes = cut(p.rec.changes, after, upto, func(c pipewright.Change) time.Time { return c.At })
	b.Schemas = cut(p.rec.schemas, after, upto, func(s pipewright.Schema) time.Time { return s.At })
	b.Settings = cut(p.rec.settings, after, upto, func(s pipewright.Setting) time.Time { return s.At })
	b.Runs = latest(cut(p.rec.runs, after, upto, func(r seenRun) time.Time { return r.at }))
	for _, s := range cut(p.rec.samples, after, upto, func(s sample) time.Time { return time.Unix(0, s.at) }) {
		name := p.rec.series[s.series]
		b.Points = append(b.Points, pipewright.Point{Resource: name.Resource, Metric: name.Metric, At: time.Unix(0, s.at).UTC(), Value: s.value})
	}
	if after.Before(p.origin) || upto.Truncate(time.Hour).After(after) {
		p.inventory(&b, upto)
	}
	return b
}

// inventory adds resources and lineage.
func (p *Plant) inventory(b *pipewright.Batch, seen time.Time) {
	for _, r := range shop {
		b.Resources = append(b.Resources, pipewright.Resource{
			ID: p.names.id(r.id), Labels: r.labels(), FirstSeen: p.origin, LastSeen: seen.Truncate(time.Hour),
		})
	}
	for _, e := range flow {
		b.Edges = append(b.Edges, pipewright.Edge{Up: p.names.id(e[0]), Down: p.names.id(e[1])})
	}
}

// cut returns a copy of the records with after < at <= upto. Records are in
// order of time.
func cut[T any](records []T, after, upto time.Time, at func(T) time.Time) []T {
	from := sort.Search(len(records), func(i int) bool { return at(records[i]).After(after) })
	to := sort.Search(len(records), func(i int) bool { return at(records[i]).After(upto) })
	if from >= to {
		return nil
	}
	return append([]T(nil), records[from:to]...)
}

// latest keeps the last sight of each run, in the order of those sights.
func latest(seen []seenRun) []pipewright.Run {
	type key struct {
		resource pipewright.ResourceID
		id       string
		attempt  int
	}
	last := make(map[key]int, len(seen))
	for i, s := range seen {
		last[key{s.run.Resource, s.run.ID, s.run.Attempt}] = i
	}
	var out []pipewright.Run
	for i, s := range seen {
		if last[key{s.run.Resource, s.run.ID, s.run.Attempt}] == i {
			out = append(out, s.run)
		}
	}
	return out
}
