package vector

import "math"

// block is the size of a Hadamard transform; dimensions are padded to a multiple.
const block = 128

// padded is dim rounded up to whole blocks.
func padded(dim int) int { return (dim + block - 1) / block * block }

// rotation is a fixed pseudo-random rotation: two rounds of sign changes and Hadamard
// transforms, with a permutation between.
type rotation struct {
	first, second []float32 // signs
	to            []int     // where the permutation carries each dimension
}

func newRotation(size int) *rotation {
	r := &rotation{first: signs(size, 0x9e3779b97f4a7c15), second: signs(size, 0xc2b2ae3d27d4eb4f), to: make([]int, size)}
	step := stride(size) // coprime to size, it carries each block into all others
	for i := range r.to {
		r.to[i] = i * step % size
	}
	return r
}

// turn is v rotated and padded.
func (r *rotation) turn(v []float32) []float32 {
	a, out := make([]float32, len(r.to)), make([]float32, len(r.to))
	for i, x := range v {
		a[i] = x * r.first[i]
	}
	hadamard(a)
	for i, x := range a {
		out[r.to[i]] = x
	}
	for i := range out {
		out[i] *= r.second[i]
	}
	hadamard(out)
	return out
}

// stride is a number coprime to n, near the golden section of it.
func stride(n int) int {
	for s := int(float64(n)*0.618) | 1; ; s += 2 {
		if gcd(s, n) == 1 {
			return s
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// signs are the bits of a xorshift sequence as 1 and -1.
func signs(n int, seed uint64) []float32 {
	out := make([]float32, n)
	for i := range out {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		out[i] = 1 - 2*float32(seed&1)
	}
	return out
}

// hadamard transforms each block in place, keeping lengths.
func hadamard(v []float32) {
	scale := float32(1 / math.Sqrt(block))
	for start := 0; start < len(v); start += block {
		b := v[start : start+block]
		for h := 1; h < block; h *= 2 {
			for i := 0; i < block; i += 2 * h {
				for j := i; j < i+h; j++ {
					b[j], b[j+h] = b[j]+b[j+h], b[j]-b[j+h]
				}
			}
		}
		for i := range b {
			b[i] *= scale
		}
	}
}
