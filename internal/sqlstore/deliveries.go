package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// deliveryColumns are in the order of scanDelivery.
const deliveryColumns = `n, queue, key, lane, version, body, state, made, due, tries, ref, note`

// Push keeps a delivery durably and reports whether that was news: a key that is
// known with this version or a later one is left as it is. A later version of a
// known key takes its place, due anew and with its Ref and lane kept. Its tries begin
// anew when the earlier one was delivered; otherwise that may still have happened.
func (s *Store) Push(ctx context.Context, d pipewright.Delivery) (fresh bool, err error) {
	if d.Queue == "" || d.Key == "" {
		return false, pipewright.Errorf(pipewright.Invalid, "push a delivery: it needs a queue and a key")
	}
	var known bool // spares the disk a write
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE queue = $1 AND key = $2 AND version >= $3)`, d.Queue, d.Key, d.Version).Scan(&known)
	if err != nil || known {
		return false, s.fault("push "+d.Key, err)
	}
	err = s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		fresh, err = push(ctx, tx, d)
		return err
	})
	return fresh, s.fault("push "+d.Key, err)
}

// PushAll keeps several deliveries in one transaction, each as Push does.
func (s *Store) PushAll(ctx context.Context, ds []pipewright.Delivery) error {
	err := s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		for _, d := range ds {
			if d.Queue == "" || d.Key == "" {
				return pipewright.Errorf(pipewright.Invalid, "a delivery needs a queue and a key")
			}
			if _, err := push(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	return s.fault("push deliveries", err)
}

func push(ctx context.Context, tx *sql.Tx, d pipewright.Delivery) (fresh bool, err error) {
	body := d.Body
	if body == nil {
		body = []byte{}
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO deliveries (queue, key, lane, version, body, state, made, due, leased, tries, ref, note)
		VALUES ($1,$2,$3,$4,$5,'due',$6,$7,$8,0,'','')
		ON CONFLICT (queue, key) DO UPDATE SET version = excluded.version, body = excluded.body, state = 'due', due = excluded.due, note = '',
			tries = CASE WHEN deliveries.state = 'done' THEN 0 ELSE deliveries.tries END
		WHERE excluded.version > deliveries.version`,
		d.Queue, d.Key, d.Lane, d.Version, body, Nanos(d.Made), Nanos(d.Due), Never)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// Lease hands out up to n deliveries of a queue that are due at now, oldest first
// and at most one of a lane, and keeps everybody else off them until the lease ends.
// What its holder does not finish by then, having died, is handed out again.
func (s *Store) Lease(ctx context.Context, queue string, now, until time.Time, n int) (out []pipewright.Delivery, err error) {
	due, err := s.anythingDue(ctx, queue, now)
	if err != nil || !due {
		return nil, err
	}
	var leased []numbered
	err = s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		leased, err = collect(ctx, s.view(tx), "lease "+queue, scanDelivery, `UPDATE deliveries SET leased = $1, tries = tries + 1 WHERE n IN (
				SELECT n FROM deliveries AS d WHERE queue = $2 AND state = 'due' AND due <= $3 AND leased <= $3
				AND (lane = '' OR NOT EXISTS (SELECT 1 FROM deliveries AS e WHERE e.queue = $2 AND e.state = 'due' AND e.lane = d.lane AND (e.n < d.n OR e.leased > $3)))
				ORDER BY n LIMIT $4`+s.dialect.SkipLocked+`)
			RETURNING `+deliveryColumns, Nanos(until), queue, Nanos(now), n)
		return err
	})
	slices.SortFunc(leased, func(a, b numbered) int { return cmp.Compare(a.n, b.n) }) // an update returns rows in any order
	for _, d := range leased {
		out = append(out, d.Delivery)
	}
	return out, s.fault("lease "+queue, err)
}

// anythingDue spares the disk a write when there is nothing to do.
func (s *Store) anythingDue(ctx context.Context, queue string, now time.Time) (found bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM deliveries WHERE queue = $1 AND state = 'due' AND due <= $2)`, queue, Nanos(now)).Scan(&found)
	return found, s.fault("look for due "+queue, err)
}

// Hold makes a lease end later: whoever is still at it is alive. What was finished or
// given back meanwhile stays so.
func (s *Store) Hold(ctx context.Context, d pipewright.Delivery, until time.Time) error {
	err := s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET leased = CASE WHEN leased > $1 THEN leased ELSE $1 END WHERE queue = $2 AND key = $3 AND state = 'due' AND leased <> $4`,
			Nanos(until), d.Queue, d.Key, Never)
		return err
	})
	return s.fault("hold "+d.Key, err)
}

