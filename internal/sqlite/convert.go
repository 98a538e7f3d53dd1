package sqlite

import (
	"context"
	"database/sql"
	"errors"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// portion is how many rows of an older store are packed in one transaction.
const portion = 20 * blockLines

// packRows packs the log records that an older version kept a row each, a portion in each
// transaction, and drops their table after the last. It goes on where a process that was
// stopped left it, and several at once take turns.
func packRows(ctx context.Context, path string) (err error) {
	if left, err := rowsLeft(ctx, path); err != nil || !left {
		return fault("look for log records to pack in "+path, err)
	}
	db, err := connect(path, 1, feedCache, "synchronous(NORMAL)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for more := true; more && err == nil; {
		more, err = packPortion(ctx, db)
	}
	return fault("pack the log records of "+path, err)
}

// rowsLeft looks without writing whether there is anything to pack.
func rowsLeft(ctx context.Context, path string) (left bool, err error) {
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(10000)", "query_only(1)"))
	if err != nil {
		return false, err
	}
	defer func() { _ = db.Close() }() // only read
	err = db.QueryRowContext(ctx, hasRows).Scan(&left)
	return left, err
}

const hasRows = `SELECT count(*) FROM sqlite_master WHERE name = 'line_rows'`

func packPortion(ctx context.Context, db *sql.DB) (more bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
			return
		}
		err = tx.Commit()
	}()
	var left bool
	if err := tx.QueryRowContext(ctx, hasRows).Scan(&left); err != nil || !left {
		return false, err
	}
	g := sqlstore.Within(ctx, tx)
	defer g.Close()
	w := &lineWriter{g: g, stop: ctx, piles: map[int64]*pile{}}
	last, err := w.rows()
	if err != nil {
		return false, err
	}
	if last == 0 {
		_, err := tx.ExecContext(ctx, `DROP TABLE line_rows`)
		return false, err
	}
	if err := w.store(); err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM line_rows WHERE id <= ?`, last)
	return true, err
}

// rows reads a portion of the rows into piles, in order of id, and returns the last id, 0
// when there are none.
func (w *lineWriter) rows() (last int64, err error) {
	rows, err := w.g.Tx.QueryContext(w.g.Ctx, `SELECT id, resource, at, level, run, uid, text FROM line_rows ORDER BY id LIMIT ?`, portion)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l block.Line
		var resource int64
		var uid []byte
		if err := rows.Scan(&last, &resource, &l.At, &l.Level, &l.Run, &uid, &l.Text); err != nil {
			return 0, err
		}
		if len(uid) != len(l.Name) {
			return 0, pipewright.Errorf(pipewright.Invalid, "log record %d of resource %d is damaged: restore the store from a backup", last&sqlstore.LineMask, resource)
		}
		l.Number = last & sqlstore.LineMask
		l.Own = true
		l.Name = nameIn(resource, &l)
		if l.Own = string(uid) == string(l.Name[:]); !l.Own {
			copy(l.Name[:], uid)
		}
		p := w.piles[resource]
		if p == nil {
			p = &pile{resource: resource}
			w.piles[resource] = p
		}
		p.lines = append(p.lines, l)
	}
	return last, rows.Err()
}
