package block

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// The compression is LZ77 (Ziv and Lempel, 1977) over a window of 64 KiB with greedy
// matches, chosen for the speed of unpacking: a search unpacks many blocks for each that
// is packed. Each step is a byte with the number of literals (high half) and of copied
// bytes past minMatch (low half), 15 going on in bytes of up to 255; then the literals; then how
// far back to copy from, two bytes. The last step has literals only.
const (
	minMatch   = 4
	maxBack    = 1<<16 - 1
	hashBits   = 14
	tailLength = 12 // bytes at the end that no match begins in: they are read by words of eight
	maxNibble  = 15
)

var errDamaged = errors.New("the bytes are not what was packed")

// squeezer compresses. It keeps its table between calls.
type squeezer struct {
	table [1 << hashBits]int32
}

// squeeze appends the compressed src to dst.
func (z *squeezer) squeeze(dst, src []byte) []byte {
	clear(z.table[:])
	from := 0 // the literals since the last match
	for at, misses := 1, 0; at < len(src)-tailLength; {
		word := binary.LittleEndian.Uint32(src[at:])
		slot := &z.table[word*2654435761>>(32-hashBits)]
		back := int(*slot)
		*slot = int32(at) //nolint:gosec // a block is far shorter than 2 GiB
		if at-back > maxBack || binary.LittleEndian.Uint32(src[back:]) != word {
			misses++
			at += 1 + misses>>6 // what does not compress is passed ever faster
			continue
		}
		for at > from && back > 0 && src[at-1] == src[back-1] {
			at, back = at-1, back-1
		}
		n := minMatch + same(src[back+minMatch:], src[at+minMatch:len(src)-tailLength+minMatch])
		dst = appendStep(dst, src[from:at], n-minMatch)
		dst = binary.LittleEndian.AppendUint16(dst, uint16(at-back)) //nolint:gosec // at most maxBack
		at += n
		from, misses = at, 0
	}
	return appendStep(dst, src[from:], 0)
}

// same is how many bytes a and b have in common at their beginning. a is at least as long as b.
func same(a, b []byte) (n int) {
	for len(b)-n >= 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)>>3
		}
		n += 8
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func appendStep(dst, literals []byte, more int) []byte {
	n := len(literals)
	dst = append(dst, byte(min(n, maxNibble)<<4|min(more, maxNibble)))
	dst = appendRest(dst, n)
	dst = append(dst, literals...)
	return appendRest(dst, more)
}

func appendRest(dst []byte, n int) []byte {
	if n < maxNibble {
		return dst
	}
	for n -= maxNibble; n >= 255; n -= 255 {
		dst = append(dst, 255)
	}
	return append(dst, byte(n))
}

// unsqueeze unpacks src, which must come to exactly size bytes.
func unsqueeze(src []byte, size int) ([]byte, error) {
	dst := make([]byte, size)
	in, out := 0, 0
	for in < len(src) {
		step := src[in]
		in++
		literals, more := int(step>>4), int(step&maxNibble)
		if literals == maxNibble {
			n, k := rest(src[in:])
			literals, in = literals+n, in+k
		}
		if literals > len(src)-in || literals > len(dst)-out {
			return nil, errDamaged
		}
		copy(dst[out:], src[in:in+literals])
		in, out = in+literals, out+literals
		if in == len(src) {
			break
		}
		if more == maxNibble {
			n, k := rest(src[in:])
			more, in = more+n, in+k
		}
		if len(src)-in < 2 {
			return nil, errDamaged
		}
		back := int(binary.LittleEndian.Uint16(src[in:]))
		in += 2
		n := more + minMatch
		if back == 0 || back > out || n > len(dst)-out {
			return nil, errDamaged
		}
		copyBack(dst, out, back, n)
		out += n
	}
	if out != size {
		return nil, errDamaged
	}
	return dst, nil
}

// copyBack copies n bytes from back bytes before, which may overlap: then they repeat.
func copyBack(dst []byte, out, back, n int) {
	for n > 0 {
		k := copy(dst[out:out+n], dst[out-back:out])
		out, n = out+k, n-k
	}
}

// rest reads what appendRest wrote, and how many bytes that was.
func rest(src []byte) (n, read int) {
	for read < len(src) {
		c := src[read]
		read++
		n += int(c)
		if c < 255 {
			return n, read
		}
	}
	return n, read
}