// Done records that a version of a delivery was handled and, unless ref is empty,
// the other side's name for it. A later version that came meanwhile stays due.
func (s *Store) Done(ctx context.Context, d pipewright.Delivery, ref string) error {
	return s.settle(ctx, d, `UPDATE deliveries SET ref = CASE WHEN $1 = '' THEN ref ELSE $1 END, leased = $2,
		tries = CASE WHEN version = $5 THEN tries ELSE 0 END,
		state = CASE WHEN version = $5 THEN 'done' ELSE state END WHERE queue = $3 AND key = $4`, ref, Never, d.Queue, d.Key, d.Version)
}

// Later gives the lease back: the delivery is tried again at due, and note says why.
// Its tries become d.Tries, so that a holder who did nothing may take its own back. A
// later version that came meanwhile keeps its own due time.
func (s *Store) Later(ctx context.Context, d pipewright.Delivery, due time.Time, note string) error {
	return s.settle(ctx, d, `UPDATE deliveries SET due = CASE WHEN version = $7 THEN $1 ELSE due END, leased = $2, note = $5, tries = $6 WHERE queue = $3 AND key = $4`,
		Nanos(due), Never, d.Queue, d.Key, note, d.Tries, d.Version)
}

// Forget clears the Ref of a delivery whose message is gone, and its tries: it is
// handled as if for the first time.
func (s *Store) Forget(ctx context.Context, d pipewright.Delivery, due time.Time) error {
	return s.settle(ctx, d, `UPDATE deliveries SET due = $1, leased = $2, ref = '', tries = 0, state = 'due' WHERE queue = $3 AND key = $4`,
		Nanos(due), Never, d.Queue, d.Key)
}

// Drop gives a version of a delivery up for good, and says why.
func (s *Store) Drop(ctx context.Context, d pipewright.Delivery, note string) error {
	return s.settle(ctx, d, `UPDATE deliveries SET note = $1, leased = $2,
		state = CASE WHEN version = $5 THEN 'dropped' ELSE state END WHERE queue = $3 AND key = $4`, note, Never, d.Queue, d.Key, d.Version)
}

// Prune deletes what a queue finished or gave up and that was due before a moment. Its
// keys are unknown afterwards.
func (s *Store) Prune(ctx context.Context, queue string, before time.Time) error {
	err := s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM deliveries WHERE queue = $1 AND state <> 'due' AND due < $2`, queue, Nanos(before))
		return err
	})
	return s.fault("prune "+queue, err)
}

func (s *Store) settle(ctx context.Context, d pipewright.Delivery, update string, args ...any) error {
	err := s.write(ctx, s.lanes.Queue, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, update, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return noDelivery(d.Queue, d.Key)
	})
	return s.fault("settle "+d.Key, err)
}

func noDelivery(queue, key string) error {
	return pipewright.Errorf(pipewright.NotFound, "there is no delivery %s in %s", key, queue)
}

// Delivery returns what a queue holds under a key. NotFound when there is nothing.
func (s *Store) Delivery(ctx context.Context, queue, key string) (pipewright.Delivery, error) {
	return s.delivery(ctx, queue, key, `key = $2`)
}

// DeliveryAt returns what a queue delivered under the other side's name for it.
// NotFound when there is nothing.
func (s *Store) DeliveryAt(ctx context.Context, queue, ref string) (pipewright.Delivery, error) {
	return s.delivery(ctx, queue, ref, `ref = $2 AND ref <> ''`)
}

func (s *Store) delivery(ctx context.Context, queue, name, condition string) (pipewright.Delivery, error) {
	found, err := collect(ctx, s.read, "read "+name, scanDelivery,
		`SELECT `+deliveryColumns+` FROM deliveries WHERE queue = $1 AND `+condition+` ORDER BY n LIMIT 1`, queue, name)
	if err != nil {
		return pipewright.Delivery{}, err
	}
	if len(found) == 0 {
		return pipewright.Delivery{}, noDelivery(queue, name)
	}
	return found[0].Delivery, nil
}

// Deliveries counts what a queue holds, by state.
func (s *Store) Deliveries(ctx context.Context, queue string) (map[pipewright.DeliveryState]int, error) {
	out := map[pipewright.DeliveryState]int{}
	rows, err := s.read.QueryContext(ctx, `SELECT state, count(*) FROM deliveries WHERE queue = $1 GROUP BY state`, queue)
	if err != nil {
		return nil, s.fault("count "+queue, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, s.fault("count "+queue, err)
		}
		out[pipewright.DeliveryState(state)] = n
	}
	return out, s.fault("count "+queue, rows.Err())
}

// numbered is a delivery with its place in the queue.
type numbered struct {
	n int64
	pipewright.Delivery
}

func scanDelivery(rows *sql.Rows) (d numbered, err error) {
	var made, due int64
	err = rows.Scan(&d.n, &d.Queue, &d.Key, &d.Lane, &d.Version, &d.Body, &d.State, &made, &due, &d.Tries, &d.Ref, &d.Note)
	d.Made, d.Due = Moment(made), Moment(due)
	return d, err
}
