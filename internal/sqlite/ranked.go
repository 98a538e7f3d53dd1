package sqlite

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/pipewright/pipewright/internal/block"

	pipewright "github.com/pipewright/pipewright"
)

// group is records that hold each phrase equally often and are equally long: they fit
// equally well.
type group struct {
	counts  []int // of each phrase
	words   int
	members []member
	score   float64
}

// member is the records of one shape of a block.
type member struct {
	block *promising
	shape uint8
}

// outlined puts into groups what the outlines of blocks tell, and returns the blocks whose
// texts must be looked at.
func (s *search) outlined(blocks []*promising) (rest []*promising) {
	counts := make([][]int, len(s.phrases))
	var key []byte
	for _, c := range blocks {
		if !s.countShapes(c, counts) {
			rest = append(rest, c)
			continue
		}
		for shape := range c.outline.Shapes {
			if key = s.keyOf(c, shape, counts, key[:0]); len(key) == 0 {
				continue
			}
			g := s.groups[string(key)]
			if g == nil {
				g = &group{words: int(c.outline.Shapes[shape].Words)}
				for i := range counts {
					g.counts = append(g.counts, counts[i][shape])
				}
				s.groups[string(key)] = g
			}
			g.members = append(g.members, member{c, uint8(shape)}) //nolint:gosec // so many are told apart
			s.sure += int(c.outline.Shapes[shape].Records)
		}
	}
	return rest
}

// countShapes counts each phrase in the shapes of a block; false: the outline does not tell.
func (s *search) countShapes(c *promising, counts [][]int) bool {
	if c.outline == nil {
		return false
	}
	for i, p := range s.phrases {
		counts[i] = append(counts[i][:0], make([]int, len(c.outline.Shapes))...)
		if c.holds[i] && !c.outline.Count(p, counts[i]) {
			return false
		}
	}
	for i := range counts {
		if !c.holds[i] {
			continue
		}
		s.looked[i]++
		for shape, n := range counts[i] {
			if n > 0 {
				s.met[i] += int(c.outline.Shapes[shape].Records)
			}
		}
	}
	return true
}

// keyOf names the group of a shape; it is empty when its records do not fit.
func (s *search) keyOf(c *promising, shape int, counts [][]int, key []byte) []byte {
	missing := 0
	for i := range counts {
		if counts[i][shape] == 0 {
			missing++
		}
	}
	if s.all && missing > 0 || missing == len(counts) {
		return nil
	}
	of := &c.outline.Shapes[shape]
	if levels := s.reader.filter.levels; len(levels) > 0 && !slices.Contains(levels, c.outline.Levels[of.Level]) {
		return nil
	}
	key = binary.AppendUvarint(key, uint64(of.Words))
	for i := range counts {
		key = binary.AppendUvarint(key, uint64(counts[i][shape])) //nolint:gosec // positive
	}
	return key
}

// scored is a record with its score.
type scored struct {
	head  head
	line  *block.Line
	score float64
	name  pipewright.ResourceID
}

// ranked is what was found, best first, within the limit.
func (s *search) ranked() ([]pipewright.LogHit, error) {
	score := s.scoring()
	best := make([]scored, 0, len(s.found))
	for k := range s.found {
		f := &s.found[k]
		best = append(best, scored{head: f.head, line: &f.line, score: score(f.counts, f.words)})
	}
	groups := make([]*group, 0, len(s.groups))
	for _, g := range s.groups {
		g.score = score(g.counts, g.words)
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(x, y *group) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.words, y.words), slices.Compare(x.counts, y.counts))
	})
	for left := s.q.Limit; left > 0 && len(groups) > 0; {
		n := 1
		members := slices.Clone(groups[0].members)
		for n < len(groups) && groups[n].score == groups[0].score { // as good
			members = append(members, groups[n].members...)
			n++
		}
		some, err := s.newest(members, groups[0].score, left)
		if err != nil {
			return nil, err
		}
		best, left, groups = append(best, some...), left-len(some), groups[n:]
	}
	if err := s.name(best); err != nil {
		return nil, err
	}
	slices.SortFunc(best, byScore)
	hits := make([]pipewright.LogHit, min(len(best), s.q.Limit))
	for i := range hits {
		line, err := s.reader.line(best[i].head, best[i].line)
		if err != nil {
			return nil, err
		}
		hits[i] = pipewright.LogHit{Line: line, Score: best[i].score}
	}
	return hits, nil
}

func byScore(x, y scored) int {
	return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(y.line.At, x.line.At), strings.Compare(string(x.name), string(y.name)), cmp.Compare(y.line.Number, x.line.Number))
}

// name fills in the names of the resources.
func (s *search) name(list []scored) (err error) {
	for i := range list {
		if list[i].name, err = s.reader.resource(list[i].head); err != nil {
			return err
		}
	}
	return nil
}

// scoring is BM25.
func (s *search) scoring() func(counts []int, words int) float64 {
	worth := make([]float64, len(s.phrases))
	for i := range worth {
		worth[i] = s.worth(i)
	}
	mean := max(1, s.words/max(1, s.lines))
	return func(counts []int, words int) (score float64) {
		for i, n := range counts {
			score += worth[i] * float64(n) * (k1 + 1) / (float64(n) + k1*(1-b+b*float64(words)/mean))
		}
		return score
	}
}

// newest are the newest records of some shapes, at most n.
func (s *search) newest(members []member, score float64, n int) (out []scored, err error) {
	slices.SortStableFunc(members, func(x, y member) int {
		return cmp.Or(cmp.Compare(y.block.head.lastAt, x.block.head.lastAt), cmp.Compare(y.block.head.id, x.block.head.id))
	})
	for step := 1; len(members) > 0; step = min(2*step, lookAtOnce) {
		if len(out) >= n && members[0].block.head.lastAt < out[n-1].line.At {
			break
		}
		var blocks []*promising
		shapes := map[*promising][]bool{}
		for len(members) > 0 && (len(blocks) < step || members[0].block == blocks[len(blocks)-1]) {
			c := members[0].block
			if shapes[c] == nil {
				blocks, shapes[c] = append(blocks, c), make([]bool, len(c.outline.Shapes))
			}
			shapes[c][members[0].shape] = true
			members = members[1:]
		}
		some, err := s.fitting(blocks, shapes, score)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
		slices.SortFunc(out, byScore)
		out = out[:min(len(out), n)]
	}
	return out, nil
}

// fitting are the records of some shapes of blocks that fit.
func (s *search) fitting(blocks []*promising, shapes map[*promising][]bool, score float64) (out []scored, err error) {
	unpacked := make([][]block.Line, len(blocks))
	err = onAllProcessors(len(blocks), func() func(int) error {
		return func(i int) (err error) {
			unpacked[i], err = s.reader.unpack(&blocks[i].head, block.Texts)
			return err
		}
	})
	for k, c := range blocks {
		for i := range unpacked[k] {
			if l := &unpacked[k][i]; shapes[c][c.outline.Of[i]] && s.reader.filter.fits(l) {
				out = append(out, scored{head: c.head, line: l, score: score})
			}
		}
	}
	if err == nil {
		err = s.name(out)
	}
	return out, err
}
