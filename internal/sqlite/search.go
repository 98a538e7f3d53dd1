package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"

	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"

	pipewright "github.com/pipewright/pipewright"
)

// How many blocks are looked through whose outlines do not tell which records hold the
// words: all of up to wholeBlocks; of more, those that promise most and then the newest,
// until it has found often times as many records as are wanted, and never more than
// mostBlocks. Words so common that it comes to that, and with a digit in them, say little.
const (
	wholeBlocks = 64
	mostBlocks  = 256
	often       = 4
	lookAtOnce  = 16
)

// BM25's constants (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
const (
	k1 = 1.2
	b  = 0.75
)

// SearchLogs implements sqlstore.KeptLines. Records are ranked by BM25 over all records
// of the store, whatever else the query asks for. Where outlines tell which records hold
// the words, these are the best there are; of blocks where they do not, see wholeBlocks. How
// many records hold a phrase is worked out from how many blocks do, and how many of the records
// in those that were looked at: exactly when these are all.
func (k kept) SearchLogs(ctx context.Context, tx *sql.Tx, q sqlstore.LineQuery, all bool) ([]pipewright.LogHit, error) {
	s, err := newSearch(ctx, tx, k.shelf, q, all)
	if err != nil || len(s.phrases) == 0 {
		return nil, err
	}
	defer s.reader.close()
	blocks, err := s.candidates()
	if err != nil {
		return nil, err
	}
	if err := s.look(s.outlined(blocks)); err != nil {
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
	holding []int // blocks of the store that hold the words of each phrase
	looked  []int // and so many of them were looked at
	met     []int // in which so many records hold it
	groups  []*group
	sure    int         // records in the groups, at most
	found   []foundLine // in texts

	lines, words float64 // of the store
}

// foundLine is a record that holds words of the query.
type foundLine struct {
	head   head
	line   block.Line
	counts []int32 // of each phrase
	words  int
}

func newSearch(ctx context.Context, tx *sql.Tx, shelf *shelf, q sqlstore.LineQuery, all bool) (s *search, err error) {
	s = &search{q: q, all: all}
	for _, p := range phrases(q.Words) {
		if !p.Empty() {
			s.phrases = append(s.phrases, p)
		}
	}
	n := len(s.phrases)
	s.holding, s.looked, s.met = make([]int, n), make([]int, n), make([]int, n)
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
	s.reader = newBlockReader(ctx, tx, shelf, filter)
	return s, nil
}

// promising is a block that may hold what fits.
type promising struct {
	candidate
	holds []bool // the words of which phrases
}

// candidates are the blocks that fit the query beside its words and hold the words of all
// phrases, or of one at least, those with the newest records first.
func (s *search) candidates() (out []promising, err error) {
	add := func(c candidate) *promising {
		out = append(out, promising{c, make([]bool, len(s.phrases))})
		return &out[len(out)-1]
	}
	if s.all {
		list, err := s.reader.holding(match(s.q))
		if err != nil {
			return nil, err
		}
		holds := slices.Repeat([]bool{true}, len(s.phrases))
		for _, c := range list {
			out = append(out, promising{c, holds})
		}
	} else if err := s.holdingAny(add, func(at int) *promising { return &out[at] }); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(x, y promising) int {
		return cmp.Or(cmp.Compare(y.head.lastAt, x.head.lastAt), cmp.Compare(y.head.id, x.head.id))
	})
	return out, nil
}

// holdingAny adds the blocks that hold the words of a phrase.
func (s *search) holdingAny(add func(candidate) *promising, at func(int) *promising) error {
	index := map[int64]int{}
	run := s.reader.expr
	for i, p := range s.phrases {
		expr := p.Terms()
		if run != "" {
			expr += " AND " + run
		}
		list, err := s.reader.holding(expr)
		if err != nil {
			return err
		}
		for _, c := range list {
			n, met := index[c.head.id]
			if !met {
				index[c.head.id] = len(index)
				add(c).holds[i] = true
				continue
			}
			at(n).holds[i] = true
		}
	}
	return nil
}

// blockWorth is what a phrase is worth judging by the blocks that hold it alone.
func (s *search) blockWorth(i int) float64 {
	return math.Log(1 + s.lines/(1+float64(s.holding[i])*blockLines))
}

// look looks through the texts of blocks, which are in order of time: those first whose
// phrases are worth most, and then the newest.
func (s *search) look(blocks []*promising) error {
	bounds := make(map[*promising]float64, len(blocks))
	for _, c := range blocks {
		for i, holds := range c.holds {
			if holds {
				bounds[c] += s.blockWorth(i)
			}
		}
	}
	slices.SortStableFunc(blocks, func(x, y *promising) int { return cmp.Compare(bounds[y], bounds[x]) })
	for from := 0; from < len(blocks); from += lookAtOnce {
		if from >= wholeBlocks && (from >= mostBlocks || len(s.found)+s.sure >= often*s.q.Limit) {
			return nil
		}
		some := blocks[from:min(from+lookAtOnce, len(blocks))]
		seen := make([]looked, len(some))
		err := onAllProcessors(len(some), func() func(int) error {
			finder := block.NewFinder(s.phrases)
			return func(i int) (err error) {
				seen[i], err = s.lookAt(some[i], finder)
				return err
			}
		})
		if err != nil {
			return err
		}
		for k, c := range some {
			for i, holds := range c.holds {
				if holds {
					s.looked[i]++
					s.met[i] += seen[k].met[i]
				}
			}
			s.found = append(s.found, seen[k].found...)
		}
	}
	return nil
}

// looked is what the texts of a block tell.
type looked struct {
	met   []int
	found []foundLine
}

func (s *search) lookAt(c *promising, finder *block.Finder) (out looked, err error) {
	out.met = make([]int, len(s.phrases))
	lines, err := s.reader.unpack(&c.head, block.Texts)
	for k := range lines {
		l := &lines[k]
		if !s.reader.filter.fits(l) || !finder.MayHold(l.Text) {
			continue
		}
		counts, words := finder.Find(l.Text)
		missing := 0
		for i, n := range counts {
			if n > 0 {
				out.met[i]++
			} else {
				missing++
			}
		}
		if s.all && missing > 0 || missing == len(counts) {
			continue
		}
		out.found = append(out.found, foundLine{c.head, *l, narrow(counts), words})
	}
	return out, err
}

func narrow(counts []int) []int32 {
	out := make([]int32, len(counts))
	for i, n := range counts {
		out[i] = int32(n) //nolint:gosec // a record is at most 1 MiB
	}
	return out
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
