package vector

import (
	"math"
	"math/bits"
)

// planes is how many bits of a query's dimension the first step uses.
const planes = 3

// query is a rotated query in the forms that the steps of a search take.
type query struct {
	exact     []float32
	plane     [planes][]uint64 // bit j of each dimension
	low, step float32          // value of a dimension: low + step * its planes
	sum       float32
	whole     []int16 // in units of unit
	unit      float32
}

func (s *Store) query(v []float32) *query {
	q := &query{exact: s.rotation.turn(unit(v)), whole: make([]int16, s.size)}
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, x := range q.exact {
		low, high = min(low, x), max(high, x)
		q.sum += x
	}
	q.low, q.step = low, max(high-low, 1e-9)/(1<<planes-1)
	q.unit = max(high, -low, 1e-9) / 2047
	for j := range q.plane {
		q.plane[j] = make([]uint64, s.words)
	}
	for i, x := range q.exact {
		q.whole[i] = int16(math.Round(float64(x / q.unit)))
		u := uint64(math.Round(float64((x - low) / q.step)))
		for j := range q.plane {
			q.plane[j][i/64] |= (u >> j & 1) << (i % 64)
		}
	}
	return q
}

// estimate is the cosine as the code of vector i tells it.
func (s *Store) estimate(q *query, i int) float32 {
	code := s.codes[i*s.words : (i+1)*s.words]
	n := 0
	if len(code) == unrolled {
		n = overlap((*[unrolled]uint64)(code), (*[unrolled]uint64)(q.plane[0]), (*[unrolled]uint64)(q.plane[1]), (*[unrolled]uint64)(q.plane[2]))
	} else {
		for j, p := range q.plane {
			for w, c := range code {
				n += bits.OnesCount64(c&p[w]) << j
			}
		}
	}
	return (2*(q.low*float32(s.ones[i])+q.step*float32(n)) - q.sum) * s.factor[i]
}

// unrolled is how many words the code of the usual 384 dimensions has.
const unrolled = 6

// overlap counts the bits that a code shares with each plane, weighted by the plane.
func overlap(c, p0, p1, p2 *[unrolled]uint64) int {
	n0 := bits.OnesCount64(c[0]&p0[0]) + bits.OnesCount64(c[1]&p0[1]) + bits.OnesCount64(c[2]&p0[2]) +
		bits.OnesCount64(c[3]&p0[3]) + bits.OnesCount64(c[4]&p0[4]) + bits.OnesCount64(c[5]&p0[5])
	n1 := bits.OnesCount64(c[0]&p1[0]) + bits.OnesCount64(c[1]&p1[1]) + bits.OnesCount64(c[2]&p1[2]) +
		bits.OnesCount64(c[3]&p1[3]) + bits.OnesCount64(c[4]&p1[4]) + bits.OnesCount64(c[5]&p1[5])
	n2 := bits.OnesCount64(c[0]&p2[0]) + bits.OnesCount64(c[1]&p2[1]) + bits.OnesCount64(c[2]&p2[2]) +
		bits.OnesCount64(c[3]&p2[3]) + bits.OnesCount64(c[4]&p2[4]) + bits.OnesCount64(c[5]&p2[5])
	return n0 + 2*n1 + 4*n2
}

// near is the cosine by the coarse part of vector i.
func (s *Store) near(q *query, i int) float32 {
	v := s.coarse[i*s.size : (i+1)*s.size]
	w := q.whole[:len(v)]
	var a, b, c, d int32
	for len(v) >= 8 && len(w) >= 8 { // sizes are multiples of a block
		a += int32(v[0])*int32(w[0]) + int32(v[4])*int32(w[4])
		b += int32(v[1])*int32(w[1]) + int32(v[5])*int32(w[5])
		c += int32(v[2])*int32(w[2]) + int32(v[6])*int32(w[6])
		d += int32(v[3])*int32(w[3]) + int32(v[7])*int32(w[7])
		v, w = v[8:], w[8:]
	}
	return float32(a+b+c+d) * s.scale[i] * q.unit
}

// cosine is the cosine to within about 1e-5.
func (s *Store) cosine(q *query, i int) float32 {
	v, rest := s.coarse[i*s.size:(i+1)*s.size], s.rest[i*s.size:(i+1)*s.size]
	sum := float32(0)
	for k, x := range q.exact {
		sum += x * (float32(v[k]) + float32(rest[k])*(1.0/fine))
	}
	return sum * s.scale[i]
}
