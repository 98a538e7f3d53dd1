package sqlstore

import (
	"database/sql"
	"errors"

	pipewright "github.com/pipewright/pipewright"
)

// coveredRows compares every row with the last record over it.
func (v *verification) coveredRows() error {
	for _, kind := range []string{auditEvent, auditReservation, auditApproval, auditRequest, auditPause, auditMode, auditOutcome, auditPolicy} {
		c := covered[kind]
		err := v.each(`SELECT CAST(`+c.key+` AS TEXT), body FROM `+c.table+` ORDER BY `+c.key, func(rows *sql.Rows) error {
			var ref string
			var body []byte
			if err := rows.Scan(&ref, &body); err != nil {
				return err
			}
			v.row(rowKey{c.table, ref}, body)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for key, m := range v.rows { // the earliest fault wins, so the order does not show
		v.fault(m.n, "record %d covers %s %q, which was deleted", m.n, key.table, key.ref)
	}
	return nil
}

func (v *verification) row(key rowKey, body []byte) {
	m, ok := v.rows[key]
	delete(v.rows, key)
	switch {
	case !ok:
		v.fault(0, "%s %q is in the store but no record of the chain covers it: it was inserted", key.table, key.ref)
	case pipewright.AuditHash(body) != m.hash:
		v.fault(m.n, "%s %q was edited: it does not fit record %d", key.table, key.ref, m.n)
	}
}

// snapshots replays every incident's events and compares.
func (v *verification) snapshots() error {
	var inc pipewright.Incident
	folded := 0
	settle := func() error {
		if inc.ID == "" {
			return nil
		}
		folded++
		return v.snapshot(inc)
	}
	err := v.each(`SELECT body FROM events ORDER BY incident, seq`, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		e, err := decode[pipewright.Event](body)
		if err != nil {
			return err
		}
		if e.Incident != inc.ID {
			if err := settle(); err != nil {
				return err
			}
			inc = pipewright.Incident{}
		}
		if inc, err = inc.Apply(e); err != nil {
			v.fault(0, "the events do not replay: %v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := settle(); err != nil {
		return err
	}
	var stored int
	if err := v.tx.QueryRowContext(v.ctx, `SELECT count(*) FROM incidents`).Scan(&stored); err != nil {
		return err
	}
	if stored != folded {
		v.fault(0, "the store holds %d incidents but the journal makes %d", stored, folded)
	}
	return nil
}

func (v *verification) snapshot(want pipewright.Incident) error {
	replayed, err := encode(want)
	if err != nil {
		return err
	}
	var body string
	var openedAt int64
	err = v.tx.QueryRowContext(v.ctx, `SELECT body, opened_at FROM incidents WHERE id = $1`, want.ID).Scan(&body, &openedAt)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if body != string(replayed) || openedAt != Nanos(want.OpenedAt) {
		v.fault(0, "incident %s was edited: it is not what its events make", want.ID)
	}
	return nil
}
