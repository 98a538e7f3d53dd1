package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// kept reads log records out of their blocks.
type kept struct{ shelf *shelf }

// Logs implements sqlstore.KeptLines: by time, then by name of the resource, then by
// number. Blocks are read in order of time, and no more of them than the limit needs.
func (k kept) Logs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery) ([]pipewright.LogLine, error) {
	r := newBlockReader(ctx, tx, k.shelf, q)
	defer r.close()
	top := newest{limit: q.Limit, latest: q.Newest}
	g := r.glance()
	err := r.blocks(func(c candidate) (more bool, err error) {
		if top.full() && top.beyond(c.head) {
			return false, nil
		}
		if !g.at(c.outline) {
			return true, nil
		}
		lines, err := r.unpack(&c.head, block.Texts)
		if err != nil {
			return false, err
		}
		return true, g.each(c.outline, lines, r.finder, func(l *block.Line) error {
			if top.full() && top.late(l.At) {
				return nil
			}
			line, err := r.line(c.head, l)
			top.add(line)
			return err
		})
	})
	return top.sorted(), err
}

// CountLogs implements sqlstore.KeptLines. What the heads and the outlines of blocks tell is
// counted without unpacking them.
func (k kept) CountLogs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery) (n int, err error) {
	r := newBlockReader(ctx, tx, k.shelf, q)
	defer r.close()
	if r.expr == "" && len(q.Levels) == 0 {
		return r.countByHeads()
	}
	list, err := r.holding(r.expr)
	if err != nil {
		return 0, err
	}
	var total atomic.Int64
	err = onAllProcessors(len(list), func() func(int) error {
		g, finder := r.glance(), block.NewFinder(r.phrases)
		return func(i int) error {
			n, err := r.count(&list[i], g, finder)
			total.Add(int64(n))
			return err
		}
	})
	return int(total.Load()), err
}

// count counts the records of a block that fit.
func (r *blockReader) count(c *candidate, g *glance, finder *block.Finder) (n int, err error) {
	if !g.at(c.outline) {
		return 0, nil
	}
	if g.sure && r.filter.all(&c.head) {
		return g.records, nil
	}
	lines, err := r.unpack(&c.head, g.parts())
	if err != nil {
		return 0, err
	}
	if len(r.phrases) == 0 {
		finder = nil
	}
	err = g.each(c.outline, lines, finder, func(*block.Line) error { n++; return nil })
	return n, err
}

// countByHeads counts without words and levels: blocks that fit as a whole by their heads.
func (r *blockReader) countByHeads() (n int, err error) {
	if n, err = r.whole(); err != nil {
		return 0, err
	}
	r.partial = true
	err = r.blocks(func(c candidate) (bool, error) {
		lines, err := r.unpack(&c.head, 0)
		for i := range lines {
			if r.filter.fits(&lines[i]) {
				n++
			}
		}
		return true, err
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
	shelf   *shelf
	q       sqlstore.LineQuery
	phrases []block.Phrase
	finder  *block.Finder // nil: any text fits
	filter  lineFilter
	expr    string // what the words of a block must fit
	partial bool   // blocks that fit as a whole are left out
	names   map[int64]pipewright.ResourceID

	reading sync.Mutex // a transaction answers one query at a time
	packs   *sql.Stmt
}

func newBlockReader(ctx context.Context, tx *sql.Tx, s *shelf, q sqlstore.LineQuery) *blockReader {
	r := &blockReader{ctx: ctx, tx: tx, shelf: s, q: q, phrases: phrases(q.Words), filter: filterOf(q), expr: match(q), names: map[int64]pipewright.ResourceID{}}
	if len(q.Words) > 0 {
		r.finder = block.NewFinder(r.phrases)
	}
	return r
}

func (r *blockReader) glance() *glance { return &glance{filter: &r.filter, phrases: r.phrases} }

func (r *blockReader) close() {
	if r.packs != nil {
		_ = r.packs.Close() // the transaction has the error, if there was one
	}
}

// blocks hands over the blocks that may hold what fits, in order of their time, until more
// is false. Without words, their outlines are not read.
func (r *blockReader) blocks(each func(candidate) (more bool, err error)) (err error) {
	if r.expr != "" {
		list, err := r.holding(r.expr)
		if err != nil {
			return err
		}
		r.inTime(list)
		for _, c := range list {
			if more, err := each(c); err != nil || !more {
				return err
			}
		}
		return nil
	}
	of := r.q.IDs
	if len(of) == 0 {
		return r.of(nil, each)
	}
	if len(of) == 1 {
		return r.of(&of[0], each)
	}
	var all []candidate // of several resources: each is in order, together they are not
	for i := range of {
		if err := r.of(&of[i], func(c candidate) (bool, error) { all = append(all, c); return true, nil }); err != nil {
			return err
		}
	}
	r.inTime(all)
	for _, c := range all {
		if more, err := each(c); err != nil || !more {
			return err
		}
	}
	return nil
}

// of hands over the blocks of one resource, or of all.
func (r *blockReader) of(resource *int64, each func(candidate) (more bool, err error)) (err error) {
	query, args := headQuery(r.q, resource, r.partial)
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c candidate
		h := &c.head
		if err := rows.Scan(&h.id, &h.first, &h.n, &h.firstAt, &h.lastAt, &h.levels); err != nil {
			return err
		}
		if more, err := each(c); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// unpack is the records of a block. It may be called by several goroutines.
func (r *blockReader) unpack(h *head, parts block.Part) ([]block.Line, error) {
	if lines, ok := r.shelf.texts(h); ok && parts&block.Names == 0 {
		return lines, nil
	}
	packed, err := r.packed(h)
	if err != nil {
		return nil, err
	}
	lines, err := unpack(h.id, packed, parts)
	if err == nil && len(lines) != h.n {
		err = damaged(h.id)
	}
	if err == nil && parts == block.Texts {
		r.shelf.keepTexts(h, lines)
	}
	return lines, err
}

func (r *blockReader) packed(h *head) (packed []byte, err error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	if r.packs == nil {
		if r.packs, err = r.tx.PrepareContext(r.ctx, `SELECT pack FROM line_packs WHERE id = ?`); err != nil {
			return nil, err
		}
	}
	err = r.packs.QueryRowContext(r.ctx, h.id).Scan(&packed)
	if errors.Is(err, sql.ErrNoRows) {
		err = pipewright.Errorf(pipewright.Invalid, "the block of log records up to number %d of resource %d is missing: restore the store from a backup", h.id&sqlstore.LineMask, h.id>>sqlstore.LineBits)
	}
	return packed, err
}

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
	name, err := r.resource(h)
	return pipewright.LogLine{Resource: name, At: sqlstore.Moment(l.At), Level: pipewright.Level(l.Level), Text: l.Text, Run: l.Run, Line: l.Number}, err
}

// resource is the name of the one whose records a block holds.
func (r *blockReader) resource(h head) (name pipewright.ResourceID, err error) {
	id := h.id >> sqlstore.LineBits
	name, known := r.names[id]
	if !known {
		err = r.tx.QueryRowContext(r.ctx, `SELECT name FROM resources WHERE id = ?`, id).Scan(&name)
		r.names[id] = name
	}
	return name, err
}
