package telemetry

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// What a search starts from beside words: the neighbourhood along lineage, and the last
// good run.

var (
	hopsArg = tools.Arg{Name: "hops", Type: "integer", Purpose: "the resources so many hops around it along the lineage as well, 0 to 8"}
	newArg  = tools.Arg{Name: "new", Type: "boolean", Purpose: "only what is new since the last good run of the resource: templates that it did not log before"}
)

// Neighbourhood is a resource with what lies at most hops up or down the lineage, nearest
// first on each side.
func Neighbourhood(ctx context.Context, store tools.ResourceReader, id pipewright.ResourceID, hops int) ([]pipewright.ResourceID, error) {
	ids := []pipewright.ResourceID{id}
	if hops <= 0 {
		return ids, nil
	}
	topology, err := store.Lineage(ctx)
	return slices.Concat(ids, topology.Upstream(id, hops), topology.Downstream(id, hops)), err
}

// LastGoodRun is the newest run of a resource that succeeded and began before a time, zero
// for any. ok is false when there is none.
func LastGoodRun(ctx context.Context, store tools.RunReader, id pipewright.ResourceID, before time.Time) (run pipewright.Run, ok bool, err error) {
	runs, err := store.Runs(ctx, pipewright.RunQuery{Resources: []pipewright.ResourceID{id}, Window: pipewright.Window{End: before},
		States: []pipewright.RunState{pipewright.RunSucceeded}, Limit: 1})
	if err != nil || len(runs) == 0 {
		return run, false, err
	}
	return runs[len(runs)-1], true, nil
}

// EndOf is when a run ended, or began while it runs.
func EndOf(r pipewright.Run) time.Time {
	if r.Ended.IsZero() {
		return r.Started
	}
	return r.Ended
}

// search is the search that a call asks for: what fits its arguments, before anything is
// ranked. ok is false when no resource fits; why says so when that is for want of a good run.
func (r reader) search(ctx context.Context, in input) (q retrieval.LogSearch, ok bool, why string, err error) {
	q.Embedder, q.Archive = r.embedder, r.archive
	if q.LogQuery, ok, err = r.logQuery(ctx, in, "all"); err != nil || !ok {
		return q, ok, "", err
	}
	id := in.resource()
	if id == "" {
		if in.flag("new") || in.bound("hops", 0, 8) > 0 {
			return q, false, "", pipewright.Errorf(pipewright.Invalid, "hops and new need a resource to start from")
		}
		return q, true, "", nil
	}
	if q.Resources, err = Neighbourhood(ctx, r.store, id, in.bound("hops", 0, 8)); err != nil || !in.flag("new") {
		return q, true, "", err
	}
	q.NewSince, why, err = r.sinceGood(ctx, in)
	return q, why == "", why, err
}

// sinceGood is the end of the last good run of the resource; why says that it has none.
func (r reader) sinceGood(ctx context.Context, in input) (since time.Time, why string, err error) {
	if in.resource() == "" {
		return since, "", pipewright.Errorf(pipewright.Invalid, "new needs a resource to start from")
	}
	good, ok, err := LastGoodRun(ctx, r.store, in.resource(), in.window().End)
	if err == nil && !ok {
		why = string(in.resource()) + " has no run that succeeded, so nothing is new since one"
	}
	return EndOf(good), why, err
}

// logs is the store as retrieval reads it.
func (r reader) logs() retrieval.LogStore {
	if s, ok := r.store.(retrieval.LogStore); ok {
		return s
	}
	return unindexed{r.store}
}

// unindexed is a store without a ranking of its own: what holds all words fits.
type unindexed struct{ tools.Telemetry }

func (u unindexed) SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error) {
	lines, err := u.Logs(ctx, q)
	hits := make([]pipewright.LogHit, len(lines))
	for i, l := range lines {
		hits[i].Line = l
	}
	return hits, err
}
