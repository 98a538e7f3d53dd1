package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// forgetLines removes the records from before a moment and since 1970. The newest record
// of each resource stays: the next one is numbered after it.
func forgetLines(ctx context.Context, tx *sql.Tx, before time.Time) error {
	g := sqlstore.Within(ctx, tx)
	defer g.Close()
	w := &lineWriter{g: g, stop: ctx}
	ids, err := w.ids(`SELECT id FROM line_blocks WHERE since < ? ORDER BY id`, sqlstore.Nanos(before))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.forget(id, sqlstore.Nanos(before)); err != nil {
			return err
		}
	}
	return w.saveTotals()
}

// forget takes the old records out of a block. What is left is a block, or two when the
// newest record of the resource is left only for its number.
func (w *lineWriter) forget(id, before int64) error {
	lines, err := w.load(id)
	if err != nil {
		return err
	}
	resource := id >> sqlstore.LineBits
	var newest int64
	if _, err := w.g.Row(`SELECT id FROM line_blocks WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1`,
		[]any{resource << sqlstore.LineBits, resource<<sqlstore.LineBits | sqlstore.LineMask}, &newest); err != nil {
		return err
	}
	old := func(l block.Line) bool { return l.At >= 0 && l.At < before }
	last := lines[len(lines)-1]
	keepsLast := id == newest && old(last)
	if keepsLast && len(lines) == 1 {
		return nil
	}
	var words int64
	if _, err := w.g.Row(`SELECT words FROM line_blocks WHERE id = ?`, []any{id}, &words); err != nil {
		return err
	}
	w.lines, w.words = w.lines-int64(len(lines)), w.words-words
	left := [][]block.Line{slices.DeleteFunc(lines, old)}
	if keepsLast {
		left = append(left, []block.Line{last})
	}
	if err := w.remove(id); err != nil {
		return err
	}
	for _, lines := range left {
		if len(lines) == 0 {
			continue
		}
		if err := w.pack(&written{resource: resource, lines: lines}); err != nil {
			return err
		}
	}
	return nil
}
