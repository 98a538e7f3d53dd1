package sqlstore

import (
	"context"
	"database/sql"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Keep bounds how much telemetry is kept: log records, samples and finished runs. The
// ledger, resources, changes and schemas are kept for good.
type Keep struct {
	Since time.Time // what is older goes, by whole days (UTC); zero: no bound
	Bytes int64     // of the whole store; the oldest days go until it fits, but the newest never; 0: no bound
}

const oneDay = 24 * time.Hour

// Retain removes what is older than is kept, a day in each transaction, so that intake
// waits for no more than that. It returns how many days it removed. What has no time, or one
// before 1970, stays.
func (s *Store) Retain(ctx context.Context, keep Keep) (days int, err error) {
	if keep.Bytes < 0 {
		return 0, pipewright.Errorf(pipewright.Invalid, "a store cannot be kept under %d bytes", keep.Bytes)
	}
	for from := int64(0); ; { // forward, because the newest line of a resource may stay
		oldest, newest, err := s.span(ctx, from)
		if err != nil || oldest.IsZero() {
			return days, err
		}
		old := !keep.Since.IsZero() && !oldest.Add(oneDay).After(keep.Since)
		if !old && (keep.Bytes == 0 || !oldest.Before(newest)) {
			return days, nil
		}
		if !old {
			if size, err := s.Size(ctx); err != nil || size <= keep.Bytes {
				return days, err
			}
		}
		if err := s.forget(ctx, oldest.Add(oneDay)); err != nil {
			return days, err
		}
		days, from = days+1, Nanos(oldest.Add(oneDay))
	}
}

// Size is how many bytes the store takes, without what was removed and is used again.
func (s *Store) Size(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, s.dialect.Size).Scan(&n)
	return n, s.fault("measure the store", err)
}

// span is the first and the last day of telemetry from a moment on, zero when there is
// none.
func (s *Store) span(ctx context.Context, from int64) (oldest, newest time.Time, err error) {
	var lo, hi sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT min(lo), max(hi) FROM (
		`+s.dialect.Span+`
		UNION ALL SELECT (SELECT min(at) FROM points WHERE series = s.id AND at >= $1), (SELECT max(at) FROM points WHERE series = s.id AND at >= $1) FROM series AS s
	) AS kept`, from).Scan(&lo, &hi)
	if err != nil || !lo.Valid {
		return oldest, newest, s.fault("look for old telemetry", err)
	}
	return Moment(lo.Int64).Truncate(oneDay), Moment(hi.Int64).Truncate(oneDay), nil
}

func (s *Store) forget(ctx context.Context, before time.Time) error {
	err := s.write(ctx, s.lanes.Feed, func(tx *sql.Tx) error {
		for _, statement := range append([]string{
			`DELETE FROM runs WHERE started >= 0 AND started < $1 AND state IN ('succeeded', 'failed', 'cancelled')`,
			`DELETE FROM documents WHERE until >= 0 AND until < $1 AND kind IN ('log', 'run', 'metric')`,
		}, s.dialect.Forget...) {
			if _, err := tx.ExecContext(ctx, statement, Nanos(before)); err != nil {
				return err
			}
		}
		for _, statement := range s.dialect.DropMeanings {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if s.dialect.DropDays == nil {
			return nil
		}
		return s.dialect.DropDays(ctx, tx, before)
	})
	return s.fault("remove old telemetry", err)
}
