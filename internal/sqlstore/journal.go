package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// Commit implements heal.Journal. Beyond its contract:
//   - An event that moves an incident to acting must come with the reservation
//     of its action's key in the same entry, and a reservation with its event;
//     otherwise the entry is Invalid.
//   - A move that the state machine does not know is a Conflict.
//   - Requests in Handled must exist (NotFound) and be unhandled (Conflict).
//
// Events come back in UTC, as a replay sees them.
func (s *Store) Commit(ctx context.Context, e heal.Entry) ([]pipewright.Event, error) {
	if err := checkEntry(e); err != nil {
		return nil, s.fault("commit", err)
	}
	events := slices.Clone(e.Events)
	err := s.record(ctx, func(c *chain) error {
		if err := s.fence(c); err != nil {
			return err
		}
		if e.Reserve != nil {
			if err := c.reserve(*e.Reserve); err != nil {
				return err
			}
		}
		if err := c.journal(events); err != nil {
			return err
		}
		return c.rest(e)
	})
	if err != nil {
		return nil, s.fault("commit", err)
	}
	return events, nil
}

// fence keeps a loop that lost its ownership from going on.
func (s *Store) fence(c *chain) error {
	if s.dialect.Fence == nil {
		return nil
	}
	return s.dialect.Fence(c.ctx, c.tx)
}

// checkEntry refuses an entry in which an action and its reservation do not
// belong together.
func checkEntry(e heal.Entry) error {
	acting := 0
	for _, ev := range e.Events {
		if ev.To != pipewright.Acting {
			continue
		}
		acting++
		if ev.Action == nil || ev.Action.Key == "" {
			return pipewright.Errorf(pipewright.Invalid, "%s goes to acting without an action that has a key", ev.Incident)
		}
		if e.Reserve == nil || e.Reserve.Key != ev.Action.Key || e.Reserve.Incident != ev.Incident {
			return pipewright.Errorf(pipewright.Invalid, "%s goes to acting without a reservation of %s in the same entry", ev.Incident, ev.Action.Key)
		}
		if e.Reserve.Action.Hash() != ev.Action.Hash() {
			return pipewright.Errorf(pipewright.Invalid, "%s goes to acting with another action than the one reserved under %s", ev.Incident, ev.Action.Key)
		}
	}
	if e.Reserve != nil && acting != 1 {
		return pipewright.Errorf(pipewright.Invalid, "reservation %s comes with %d events that go to acting, not one", e.Reserve.Key, acting)
	}
	return nil
}

// journal stores the events, gives them their numbers and folds each into its
// incident.
func (c *chain) journal(events []pipewright.Event) error {
	if len(events) == 0 {
		return nil
	}
	var seq int64
	if err := c.tx.QueryRowContext(c.ctx, `SELECT coalesce(max(seq), 0) FROM events`).Scan(&seq); err != nil {
		return err
	}
	f := folding{incidents: map[string]pipewright.Incident{}}
	for i := range events {
		seq++
		e := &events[i]
		e.Seq, e.At, e.Due = seq, e.At.UTC().Round(0), e.Due.UTC().Round(0)
		if err := f.apply(c, *e); err != nil {
			return err
		}
		body, err := encode(*e)
		if err != nil {
			return err
		}
		if _, err := c.tx.ExecContext(c.ctx, `INSERT INTO events (seq, body) VALUES ($1, $2)`, seq, string(body)); err != nil {
			return err
		}
		if err := c.append(auditEvent, strconv.FormatInt(seq, 10), e.At, body, false); err != nil {
			return err
		}
	}
	return f.save(c)
}

// folding holds the incidents that an entry moves, in the order they were met.
type folding struct {
	order     []string
	incidents map[string]pipewright.Incident
}

func (f *folding) apply(c *chain, e pipewright.Event) error {
	inc, met := f.incidents[e.Incident]
	if !met {
		var err error
		if inc, err = loadIncident(c.ctx, c.tx, e.Incident); err != nil {
			return err
		}
		f.order = append(f.order, e.Incident)
	}
	next, err := inc.Apply(e)
	if err != nil {
		return err
	}
	f.incidents[e.Incident] = next
	return nil
}

// save writes the snapshots.
func (f *folding) save(c *chain) error {
	for _, id := range f.order {
		inc := f.incidents[id]
		body, err := encode(inc)
		if err != nil {
			return err
		}
		_, err = c.tx.ExecContext(c.ctx, `INSERT INTO incidents (id, opened_at, body) VALUES ($1, $2, $3)
			ON CONFLICT (id) DO UPDATE SET body = excluded.body`, id, Nanos(inc.OpenedAt), string(body))
		if err != nil {
			return err
		}
	}
	return nil
}

// loadIncident reads a snapshot; one that does not exist yet is the zero incident.
func loadIncident(ctx context.Context, q querier, id string) (pipewright.Incident, error) {
	var body string
	err := q.QueryRowContext(ctx, `SELECT body FROM incidents WHERE id = $1`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return pipewright.Incident{}, nil
	}
	if err != nil {
		return pipewright.Incident{}, err
	}
	return decode[pipewright.Incident](body)
}

// rest stores what an entry holds beside events and reservation.
func (c *chain) rest(e heal.Entry) error {
	for _, a := range e.Approvals {
		if err := c.approve(a); err != nil {
			return err
		}
	}
	for _, r := range e.Handled {
		if err := c.handle(r); err != nil {
			return err
		}
	}
	if e.Pause != nil {
		if err := c.pause(pauseRow{Pause: *e.Pause}); err != nil {
			return err
		}
	}
	if e.Resume != nil {
		if err := c.resume(*e.Resume); err != nil {
			return err
		}
	}
	if e.Mode != nil {
		if err := c.mode(*e.Mode); err != nil {
			return err
		}
	}
	if e.Outcome != nil {
		return c.outcome(*e.Outcome)
	}
	return nil
}
