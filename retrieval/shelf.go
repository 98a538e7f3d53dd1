package retrieval

import (
	"context"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/embed"
	"github.com/pipewright/pipewright/retrieval/vector"
)

const (
	shelfBatch = 20_000 // vectors that are read at once
	unstored   = 2_000  // meanings without a stored vector that are embedded for a search
	overfetch  = 4      // nearest vectors that are tried before a filter is worked out
)

// shelf is the vectors of one space in the process, read when they are first needed and
// from then on kept current.
type shelf struct {
	vectors  *vector.Store
	meanings []int64        // of each vector
	at       map[int64]bool // meanings that are on it
	last     int64          // vector that was read last
	top      int64          // the newest meaning on it
	whole    int64          // every meaning up to it is on it
}

// near finds the chosen meanings nearest to a vector: by the store's index, or in the process.
func (a *Archive) near(ctx context.Context, sp pipewright.Space, v []float32, q pipewright.DocumentQuery, of choice) ([]pipewright.Near, error) {
	list, indexed, err := a.store.NearMeanings(ctx, sp, v, q, fused)
	if err != nil || indexed {
		return list, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s, err := a.shelf(ctx, sp)
	if err != nil {
		return nil, err
	}
	return s.near(ctx, a.store, v, q, of)
}

// shelf reads what came to a space since the last time. a.mu is held.
func (a *Archive) shelf(ctx context.Context, sp pipewright.Space) (*shelf, error) {
	s := a.shelves[sp.Number]
	if s == nil {
		s = &shelf{vectors: vector.New(sp.Dimensions), at: map[int64]bool{}}
		a.shelves[sp.Number] = s
	}
	for {
		some, err := a.store.VectorsAfter(ctx, sp.Number, s.last, shelfBatch)
		if err != nil {
			return nil, err
		}
		for _, v := range some {
			if err := s.add(v); err != nil {
				return nil, err
			}
			s.last = v.Order
		}
		if len(some) < shelfBatch {
			break
		}
	}
	if sp.Model != embed.Version {
		return s, nil
	}
	return s, a.addUnstored(ctx, sp, s)
}

// addUnstored embeds what just came, so that it is found before its vectors are stored.
func (a *Archive) addUnstored(ctx context.Context, sp pipewright.Space, s *shelf) error {
	missing, err := a.store.Unembedded(ctx, sp.Number, s.whole, unstored)
	if err != nil {
		return err
	}
	for _, m := range missing {
		if err := s.add(pipewright.Vector{Meaning: m.Number, Values: embed.Text(m.Text, nil)}); err != nil {
			return err
		}
	}
	if s.whole = s.top; len(missing) == unstored {
		s.whole = missing[unstored-1].Number
	}
	return nil
}

func (s *shelf) add(v pipewright.Vector) error {
	if s.at[v.Meaning] {
		return nil
	}
	if _, err := s.vectors.Add(v.Values); err != nil {
		return err
	}
	s.at[v.Meaning], s.top = true, max(s.top, v.Meaning)
	s.meanings = append(s.meanings, v.Meaning)
	return nil
}

// near filters first and then ranks. Where it is not worked out what is chosen, it asks the
// store which of the nearest are, and when these are too few, which of all are.
func (s *shelf) near(ctx context.Context, store ArchiveStore, v []float32, q pipewright.DocumentQuery, of choice) (out []pipewright.Near, err error) {
	if of == nil {
		if out, err = s.nearest(v, overfetch*fused, nil); err != nil {
			return nil, err
		}
		ids := make([]int64, len(out))
		for i, m := range out {
			ids[i] = m.Meaning
		}
		selected, err := store.Selected(ctx, q, ids)
		if err != nil {
			return nil, err
		}
		if len(selected) < min(fused, len(out)) && len(out) < s.vectors.Len() {
			selected, err = store.Selected(ctx, q, nil)
			out = nil
		}
		if of = set(selected); err != nil {
			return nil, err
		}
	}
	if out == nil {
		if out, err = s.nearest(v, fused, of); err != nil {
			return nil, err
		}
	}
	out = of.among(out, fused)
	return slices.DeleteFunc(out, func(m pipewright.Near) bool { return m.Score < minCosine }), nil
}

// nearest are the n nearest meanings, of those chosen unless of is nil.
func (s *shelf) nearest(v []float32, n int, of choice) ([]pipewright.Near, error) {
	var holds func(int) bool
	if of != nil {
		holds = func(i int) bool { return of[s.meanings[i]] }
	}
	found, err := s.vectors.Search(v, n, holds)
	return s.named(found), err
}

func (s *shelf) named(found []vector.Match) []pipewright.Near {
	out := make([]pipewright.Near, len(found))
	for i, m := range found {
		out[i] = pipewright.Near{Meaning: s.meanings[m.Index], Score: float64(m.Cosine)}
	}
	return out
}

func set(ids []int64) choice {
	out := make(choice, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}
