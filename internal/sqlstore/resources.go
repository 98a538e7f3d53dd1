package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"

	pipewright "github.com/pipewright/pipewright"
)

// resources merges labels; one that is new or has new labels is fresh.
func (g *Ingestion) resources(list []pipewright.Resource, fresh *pipewright.Batch) error {
	for _, r := range list {
		changed, err := g.merge(&r)
		if err != nil {
			return err
		}
		if changed {
			fresh.Resources = append(fresh.Resources, r)
		}
	}
	return nil
}

// merge stores one resource and fills in the labels it had before.
func (g *Ingestion) merge(r *pipewright.Resource) (changed bool, err error) {
	id, err := g.Observe(r.ID, Nanos(r.FirstSeen))
	if err != nil {
		return false, err
	}
	g.seen[id] = g.seen[id].with(Nanos(r.LastSeen))
	var body string
	var observed bool
	if _, err := g.Row(`SELECT labels, observed FROM resources WHERE id = $1`, []any{id}, &body, &observed); err != nil {
		return false, err
	}
	before, err := decode[map[string]string](body)
	if err != nil {
		return false, err
	}
	after := maps.Clone(before)
	maps.Copy(after, r.Labels)
	r.Labels = after
	if observed && maps.Equal(before, after) {
		return false, nil
	}
	encoded, err := json.Marshal(after)
	if err != nil {
		return false, err
	}
	_, err = g.Exec(`UPDATE resources SET labels = $1, observed = 1 WHERE id = $2`, string(encoded), id)
	return true, err
}

func (g *Ingestion) edges(list []pipewright.Edge, fresh *pipewright.Batch) error {
	for _, e := range list {
		up, err := g.resource(e.Up)
		if err != nil {
			return err
		}
		down, err := g.resource(e.Down)
		if err != nil {
			return err
		}
		n, err := g.Exec(`INSERT INTO edges (up, down) VALUES ($1, $2) ON CONFLICT DO NOTHING`, up, down)
		if err != nil {
			return err
		}
		if n > 0 {
			fresh.Edges = append(fresh.Edges, e)
		}
	}
	return nil
}

// Resources implements tools.ResourceReader.
func (s *Store) Resources(ctx context.Context) ([]pipewright.Resource, error) {
	return collect(ctx, s.read, "read resources", func(rows *sql.Rows) (r pipewright.Resource, err error) {
		var labels string
		var first, last int64
		if err = rows.Scan(&r.ID, &labels, &first, &last); err != nil {
			return r, err
		}
		r.FirstSeen, r.LastSeen = Moment(first), Moment(last)
		r.Labels, err = decode[map[string]string](labels)
		return r, err
	}, `SELECT name, labels, first_seen, last_seen FROM resources WHERE observed = 1 ORDER BY name`)
}

// Lineage implements tools.ResourceReader.
func (s *Store) Lineage(ctx context.Context) (pipewright.Topology, error) {
	edges, err := collect(ctx, s.read, "read lineage", func(rows *sql.Rows) (e pipewright.Edge, err error) {
		err = rows.Scan(&e.Up, &e.Down)
		return e, err
	}, `SELECT u.name, d.name FROM edges JOIN resources u ON u.id = edges.up JOIN resources d ON d.id = edges.down ORDER BY u.name, d.name`)
	if err != nil {
		return pipewright.Topology{}, err
	}
	return pipewright.NewTopology(edges), nil
}

// number looks up the resources of a query. Without any the query is over all
// resources: ok is true and ids is empty. ok is false when none was ever seen.
func (s *Store) number(ctx context.Context, want []pipewright.ResourceID) (ids []any, ok bool, err error) {
	if len(want) == 0 {
		return nil, true, nil
	}
	var w where
	w.in("name", texts(want))
	ids, err = collect(ctx, s.read, "read resources", func(rows *sql.Rows) (any, error) {
		var id int64
		err := rows.Scan(&id)
		return id, err
	}, `SELECT id FROM resources `+w.sql()+` ORDER BY id`, w.args...)
	return ids, len(ids) > 0, err
}

// nameOf is a column: the name of the row's resource.
const nameOf = `(SELECT name FROM resources WHERE resources.id = resource)`
