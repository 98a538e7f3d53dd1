package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Kinds of audit records.
const (
	auditEvent       = "event"
	auditReservation = "reservation"
	auditApproval    = "approval"
	auditRequest     = "request"
	auditHandled     = "handled"
	auditPause       = "pause"
	auditResume      = "resume"
	auditMode        = "mode"
	auditOutcome     = "outcome"
	auditPolicy      = "policy"
	auditAnchor      = "anchor" // the anchor file was missing and was made anew
)

// chain appends audit records within one transaction.
type chain struct {
	ctx  context.Context
	s    *Store
	tx   *sql.Tx
	last mark
}

// record runs f in a fsynced transaction and moves the anchor after it. Every
// change to the ledger goes through here.
func (s *Store) record(ctx context.Context, f func(*chain) error) error {
	var c chain
	err := s.write(ctx, s.lanes.Ledger, func(tx *sql.Tx) error {
		c = chain{ctx: ctx, s: s, tx: tx}
		if err := c.load(); err != nil {
			return err
		}
		if s.anchor.missing() {
			if err := c.noteLostAnchor(); err != nil {
				return err
			}
		}
		return f(&c)
	})
	if err != nil {
		return err
	}
	s.moveAnchor(c.last)
	return nil
}

// load reads where the chain ends.
func (c *chain) load() error {
	c.last = mark{0, pipewright.AuditGenesis}
	err := c.tx.QueryRowContext(c.ctx, `SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1`).Scan(&c.last.n, &c.last.head)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// noteLostAnchor says in the chain, for good, that the anchor was missing and
// will be made anew. Its time is that of the record before it.
func (c *chain) noteLostAnchor() error {
	var at int64
	if err := c.tx.QueryRowContext(c.ctx, `SELECT at FROM audit WHERE n = $1`, c.last.n).Scan(&at); err != nil {
		return err
	}
	return c.append(auditAnchor, ".anchor", Moment(at), []byte(`{"note":"the anchor file was missing and was made anew"}`), true)
}

// append adds one record over body, the row under ref as it is stored. keep
// also stores the body in the chain, for rows that may change later.
func (c *chain) append(kind, ref string, at time.Time, body []byte, keep bool) error {
	r := pipewright.AuditRecord{N: c.last.n + 1, At: Moment(Nanos(at)), Kind: kind, Ref: ref, BodyHash: pipewright.AuditHash(body), Prev: c.last.head}
	r.Hash = r.Seal()
	var kept any
	if keep {
		kept = string(body)
	}
	_, err := c.tx.ExecContext(c.ctx, `INSERT INTO audit (n, at, kind, ref, body, body_hash, prev, hash) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`,
		r.N, Nanos(r.At), r.Kind, r.Ref, kept, r.BodyHash, r.Prev, r.Hash)
	if err != nil {
		return err
	}
	if _, err := c.tx.ExecContext(c.ctx, `INSERT INTO meta (key, value) VALUES ('store.audit', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, r.Hash); err != nil {
		return err
	}
	c.last = mark{r.N, r.Hash}
	return nil
}

// put stores body under a key and covers it in the chain. upsert is one
// statement with the key and the body as its parameters.
func (c *chain) put(kind, ref string, at time.Time, row any, upsert string) error {
	body, err := encode(row)
	if err != nil {
		return err
	}
	if _, err := c.tx.ExecContext(c.ctx, upsert, ref, string(body)); err != nil {
		return err
	}
	return c.append(kind, ref, at, body, true)
}

// encode writes a row's body. What JSON cannot hold (NaN, infinities) is the
// caller's fault.
func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "encode %T: %w", v, err)
	}
	return b, nil
}

// decode reads a row's body. What does not read is damage, not a caller's fault.
func decode[T any](body string) (v T, err error) {
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		return v, pipewright.Errorf(pipewright.Internal, "decode %T: a stored row is damaged, run `pipewright audit verify`: %w", v, err)
	}
	return v, nil
}
