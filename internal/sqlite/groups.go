package sqlite

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
)

// group is records that hold each phrase equally often and are equally long: they fit
// equally well.
type group struct {
	counts []int32 // of each phrase
	words  uint32
	blocks []*promising // in which some are, those with the newest records first
	score  float64

	records int   // in the blocks, all of which fit
	floor   int64 // none of them is older
}

// full reports whether a block and all after it hold nothing that is newer than so many of
// the group.
func (g *group) full(h *head, n int) bool { return g.records >= n && h.lastAt < g.floor }

func (g *group) is(words uint32, counts []int32) bool {
	return g.words == words && slices.Equal(g.counts, counts)
}

// tally counts phrases in the shapes of one block after the other. It is for one goroutine.
type tally struct {
	s       *search
	met     []int // records that hold each phrase
	looked  []int // blocks in which it was looked for
	sure    int
	rest    []*promising
	byKey   map[uint64]*group
	groups  []*group // as they are met
	counts  [][]int32
	in      [][]uint8 // the shapes that hold each phrase
	shapes  []uint8   // and those that hold one at least
	room    []int32
	touched [mostInBlock]bool
}

// mostInBlock is how many shapes a block has at most.
const mostInBlock = 256

func (s *search) tally() *tally {
	n := len(s.phrases)
	t := &tally{s: s, met: make([]int, n), looked: make([]int, n), byKey: map[uint64]*group{}, counts: make([][]int32, n), in: make([][]uint8, n), room: make([]int32, n)}
	for i := range t.counts {
		t.counts[i] = make([]int32, mostInBlock)
	}
	return t
}

// count counts the phrases in a block's shapes, until clear; false: the outline does not tell.
func (t *tally) count(c *promising) bool {
	t.shapes = t.shapes[:0]
	if c.outline == nil {
		return false
	}
	for i, p := range t.s.phrases {
		t.in[i] = t.in[i][:0]
		if !c.holds[i] {
			continue
		}
		var sure bool
		if t.in[i], sure = c.outline.Count(p, t.counts[i], t.in[i]); !sure {
			t.clear()
			return false
		}
		for _, shape := range t.in[i] {
			if !t.touched[shape] {
				t.touched[shape] = true
				t.shapes = append(t.shapes, shape)
			}
		}
	}
	return true
}

func (t *tally) clear() {
	for i := range t.in {
		for _, shape := range t.in[i] {
			t.counts[i][shape] = 0
		}
		t.in[i] = t.in[i][:0]
	}
	for _, shape := range t.shapes {
		t.touched[shape] = false
	}
}

// fits reports whether the records of a shape are looked for, and leaves how often they
// hold each phrase in room.
func (t *tally) fits(c *promising, shape uint8) bool {
	for i := range t.counts {
		if t.room[i] = t.counts[i][shape]; t.room[i] == 0 && t.s.all {
			return false
		}
	}
	return t.s.reader.filter.level(c.outline, int(shape))
}

// add puts what a block holds into groups.
func (t *tally) add(c *promising) {
	if !t.count(c) {
		t.rest = append(t.rest, c)
		return
	}
	defer t.clear()
	for i, holds := range c.holds {
		if !holds {
			continue
		}
		t.looked[i]++
		for _, shape := range t.in[i] {
			t.met[i] += int(c.outline.Shapes[shape].Records)
		}
	}
	whole := t.s.reader.filter.all(&c.head)
	for _, shape := range t.shapes {
		if !t.fits(c, shape) {
			continue
		}
		of := &c.outline.Shapes[shape]
		t.sure += int(of.Records)
		g := t.group(of.Words)
		last := len(g.blocks) - 1
		if last < 0 || g.blocks[last] != c {
			if g.full(&c.head, t.s.q.Limit) {
				continue
			}
			g.blocks = append(g.blocks, c)
		}
		if whole {
			g.records += int(of.Records)
			g.floor = min(g.floor, c.head.firstAt)
		}
	}
}

