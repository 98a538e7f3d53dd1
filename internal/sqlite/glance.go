package sqlite

import (
	"cmp"
	"errors"
	"slices"
	"sync"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// candidate is a block that may hold what fits, with what its outline says of it.
type candidate struct {
	head    head
	outline *block.Outline // nil: nothing
}

// holding are the blocks whose words fit an expression of FTS5, or all when it is empty, and
// that may hold records which fit the rest of the query, by id.
func (r *blockReader) holding(expr string) ([]candidate, error) {
	heads, err := r.shelf.headsOf(r.ctx, r.tx, r.q.IDs)
	if err != nil {
		return nil, err
	}
	if expr != "" {
		ids, err := r.fullText(expr)
		if err != nil {
			return nil, err
		}
		heads = among(heads, ids)
	}
	fit := make([]head, 0, len(heads))
	for _, h := range heads {
		if r.filter.may(&h) {
			fit = append(fit, h)
		}
	}
	outlines, err := r.shelf.outlinesOf(r.ctx, r.tx, fit)
	if err != nil {
		return nil, err
	}
	out := make([]candidate, len(fit))
	for i := range fit {
		out[i] = candidate{fit[i], outlines[i]}
	}
	return out, nil
}

// fullText is the ids of the blocks that fit an expression, rising.
func (r *blockReader) fullText(expr string) (ids []int64, err error) {
	const query = `SELECT rowid FROM lines_text WHERE lines_text MATCH ?`
	if n := len(r.q.IDs); n == 0 || n > wholeResources {
		return r.ids(query, expr)
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(r.q.IDs))) {
		some, err := r.ids(query+` AND rowid BETWEEN ? AND ?`, expr, id<<sqlstore.LineBits, id<<sqlstore.LineBits|sqlstore.LineMask)
		if err != nil {
			return nil, err
		}
		ids = append(ids, some...)
	}
	return ids, nil
}

func (r *blockReader) ids(query string, args ...any) (out []int64, err error) {
	rows, err := r.tx.QueryContext(r.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// may reports whether a block may hold a record that fits, beside its words.
func (f *lineFilter) may(h *head) bool {
	return (!f.from || h.lastAt >= f.start) && (!f.until || h.firstAt < f.end) && (f.bits == 0 || h.levels&f.bits != 0) &&
		(!f.ranged || h.id&sqlstore.LineMask >= f.first && h.first&sqlstore.LineMask <= f.last)
}

// all reports whether every record of a block fits, whatever its level and its words.
func (f *lineFilter) all(h *head) bool {
	return (!f.from || h.firstAt >= f.start) && (!f.until || h.lastAt < f.end) && f.run == "" &&
		(!f.ranged || h.first&sqlstore.LineMask >= f.first && h.id&sqlstore.LineMask <= f.last)
}

// glance is what an outline tells of a query. It keeps its room between blocks and is for
// one goroutine.
type glance struct {
	filter  *lineFilter
	phrases []block.Phrase
	fits    []bool // by shape: its records may fit, of level and of words that are listed
	sure    bool   // of their words, for every shape
	records int    // of the shapes that fit
	counts  []int32
	in      []uint8
}

// at looks at an outline, which may be nil; it reports whether a record may fit.
func (g *glance) at(o *block.Outline) bool {
	g.sure, g.records = false, 0
	if o == nil {
		return true
	}
	g.sure = true
	for len(g.fits) < len(o.Shapes) {
		g.fits, g.counts = append(g.fits, false), append(g.counts, 0)
	}
	for i := range o.Shapes {
		g.fits[i] = g.filter.level(o, i)
	}
	for _, p := range g.phrases {
		var sure bool
		if g.in, sure = o.Count(p, g.counts, g.in[:0]); !sure {
			g.sure = false
			continue
		}
		for i := range o.Shapes {
			g.fits[i] = g.fits[i] && g.counts[i] > 0
		}
		for _, shape := range g.in {
			g.counts[shape] = 0
		}
	}
	for i := range o.Shapes {
		if g.fits[i] {
			g.records += int(o.Shapes[i].Records)
		}
	}
	return g.records > 0
}

// level reports whether the records of a shape are of a level that is asked for.
func (f *lineFilter) level(o *block.Outline, shape int) bool {
	return len(f.levels) == 0 || slices.Contains(f.levels, o.Levels[o.Shapes[shape].Level])
}

// parts is what must be unpacked of a block to see which of its records fit.
func (g *glance) parts() block.Part {
	if g.sure || len(g.phrases) == 0 {
		return 0
	}
	return block.Texts
}

// each hands over the records of a block that fit, of those that may.
func (g *glance) each(o *block.Outline, lines []block.Line, finder *block.Finder, do func(*block.Line) error) error {
	for i := range lines {
		if o != nil && !g.fits[o.Of[i]] || !g.filter.fits(&lines[i]) || !g.sure && finder != nil && !finder.Holds(lines[i].Text) {
			continue
		}
		if err := do(&lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// inTime sorts candidates as the query wants its records.
func (r *blockReader) inTime(list []candidate) {
	slices.SortFunc(list, func(a, b candidate) int {
		if r.q.Newest {
			return cmp.Or(cmp.Compare(b.head.lastAt, a.head.lastAt), cmp.Compare(a.head.id, b.head.id))
		}
		return cmp.Or(cmp.Compare(a.head.firstAt, b.head.firstAt), cmp.Compare(a.head.id, b.head.id))
	})
}

// onAllProcessors does n pieces of work, in no order, and returns the first error of one.
func onAllProcessors(n int, worker func() func(i int) error) error {
	var mu sync.Mutex
	var failed error
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= n && failed == nil
	}
	var workers sync.WaitGroup
	for range min(n, processors()) {
		workers.Go(func() {
			do := worker()
			for i, ok := take(); ok; i, ok = take() {
				if err := do(i); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return failed
}
