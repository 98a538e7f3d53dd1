package block

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/s2"
)

// Outline says which words each record of a block holds, without the texts. Records with
// the same words in the same order, of one level and equally long, are of one shape: a
// block of a thousand records has a hundred shapes or so.
//
// Only some words are listed: those that messages are made of, which have no digit. What is
// not listed stands as a gap between those that are; whether a record holds it is seen in its
// text alone. Words are told by short hashes, so only a block that holds a word, as the
// full-text index says, may be asked for it.
type Outline struct {
	Levels []string
	Shapes []Shape
	Of     []uint8 // by record: its shape

	hashes []uint32 // of the words that are listed, rising
	ends   []uint32 // by shape: where it ends among the listed words, behind a gap
	few    []uint8  // the listed words of all shapes: numbers in hashes, counted from 1; 0: a gap
	many   []uint16 // the same, when there are too many for a byte
}

// Shape is what the records of one shape have in common.
type Shape struct {
	Words   uint32
	Records uint32
	Level   uint16 // in Levels
}

const outlineVersion = 1

// seal makes the bytes that are stored of an outline's body.
func seal(body []byte) []byte {
	out := append(make([]byte, 5, 8+len(body)), s2.Encode(nil, body)...)
	out[0] = outlineVersion
	binary.LittleEndian.PutUint32(out[1:], crc32.Checksum(out[5:], castagnoli))
	return out
}

// ReadOutline reads what Words.Outline made of n records. Nil: it is none of them.
func ReadOutline(packed []byte, n int) *Outline {
	if len(packed) < 6 || packed[0] != outlineVersion || crc32.Checksum(packed[5:], castagnoli) != binary.LittleEndian.Uint32(packed[1:]) {
		return nil
	}
	if size, err := s2.DecodedLen(packed[5:]); err != nil || size > maxSection {
		return nil
	}
	body, err := s2.Decode(nil, packed[5:])
	if err != nil {
		return nil
	}
	var o Outline
	r := reader{rest: body}
	if o.read(&r); r.bad || len(r.rest) != n || n == 0 {
		return nil
	}
	o.Of = slices.Clone(r.rest)
	for _, shape := range o.Of {
		if int(shape) >= len(o.Shapes) {
			return nil
		}
		o.Shapes[shape].Records++
	}
	return &o
}

func (o *Outline) read(r *reader) {
	for range r.some() {
		o.Levels = append(o.Levels, string(r.bytes(r.uvarint())))
	}
	n := r.some()
	o.hashes = make([]uint32, 0, n)
	before := uint64(0)
	for range n {
		before += r.uvarint()
		o.hashes = append(o.hashes, uint32(before&math.MaxUint32)) //nolint:gosec // cut
	}
	n = r.some()
	o.Shapes, o.ends = make([]Shape, 0, n), make([]uint32, 0, n)
	listed := make([]uint16, 0, len(r.rest))
	for range n {
		key := reader{rest: r.bytes(r.uvarint())}
		level, words := key.uvarint(), key.uvarint()
		r.bad = r.bad || level >= uint64(len(o.Levels))
		for len(key.rest) > 0 {
			listed = append(listed, uint16(key.uvarint())) //nolint:gosec // as it was written
		}
		r.bad = r.bad || key.bad
		listed = append(listed, 0)
		o.Shapes = append(o.Shapes, Shape{Words: uint32(words), Level: uint16(level)}) //nolint:gosec // likewise
		o.ends = append(o.ends, uint32(len(listed)))                                   //nolint:gosec // likewise
	}
	if len(o.hashes) > math.MaxUint8 {
		o.many = slices.Clone(listed)
		return
	}
	o.few = make([]uint8, len(listed))
	for i, number := range listed {
		o.few[i] = uint8(number) //nolint:gosec // no more are listed
	}
}

// some is a count of things of a byte at least.
func (r *reader) some() uint64 {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad, n = true, 0
	}
	return n
}

// Size is about how many bytes an outline takes in memory.
func (o *Outline) Size() int {
	return 250 + len(o.Of) + 16*len(o.Shapes) + 4*len(o.hashes) + len(o.few) + 2*len(o.many)
}

// Count adds to counts how often a phrase occurs in the records of each shape, and appends
// the shapes in which it does, in order. counts has an element for each shape and is zero
// for all. sure is false when the texts alone can say it; then nothing is counted. The block
// must hold the words of the phrase.
func (o *Outline) Count(p Phrase, counts []int32, in []uint8) (with []uint8, sure bool) {
	if p.prefix || p.Empty() {
		return in, false
	}
	var room [8]uint16
	numbers := room[:0]
	for i, h := range p.hashes {
		at, listed := slices.BinarySearch(o.hashes, shortHash(h))
		if !listed || len(p.words[i]) > longest {
			return in, false
		}
		numbers = append(numbers, uint16(at+1)) //nolint:gosec // at most mostListed
	}
	if o.many != nil {
		return o.countMany(numbers, counts, in), true
	}
	return o.countFew(numbers, counts, in), true
}

func (o *Outline) countMany(numbers []uint16, counts []int32, in []uint8) []uint8 {
	shape := 0
	for i, number := range o.many {
		if number != numbers[0] {
			continue
		}
		for int(o.ends[shape]) <= i {
			shape++
		}
		if len(o.many)-i >= len(numbers) && slices.Equal(o.many[i:i+len(numbers)], numbers) {
			if counts[shape]++; counts[shape] == 1 {
				in = append(in, uint8(shape)) //nolint:gosec // at most mostShapes
			}
		}
	}
	return in
}

func (o *Outline) countFew(numbers []uint16, counts []int32, in []uint8) []uint8 {
	var room [8]uint8
	few := room[:0]
	for _, number := range numbers {
		few = append(few, uint8(number)) //nolint:gosec // they fit
	}
	shape, at := 0, 0
	for {
		next := bytes.IndexByte(o.few[at:], few[0])
		if next < 0 {
			return in
		}
		at += next
		for int(o.ends[shape]) <= at {
			shape++
		}
		if len(few) == 1 || bytes.HasPrefix(o.few[at:], few) {
			if counts[shape]++; counts[shape] == 1 {
				in = append(in, uint8(shape)) //nolint:gosec // at most mostShapes
			}
		}
		at++
	}
}