// group is the one of the counts in room.
func (t *tally) group(words uint32) *group {
	key := uint64(words)
	for _, n := range t.room {
		key = key*0x9e3779b97f4a7c15 + uint64(n) //nolint:gosec // positive
	}
	for ; ; key++ {
		g := t.byKey[key]
		if g == nil {
			g = &group{counts: slices.Clone(t.room), words: words, floor: math.MaxInt64}
			t.byKey[key] = g
			t.groups = append(t.groups, g)
			return g
		}
		if g.is(words, t.room) {
			return g
		}
	}
}

// may reports whether a record of a block may hold all phrases.
func (t *tally) may(c *promising) bool {
	if c.outline == nil {
		return true
	}
	defer t.clear()
	t.shapes = t.shapes[:0]
	for i, p := range t.s.phrases {
		var sure bool
		if t.in[i], sure = c.outline.Count(p, t.counts[i], t.in[i][:0]); !sure {
			return true
		}
		if !slices.ContainsFunc(t.in[i], func(shape uint8) bool { return t.all(i, shape) }) {
			return false
		}
	}
	return true
}

// all reports whether a shape holds all phrases before the i-th.
func (t *tally) all(i int, shape uint8) bool {
	for _, counts := range t.counts[:i] {
		if counts[shape] == 0 {
			return false
		}
	}
	return true
}

// possible reports whether a record of a block may hold all phrases: that none does is often
// the case of a question's words, and soon seen.
func (s *search) possible(blocks []promising) bool {
	var found atomic.Bool
	_ = onAllProcessors(processors(), func() func(int) error { // fails never
		t := s.tally()
		return func(n int) error {
			for i := n; i < len(blocks) && !found.Load(); i += processors() {
				if t.may(&blocks[i]) {
					found.Store(true)
				}
			}
			return nil
		}
	})
	return found.Load()
}

// outlined puts into groups what the outlines of blocks tell, on all processors, and
// returns the blocks whose texts must be looked at, in order of time.
func (s *search) outlined(blocks []promising) (rest []*promising) {
	if len(blocks) == 0 || s.all && !s.possible(blocks) {
		return nil
	}
	size := (len(blocks) + processors() - 1) / processors()
	tallies := make([]*tally, (len(blocks)+size-1)/size)
	_ = onAllProcessors(len(tallies), func() func(int) error { // fails never
		return func(n int) error {
			t := s.tally()
			part := blocks[n*size : min((n+1)*size, len(blocks))]
			for i := range part {
				t.add(&part[i])
			}
			tallies[n] = t
			return nil
		}
	})
	for _, t := range tallies {
		rest = append(rest, t.rest...)
		s.sure += t.sure
		for i := range s.phrases {
			s.met[i] += t.met[i]
			s.looked[i] += t.looked[i]
		}
		s.groups = append(s.groups, t.groups...)
	}
	return rest
}

// inGroup is which shapes of a block are of a group, or of one that is as good.
func (t *tally) inGroup(c *promising, groups []*group) (of []bool) {
	of = make([]bool, len(c.outline.Shapes))
	t.count(c)
	defer t.clear()
	for _, shape := range t.shapes {
		if !t.fits(c, shape) {
			continue
		}
		words := c.outline.Shapes[shape].Words
		of[shape] = slices.ContainsFunc(groups, func(g *group) bool { return g.is(words, t.room) })
	}
	return of
}

// together is the blocks of groups, each once, those with the newest records first.
func together(groups []*group) []*promising {
	if len(groups) == 1 {
		return groups[0].blocks
	}
	met := map[*promising]bool{}
	var out []*promising
	for _, g := range groups {
		for _, c := range g.blocks {
			if !met[c] {
				met[c] = true
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(x, y *promising) int {
		return cmp.Or(cmp.Compare(y.head.lastAt, x.head.lastAt), cmp.Compare(y.head.id, x.head.id))
	})
	return out
}
