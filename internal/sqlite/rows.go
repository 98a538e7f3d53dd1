package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// Count implements sqlstore.KeptLines.
func (kept) Count(ctx context.Context, tx *sql.Tx) (n int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0) FROM line_blocks`).Scan(&n)
	return n, err
}

// Rows implements sqlstore.KeptLines: every record in order of id, as the columns id,
// resource, at, level, run, uid and text.
func (kept) Rows(ctx context.Context, tx *sql.Tx) (sqlstore.Rows, error) {
	blocks, err := tx.QueryContext(ctx, `SELECT id, pack FROM line_packs ORDER BY id`) //nolint:rowserrcheck // lineRows.Err does
	if err != nil {
		return nil, err
	}
	return &lineRows{blocks: blocks}, nil
}

// lineRows are the records of all blocks as rows.
type lineRows struct {
	blocks   *sql.Rows
	resource int64
	lines    []block.Line // of the block at hand, the current one first
	err      error
}

// Next implements sqlstore.Rows.
func (r *lineRows) Next() bool {
	if len(r.lines) > 1 {
		r.lines = r.lines[1:]
		return true
	}
	if r.err != nil || !r.blocks.Next() {
		return false
	}
	var id int64
	var packed sql.RawBytes
	if r.err = r.blocks.Scan(&id, &packed); r.err != nil {
		return false
	}
	r.resource = id >> sqlstore.LineBits
	r.lines, r.err = unpack(id, packed, block.Texts|block.Names)
	return r.err == nil
}

// Scan implements sqlstore.Rows, into pointers to any.
func (r *lineRows) Scan(into ...any) error {
	l := &r.lines[0]
	name := nameIn(r.resource, l)
	row := []any{r.resource<<sqlstore.LineBits | l.Number, r.resource, l.At, l.Level, l.Run, name[:], l.Text}
	if len(into) != len(row) {
		return fmt.Errorf("a log record has %d columns, not %d", len(row), len(into))
	}
	for i, to := range into {
		p, ok := to.(*any)
		if !ok {
			return fmt.Errorf("column %d of a log record is read into %T", i+1, to)
		}
		*p = row[i]
	}
	return nil
}

// Err implements sqlstore.Rows.
func (r *lineRows) Err() error { return errors.Join(r.err, r.blocks.Err()) }

// Close implements sqlstore.Rows.
func (r *lineRows) Close() error { return r.blocks.Close() }
