package intake

import (
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

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
