package block

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"
)

// Name tells a record apart from all others of its store.
type Name [16]byte

// Line is a record of a block.
type Line struct {
	Number int64 // within its resource
	At     int64 // unix nanoseconds; the smallest integer when it is not known
	Level  string
	Run    string
	Text   string
	// Own is set when the name can be worked out from the rest of the record. Name is not
	// kept then.
	Own  bool
	Name Name
}

// Part is what is unpacked of a block, beside numbers, times, levels and runs.
type Part int

const (
	Texts Part = 1 << iota
	Names
)

const version = 1

var errDamaged = errors.New("the bytes are not what was packed")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Packer packs blocks. It keeps its buffers between calls and is for one goroutine.
type Packer struct {
	columns []byte
	names   []byte
	texts   []byte
	stems   map[[stemSize]byte]uint64
	values  map[string]uint64
	packed  []byte // a section
}

// Pack packs records whose numbers rise. The result is a new slice.
func (p *Packer) Pack(lines []Line) []byte {
	p.columns = p.packColumns(p.columns[:0], lines)
	p.names = p.packNames(p.names[:0], lines)
	p.texts = p.texts[:0]
	for i := range lines {
		p.texts = append(p.texts, lines[i].Text...)
	}
	out := make([]byte, 5, 64+(len(p.columns)+len(p.names)+len(p.texts))/3)
	out = binary.AppendUvarint(out, uint64(len(lines)))
	for _, section := range [][]byte{p.columns, p.names, p.texts} {
		out = p.section(out, section)
	}
	out[0] = version
	binary.LittleEndian.PutUint32(out[1:], crc32.Checksum(out[5:], castagnoli))
	return out
}

// section appends the length of raw when it is compressed, and that.
func (p *Packer) section(out, raw []byte) []byte {
	p.packed = slices.Grow(p.packed[:0], s2.MaxEncodedLen(len(raw)))
	packed := s2.Encode(p.packed[:cap(p.packed)], raw)
	return append(binary.AppendUvarint(out, uint64(len(packed))), packed...)
}

// maxSection bounds what a damaged block can make us allocate.
const maxSection = 1 << 30

// Unpack is the records of a block with the parts that are asked for.
func Unpack(packed []byte, parts Part) ([]Line, error) {
	if len(packed) < 6 || packed[0] != version || crc32.Checksum(packed[5:], castagnoli) != binary.LittleEndian.Uint32(packed[1:]) {
		return nil, errDamaged
	}
	r := reader{rest: packed[5:]}
	n := r.uvarint()
	columns, names, texts := r.section(true), r.section(parts&Names != 0), r.section(parts&Texts != 0)
	if r.bad || n > uint64(len(columns)) { // each record takes some bytes of them
		return nil, errDamaged
	}
	lines := make([]Line, n)
	sizes, ok := unpackColumns(columns, lines)
	if ok && parts&Names != 0 {
		ok = unpackNames(names, lines)
	}
	if ok && parts&Texts != 0 {
		ok = unpackTexts(texts, sizes, lines)
	}
	if !ok {
		return nil, errDamaged
	}
	return lines, nil
}

func unpackTexts(texts []byte, sizes []int, lines []Line) bool {
	all := string(texts)
	for i, n := range sizes {
		if n > len(all) {
			return false
		}
		lines[i].Text, all = all[:n], all[n:]
	}
	return all == ""
}

// reader reads what was appended; bad is set when that cannot be.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	n, k := binary.Uvarint(r.rest)
	if k <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[k:]
	return n
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	return int64(n>>1) ^ -int64(n&1) //nolint:gosec // zigzag
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// section is nil when it is not wanted.
func (r *reader) section(wanted bool) []byte {
	packed := r.bytes(r.uvarint())
	if r.bad || !wanted {
		return nil
	}
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxSection {
		r.bad = true
		return nil
	}
	raw, err := s2.Decode(nil, packed)
	r.bad = err != nil
	return raw
}
