package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Reasons under which records are refused (dropped) or noted (kept, changed).
const (
	dropResource  = "bad_resource" // no resource, or one that is not spelled as one
	dropMetric    = "no_metric"
	dropNumber    = "not_a_number"
	dropUndated   = "undated" // a sample without a time
	dropRun       = "no_run_id"
	dropColumns   = "no_columns"
	dropKey       = "no_setting_key"
	dropUnchanged = "unchanged" // a schema or setting as it was

	noteFuture   = "future_clamped" // more than maxSkew past now
	noteNoTime   = "undated_stamped"
	noteCut      = "cut"
	noteRedacted = "redacted"
	noteState    = "unknown_state"
)

// maxSkew is how far a source's clock may run ahead of ours.
const maxSkew = 10 * time.Minute

// admission lets the records of one batch in, one by one. A bad record is refused with a
// counted reason and never takes the batch with it.
type admission struct {
	scrubber
	now    time.Time // what a time too far ahead becomes
	latest time.Time // the latest now ever seen: a clock that jumps back makes nobody's records late
	known  map[pipewright.ResourceID]bool
	seen   map[pipewright.ResourceID]pipewright.Resource
	counts map[string]int
}

func (a *admission) count(reason string) { a.counts[reason]++ }

// batch returns what is let in, in the order it came.
func (a *admission) batch(b pipewright.Batch) pipewright.Batch {
	b.Resources = each(b.Resources, a.resource)
	b.Edges = each(b.Edges, a.edge)
	b.Lines = each(b.Lines, a.line)
	b.Points = each(b.Points, a.point)
	b.Runs = each(b.Runs, a.run)
	b.Changes = each(b.Changes, a.change)
	b.Schemas = each(b.Schemas, a.schema)
	b.Settings = each(b.Settings, a.setting)
	return b
}

// each keeps what f lets in, in a new slice: a source's own memory is not touched.
func each[T any](in []T, f func(T) (T, bool)) []T {
	if len(in) == 0 {
		return nil
	}
	out := make([]T, 0, len(in))
	for _, v := range in {
		if v, ok := f(v); ok {
			out = append(out, v)
		}
	}
	return out
}

// spelled refuses what is not a resource id, or hides something in one.
func (a *admission) spelled(id pipewright.ResourceID) bool {
	if a.known[id] {
		return true
	}
	if _, err := pipewright.ParseResourceID(string(id)); err != nil || clean(string(id)) != string(id) {
		a.count(dropResource)
		return false
	}
	a.known[id] = true
	return true
}

// id checks a resource id; a good one is observed at the given time.
func (a *admission) id(id pipewright.ResourceID, at time.Time) bool {
	if !a.spelled(id) {
		return false
	}
	r, ok := a.seen[id]
	if !ok {
		r.ID = id
	}
	if !at.IsZero() && (r.FirstSeen.IsZero() || at.Before(r.FirstSeen)) {
		r.FirstSeen = at
	}
	if at.After(r.LastSeen) {
		r.LastSeen = at
	}
	a.seen[id] = r
	return true
}

