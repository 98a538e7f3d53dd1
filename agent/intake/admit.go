package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
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
	b.Lines = a.lines(b.Lines)
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

// digest is a short stable name of some texts.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}
