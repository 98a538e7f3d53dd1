package sqlite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pipewright/pipewright/internal/block"

	pipewright "github.com/pipewright/pipewright"
)

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
	groups := s.groups
	for _, g := range groups {
		g.score = score(g.counts, int(g.words))
	}
	slices.SortFunc(groups, func(x, y *group) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.words, y.words), slices.Compare(x.counts, y.counts))
	})
	for left := s.q.Limit; left > 0 && len(groups) > 0; {
		n := 1
		for n < len(groups) && groups[n].score == groups[0].score { // as good
			n++
		}
		some, err := s.newest(groups[:n], left)
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
func (s *search) scoring() func(counts []int32, words int) float64 {
	worth := make([]float64, len(s.phrases))
	for i := range worth {
		worth[i] = s.worth(i)
	}
	mean := max(1, s.words/max(1, s.lines))
	return func(counts []int32, words int) (score float64) {
		for i, n := range counts {
			score += worth[i] * float64(n) * (k1 + 1) / (float64(n) + k1*(1-b+b*float64(words)/mean))
		}
		return score
	}
}

// newest are the newest records of groups that are equally good, at most n.
func (s *search) newest(groups []*group, n int) (out []scored, err error) {
	blocks := together(groups)
	for step := 1; len(blocks) > 0; step = min(2*step, lookAtOnce) {
		if len(out) >= n && blocks[0].head.lastAt < out[n-1].line.At {
			break
		}
		step = min(step, len(blocks))
		some, err := s.inBlocks(blocks[:step], groups)
		if err != nil {
			return nil, err
		}
		blocks = blocks[step:]
		out = append(out, some...)
		slices.SortFunc(out, byScore)
		out = out[:min(len(out), n)]
	}
	return out, nil
}

// inBlocks are the records of groups that are in some blocks and fit.
func (s *search) inBlocks(blocks []*promising, groups []*group) (out []scored, err error) {
	unpacked, of := make([][]block.Line, len(blocks)), make([][]bool, len(blocks))
	err = onAllProcessors(len(blocks), func() func(int) error {
		t := s.tally()
		return func(i int) (err error) {
			of[i] = t.inGroup(blocks[i], groups)
			unpacked[i], err = s.reader.unpack(&blocks[i].head, block.Texts)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	for k, c := range blocks {
		for i := range unpacked[k] {
			if l := &unpacked[k][i]; of[k][c.outline.Of[i]] && s.reader.filter.fits(l) {
				out = append(out, scored{head: c.head, line: l, score: groups[0].score})
			}
		}
	}
	return out, s.name(out)
}
