package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// How many blocks a search looks through: all of up to wholeBlocks; of more, those that
// promise most and then the newest, until it has found often times as many records as are
// wanted, and never more than mostBlocks. Words so common that it comes to that say little,
// and the records that hold them fit about equally well.
const (
	wholeBlocks = 64
	mostBlocks  = 1024
	often       = 4
)

// BM25's constants (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
const (
	k1 = 1.2
	b  = 0.75
)

// SearchLogs implements sqlstore.KeptLines. Records are ranked by BM25 over all records
// of the store, whatever else the query asks for. How many records hold a phrase is worked
// out from how many blocks do, and how many of the records in those that were looked through.
func (kept) SearchLogs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery, all bool) ([]pipewright.LogHit, error) {
	s, err := newSearch(ctx, tx, q, all)
	if err != nil || len(s.phrases) == 0 {
		return nil, err
	}
	defer s.reader.close()
	heads, err := s.candidates()
	if err != nil {
		return nil, err
	}
	if err := s.look(heads); err != nil {
		return nil, err
	}
	return s.ranked()
}

// search is one search on its way.
type search struct {
	reader  *blockReader
	q       sqlstore.LineQuery
	all     bool
	phrases []block.Phrase
	finder  *block.Finder
	holding []int // blocks of the store that hold the words of each phrase
	looked  []int // and so many of them were looked through
	met     []int // in which so many records hold it
	found   []foundLine

	lines, words float64 // of the store
}

// foundLine is a record that holds words of the query.
type foundLine struct {
	head   head
	line   block.Line
	counts []int // of each phrase
	words  int
	score  float64
}

func newSearch(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery, all bool) (s *search, err error) {
	s = &search{q: q, all: all}
	for _, p := range phrases(q.Words) {
		if !p.Empty() {
			s.phrases = append(s.phrases, p)
		}
	}
	n := len(s.phrases)
	s.finder, s.holding, s.looked, s.met = block.NewFinder(s.phrases), make([]int, n), make([]int, n), make([]int, n)
	for i, p := range s.phrases {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM lines_text WHERE lines_text MATCH ?`, p.Terms()).Scan(&s.holding[i]); err != nil {
			return nil, err
		}
	}
	if err := tx.QueryRowContext(ctx, `SELECT lines, words FROM line_totals`).Scan(&s.lines, &s.words); err != nil {
		return nil, err
	}
	filter := q // the words are looked for here
	filter.Words, filter.Newest = nil, true
	s.reader = newBlockReader(ctx, tx, filter)
	return s, nil
}

// promising is a block that may hold what fits.
type promising struct {
	head  head
	holds []bool  // the words of which phrases
	bound float64 // the sum of what those phrases are worth
}

// candidates are the blocks that fit the query beside its words and hold the words of all
// phrases, or of one at least: those that promise most first, and then the newest.
func (s *search) candidates() ([]*promising, error) {
	byID := map[int64]*promising{}
	run := s.reader.expr
	for i, p := range s.phrases {
		expr := p.Terms()
		if s.all {
			expr = match(s.q)
		} else if run != "" {
			expr += " AND " + run
		}
		s.reader.expr = expr
		err := s.reader.blocks(func(h head) (bool, error) {
			c := byID[h.id]
			if c == nil {
				c = &promising{head: h, holds: make([]bool, len(s.phrases))}
				byID[h.id] = c
			}
			c.holds[i] = true
			c.bound += s.blockWorth(i)
			return true, nil
		})
		if err != nil {
			return nil, err
		}
		if s.all { // one query for all phrases
			break
		}
	}
	out := slices.Collect(maps.Values(byID))
	slices.SortFunc(out, func(x, y *promising) int {
		return cmp.Or(cmp.Compare(y.bound, x.bound), cmp.Compare(y.head.lastAt, x.head.lastAt), cmp.Compare(y.head.id, x.head.id))
	})
	return out, nil
}

// blockWorth is what a phrase is worth judging by the blocks that hold it alone.
func (s *search) blockWorth(i int) float64 {
	return math.Log(1 + s.lines/(1+float64(s.holding[i])*blockLines))
}

// look looks through blocks, the promising ones first.
func (s *search) look(blocks []*promising) error {
	for n, c := range blocks {
		if n >= wholeBlocks && (n >= mostBlocks || len(s.found) >= often*s.q.Limit) {
			return nil
		}
		for i, holds := range c.holds {
			if holds || s.all {
				s.looked[i]++
			}
		}
		if err := s.reader.each(c.head, block.Texts, func(l *block.Line) error { s.take(c.head, l); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// take keeps a record that holds what is looked for.
func (s *search) take(h head, l *block.Line) {
	if !s.finder.MayHold(l.Text) {
		return
	}
	counts, words := s.finder.Find(l.Text)
	missing := 0
	for i, n := range counts {
		if n > 0 {
			s.met[i]++
		} else {
			missing++
		}
	}
	if s.all && missing > 0 || missing == len(counts) {
		return
	}
	s.found = append(s.found, foundLine{h, *l, slices.Clone(counts), words, 0})
}

// ranked is what was found, best first, within the limit.
func (s *search) ranked() ([]pipewright.LogHit, error) {
	worth := make([]float64, len(s.phrases))
	for i := range worth {
		worth[i] = s.worth(i)
	}
	mean := max(1, s.words/max(1, s.lines))
	for k := range s.found {
		f := &s.found[k]
		for i, n := range f.counts {
			f.score += worth[i] * float64(n) * (k1 + 1) / (float64(n) + k1*(1-b+b*float64(f.words)/mean))
		}
	}
	hits := make([]pipewright.LogHit, len(s.found))
	for i := range s.found {
		line, err := s.reader.line(s.found[i].head, &s.found[i].line)
		if err != nil {
			return nil, err
		}
		hits[i] = pipewright.LogHit{Line: line, Score: s.found[i].score}
	}
	slices.SortFunc(hits, func(x, y pipewright.LogHit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), y.Line.At.Compare(x.Line.At),
			strings.Compare(string(x.Line.Resource), string(y.Line.Resource)), cmp.Compare(y.Line.Line, x.Line.Line))
	})
	if len(hits) > s.q.Limit {
		hits = hits[:s.q.Limit]
	}
	return hits, nil
}

// worth is the inverse document frequency of a phrase, as FTS5 has it: never under a
// millionth.
func (s *search) worth(i int) float64 {
	holding := 0.0
	if s.looked[i] > 0 {
		holding = float64(s.met[i]) / float64(s.looked[i]) * float64(s.holding[i])
	}
	return max(1e-6, math.Log((s.lines-holding+0.5)/(holding+0.5)))
}
