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

// LineUID names a record within the store: the first 16 bytes of SHA-256 over
// its resource and the source's UID. Without a UID it is derived from run, time
// and text, and from how many equal records came before it in this batch, so
// that two equal lines of one moment are two lines and a batch that comes again
// is none.
func LineUID(resource int64, l pipewright.LogLine, again map[[16]byte]uint64) [16]byte {
	if l.UID != "" {
		return hash16(uint64(resource), 1, l.UID)
	}
	uid := hash16(uint64(resource), uint64(Nanos(l.At)), l.Run, l.Text)
	nth := again[uid]
	again[uid]++
	return hash16(nth, 2, string(uid[:]))
}

func hash16(a, b uint64, texts ...string) (uid [16]byte) {
	h := sha256.New()
	buf := binary.BigEndian.AppendUint64(nil, a)
	buf = binary.BigEndian.AppendUint64(buf, b)
	for _, t := range texts {
		buf = binary.BigEndian.AppendUint64(buf, uint64(len(t)))
		buf = append(buf, t...)
	}
	h.Write(buf)
	copy(uid[:], h.Sum(nil))
	return uid
}
