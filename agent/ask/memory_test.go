package ask_test

import (
	"context"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

func within(ids []pipewright.ResourceID, id pipewright.ResourceID) bool {
	return len(ids) == 0 || slices.Contains(ids, id)
}

func newest[T any](s []T, limit, otherwise int) []T {
	if limit == 0 {
		limit = otherwise
	}
	return s[max(0, len(s)-limit):]
}

func filter[T any](s []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(s), func(x T) bool { return !keep(x) })
}

func (s *shop) match(q pipewright.LogQuery) []pipewright.LogLine {
	out := filter(s.lines, func(l pipewright.LogLine) bool {
		return within(q.Resources, l.Resource) && q.Window.Holds(l.At) && (len(q.Levels) == 0 || slices.Contains(q.Levels, l.Level)) && (q.Text == "" || strings.Contains(l.Text, q.Text))
	})
	slices.SortStableFunc(out, func(a, b pipewright.LogLine) int { return a.At.Compare(b.At) })
	return out
}

func (s *shop) Logs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error) {
	out := s.match(q)
	if q.Newest {
		return newest(out, q.Limit, 1000), ctx.Err()
	}
	return out[:min(len(out), 1000)], ctx.Err()
}

func (s *shop) CountLogs(ctx context.Context, q pipewright.LogQuery) (int, error) {
	return len(s.match(q)), ctx.Err()
}

func (s *shop) Points(ctx context.Context, q pipewright.PointQuery) ([]pipewright.Point, error) {
	return newest(filter(s.points, func(p pipewright.Point) bool {
		return p.Resource == q.Resource && p.Metric == q.Metric && q.Window.Holds(p.At)
	}), q.Limit, 1e5), ctx.Err()
}

func (s *shop) Series(ctx context.Context, id pipewright.ResourceID) ([]pipewright.SeriesName, error) {
	var out []pipewright.SeriesName
	for _, p := range s.points {
		n := pipewright.SeriesName{Resource: p.Resource, Metric: p.Metric}
		if (id == "" || p.Resource == id) && (len(out) == 0 || out[len(out)-1] != n) {
			out = append(out, n)
		}
	}
	return out, ctx.Err()
}

func (s *shop) Runs(ctx context.Context, q pipewright.RunQuery) ([]pipewright.Run, error) {
	out := filter(s.runs, func(r pipewright.Run) bool {
		return within(q.Resources, r.Resource) && q.Window.Holds(r.Started) && (len(q.States) == 0 || slices.Contains(q.States, r.State))
	})
	slices.SortStableFunc(out, func(a, b pipewright.Run) int { return a.Started.Compare(b.Started) })
	return newest(out, q.Limit, 1000), ctx.Err()
}

func (s *shop) Changes(ctx context.Context, q pipewright.ChangeQuery) ([]pipewright.Change, error) {
	return newest(filter(s.changed, func(c pipewright.Change) bool { return within(q.Resources, c.Resource) && q.Window.Holds(c.At) }), q.Limit, 1000), ctx.Err()
}

func (s *shop) Schemas(ctx context.Context, table pipewright.ResourceID, w pipewright.Window, n int) ([]pipewright.Schema, error) {
	return newest(filter(s.schemas, func(x pipewright.Schema) bool { return x.Resource == table && w.Holds(x.At) }), n, 5), ctx.Err()
}

func (s *shop) Resources(ctx context.Context) ([]pipewright.Resource, error) {
	return slices.Clone(s.resources), ctx.Err()
}

func (s *shop) Lineage(ctx context.Context) (pipewright.Topology, error) {
	return pipewright.NewTopology(s.edges), ctx.Err()
}

func (s *shop) Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error) {
	return newest(filter(s.incidents, func(i pipewright.Incident) bool {
		shows := len(q.Resources) == 0 || slices.ContainsFunc(i.Resources(), func(id pipewright.ResourceID) bool { return slices.Contains(q.Resources, id) })
		return shows && q.Window.Holds(i.OpenedAt) && (len(q.States) == 0 || slices.Contains(q.States, i.State))
	}), q.Limit, 1000), ctx.Err()
}

func (s *shop) Incident(_ context.Context, id string) (pipewright.Incident, error) {
	for _, i := range s.incidents {
		if i.ID == id {
			return i, nil
		}
	}
	return pipewright.Incident{}, pipewright.Errorf(pipewright.NotFound, "no incident %s", id)
}

func (s *shop) Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error) {
	return filter(s.events, func(e pipewright.Event) bool { return q.Incident == "" || e.Incident == q.Incident }), ctx.Err()
}

func (s *shop) Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error) {
	return filter(s.approvals, func(a pipewright.Approval) bool { return len(states) == 0 || slices.Contains(states, a.State) }), ctx.Err()
}
