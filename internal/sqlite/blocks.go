package sqlite

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// A block is closed when it has so many records or so many bytes of text. One that is half
// full stays as it is; smaller ones are merged.
const (
	blockLines = 1024
	blockBytes = 256 << 10
)

// store writes the piles as blocks, in order of id: out of order the full-text index
// would write its buffer out at every block.
func (w *lineWriter) store() error {
	var all []*written
	for _, resource := range slices.Sorted(maps.Keys(w.piles)) {
		p := w.piles[resource]
		small, err := w.takeSmall(p)
		if err != nil {
			return err
		}
		for _, lines := range cut(p.lines) {
			all = append(all, &written{resource: resource, lines: lines, instead: small})
			small = nil
		}
	}
	done := pack(all)
	for i, b := range all {
		if err := w.stop.Err(); err != nil {
			return err
		}
		<-done[i]
		if err := w.write(b); err != nil {
			return err
		}
	}
	return w.saveTotals()
}

// pack packs and writes a single block.
func (w *lineWriter) pack(b *written) error {
	<-pack([]*written{b})[0]
	return w.write(b)
}

// saveTotals adds to the store's totals what was written and removed.
func (w *lineWriter) saveTotals() error {
	_, err := w.g.Exec(`UPDATE line_totals SET lines = lines + ?, words = words + ?, writes = writes + 1`, w.lines, w.words)
	return err
}

// takeSmall puts the resource's newest blocks in front of its pile while they are no
// larger than what follows them, and returns their ids, oldest first. So the records that come a few at
// a time are rewritten as often as their block doubles.
func (w *lineWriter) takeSmall(p *pile) (ids []int64, err error) {
	var size int
	for i := range p.lines {
		size += len(p.lines[i].Text)
	}
	for before := p.resource<<sqlstore.LineBits | p.lines[0].Number; ; {
		var id, first, n, words, bytes int64
		found, err := w.g.Row(`SELECT id, first, n, words, size FROM line_blocks WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1`,
			[]any{p.resource << sqlstore.LineBits, before}, &id, &first, &n, &words, &bytes)
		if err != nil || !found || int(n) > len(p.lines) || n >= blockLines/2 || bytes >= blockBytes/2 || size+int(bytes) > blockBytes {
			slices.Reverse(ids)
			return ids, err
		}
		lines, err := w.load(id)
		if err != nil {
			return nil, err
		}
		p.lines, size, before = append(lines, p.lines...), size+int(bytes), first
		w.lines, w.words = w.lines-n, w.words-words
		ids = append(ids, id)
	}
}

// load unpacks a block.
func (w *lineWriter) load(id int64) ([]block.Line, error) {
	var packed []byte
	_, err := w.g.Row(`SELECT pack FROM line_packs WHERE id = ?`, []any{id}, &packed)
	if err != nil {
		return nil, err
	}
	return unpack(id, packed, block.Texts|block.Names)
}

// unpack says which records cannot be read when a block is damaged.
func unpack(id int64, packed []byte, parts block.Part) ([]block.Line, error) {
	lines, err := block.Unpack(packed, parts)
	if err != nil || len(lines) == 0 || lines[len(lines)-1].Number != id&sqlstore.LineMask {
		return nil, damaged(id)
	}
	return lines, nil
}

func damaged(id int64) error {
	return pipewright.Errorf(pipewright.Invalid, "the block of log records up to number %d of resource %d is damaged: restore the store from a backup", id&sqlstore.LineMask, id>>sqlstore.LineBits)
}

func processors() int { return runtime.GOMAXPROCS(0) }

// cut cuts records into blocks.
func cut(lines []block.Line) (out [][]block.Line) {
	for from := 0; from < len(lines); {
		to, size := from, 0
		for to < len(lines) && to-from < blockLines && (to == from || size+len(lines[to].Text) <= blockBytes) {
			size += len(lines[to].Text)
			to++
		}
		out = append(out, lines[from:to])
		from = to
	}
	return out
}

// written is a block on its way into the store.
type written struct {
	resource int64
	lines    []block.Line
	instead  []int64 // blocks whose records it holds, too, oldest first

	packed  []byte
	terms   string
	words   int
	outline []byte
}

func (b *written) id() int64 {
	return b.resource<<sqlstore.LineBits | b.lines[len(b.lines)-1].Number
}

// packers keeps the buffers of packing.
var packers = sync.Pool{New: func() any { return new(packer) }}

type packer struct {
	block.Packer
	block.Words
}

