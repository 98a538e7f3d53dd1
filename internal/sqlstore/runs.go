package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// putRun replaces a run unless that would move a done run back or change
// nothing.
const putRun = `INSERT INTO runs (resource, run, attempt, state, started, ended, error, detail) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)
	ON CONFLICT (resource, run, attempt) DO UPDATE
	SET state = excluded.state, started = excluded.started, ended = excluded.ended, error = excluded.error, detail = excluded.detail
	WHERE ($9 OR runs.state NOT IN ('succeeded', 'failed', 'cancelled'))
	AND (runs.state, runs.started, runs.ended, runs.error, runs.detail) IS DISTINCT FROM (excluded.state, excluded.started, excluded.ended, excluded.error, excluded.detail)`

func (g *Ingestion) runs(list []pipewright.Run, fresh *pipewright.Batch) error {
	for _, r := range list {
		resource, err := g.Observe(r.Resource, Nanos(latest(r.Started, r.Ended)))
		if err != nil {
			return err
		}
		detail, err := json.Marshal(r.Detail)
		if err != nil {
			return err
		}
		r.Started, r.Ended, r.Error = Moment(Nanos(r.Started)), Moment(Nanos(r.Ended)), Clean(r.Error)
		n, err := g.Exec(putRun, resource, Clean(r.ID), r.Attempt, string(r.State), Nanos(r.Started), Nanos(r.Ended), r.Error, string(detail), r.State.Done())
		if err != nil {
			return err
		}
		if n > 0 {
			fresh.Runs = append(fresh.Runs, r)
		}
	}
	return nil
}

// Runs implements tools.RunReader.
func (s *Store) Runs(ctx context.Context, q pipewright.RunQuery) ([]pipewright.Run, error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return nil, err
	}
	var w where
	w.in("resource", ids)
	w.window("started", q.Window)
	w.in("state", texts(q.States))
	if q.ID != "" {
		w.add(`run = ?`, q.ID)
	}
	runs, err := collect(ctx, s.read, "read runs", scanRun,
		`SELECT `+nameOf+`, run, attempt, state, started, ended, error, detail FROM runs`+s.byTime(`runs_by_time`, len(q.Resources) == 0)+w.sql()+
			` ORDER BY started DESC, 1 DESC, run DESC, attempt DESC`+limit(q.Limit, defaultLimit), w.args...)
	slices.Reverse(runs)
	return runs, err
}

func scanRun(rows *sql.Rows) (r pipewright.Run, err error) {
	var started, ended int64
	var detail string
	if err = rows.Scan(&r.Resource, &r.ID, &r.Attempt, &r.State, &started, &ended, &r.Error, &detail); err != nil {
		return r, err
	}
	r.Started, r.Ended = Moment(started), Moment(ended)
	r.Detail, err = decode[map[string]string](detail)
	return r, err
}
