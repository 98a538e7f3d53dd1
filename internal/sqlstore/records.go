package sqlstore

import (
	"context"
	"database/sql"

	pipewright "github.com/pipewright/pipewright"
)

// AuditRecords returns the n records after number after, in order, with the
// bodies that they cover (of a policy only the hash). n 0 is 1,000.
func (s *Store) AuditRecords(ctx context.Context, after int64, n int) ([]pipewright.AuditRecord, error) {
	return collect(ctx, s.read, "read audit", func(rows *sql.Rows) (r pipewright.AuditRecord, err error) {
		var at int64
		var body sql.NullString
		err = rows.Scan(&r.N, &at, &r.Kind, &r.Ref, &body, &r.BodyHash, &r.Prev, &r.Hash)
		r.At = Moment(at)
		if body.Valid {
			r.Body = []byte(body.String)
		}
		return r, err
	}, `SELECT n, at, kind, ref, coalesce(body, CASE kind
			WHEN 'event'       THEN (SELECT e.body FROM events e WHERE e.seq = CAST(ref AS BIGINT))
			WHEN 'reservation' THEN (SELECT v.body FROM reservations v WHERE v.key = ref)
			WHEN 'outcome'     THEN (SELECT o.body FROM outcomes o WHERE o.n = CAST(ref AS BIGINT))
		END), body_hash, prev, hash
		FROM audit WHERE n > $1 ORDER BY n`+limit(n, defaultLimit), after)
}
