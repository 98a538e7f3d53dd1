package sqlite

import (
	"context"
	"database/sql"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

func (g *ingestion) changes(list []pipewright.Change, fresh *pipewright.Batch) error {
	for _, c := range list {
		if c.ID == "" {
			return pipewright.Errorf(pipewright.Invalid, "a change of %s has no id", c.Resource)
		}
		resource, err := g.observe(c.Resource, nanos(c.At))
		if err != nil {
			return err
		}
		c.At, c.Summary, c.Before, c.After = moment(nanos(c.At)), clean(c.Summary), clean(c.Before), clean(c.After)
		n, err := g.exec(`INSERT INTO changes (id, resource, at, kind, summary, was, became, who) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			clean(c.ID), resource, nanos(c.At), string(c.Kind), c.Summary, c.Before, c.After, clean(c.By))
		if err != nil {
			return err
		}
		if n > 0 {
			fresh.Changes = append(fresh.Changes, c)
		}
	}
	return nil
}

// Changes implements tools.ChangeReader.
func (s *Store) Changes(ctx context.Context, q pipewright.ChangeQuery) ([]pipewright.Change, error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return nil, err
	}
	var w where
	w.in("resource", ids)
	w.window("at", q.Window)
	w.in("kind", texts(q.Kinds))
	out, err := collect(ctx, s.read, "read changes", func(rows *sql.Rows) (c pipewright.Change, err error) {
		var at int64
		err = rows.Scan(&c.ID, &c.Resource, &at, &c.Kind, &c.Summary, &c.Before, &c.After, &c.By)
		c.At = moment(at)
		return c, err
	}, `SELECT id, `+nameOf+`, at, kind, summary, was, became, who FROM changes `+w.sql()+` ORDER BY at DESC, id DESC`+limit(q.Limit, defaultLimit), w.args...)
	slices.Reverse(out)
	return out, err
}
