package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// pauseRow is a pause as it is stored, with who lifted it.
type pauseRow struct {
	Pause  pipewright.Pause  `json:"pause"`
	Lifted *pipewright.Pause `json:"lifted,omitempty"`
}

// approve stores an approval as it is now.
func (c *chain) approve(a pipewright.Approval) error {
	if a.ID == "" {
		return pipewright.Errorf(pipewright.Invalid, "approval for %s has no id", a.Incident)
	}
	at := latest(latest(a.AskedAt, a.At), a.Reminded)
	for _, s := range a.Given {
		at = latest(at, s.At)
	}
	return c.put(auditApproval, a.ID, at, a,
		`INSERT INTO approvals (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body`)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// handle records the loop's answer to a request, once.
func (c *chain) handle(r pipewright.Request) error {
	if r.Result == "" {
		return pipewright.Errorf(pipewright.Invalid, "request %s is handled without a result", r.ID)
	}
	var pending bool
	err := c.tx.QueryRowContext(c.ctx, `SELECT pending FROM requests WHERE id = $1`, r.ID).Scan(&pending)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return noRequest(r.ID)
	case err != nil:
		return err
	case !pending:
		return pipewright.Errorf(pipewright.Conflict, "request %s has been handled already", r.ID)
	}
	return c.put(auditHandled, r.ID, r.At, r,
		`INSERT INTO requests (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body`)
}

func noRequest(id string) error {
	return pipewright.Errorf(pipewright.NotFound, "there is no request %s", id)
}

const putPause = `INSERT INTO pauses (resource, body) VALUES ($1, $2) ON CONFLICT (resource) DO UPDATE SET body = excluded.body`

func (c *chain) pause(p pauseRow) error {
	return c.put(auditPause, string(p.Pause.Resource), p.Pause.At, p, putPause)
}

// resume lifts the pause on a resource. Lifting one that is not there is
// recorded too: it is what somebody asked for.
func (c *chain) resume(by pipewright.Pause) error {
	p := pauseRow{Pause: by}
	var body string
	err := c.tx.QueryRowContext(c.ctx, `SELECT body FROM pauses WHERE resource = $1`, string(by.Resource)).Scan(&body)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil {
		if p, err = decode[pauseRow](body); err != nil {
			return err
		}
	}
	p.Lifted = &by
	return c.put(auditResume, string(by.Resource), by.At, p, putPause)
}

// mode puts a person's change of a mode in force. One that was taken back stays as a
// row without a rung.
func (c *chain) mode(m pipewright.ModeChange) error {
	return c.put(auditMode, m.Scope(), m.At, m,
		`INSERT INTO modes (scope, body) VALUES ($1, $2) ON CONFLICT (scope) DO UPDATE SET body = excluded.body`)
}

func (c *chain) outcome(o pipewright.Outcome) error {
	body, err := encode(o)
	if err != nil {
		return err
	}
	var n int64
	if err := c.tx.QueryRowContext(c.ctx, `INSERT INTO outcomes (body) VALUES ($1) RETURNING n`, string(body)).Scan(&n); err != nil {
		return err
	}
	return c.append(auditOutcome, strconv.FormatInt(n, 10), o.At, body, false)
}

// AddRequest stores a person's request for the loop to pick up, durably, and
// returns it with its id. Any process may call it, beside the loop. A request whose
// Key is known already is not added again: the first one comes back.
func (s *Store) AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error) {
	if r.Kind == "" || r.Result != "" {
		return r, pipewright.Errorf(pipewright.Invalid, "add request: it needs a kind and has no result yet")
	}
	r.At = r.At.UTC().Round(0)
	if first, err := s.requestUnder(ctx, s.read, r.Key); err != nil || first.ID != "" {
		return first, s.fault("add request", err)
	}
	err := s.record(ctx, func(c *chain) error {
		if first, err := s.requestUnder(c.ctx, c.tx, r.Key); err != nil || first.ID != "" {
			r = first
			return err
		}
		n, err := lastNumber(c.ctx, c.tx, "requests", "rq-")
		if err != nil {
			return err
		}
		r.ID = fmt.Sprintf("rq-%04d", n+1)
		return c.put(auditRequest, r.ID, r.At, r, `INSERT INTO requests (id, body) VALUES ($1, $2)`)
	})
	return r, s.fault("add request", err)
}

// RequestByKey returns the request that was added under a key. NotFound when there is
// none.
func (s *Store) RequestByKey(ctx context.Context, key string) (pipewright.Request, error) {
	r, err := s.requestUnder(ctx, s.read, key)
	if err == nil && r.ID == "" {
		err = noRequest("under " + key)
	}
	return r, s.fault("read request", err)
}

// requestUnder is the request that was added under a key; without an id there is none.
func (s *Store) requestUnder(ctx context.Context, q querier, key string) (r pipewright.Request, err error) {
	if key == "" {
		return r, nil
	}
	var body string
	err = q.QueryRowContext(ctx, `SELECT body FROM requests WHERE `+s.dialect.Field("key")+` = $1`, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	return decode[pipewright.Request](body)
}

// lastNumber is the highest number in ids such as inc-0007, 0 when there are none. A
// longer id is a higher one: numbers are padded to four digits and have no others.
func lastNumber(ctx context.Context, q querier, table, prefix string) (n int, err error) {
	var id string
	err = q.QueryRowContext(ctx, `SELECT id FROM `+table+` WHERE id LIKE $1 ORDER BY length(id) DESC, id DESC LIMIT 1`, prefix+"%").Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if n, err = strconv.Atoi(strings.TrimPrefix(id, prefix)); err != nil {
		return 0, pipewright.Errorf(pipewright.Internal, "%s has the id %q, which is none of ours: run `pipewright audit verify`", table, id)
	}
	return n, nil
}
