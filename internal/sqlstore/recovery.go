package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// querier is a handle or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// view is a querier whose errors are given a sentence.
type view struct {
	querier
	fault func(doing string, err error) error
}

func (s *Store) view(q querier) view { return view{q, s.fault} }

// bodies decodes the first column of every row.
func bodies[T any](ctx context.Context, v view, doing, query string, args ...any) ([]T, error) {
	return collect(ctx, v, doing, func(rows *sql.Rows) (row T, err error) {
		var body string
		if err := rows.Scan(&body); err != nil {
			return row, err
		}
		return decode[T](body)
	}, query, args...)
}

// collect reads every row with scan.
func collect[T any](ctx context.Context, v view, doing string, scan func(*sql.Rows) (T, error), query string, args ...any) (out []T, err error) {
	rows, err := v.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, v.fault(doing, err)
	}
	defer func() { err = errors.Join(err, v.fault(doing, rows.Close())) }()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, v.fault(doing, err)
		}
		out = append(out, row)
	}
	return out, v.fault(doing, rows.Err())
}

// LiveIncidents implements heal.Recovery.
func (s *Store) LiveIncidents(ctx context.Context) ([]pipewright.Incident, error) {
	return bodies[pipewright.Incident](ctx, s.read, "read live incidents",
		`SELECT body FROM incidents WHERE state <> $1 ORDER BY length(id), id`, string(pipewright.Closed))
}

// LastIDs implements heal.Recovery.
func (s *Store) LastIDs(ctx context.Context) (incident, approval int, err error) {
	if incident, err = lastNumber(ctx, s.read, "incidents", "inc-"); err != nil {
		return 0, 0, s.fault("read last ids", err)
	}
	if approval, err = lastNumber(ctx, s.read, "approvals", "ap-"); err != nil {
		return 0, 0, s.fault("read last ids", err)
	}
	return incident, approval, nil
}

// JournalWhole refuses a journal whose end is gone: it ends before the last event that the
// audit covers, as after a file was cut off or put together from two backups. A loop on it
// would give the numbers of what is gone to something else. What is gone from its middle,
// `audit verify` finds, which reads all of it. q is asked: the owner's own connection where
// those that the store keeps may just have been lost.
func (s *Store) JournalWhole(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) error {
	if q == nil {
		q = s.read
	}
	var last, covered int64
	err := q.QueryRowContext(ctx, `SELECT (SELECT coalesce(max(seq), 0) FROM events),
		CAST(coalesce((SELECT ref FROM audit WHERE kind = '`+auditEvent+`' ORDER BY n DESC LIMIT 1), '0') AS BIGINT)`).Scan(&last, &covered)
	if err != nil {
		return s.fault("look for the end of the journal", err)
	}
	if last < covered {
		return pipewright.Errorf(pipewright.Conflict, "the journal was cut off: it ends at event %d and the audit covers event %d, so no loop is run on it: put a backup in its place (`pipewright audit verify` says what is gone)", last, covered)
	}
	return nil
}

// PendingRequests implements heal.Recovery: requests without a result, in the
// order they were made.
func (s *Store) PendingRequests(ctx context.Context) ([]pipewright.Request, error) {
	return bodies[pipewright.Request](ctx, s.read, "read requests", `SELECT body FROM requests WHERE pending = 1 ORDER BY length(id), id`)
}

// Pauses implements heal.Recovery: every pause that nobody lifted, by resource,
// those whose time is over included.
func (s *Store) Pauses(ctx context.Context) ([]pipewright.Pause, error) {
	return collect(ctx, s.read, "read pauses", func(rows *sql.Rows) (pipewright.Pause, error) {
		var body string
		if err := rows.Scan(&body); err != nil {
			return pipewright.Pause{}, err
		}
		row, err := decode[pauseRow](body)
		return row.Pause, err
	}, `SELECT body FROM pauses WHERE lifted = 0 ORDER BY resource`)
}

// Modes implements heal.Recovery: changes that nobody took back, by scope.
func (s *Store) Modes(ctx context.Context) ([]pipewright.ModeChange, error) {
	return bodies[pipewright.ModeChange](ctx, s.read, "read modes", `SELECT body FROM modes WHERE rung <> '' ORDER BY scope`)
}

// Feedback returns what people said of incidents' causes and the loop took down, in
// the order they said it.
func (s *Store) Feedback(ctx context.Context) ([]pipewright.Request, error) {
	return s.done(ctx, pipewright.RequestFeedback, "read feedback")
}

