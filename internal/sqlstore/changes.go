package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

func (g *Ingestion) changes(list []pipewright.Change, fresh *pipewright.Batch) error {
	for _, c := range list {
		if c.ID == "" {
			return pipewright.Errorf(pipewright.Invalid, "a change of %s has no id", c.Resource)
		}
		resource, err := g.Observe(c.Resource, Nanos(c.At))
		if err != nil {
			return err
		}
		c.At, c.Summary, c.Before, c.After = Moment(Nanos(c.At)), Clean(c.Summary), Clean(c.Before), Clean(c.After)
		n, err := g.Exec(`INSERT INTO changes (id, resource, at, kind, summary, was, became, who) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) ON CONFLICT DO NOTHING`,
			Clean(c.ID), resource, Nanos(c.At), string(c.Kind), c.Summary, c.Before, c.After, Clean(c.By))
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
		c.At = Moment(at)
		return c, err
	}, `SELECT id, `+nameOf+`, at, kind, summary, was, became, who FROM changes `+w.sql()+` ORDER BY at DESC, id DESC`+limit(q.Limit, defaultLimit), w.args...)
	slices.Reverse(out)
	return out, err
}
