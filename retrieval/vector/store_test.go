package vector_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/retrieval/vector"
)

const dim = 384

// gaussian vectors have no structure at all, the hardest there are.
func gaussian(r *rand.Rand) []float32 {
	v := make([]float32, dim)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// sparse vectors hold a few features, as the built-in embedder's do.
func sparse(r *rand.Rand) []float32 {
	v := make([]float32, dim)
	for range 20 {
		v[int(math.Abs(r.NormFloat64())*100)%dim] += float32(1 - 2*r.IntN(2))
	}
	return v
}

func cosine(a, b []float32) float64 {
	s, x, y := 0.0, 0.0, 0.0
	for i := range a {
		s += float64(a[i]) * float64(b[i])
		x += float64(a[i]) * float64(a[i])
		y += float64(b[i]) * float64(b[i])
	}
	return s / math.Sqrt(x*y)
}

// exact lists the k nearest by looking at all.
func exact(all [][]float32, q []float32, k int, allowed func(int) bool) []int {
	var ids []int
	cos := make([]float64, len(all))
	for i, v := range all {
		if allowed == nil || allowed(i) {
			ids = append(ids, i)
			cos[i] = cosine(v, q)
		}
	}
	slices.SortFunc(ids, func(a, b int) int { return cmp.Compare(cos[b], cos[a]) })
	return ids[:min(k, len(ids))]
}

func TestTheNearestAreFound(t *testing.T) {
	for name, make := range map[string]func(*rand.Rand) []float32{"gaussian": gaussian, "sparse": sparse} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			s := vector.New(dim)
			var all [][]float32
			for i := range 10_000 {
				v := make(r)
				n, err := s.Add(v)
				require.NoError(t, err)
				require.Equal(t, i, n)
				all = append(all, v)
			}
			for _, allowed := range []func(int) bool{nil, func(i int) bool { return i%100 == 0 }} {
				found, total := 0, 0
				for range 20 {
					q := make(r)
					got, err := s.Search(q, 10, allowed)
					require.NoError(t, err)
					require.Len(t, got, 10)
					want := exact(all, q, 10, allowed)
					floor := cosine(all[want[9]], q) - 1e-4 // ties are as good
					for _, m := range got {
						require.InDelta(t, cosine(all[m.Index], q), float64(m.Cosine), 1e-3)
						if cosine(all[m.Index], q) >= floor {
							found++
						}
						total++
					}
				}
				require.GreaterOrEqual(t, float64(found)/float64(total), 0.98)
			}
		})
	}
}

func TestOddInput(t *testing.T) {
	s := vector.New(5)
	got, err := s.Search([]float32{1, 0, 0, 0, 0}, 3, nil)
	require.NoError(t, err)
	require.Empty(t, got)
	for _, v := range [][]float32{{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}, {float32(math.NaN()), 0, 0, 0, 0}, {float32(math.Inf(1)), 0, 0, 0, 0}, {-1, 0, 0, 0, 0}} {
		_, err := s.Add(v)
		require.NoError(t, err)
	}
	got, err = s.Search([]float32{2, 0, 0, 0, 0}, 3, nil)
	require.NoError(t, err)
	require.Equal(t, 1, got[0].Index)
	require.InDelta(t, 1, got[0].Cosine, 1e-4)
	_, err = s.Add([]float32{1})
	require.ErrorContains(t, err, "embed it with the embedder of the store")
	_, err = s.Search([]float32{1}, 1, nil)
	require.ErrorContains(t, err, "embed the query")
	got, err = s.Search([]float32{2, 0, 0, 0, 0}, 3, func(int) bool { return false })
	require.NoError(t, err)
	require.Empty(t, got)
}
