package vector

import (
	"math"
	"math/bits"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// fine is how many steps of the fine part make one of the coarse part.
const fine = 254

// Store holds vectors of one dimension, about 2.2 bytes a dimension each. Searches
// may run at the same time as each other, not at the same time as Add.
type Store struct {
	dim, size int // as given, padded
	rotation  *rotation
	words     int       // 64-bit words of a code
	codes     []uint64  // signs of the rotated vector, a bit each
	ones      []uint16  // bits set in each code
	factor    []float32 // what makes the estimate of a code unbiased
	coarse    []int8    // rotated vector in units of scale
	rest      []int8    // what coarse leaves, in units of scale/fine
	scale     []float32
}

// New returns an empty store for vectors of dim dimensions.
func New(dim int) *Store {
	size := padded(dim)
	return &Store{dim: dim, size: size, words: size / 64, rotation: newRotation(size)}
}

// Len is the number of vectors.
func (s *Store) Len() int { return len(s.scale) }

// Bytes is how much memory the vectors take.
func (s *Store) Bytes() int {
	return 8*cap(s.codes) + 2*cap(s.ones) + 4*cap(s.factor) + cap(s.coarse) + cap(s.rest) + 4*cap(s.scale)
}

// Add takes in a vector and returns its number, counted from 0. Only its direction
// counts. One of another dimension is refused: it comes from another embedder.
func (s *Store) Add(v []float32) (int, error) {
	if len(v) != s.dim {
		return 0, pipewright.Errorf(pipewright.Invalid, "add a vector of %d dimensions to a store of %d: embed it with the embedder of the store", len(v), s.dim)
	}
	r := s.rotation.turn(unit(v))
	sum, top, ones := 0.0, 0.0, 0
	for w := range s.words {
		code := uint64(0)
		for i, x := range r[w*64 : w*64+64] {
			if x > 0 {
				code |= 1 << i
			}
			sum += math.Abs(float64(x))
			top = max(top, math.Abs(float64(x)))
		}
		s.codes = append(s.codes, code)
		ones += bits.OnesCount64(code)
	}
	s.ones = append(s.ones, uint16(ones))
	s.factor = append(s.factor, float32(1/max(sum, 1e-9)))
	s.quantise(r, float32(max(top, 1e-9)/127))
	return len(s.scale) - 1, nil
}

// quantise appends r in two parts of eight bits.
func (s *Store) quantise(r []float32, scale float32) {
	s.scale = append(s.scale, scale)
	s.coarse = slices.Grow(s.coarse, len(r))
	s.rest = slices.Grow(s.rest, len(r))
	for _, x := range r {
		c := math.Round(float64(x / scale))
		s.coarse = append(s.coarse, int8(c))
		s.rest = append(s.rest, int8(math.Round((float64(x/scale)-c)*fine)))
	}
}

// unit is v at length one.
func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return make([]float32, len(v))
	}
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / math.Sqrt(sum))
	}
	return out
}
