package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// kept reads log records out of their blocks.
type kept struct{}

// Logs implements sqlstore.KeptLines: by time, then by name of the resource, then by
// number. Blocks are read in order of time, and no more of them than the limit needs.
func (kept) Logs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery) ([]pipewright.LogLine, error) {
	r := newBlockReader(ctx, tx, q)
	defer r.close()
	top := newest{limit: q.Limit, latest: q.Newest}
	err := r.blocks(func(h head) (more bool, err error) {
		if top.full() && top.beyond(h) {
			return false, nil
		}
		return true, r.each(h, block.Texts, func(l *block.Line) error {
			if top.full() && top.late(l.At) || !r.holds(l) {
				return nil
			}
			line, err := r.line(h, l)
			top.add(line)
			return err
		})
	})
	return top.sorted(), err
}

// CountLogs implements sqlstore.KeptLines. Blocks that fit as a whole are counted without
// being unpacked.
func (kept) CountLogs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery) (n int, err error) {
	r := newBlockReader(ctx, tx, q)
	defer r.close()
	if n, err = r.whole(); err != nil {
		return 0, err
	}
	parts := block.Part(0)
	if len(q.Words) > 0 {
		parts = block.Texts
	}
	r.partial = true
	err = r.blocks(func(h head) (bool, error) {
		return true, r.each(h, parts, func(l *block.Line) error {
			if r.holds(l) {
				n++
			}
			return nil
		})
	})
	return n, err
}

// newest keeps so many records that come first in order of time, or last.
type newest struct {
	limit  int
	latest bool
	lines  []pipewright.LogLine
	sound  bool  // bound is that of limit records
	bound  int64 // time of the last record that stays
}

func (t *newest) full() bool { return len(t.lines) >= t.limit }

// late reports whether a record of a time has no chance.
func (t *newest) late(at int64) bool {
	if !t.sound {
		t.trim()
	}
	if t.latest {
		return at < t.bound
	}
	return at > t.bound
}

// beyond reports whether no record of a block has a chance.
func (t *newest) beyond(h head) bool {
	if t.latest {
		return t.late(h.lastAt)
	}
	return t.late(h.firstAt)
}

func (t *newest) add(l pipewright.LogLine) {
	t.lines = append(t.lines, l)
	if len(t.lines) > 2*t.limit+blockLines {
		t.trim()
	}
}

func (t *newest) trim() {
	t.sort()
	if len(t.lines) > t.limit {
		clear(t.lines[t.limit:])
		t.lines = t.lines[:t.limit]
	}
	if t.full() {
		t.sound, t.bound = true, sqlstore.Nanos(t.lines[t.limit-1].At)
	}
}

func (t *newest) sort() {
	slices.SortFunc(t.lines, func(a, b pipewright.LogLine) int {
		c := cmp.Or(a.At.Compare(b.At), strings.Compare(string(a.Resource), string(b.Resource)), cmp.Compare(a.Line, b.Line))
		if t.latest {
			return -c
		}
		return c
	})
}

// sorted is the records that stay, oldest first.
func (t *newest) sorted() []pipewright.LogLine {
	t.trim()
	if t.latest {
		slices.Reverse(t.lines)
	}
	return t.lines
}

// blockReader reads the blocks in which records may fit a query.
type blockReader struct {
	ctx     context.Context //nolint:containedctx // of the query
	tx      *sql.Tx
	q       sqlstore.LineQuery
	finder  *block.Finder
	filter  lineFilter
	expr    string // what the words of a block must fit
	partial bool   // blocks that fit as a whole are left out
	names   map[int64]pipewright.ResourceID
	packs   *sql.Stmt
}

func newBlockReader(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery) *blockReader {
	r := &blockReader{ctx: ctx, tx: tx, q: q, filter: filterOf(q), expr: match(q), names: map[int64]pipewright.ResourceID{}}
	if len(q.Words) > 0 {
		r.finder = block.NewFinder(phrases(q.Words))
	}
	return r
}

func (r *blockReader) close() {
	if r.packs != nil {
		_ = r.packs.Close() // the transaction has the error, if there was one
	}
}

// blocks hands over the heads of the blocks that may hold what fits, in order of their
// time, until more is false.
func (r *blockReader) blocks(each func(head) (more bool, err error)) (err error) {
	of := r.q.IDs
	if len(of) == 0 {
		return r.of(nil, each)
	}
	if len(of) == 1 {
		return r.of(&of[0], each)
	}
	var all []head // of several resources: each is in order, together they are not
	for i := range of {
		if err := r.of(&of[i], func(h head) (bool, error) { all = append(all, h); return true, nil }); err != nil {
			return err
		}
	}
	slices.SortFunc(all, func(a, b head) int {
		if r.q.Newest {
			return cmp.Compare(b.lastAt, a.lastAt)
		}
		return cmp.Compare(a.firstAt, b.firstAt)
	})
	for _, h := range all {
		if more, err := each(h); err != nil || !more {
			return err
		}
	}
	return nil
}

// of hands over the heads of one resource, or of all.
func (r *blockReader) of(resource *int64, each func(head) (more bool, err error)) (err error) {
	query, args := headQuery(r.q, resource, r.expr, r.partial)
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var h head
		if err := rows.Scan(&h.id, &h.first, &h.n, &h.firstAt, &h.lastAt, &h.levels); err != nil {
			return err
		}
		if more, err := each(h); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// each unpacks a block and hands over the records that fit but for their words.
func (r *blockReader) each(h head, parts block.Part, do func(*block.Line) error) (err error) {
	if r.packs == nil {
		if r.packs, err = r.tx.PrepareContext(r.ctx, `SELECT pack FROM line_packs WHERE id = ?`); err != nil {
			return err
		}
	}
	var packed sql.RawBytes
	rows, err := r.packs.QueryContext(r.ctx, h.id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		return errors.Join(rows.Err(), pipewright.Errorf(pipewright.Invalid, "the block of log records up to number %d of resource %d is missing: restore the store from a backup", h.id&sqlstore.LineMask, h.id>>sqlstore.LineBits))
	}
	if err := rows.Scan(&packed); err != nil {
		return err
	}
	lines, err := unpack(h.id, packed, parts)
	if err != nil {
		return err
	}
	for i := range lines {
		if r.filter.fits(&lines[i]) {
			if err := do(&lines[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *blockReader) holds(l *block.Line) bool { return r.finder == nil || r.finder.Holds(l.Text) }

// whole counts the records of the blocks that fit as a whole.
func (r *blockReader) whole() (n int, err error) {
	of := []*int64{nil}
	if len(r.q.IDs) > 0 {
		of = of[:0]
		for i := range r.q.IDs {
			of = append(of, &r.q.IDs[i])
		}
	}
	for _, resource := range of {
		var more int
		query, args := wholeQuery(r.q, resource)
		if err := r.tx.QueryRowContext(r.ctx, query, args...).Scan(&more); err != nil {
			return 0, err
		}
		n += more
	}
	return n, nil
}

// line is a record of a block as it is handed out.
func (r *blockReader) line(h head, l *block.Line) (pipewright.LogLine, error) {
	resource := h.id >> sqlstore.LineBits
	name, known := r.names[resource]
	if !known {
		if err := r.tx.QueryRowContext(r.ctx, `SELECT name FROM resources WHERE id = ?`, resource).Scan(&name); err != nil {
			return pipewright.LogLine{}, err
		}
		r.names[resource] = name
	}
	return pipewright.LogLine{Resource: name, At: sqlstore.Moment(l.At), Level: pipewright.Level(l.Level), Text: l.Text, Run: l.Run, Line: l.Number}, nil
}
