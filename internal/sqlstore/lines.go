package sqlstore

import (
	"crypto/sha256"
	"encoding/binary"

	pipewright "github.com/pipewright/pipewright"
)

// LineBits is how many bits of a line's id hold its number within its resource;
// the bits above hold the resource.
const LineBits = 36

// LineMask is the bits of the number.
const LineMask = 1<<LineBits - 1

// LineUID names a record within the store: 16 bytes, made of its resource and the
// source's UID. Without a UID it is derived from run, time and text, and from how many
// equal records came before it in this batch, so that two equal lines of one
// moment are two lines and a batch that comes again is none.
//
// Six of the bytes keep the order of what they are made of, the number that a UID ends
// in or the time, and ten are SHA-256 over everything: an index of names that come in
// order grows at its end, where one of hashes alone would touch a page for each line.
func LineUID(resource int64, l pipewright.LogLine, again map[[16]byte]uint64) [16]byte {
	n := Namer{again: again}
	uid, _ := n.Name(resource, l)
	return uid
}

// Namer names records as LineUID does. Those of one batch have few stems, so it keeps the
// last one's hash.
type Namer struct {
	again    map[[16]byte]uint64
	resource int64
	stem     string
	hash     [16]byte
}

// Name is the record's name. It is its own when it can be worked out from the record alone,
// by OwnUID.
func (n *Namer) Name(resource int64, l pipewright.LogLine) (uid [16]byte, own bool) {
	if n.again == nil {
		n.again = map[[16]byte]uint64{}
	}
	if l.UID == "" {
		uid, nth := ownUID(resource, l, n.again)
		return uid, nth == 0
	}
	stem, number := cutNumber(l.UID)
	if stem != n.stem || resource != n.resource || n.hash == [16]byte{} {
		n.stem, n.resource, n.hash = stem, resource, hash16(uint64(resource), 1, stem)
	}
	uid = n.hash
	putUint48(uid[10:], number)
	return uid, false
}

// OwnUID is the name of a record without a UID, the first of its kind.
func OwnUID(resource int64, l pipewright.LogLine) [16]byte {
	uid, _ := ownUID(resource, l, nil)
	return uid
}

// ownUID names a record without a UID and says how many equal ones came before it. again
// may be nil: then it is the first.
func ownUID(resource int64, l pipewright.LogLine, again map[[16]byte]uint64) (uid [16]byte, nth uint64) {
	at := uint64(Nanos(l.At))
	uid = hash16(uint64(resource), at, l.Run, l.Text)
	if again != nil {
		nth = again[uid]
		again[uid]++
	}
	if nth > 0 {
		uid = hash16(nth, 2, string(uid[:]))
	}
	copy(uid[6:], uid[:10])
	putUint48(uid[:], at>>16) // in steps of 66 microseconds
	return uid, nth
}

// maxDigits is how many digits of a number fit into six bytes.
const maxDigits = 14

// cutNumber cuts a name before the number that it ends in. A name that ends in none,
// or in one too long, is whole; zeros in front belong to the name, so that no two
// names are cut to the same.
func cutNumber(name string) (stem string, n uint64) {
	from := len(name)
	for from > 0 && name[from-1] >= '0' && name[from-1] <= '9' {
		from--
	}
	for from < len(name) && name[from] == '0' {
		from++
	}
	if len(name)-from > maxDigits {
		return name, 0
	}
	for _, c := range []byte(name[from:]) {
		n = n*10 + uint64(c-'0')
	}
	return name[:from], n
}

func putUint48(to []byte, n uint64) {
	binary.BigEndian.PutUint16(to, uint16(n>>32))
	binary.BigEndian.PutUint32(to[2:], uint32(n))
}

func hash16(a, b uint64, texts ...string) (uid [16]byte) {
	var room [512]byte // what most records fit into
	buf := binary.BigEndian.AppendUint64(room[:0], a)
	buf = binary.BigEndian.AppendUint64(buf, b)
	for _, t := range texts {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(t)))
		buf = append(buf, t...)
	}
	sum := sha256.Sum256(buf)
	copy(uid[:], sum[:])
	return uid
}
