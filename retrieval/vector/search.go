package vector

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	pipewright "github.com/pipewright/pipewright"
)

const (
	minCandidates = 5_000 // vectors that the second step looks at, at least,
	candidateRate = 45    // and one in so many besides
	perResult     = 4     // vectors that the third step ranks for each result,
	minRanked     = 200   // at least
	levels        = 4096  // of the histogram over estimates
	share         = 8192  // vectors that a worker takes at a time
)

// Match is a vector that was found.
type Match struct {
	Index  int
	Cosine float32
}

// Search finds the k vectors nearest to v by cosine, nearest first. Only vectors that
// allowed reports true for are looked at; nil allows all. It uses all processors.
func (s *Store) Search(v []float32, k int, allowed func(int) bool) ([]Match, error) {
	if len(v) != s.dim {
		return nil, pipewright.Errorf(pipewright.Invalid, "search a store of %d dimensions by a vector of %d: embed the query with the embedder of the store", s.dim, len(v))
	}
	if k <= 0 || s.Len() == 0 {
		return nil, nil
	}
	q := s.query(v)
	found := s.narrow(q, max(minCandidates+s.Len()/candidateRate, 2*k*perResult), allowed)
	s.each(len(found), func(i int) { found[i].Cosine = s.near(q, found[i].Index) })
	found = best(found, max(minRanked, k*perResult))
	for i := range found {
		found[i].Cosine = s.cosine(q, found[i].Index)
	}
	return best(found, k), nil
}

// narrow is the first step: the vectors with the best estimates, about want of them.
func (s *Store) narrow(q *query, want int, allowed func(int) bool) []Match {
	parts := (s.Len() + share - 1) / share
	level := make([]uint16, s.Len()) // 0: not allowed
	counts := make([][levels]int32, parts)
	s.each(parts, func(p int) {
		for i := p * share; i < min((p+1)*share, s.Len()); i++ {
			if allowed != nil && !allowed(i) {
				continue
			}
			l := min(max(int((s.estimate(q, i)+1)*(levels/2)), 1), levels-1)
			level[i] = uint16(l)
			counts[p][l]++
		}
	})
	bound := levels - 1
	for total := 0; bound > 0; bound-- {
		for p := range counts {
			total += int(counts[p][bound])
		}
		if total >= want {
			break
		}
	}
	bound = max(bound, 1)
	out := make([]Match, 0, want)
	for i, l := range level {
		if int(l) >= bound {
			out = append(out, Match{Index: i})
		}
	}
	return out
}

// each calls f for 0 to n-1 on all processors.
func (s *Store) each(n int, f func(int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

// best sorts the k matches with the highest cosines to the front and returns them.
func best(ms []Match, k int) []Match {
	order := func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Index, b.Index))
	}
	if len(ms) > 4*k { // a sample tells where the best begin
		ms = above(ms, k)
	}
	slices.SortFunc(ms, order)
	return ms[:min(k, len(ms))]
}

// above keeps the matches over a bound that at least k of them pass, found by halving.
func above(ms []Match, k int) []Match {
	low, high := float32(-1.5), float32(1.5)
	for range 20 {
		mid := (low + high) / 2
		n := 0
		for _, m := range ms {
			if m.Cosine >= mid {
				n++
			}
		}
		if n >= k {
			low = mid
		} else {
			high = mid
		}
	}
	out := ms[:0]
	for _, m := range ms {
		if m.Cosine >= low {
			out = append(out, m)
		}
	}
	return out
}
