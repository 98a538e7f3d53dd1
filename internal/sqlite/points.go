package sqlite

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// points stores samples; one that repeats what is there is not fresh.
func (g *ingestion) points(list []pipewright.Point, fresh *pipewright.Batch) error {
	numbers := map[pipewright.SeriesName]int64{}
	for _, p := range list {
		if math.IsNaN(p.Value) || math.IsInf(p.Value, 0) {
			continue
		}
		resource, err := g.observe(p.Resource, nanos(p.At))
		if err != nil {
			return err
		}
		name := pipewright.SeriesName{Resource: p.Resource, Metric: p.Metric}
		series := numbers[name]
		if series == 0 {
			if series, err = g.series(resource, clean(p.Metric)); err != nil {
				return err
			}
			numbers[name] = series
		}
		n, err := g.exec(`INSERT INTO points (series, at, value) VALUES (?, ?, ?)
			ON CONFLICT (series, at) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`, series, nanos(p.At), p.Value)
		if err != nil {
			return err
		}
		if n > 0 {
			p.At = moment(nanos(p.At))
			fresh.Points = append(fresh.Points, p)
		}
	}
	return nil
}

func (g *ingestion) series(resource int64, metric string) (id int64, err error) {
	found, err := g.row(`SELECT id FROM series WHERE resource = ? AND metric = ?`, []any{resource, metric}, &id)
	if err == nil && !found {
		_, err = g.row(`INSERT INTO series (resource, metric) VALUES (?, ?) RETURNING id`, []any{resource, metric}, &id)
	}
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
		p.Resource, p.Metric, p.At = q.Resource, metrics[series], moment(at)
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
	}, `SELECT series.id, metric FROM series JOIN resources ON resources.id = resource WHERE name = ?1 AND (?2 = '' OR metric = ?2)`,
		string(resource), metric)
	return found, err
}

// Series implements tools.PointReader, sorted by resource and metric.
func (s *Store) Series(ctx context.Context, resource pipewright.ResourceID) ([]pipewright.SeriesName, error) {
	return collect(ctx, s.read, "read series", func(rows *sql.Rows) (n pipewright.SeriesName, err error) {
		err = rows.Scan(&n.Resource, &n.Metric)
		return n, err
	}, `SELECT name, metric FROM series JOIN resources ON resources.id = resource WHERE ?1 = '' OR name = ?1 ORDER BY name, metric`, string(resource))
}
