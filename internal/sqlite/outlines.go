package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"github.com/pipewright/pipewright/internal/block"
)

// outlinedAtOnce is how many blocks of an older store are outlined in one transaction.
const outlinedAtOnce = 200

// putOutline stores an outline; an empty one is stored as well, so that none is missing.
const putOutline = `INSERT OR REPLACE INTO line_outlines (id, body) VALUES (?, ?)`

// outlineBlocks outlines the blocks that an older version wrote, a portion in each
// transaction. It goes on where a process that was stopped left it, and several at once
// take turns.
func outlineBlocks(ctx context.Context, path string) (err error) {
	left, err := blocksLeft(ctx, path)
	if err != nil || !left {
		return fault("look for log records to outline in "+path, err)
	}
	db, err := connect(path, 1, feedCache, "synchronous(NORMAL)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for more := true; more && err == nil; {
		more, err = outlinePortion(ctx, db)
	}
	return fault("outline the log records of "+path, err)
}

// blocksLeft looks without writing whether there is anything to outline.
func blocksLeft(ctx context.Context, path string) (left bool, err error) {
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(10000)", "query_only(1)"))
	if err != nil {
		return false, err
	}
	defer func() { _ = db.Close() }() // only read
	err = db.QueryRowContext(ctx, `SELECT outlined < ? FROM line_totals`, int64(math.MaxInt64)).Scan(&left)
	return left, err
}

func outlinePortion(ctx context.Context, db *sql.DB) (more bool, err error) {
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
	last := int64(math.MaxInt64)
	all, err := oldBlocks(ctx, tx)
	if err != nil {
		return false, err
	}
	done := outlineAll(all)
	for i, b := range all {
		<-done[i]
		if _, err := tx.ExecContext(ctx, putOutline, b.id, b.outline); err != nil {
			return false, err
		}
		last = b.id
	}
	_, err = tx.ExecContext(ctx, `UPDATE line_totals SET outlined = ?`, last)
	return len(all) > 0, err
}

// oldBlock is a block on its way to an outline.
type oldBlock struct {
	id              int64
	packed, outline []byte
}

func oldBlocks(ctx context.Context, tx *sql.Tx) (out []*oldBlock, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, pack FROM line_packs WHERE id > (SELECT outlined FROM line_totals) ORDER BY id LIMIT ?`, outlinedAtOnce)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		b := &oldBlock{outline: []byte{}}
		if err := rows.Scan(&b.id, &b.packed); err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

// outlineAll outlines blocks on all processors. One that is damaged gets none: it is told
// of when it is read.
func outlineAll(all []*oldBlock) []chan struct{} {
	return onAll(all, func(p *packer, b *oldBlock) {
		if lines, err := block.Unpack(b.packed, block.Texts); err == nil {
			p.Of(lines)
			b.outline = append(b.outline, p.Outline(lines)...)
		}
	})
}