// PolicyMoves implements heal.Recovery: those that the loop made, oldest first.
func (s *Store) PolicyMoves(ctx context.Context) ([]pipewright.PolicyMove, error) {
	done, err := s.done(ctx, pipewright.RequestPolicy, "read policy moves")
	moves := []pipewright.PolicyMove{}
	for _, r := range done {
		if r.Policy != nil {
			moves = append(moves, *r.Policy)
		}
	}
	return moves, err
}

// done lists the requests of a kind that the loop did, in the order they were made.
func (s *Store) done(ctx context.Context, kind pipewright.RequestKind, doing string) ([]pipewright.Request, error) {
	all, err := bodies[pipewright.Request](ctx, s.read, doing,
		`SELECT body FROM requests WHERE `+s.dialect.Field("kind")+` = $1 ORDER BY length(id), id`, string(kind))
	return slices.DeleteFunc(all, func(r pipewright.Request) bool { return !r.OK }), err
}

// Outcomes implements heal.Recovery: all of them, oldest first.
func (s *Store) Outcomes(ctx context.Context) ([]pipewright.Outcome, error) {
	return bodies[pipewright.Outcome](ctx, s.read, "read outcomes", `SELECT body FROM outcomes ORDER BY n`)
}

// Approval implements heal.Recovery. NotFound when there is none of this id.
func (s *Store) Approval(ctx context.Context, id string) (pipewright.Approval, error) {
	return one[pipewright.Approval](ctx, s.read, "approvals", id, "there is no approval %s: `pipewright approve` without an id lists those that wait")
}

// Request returns a request. NotFound when there is none of this id.
func (s *Store) Request(ctx context.Context, id string) (pipewright.Request, error) {
	return one[pipewright.Request](ctx, s.read, "requests", id, "there is no request %s")
}

// Incident returns an incident. NotFound when there is none of this id.
func (s *Store) Incident(ctx context.Context, id string) (pipewright.Incident, error) {
	return one[pipewright.Incident](ctx, s.read, "incidents", id, "there is no incident %s: `pipewright incidents` lists those that there are")
}

func one[T any](ctx context.Context, in view, table, id, missing string) (v T, err error) {
	var body string
	err = in.QueryRowContext(ctx, `SELECT body FROM `+table+` WHERE id = $1`, id).Scan(&body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return v, pipewright.Errorf(pipewright.NotFound, missing, id)
	case err != nil:
		return v, in.fault("read "+id, err)
	}
	return decode[T](body)
}

// Approvals returns the approvals in any of the states, all without one, in the
// order they were asked for.
func (s *Store) Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error) {
	var w where
	w.in("state", texts(states))
	return bodies[pipewright.Approval](ctx, s.read, "read approvals", `SELECT body FROM approvals `+w.sql()+` ORDER BY length(id), id`, w.args...)
}

// Incidents returns incidents oldest first.
func (s *Store) Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error) {
	var w where
	w.in("state", texts(q.States))
	w.window("opened_at", q.Window)
	if names := texts(q.Resources); len(names) > 0 {
		marks := marks(len(names))
		w.add(`(resource IN (`+marks+`) OR `+s.dialect.SignalOn(marks)+`)`, append(names, names...)...)
	}
	return bodies[pipewright.Incident](ctx, s.read, "read incidents",
		`SELECT body FROM (SELECT body, opened_at, id FROM incidents `+w.sql()+` ORDER BY opened_at DESC, length(id) DESC, id DESC`+limit(q.Limit, defaultLimit)+`) AS newest
		 ORDER BY opened_at, length(id), id`, w.args...)
}

// Events returns journaled events in order of Seq.
func (s *Store) Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error) {
	var w where
	w.add(`seq > ?`, q.AfterSeq)
	if q.Incident != "" {
		w.add(`incident = ?`, q.Incident)
	}
	return bodies[pipewright.Event](ctx, s.read, "read events",
		`SELECT body FROM events `+w.sql()+` ORDER BY seq`+limit(q.Limit, defaultLimit), w.args...)
}

// Reservations returns what was reserved at since or later, in order of time.
func (s *Store) Reservations(ctx context.Context, since time.Time) ([]heal.Reservation, error) {
	rows, err := bodies[reservationRow](ctx, s.read, "read reservations", `SELECT body FROM reservations WHERE at >= $1 ORDER BY at, key`, Nanos(since))
	out := make([]heal.Reservation, len(rows))
	for i, r := range rows {
		out[i] = r.reservation()
	}
	return out, err
}
