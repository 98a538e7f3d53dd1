package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	pipewright "github.com/pipewright/pipewright"
)

// covered says which table the rows of each kind of audit record are in, and
// the column of their key. Several kinds may cover one row: the last counts.
var covered = map[string]struct{ table, key string }{
	auditEvent:       {"events", "seq"},
	auditReservation: {"reservations", "key"},
	auditApproval:    {"approvals", "id"},
	auditRequest:     {"requests", "id"},
	auditHandled:     {"requests", "id"},
	auditPause:       {"pauses", "resource"},
	auditResume:      {"pauses", "resource"},
	auditMode:        {"modes", "scope"},
	auditOutcome:     {"outcomes", "n"},
	auditPolicy:      {"policies", "hash"},
}

// AuditVerify checks everything that the audit chain vouches for and reports
// the first thing that is wrong:
//   - every record's number, link, hash and kept body: an edit, a deletion, an
//     insertion or a change of order;
//   - every row that a record covers (events, reservations, approvals, requests,
//     pauses, modes, outcomes, policies): an edit, a deletion, and a row that no record
//     covers;
//   - every incident against the replay of its events;
//   - the end of the chain against the anchor, a file beside the database that is
//     written after each commit: a tail that was cut off. The anchor may lag
//     behind the chain (a crash between the two) but is never ahead of it.
//
// What it cannot find: the chain has no secret in it, so whoever can write the
// database and the anchor, and takes the trouble to compute every hash anew, can
// leave another chain that is whole in itself. Against that, keep Head and
// Records of a report somewhere else (they are one line): a later chain must
// still have that hash at that number. Telemetry is not in the chain.
//
// An error means that it could not be checked, not that anything is wrong.
func (s *Store) AuditVerify(ctx context.Context) (pipewright.AuditReport, error) {
	// The anchor is read before the chain, which can only have grown since.
	outside, problem := s.outsideMark()
	v := verification{ctx: ctx, outside: outside, rows: map[rowKey]rowMark{}, report: pipewright.AuditReport{Anchored: outside.n}}
	err := inTx(ctx, s.lanes.Read, func(_ *sql.Conn, tx *sql.Tx) error {
		v.tx = tx
		return v.run()
	})
	if problem != "" && v.report.Records > 0 && v.report.Fault == nil {
		v.fault(v.report.Records, "%s", problem)
	}
	v.report.Notes = append(v.report.Notes, s.anchorNotes()...)
	return v.report, s.fault("verify audit", err)
}

// outsideMark reads the anchor by its path, as another process would.
func (s *Store) outsideMark() (m mark, problem string) {
	if s.anchor.path == "" {
		return mark{}, ""
	}
	f, err := os.Open(s.anchor.path)
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}, fmt.Sprintf("the anchor file %s is missing, so a tail that was cut off could not be found", s.anchor.path)
	}
	if err == nil {
		defer func() { _ = f.Close() }() // only read
		m, err = readMark(f)
	}
	if err != nil {
		return mark{}, fmt.Sprintf("the anchor file %s cannot be read: %v", s.anchor.path, err)
	}
	return m, ""
}

// anchorNotes is what else there is to say about the anchor.
func (s *Store) anchorNotes() (notes []string) {
	s.anchor.mu.Lock()
	defer s.anchor.mu.Unlock()
	if s.anchor.err != nil {
		notes = append(notes, s.anchor.err.Error())
	}
	if s.anchor.path == "" {
		return append(notes, "no anchor outside the database is kept, so a tail that was cut off together with the note of its end could not be found: set store.anchor to the path of a file")
	}
	if _, err := os.Stat(s.anchor.orphan()); err == nil {
		notes = append(notes, fmt.Sprintf("there was an earlier store at this path; its anchor is kept as %s", s.anchor.orphan()))
	}
	return notes
}

type rowKey struct{ table, ref string }

// rowMark is what the chain says last about a row.
type rowMark struct {
	n    int64
	hash string
}

