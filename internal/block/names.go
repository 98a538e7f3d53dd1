package block

import "encoding/binary"

// stemSize is how many bytes of a name are the same for many: the rest is a number.
const stemSize = 10

// Stem is the part of a name that many records share: the file or the stream that they are
// of. The number tells them apart.
func (n Name) Stem() (stem [stemSize]byte, number int64) {
	copy(stem[:], n[:])
	return stem, int64(binary.BigEndian.Uint16(n[10:]))<<32 | int64(binary.BigEndian.Uint32(n[12:]))
}

func nameOf(stem [stemSize]byte, number int64) (n Name) {
	copy(n[:], stem[:])
	binary.BigEndian.PutUint16(n[10:], uint16(number>>32)) //nolint:gosec // 48 bits
	binary.BigEndian.PutUint32(n[12:], uint32(number))     //nolint:gosec // 48 bits
	return n
}

// packNames appends for each record 0 when its name is its own, else the number of its
// stem plus one, the stem where it occurs first, and how far its number is from that of
// the record before it.
func (p *Packer) packNames(out []byte, lines []Line) []byte {
	if p.stems == nil {
		p.stems = map[[stemSize]byte]uint64{}
	}
	clear(p.stems)
	var last [stemSize]byte
	var before int64
	which, known := uint64(0), false
	for i := range lines {
		if lines[i].Own {
			out = append(out, 0)
			continue
		}
		stem, number := lines[i].Name.Stem()
		if stem != last || i == 0 || !known {
			which, known = p.stems[stem]
			last = stem
		}
		if !known {
			which = uint64(len(p.stems)) + 1
			p.stems[stem] = which
		}
		out = binary.AppendUvarint(out, which)
		if !known {
			out = append(out, stem[:]...)
			known = true
		}
		out = appendVarint(out, number-before)
		before = number
	}
	return out
}

func unpackNames(names []byte, lines []Line) bool {
	r := reader{rest: names}
	var stems [][stemSize]byte
	var before int64
	for i := range lines {
		which := r.uvarint()
		if lines[i].Own = which == 0; lines[i].Own {
			continue
		}
		if which == uint64(len(stems))+1 {
			stem := r.bytes(stemSize)
			if r.bad {
				return false
			}
			stems = append(stems, [stemSize]byte(stem))
		}
		if which > uint64(len(stems)) {
			return false
		}
		before += r.varint()
		lines[i].Name = nameOf(stems[which-1], before)
	}
	return !r.bad && len(r.rest) == 0
}
