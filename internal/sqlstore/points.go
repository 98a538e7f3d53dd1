package sqlstore

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Sample is a point by the number of its series.
type Sample struct {
	Series int64
	Point  pipewright.Point
}

// Samples numbers the series of points, in their order. NaN and infinities are not
// measurements and are left out.
func (g *Ingestion) Samples(list []pipewright.Point) ([]Sample, error) {
	out := make([]Sample, 0, len(list))
	for _, p := range list {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			continue
		}
		resource, err := g.Observe(p.Resource, Nanos(p.At))
		if err != nil {
			return nil, err
		}
		series, err := g.number(resource, p)
		if err != nil {
			return nil, err
		}
		p.At = Moment(Nanos(p.At))
		out = append(out, Sample{series, p})
	}
	return out, nil
}

// number is the number of a point's series, which it gets when it is first named.
func (g *Ingestion) number(resource int64, p pipewright.Point) (id int64, err error) {
	name := pipewright.SeriesName{Resource: p.Resource, Metric: p.Metric}
	if id := g.series[name]; id != 0 {
		return id, nil
	}
	metric := Clean(p.Metric)
	found, err := g.Row(`SELECT id FROM series WHERE resource = $1 AND metric = $2`, []any{resource, metric}, &id)
	if err == nil && !found {
		_, err = g.Row(`INSERT INTO series (resource, metric) VALUES ($1, $2) RETURNING id`, []any{resource, metric}, &id)
	}
	g.series[name] = id
	return id, err
}

const maxPoints = 100_000

// Points implements tools.PointReader. Samples of one instant come in order of
// metric.
func (s *Store) Points(ctx context.Context, q pipewright.PointQuery) ([]pipewright.Point, error) {
	metrics, err := s.metrics(ctx, q.Resource, q.Metric)
	if err != nil || len(metrics) == 0 {
		return nil, err
	}
	var w where
	ids := make([]any, 0, len(metrics))
	for id := range metrics {
		ids = append(ids, id)
	}
	w.in("series", ids)
	w.window("at", q.Window)
	points, err := collect(ctx, s.read, "read points", func(rows *sql.Rows) (p pipewright.Point, err error) {
		var series, at int64
		err = rows.Scan(&series, &at, &p.Value)
		p.Resource, p.Metric, p.At = q.Resource, metrics[series], Moment(at)
		return p, err
	}, `SELECT series, at, value FROM points `+w.sql()+` ORDER BY at DESC`+limit(q.Limit, maxPoints), w.args...)
	slices.SortStableFunc(points, pointOrder)
	return points, err
}

func pointOrder(a, b pipewright.Point) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	return strings.Compare(a.Metric, b.Metric)
}

// metrics are the series of a resource by number: one of them, or all when
// metric is empty.
func (s *Store) metrics(ctx context.Context, resource pipewright.ResourceID, metric string) (map[int64]string, error) {
	found := map[int64]string{}
	_, err := collect(ctx, s.read, "read series", func(rows *sql.Rows) (id int64, err error) {
		var name string
		err = rows.Scan(&id, &name)
		found[id] = name
		return id, err
	}, `SELECT series.id, metric FROM series JOIN resources ON resources.id = resource WHERE name = $1 AND ($2 = '' OR metric = $2)`,
		string(resource), metric)
	return found, err
}

// Series implements tools.PointReader, sorted by resource and metric.
func (s *Store) Series(ctx context.Context, resource pipewright.ResourceID) ([]pipewright.SeriesName, error) {
	return collect(ctx, s.read, "read series", func(rows *sql.Rows) (n pipewright.SeriesName, err error) {
		err = rows.Scan(&n.Resource, &n.Metric)
		return n, err
	}, `SELECT name, metric FROM series JOIN resources ON resources.id = resource WHERE $1 = '' OR name = $1 ORDER BY name, metric`, string(resource))
}
