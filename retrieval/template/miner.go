package template

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"
)

// maxLine is how many bytes of a line decide its template. What follows counts as
// one variable part, so a line of any length costs the same.
const maxLine = 8 << 10

// defaultShapes is the size of the table of shapes unless Options says otherwise.
const defaultShapes = 50_000

// Options bound a Miner. The zero value serves.
type Options struct {
	// Shapes is how many shapes are kept before those of one template are folded
	// into it; 0 is 50,000. Memory is bounded by about 2 kB a shape.
	Shapes int
}

// Line is one line to mine.
type Line struct {
	Text  []byte // without its line end; not kept
	At    time.Time
	Level Level
}

// Ref names the shape that a line fell into, for as long as its Miner lives.
type Ref uint32

// Miner mines templates. It is not safe for concurrent use.
type Miner struct {
	max      int
	shapes   []*shape         // by Ref; folded ones stay, with a pointer to where they went
	index    map[string]Ref   // by text: shapes that stand for themselves
	patterns map[string][]Ref // by skeleton: shapes that stand for many
	recent   map[string]Ref   // texts that a pattern matched: a cache, emptied when full
	live     int              // shapes and patterns that were not folded
	folds    int
	buf      []byte
}

// shape is one entry of the table: a masked line, or a pattern of many.
type shape struct {
	tokens  []token
	birth   string // the text of its first line, masked: what its id is made of
	born    int64  // time of its first line, unix nanoseconds, 0 when unknown
	pattern bool
	into    *shape // where it was folded
	ref     Ref
	stats
}

// New returns an empty Miner.
func New(o Options) *Miner {
	if o.Shapes <= 0 {
		o.Shapes = defaultShapes
	}
	return &Miner{max: o.Shapes, index: map[string]Ref{}, patterns: map[string][]Ref{}, recent: map[string]Ref{}}
}

// Add takes in one line. Lines of any batches may be added one after the other:
// only their order counts.
func (m *Miner) Add(l Line) Ref {
	text := l.Text
	if len(text) > maxLine {
		text = text[:maxLine]
	}
	m.buf = mask(m.buf[:0], text)
	if len(l.Text) > maxLine {
		m.buf = append(m.buf, hole)
	}
	ref, ok := m.index[string(m.buf)]
	if !ok {
		ref = m.miss()
	}
	s := m.shapes[ref]
	s.count++
	if !l.At.IsZero() {
		s.seenAt(l.At.UnixNano())
	}
	s.level = max(s.level, l.Level)
	if s.count == 1 {
		s.born = s.first
	}
	if s.count <= sampleAll || s.count&(s.count-1) == 0 {
		s.sample(text, string(m.buf))
	}
	if m.live > m.max {
		m.fold()
	}
	return ref
}

// miss finds the pattern that the masked line in buf is an instance of, or makes
// a shape of it.
func (m *Miner) miss() Ref {
	if ref, ok := m.recent[string(m.buf)]; ok {
		return ref
	}
	text := string(m.buf)
	toks := tokenise(text)
	for _, ref := range m.patterns[skeleton(toks)] {
		if fits(m.shapes[ref].tokens, toks) {
			if len(m.recent) >= m.max {
				clear(m.recent)
			}
			m.recent[text] = ref
			return ref
		}
	}
	return m.enter(&shape{tokens: toks, birth: text})
}

// enter gives a shape its place in the table.
func (m *Miner) enter(s *shape) Ref {
	s.ref = Ref(len(m.shapes))
	m.shapes = append(m.shapes, s)
	m.live++
	if s.pattern {
		k := skeleton(s.tokens)
		m.patterns[k] = append(m.patterns[k], s.ref)
	} else {
		m.index[s.birth] = s.ref
	}
	return s.ref
}

// Next is the ref that the next new shape gets. Refs are given in order.
func (m *Miner) Next() Ref { return Ref(len(m.shapes)) } //nolint:gosec // a miner holds fewer

// Live is how many shapes the miner keeps.
func (m *Miner) Live() int { return m.live }

// Folds is how often shapes were folded to make room.
func (m *Miner) Folds() int { return m.folds }

// One is the template of a shape by itself, as it is before a View has compared it with
// others.
func (m *Miner) One(r Ref) Template {
	s := m.shapes[r].end()
	return templateOf(s.id(), s.tokens, []*shape{s})
}

// alive lists the shapes that were not folded, oldest first.
func (m *Miner) alive() []*shape {
	out := make([]*shape, 0, m.live)
	seen := map[*shape]bool{}
	for _, s := range m.shapes {
		if s = s.end(); !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, older)
	return out
}

// older orders shapes by birth.
func older(a, b *shape) int {
	if a.born != b.born {
		if a.born < b.born {
			return -1
		}
		return 1
	}
	return int(a.ref) - int(b.ref)
}

// end is where the shape was folded in the end.
func (s *shape) end() *shape {
	for s.into != nil {
		s = s.into
	}
	return s
}

// id is the stable name of what began with this shape.
func (s *shape) id() string {
	h := fnv.New64a()
	h.Write([]byte(s.birth))
	return strconv.FormatUint(h.Sum64()|1<<63, 16)[:12]
}
