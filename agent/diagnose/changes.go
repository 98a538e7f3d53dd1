package diagnose

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// readChanges reads what changed at the resource since the last good run, and
// before it, to know how often it changes anyway. What changed after an action
// of this incident on the resource is the action's doing.
func (s *scene) readChanges(ctx context.Context, tel tools.ChangeReader, f *facts) error {
	all, err := tel.Changes(ctx, pipewright.ChangeQuery{Resources: []pipewright.ResourceID{f.id}, Window: s.until(s.onset.Add(-runMemory))})
	if err != nil {
		return err
	}
	end := s.onset.Add(changeLag)
	for _, a := range s.inc.Attempts {
		if a.Action.Target == f.id && a.At.Before(end) {
			end = a.At
		}
	}
	for _, c := range all {
		switch {
		case c.At.Before(s.lastGood):
			f.earlier = append(f.earlier, c)
		case !c.At.After(end):
			f.changes = append(f.changes, c)
		}
	}
	snapshots, err := tel.Schemas(ctx, f.id, pipewright.Window{End: s.now.Add(time.Nanosecond)}, 2)
	f.schemas = len(snapshots)
	return err
}

// watched reports whether a change of the kind would have been seen.
func (f *facts) watched(kind pipewright.ChangeKind) bool {
	if kind == pipewright.ChangeSchema && f.schemas > 0 {
		return true
	}
	same := func(c pipewright.Change) bool { return c.Kind == kind }
	return slices.ContainsFunc(f.earlier, same) || slices.ContainsFunc(f.changes, same)
}

// changed lists every change of the scene, oldest first.
func (s *scene) changed() []pipewright.Change {
	var out []pipewright.Change
	for _, id := range s.order {
		out = append(out, s.facts[id].changes...)
	}
	slices.SortStableFunc(out, func(a, b pipewright.Change) int { return a.At.Compare(b.At) })
	return out
}