// stamp brings a time into what may be stored: UTC, and not too far ahead.
func (a *admission) stamp(t time.Time) time.Time {
	if !t.IsZero() && t.After(a.latest.Add(maxSkew)) {
		a.count(noteFuture)
		return a.now.UTC()
	}
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// stampOr is stamp for a record that needs a time.
func (a *admission) stampOr(t time.Time) time.Time {
	if t.IsZero() {
		a.count(noteNoTime)
		return a.now.UTC()
	}
	return a.stamp(t)
}

func (a *admission) resource(r pipewright.Resource) (pipewright.Resource, bool) {
	r.FirstSeen, r.LastSeen = a.stamp(r.FirstSeen), a.stamp(r.LastSeen)
	if r.LastSeen.IsZero() {
		r.LastSeen = a.now.UTC()
	}
	if r.FirstSeen.IsZero() || r.FirstSeen.After(r.LastSeen) {
		r.FirstSeen = r.LastSeen
	}
	if !a.id(r.ID, r.FirstSeen) || !a.id(r.ID, r.LastSeen) {
		return r, false
	}
	r.Labels = a.values(r.Labels)
	return r, true
}

// edge lets lineage in. Being named by it is not being observed.
func (a *admission) edge(e pipewright.Edge) (pipewright.Edge, bool) {
	return e, a.spelled(e.Up) && a.spelled(e.Down)
}

func (a *admission) line(l pipewright.LogLine) (pipewright.LogLine, bool) {
	given := l.At
	l.At = a.stampOr(given)
	if !a.id(l.Resource, l.At) {
		return l, false
	}
	switch l.Level {
	case pipewright.Debug, pipewright.Info, pipewright.Warn, pipewright.Err:
	default:
		l.Level = pipewright.Info
	}
	l = a.scrubber.line(l)
	if l.UID == "" && !l.At.Equal(given) {
		// The store names a record by its time, and ours differs from poll to poll.
		l.UID = digest(l.Run, given.UTC().String(), l.Text)
	}
	return l, true
}

func (a *admission) point(p pipewright.Point) (pipewright.Point, bool) {
	switch {
	case p.Metric == "":
		a.count(dropMetric)
		return p, false
	case math.IsNaN(p.Value) || math.IsInf(p.Value, 0):
		a.count(dropNumber)
		return p, false
	case p.At.IsZero():
		a.count(dropUndated)
		return p, false
	}
	p.At, p.Metric = a.stamp(p.At), clean(p.Metric)
	return p, a.id(p.Resource, p.At)
}

func (a *admission) run(r pipewright.Run) (pipewright.Run, bool) {
	if r.ID == "" {
		a.count(dropRun)
		return r, false
	}
	r.Started, r.Ended = a.stamp(r.Started), a.stamp(r.Ended)
	at := r.Started
	if r.Ended.After(at) {
		at = r.Ended
	}
	if !a.id(r.Resource, at) {
		return r, false
	}
	switch r.State {
	case "", pipewright.RunQueued, pipewright.RunRunning, pipewright.RunSucceeded, pipewright.RunFailed, pipewright.RunCancelled:
	default:
		a.count(noteState)
		r.State = ""
	}
	return a.scrubber.run(r), true
}

func (a *admission) change(c pipewright.Change) (pipewright.Change, bool) {
	id := c.ID
	if id == "" {
		id = changeID(c)
	}
	c.At = a.stampOr(c.At)
	if !a.id(c.Resource, c.At) {
		return c, false
	}
	c.ID = id
	return a.scrubber.change(c), true
}

func (a *admission) schema(s pipewright.Schema) (pipewright.Schema, bool) {
	if len(s.Columns) == 0 {
		a.count(dropColumns)
		return s, false
	}
	s.At = a.stampOr(s.At)
	return a.scrubber.schema(s), a.id(s.Resource, s.At)
}

func (a *admission) setting(s pipewright.Setting) (pipewright.Setting, bool) {
	if s.Key == "" {
		a.count(dropKey)
		return s, false
	}
	if s.Kind == "" {
		s.Kind = pipewright.ChangeConfig
	}
	s.At = a.stampOr(s.At)
	return a.scrubber.setting(s), a.id(s.Resource, s.At)
}

// observed lists every resource that any record named, by id, with the labels
// that the source gave. A record without a time (a queued run) shows it now.
func (a *admission) observed(given []pipewright.Resource) []pipewright.Resource {
	labels := map[pipewright.ResourceID]map[string]string{}
	for _, r := range given {
		if r.Labels != nil {
			labels[r.ID] = r.Labels
		}
	}
	out := make([]pipewright.Resource, 0, len(a.seen))
	for id, r := range a.seen {
		r.Labels = labels[id]
		if r.LastSeen.IsZero() {
			r.FirstSeen, r.LastSeen = a.now.UTC(), a.now.UTC()
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y pipewright.Resource) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return out
}

// digest is a short stable name of some texts.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}