// verification walks one snapshot of the store.
type verification struct {
	ctx     context.Context
	tx      *sql.Tx
	outside mark
	rows    map[rowKey]rowMark
	last    mark
	report  pipewright.AuditReport
}

// fault keeps the earliest fault.
func (v *verification) fault(n int64, format string, args ...any) {
	if old := v.report.Fault; old != nil && old.N <= n {
		return
	}
	v.report.Fault = &pipewright.AuditFault{N: n, What: fmt.Sprintf(format, args...)}
}

func (v *verification) run() error {
	for _, phase := range []func() error{v.chain, v.tail, v.coveredRows, v.snapshots} {
		if err := phase(); err != nil {
			return err
		}
		// A broken chain says nothing reliable about the rows it covers.
		if v.report.Fault != nil {
			return nil
		}
	}
	return nil
}

// chain walks the records up to the first bad one.
func (v *verification) chain() error {
	v.last = mark{0, pipewright.AuditGenesis}
	return v.each(`SELECT n, at, kind, ref, coalesce(body, ''), body_hash, prev, hash, body IS NOT NULL FROM audit ORDER BY n`, func(rows *sql.Rows) error {
		var r pipewright.AuditRecord
		var at int64
		var body string
		var kept bool
		if err := rows.Scan(&r.N, &at, &r.Kind, &r.Ref, &body, &r.BodyHash, &r.Prev, &r.Hash, &kept); err != nil {
			return err
		}
		r.At = Moment(at)
		if kept {
			r.Body = []byte(body)
		}
		v.link(r, kept)
		return nil
	})
}

// link checks one record against the one before it.
func (v *verification) link(r pipewright.AuditRecord, kept bool) {
	row, known := covered[r.Kind]
	switch {
	case v.report.Fault != nil:
		return
	case r.N != v.last.n+1:
		v.fault(v.last.n+1, "record %d is missing: the next one is %d", v.last.n+1, r.N)
	case r.Prev != v.last.head:
		v.fault(r.N, "record %d does not follow on record %d: one of them was replaced or moved", r.N, v.last.n)
	case r.Seal() != r.Hash:
		v.fault(r.N, "record %d was edited: its hash does not fit its content", r.N)
	case kept && pipewright.AuditHash(r.Body) != r.BodyHash:
		v.fault(r.N, "record %d was edited: its body does not fit its hash", r.N)
	case !known && r.Kind != auditAnchor:
		v.fault(r.N, "record %d is of an unknown kind %q", r.N, r.Kind)
	case r.N == v.outside.n && r.Hash != v.outside.head:
		v.fault(r.N, "record %d is not the one that the anchor file vouches for: the chain was rewritten", r.N)
	}
	v.last = mark{r.N, r.Hash}
	if known {
		v.rows[rowKey{row.table, r.Ref}] = rowMark{r.N, r.BodyHash}
	} else {
		v.report.Notes = append(v.report.Notes, fmt.Sprintf("before record %d the anchor file was missing and was made anew; whether a tail was cut off then cannot be told", r.N))
	}
}

// tail checks where the chain ends against the two places that say so.
func (v *verification) tail() error {
	v.report.Records, v.report.Head = v.last.n, v.last.head
	if v.last.n < v.outside.n {
		v.fault(v.last.n+1, "the chain ends at record %d but the anchor file vouches for %d: its tail was deleted", v.last.n, v.outside.n)
	}
	inside := pipewright.AuditGenesis
	err := v.tx.QueryRowContext(v.ctx, `SELECT value FROM meta WHERE key = 'store.audit'`).Scan(&inside)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if inside != v.last.head {
		v.fault(v.last.n+1, "the chain ends at record %d but the store's own note of its end differs: its tail was deleted or replaced", v.last.n)
	}
	return nil
}

func (v *verification) each(query string, f func(*sql.Rows) error) (err error) {
	rows, err := v.tx.QueryContext(v.ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
