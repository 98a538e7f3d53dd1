package block

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// outliner keeps what making an outline needs between calls.
type outliner struct {
	order   []uint32 // the words that are listed, by short hash
	numbers []uint16 // of each word met, counted from 1; 0: it is not listed
	byKey   map[string]uint8
	key     []byte
}

const (
	mostShapes = 256
	mostListed = 1 << 14
	wordBits   = 28 // of a hash: steps of three bytes for the words of a block
	stricter   = 4  // by which the records that a word needs grow while there are too many shapes
)

func shortHash(h uint64) uint32 { return uint32(h >> (64 - wordBits)) } //nolint:gosec // cut to the bits

// Outline outlines the records that Of was given last. Nil: too little is the same in them.
func (w *Words) Outline(lines []Line) []byte {
	for need := 1; need <= len(lines); need *= stricter {
		w.list(need)
		if len(w.order) == 0 {
			break
		}
		if len(w.order) > mostListed {
			continue
		}
		if body, ok := w.outline(lines); ok {
			return seal(body)
		}
	}
	return nil
}

// list chooses the words that are listed when each must be in so many records. Of words
// with one short hash none is.
func (w *Words) list(need int) {
	short := func(i uint32) uint32 { return shortHash(w.met[i].hash) }
	w.order = w.order[:0]
	for i := range w.met {
		m := &w.met[i]
		if int(m.records) >= need && !m.digit && !m.cut {
			w.order = append(w.order, uint32(i)) //nolint:gosec // a block is short
		}
	}
	slices.SortFunc(w.order, func(a, b uint32) int { return cmp.Compare(short(a), short(b)) })
	w.dropAlike(short)
	w.numbers = append(w.numbers[:0], make([]uint16, len(w.met))...)
	for at, i := range w.order {
		w.numbers[i] = uint16(at + 1) //nolint:gosec // at most mostListed count
	}
}

// dropAlike leaves out the words whose short hash another word of the block has.
func (w *Words) dropAlike(short func(uint32) uint32) {
	const bits = 12
	var may [1 << bits]bool // by the first bits of a hash: a listed word has it
	for _, i := range w.order {
		may[short(i)>>(wordBits-bits)] = true
	}
	same := make([]uint8, len(w.order)) // words of the block that have its hash, up to 2
	for i := range w.met {
		h := shortHash(w.met[i].hash)
		if !may[h>>(wordBits-bits)] {
			continue
		}
		at, _ := slices.BinarySearchFunc(w.order, h, func(o, h uint32) int { return cmp.Compare(short(o), h) })
		for ; at < len(w.order) && short(w.order[at]) == h; at++ {
			same[at] = min(2, same[at]+1)
		}
	}
	kept := w.order[:0]
	for at, i := range w.order {
		if same[at] == 1 {
			kept = append(kept, i)
		}
	}
	w.order = kept
}

// outline is the body of an outline; false: there are too many shapes.
func (w *Words) outline(lines []Line) (body []byte, ok bool) {
	if w.byKey == nil {
		w.byKey = map[string]uint8{}
	}
	clear(w.byKey)
	var levels []string
	var shapes []byte
	of := make([]byte, len(lines))
	from := 0
	for i := range lines {
		level := slices.Index(levels, lines[i].Level)
		if level < 0 {
			level, levels = len(levels), append(levels, lines[i].Level)
		}
		w.shapeOf(w.said[from:w.ends[i]], level)
		from = w.ends[i]
		shape, known := w.byKey[string(w.key)]
		if !known {
			if len(w.byKey) == mostShapes {
				return nil, false
			}
			shape = uint8(len(w.byKey)) //nolint:gosec // under mostShapes
			w.byKey[string(w.key)] = shape
			shapes = append(binary.AppendUvarint(shapes, uint64(len(w.key))), w.key...)
		}
		of[i] = shape
	}
	body = binary.AppendUvarint(body, uint64(len(levels)))
	for _, l := range levels {
		body = append(binary.AppendUvarint(body, uint64(len(l))), l...)
	}
	body = binary.AppendUvarint(body, uint64(len(w.order)))
	before := uint32(0)
	for _, i := range w.order {
		h := shortHash(w.met[i].hash)
		body = binary.AppendUvarint(body, uint64(h-before))
		before = h
	}
	body = binary.AppendUvarint(body, uint64(len(w.byKey)))
	body = append(body, shapes...)
	return append(body, of...), true
}

// shapeOf makes the key of a record's shape: its level, how many words it has, and which of
// them are listed, with a zero for what stands between.
func (w *Words) shapeOf(said []uint32, level int) {
	w.key = binary.AppendUvarint(w.key[:0], uint64(level)) //nolint:gosec // positive
	w.key = binary.AppendUvarint(w.key, uint64(len(said)))
	gap := false
	for _, word := range said {
		number := w.numbers[word]
		if number == 0 {
			if !gap {
				w.key = append(w.key, 0)
			}
			gap = true
			continue
		}
		gap = false
		w.key = binary.AppendUvarint(w.key, uint64(number))
	}
}
