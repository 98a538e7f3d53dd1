package sqlite

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// lineBits is how many bits of a line's id hold its number within its resource;
// the bits above hold the resource.
const lineBits = 36

const lineMask = 1<<lineBits - 1

// lines stores log records that are not there yet and numbers them.
func (g *ingestion) lines(list []pipewright.LogLine, fresh *pipewright.Batch) error {
	again := map[[16]byte]uint64{}
	last := map[int64]int64{} // newest id of each resource
	var stored []storedLine
	for _, l := range list {
		resource, err := g.observe(l.Resource, nanos(l.At))
		if err != nil {
			return err
		}
		uid := lineUID(resource, l, again)
		if last[resource] == 0 {
			if last[resource], err = g.lastLine(resource); err != nil {
				return err
			}
		}
		id := last[resource] + 1
		l.At, l.Text = moment(nanos(l.At)), clean(l.Text)
		n, err := g.exec(`INSERT INTO lines (id, resource, at, level, run, uid, text) VALUES (?,?,?,?,?,?,?) ON CONFLICT (uid) DO NOTHING`,
			id, resource, nanos(l.At), string(l.Level), clean(l.Run), uid[:], l.Text)
		if err != nil {
			return err
		}
		if n > 0 {
			last[resource], l.Line = id, id&lineMask
			fresh.Lines = append(fresh.Lines, l)
			stored = append(stored, storedLine{id, l.Text})
		}
	}
	return g.index(stored)
}

type storedLine struct {
	id   int64
	text string
}

// index adds lines to the full-text index in order of id: out of order it
// would write its buffer out at every line.
func (g *ingestion) index(lines []storedLine) error {
	slices.SortFunc(lines, func(a, b storedLine) int { return cmp.Compare(a.id, b.id) })
	for _, l := range lines {
		if _, err := g.exec(`INSERT INTO lines_text (rowid, text) VALUES (?, ?)`, l.id, l.text); err != nil {
			return err
		}
	}
	return nil
}

// lastLine is the id of a resource's newest line, or the one before its first.
func (g *ingestion) lastLine(resource int64) (id int64, err error) {
	base := resource << lineBits
	_, err = g.row(`SELECT coalesce(max(id), ?1) FROM lines WHERE id BETWEEN ?1 AND ?2`, []any{base, base | lineMask}, &id)
	return id, err
}

// lineUID names a record within the store: the first 16 bytes of SHA-256 over
// its resource and the source's UID. Without a UID it is derived from run, time
// and text, and from how many equal records came before it in this batch, so
// that two equal lines of one moment are two lines and a batch that comes again
// is none.
func lineUID(resource int64, l pipewright.LogLine, again map[[16]byte]uint64) [16]byte {
	if l.UID != "" {
		return hash16(uint64(resource), 1, l.UID)
	}
	uid := hash16(uint64(resource), uint64(nanos(l.At)), l.Run, l.Text)
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