// pack packs the blocks on all processors; each is ready when its channel is closed.
func pack(all []*written) []chan struct{} {
	return onAll(all, func(p *packer, b *written) {
		b.packed = p.Pack(b.lines)
		b.terms, b.words = p.Of(b.lines)
		b.outline = append([]byte{}, p.Outline(b.lines)...)
	})
}

// onAll works on blocks on all processors; each is ready when its channel is closed.
func onAll[T any](all []T, work func(*packer, T)) []chan struct{} {
	done := make([]chan struct{}, len(all))
	for i := range done {
		done[i] = make(chan struct{})
	}
	var taken atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(all)) {
		go func() {
			p, _ := packers.Get().(*packer)
			defer packers.Put(p)
			for i := int(taken.Add(1)) - 1; i < len(all); i = int(taken.Add(1)) - 1 {
				work(p, all[i])
				close(done[i])
			}
		}()
	}
	return done
}

// write stores a packed block in place of those that it holds.
func (w *lineWriter) write(b *written) error {
	for _, id := range b.instead {
		if err := w.remove(id); err != nil {
			return err
		}
	}
	w.lines, w.words = w.lines+int64(len(b.lines)), w.words+int64(b.words)
	id, h := b.id(), headOf(b)
	steps := []struct {
		query string
		args  []any
	}{
		{`INSERT INTO line_blocks (id, first, n, words, size, first_at, last_at, since, levels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			[]any{id, h.first, len(b.lines), b.words, h.size, h.firstAt, h.lastAt, h.since, h.levels}},
		{`INSERT INTO line_packs (id, pack) VALUES (?, ?)`, []any{id, b.packed}},
		{`INSERT INTO lines_text (rowid, words) VALUES (?, ?)`, []any{id, b.terms}},
		{putOutline, []any{id, b.outline}},
	}
	for _, s := range steps {
		if _, err := w.g.Exec(s.query, s.args...); err != nil {
			return err
		}
	}
	return w.writeNames(b)
}

func (w *lineWriter) writeNames(b *written) error {
	names := map[[10]byte]reach{}
	for i := range b.lines {
		l := &b.lines[i]
		name := l.Name
		if l.Own {
			name = nameOfTime(l.At)
		}
		reaches(names, b.resource, name, l.Own)
	}
	for _, stem := range slices.SortedFunc(maps.Keys(names), func(a, b [10]byte) int { return slices.Compare(a[:], b[:]) }) {
		_, err := w.g.Exec(`INSERT INTO line_names (stem, last, block, first) VALUES (?, ?, ?, ?)`, stem[:], names[stem].last, b.id(), names[stem].first)
		if err != nil {
			return err
		}
	}
	return nil
}

// nameOfTime is as much of a record's own name as follows its time.
func nameOfTime(at int64) (n block.Name) {
	for i := range 6 {
		n[i] = byte(uint64(at) >> (56 - 8*i)) //nolint:gosec // the bytes as they are
	}
	return n
}

func (w *lineWriter) remove(id int64) error {
	for _, query := range []string{
		`DELETE FROM line_blocks WHERE id = ?`, `DELETE FROM line_packs WHERE id = ?`,
		`DELETE FROM lines_text WHERE rowid = ?`, `DELETE FROM line_outlines WHERE id = ?`, `DELETE FROM line_names WHERE block = ?`,
	} {
		if _, err := w.g.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// head is what the store knows of a block without unpacking it.
type head struct {
	id, first       int64
	n               int
	size            int
	firstAt, lastAt int64
	since           any // nil: all are undated or from before 1970
	levels          int
}

func headOf(b *written) (h head) {
	h = head{id: b.id(), first: b.resource<<sqlstore.LineBits | b.lines[0].Number, n: len(b.lines), firstAt: math.MaxInt64, lastAt: math.MinInt64}
	since := int64(math.MaxInt64)
	for i := range b.lines {
		l := &b.lines[i]
		h.size += len(l.Text)
		h.firstAt, h.lastAt = min(h.firstAt, l.At), max(h.lastAt, l.At)
		h.levels |= levelBit(l.Level)
		if l.At >= 0 {
			since = min(since, l.At)
			h.since = since
		}
	}
	return h
}

// otherLevel is the bit of every level that has none of its own.
const otherLevel = 16

// levelBit is the bit of a level in a block's set of levels.
func levelBit(level string) int {
	switch pipewright.Level(level) {
	case pipewright.Debug:
		return 1
	case pipewright.Info:
		return 2
	case pipewright.Warn:
		return 4
	case pipewright.Err:
		return 8
	}
	return otherLevel
}
