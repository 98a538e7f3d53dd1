package sqlstore

import (
	"database/sql"
	"maps"
	"slices"

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
	stored, err := v.storedIncidents()
	if err != nil {
		return err
	}
	var inc pipewright.Incident
	err = v.each(`SELECT body FROM events ORDER BY incident, seq`, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		e, err := decode[pipewright.Event](body)
		if err != nil {
			return err
		}
		if e.Incident != inc.ID {
			if err := v.snapshot(inc, stored); err != nil {
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
	if err := v.snapshot(inc, stored); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(stored)) {
		v.fault(0, "incident %s is in the store but no event of the journal makes it", id)
	}
	return nil
}

// snapshot is what the store says of an incident.
type snapshot struct {
	hash     string // of its body
	openedAt int64
}

func (v *verification) storedIncidents() (map[string]snapshot, error) {
	stored := map[string]snapshot{}
	err := v.each(`SELECT id, body, opened_at FROM incidents`, func(rows *sql.Rows) error {
		var id string
		var body []byte
		var s snapshot
		err := rows.Scan(&id, &body, &s.openedAt)
		s.hash = pipewright.AuditHash(body)
		stored[id] = s
		return err
	})
	return stored, err
}

// snapshot compares what an incident's events make with what is stored, and takes it off
// the list. The zero incident is none.
func (v *verification) snapshot(want pipewright.Incident, stored map[string]snapshot) error {
	if want.ID == "" {
		return nil
	}
	replayed, err := encode(want)
	if err != nil {
		return err
	}
	if stored[want.ID] != (snapshot{pipewright.AuditHash(replayed), Nanos(want.OpenedAt)}) {
		v.fault(0, "incident %s was edited: it is not what its events make", want.ID)
	}
	delete(stored, want.ID)
	return nil
}
