package block

import (
	"encoding/binary"
	"math"
)

// units are the steps in which times are counted: the coarsest that loses nothing.
var units = []int64{1e9, 1e6, 1e3, 1}

// packColumns appends numbers, times, levels, runs and lengths of texts, a column after
// the other.
func (p *Packer) packColumns(out []byte, lines []Line) []byte {
	before := int64(0)
	for i := range lines {
		out = binary.AppendUvarint(out, uint64(lines[i].Number-before)) //nolint:gosec // they rise
		before = lines[i].Number
	}
	unit := unitOf(lines)
	out = binary.AppendUvarint(out, uint64(unit))
	before = 0
	for i := range lines {
		at := lines[i].At / unit
		out = appendVarint(out, at-before) // may wrap, and wraps back
		before = at
	}
	out = p.packValues(out, lines, func(l *Line) string { return l.Level })
	out = p.packValues(out, lines, func(l *Line) string { return l.Run })
	for i := range lines {
		out = binary.AppendUvarint(out, uint64(len(lines[i].Text)))
	}
	return out
}

func unitOf(lines []Line) int64 {
	for _, unit := range units {
		fits := true
		for i := 0; i < len(lines) && fits; i++ {
			fits = lines[i].At%unit == 0
		}
		if fits {
			return unit
		}
	}
	return 1
}

func appendVarint(out []byte, n int64) []byte {
	return binary.AppendUvarint(out, uint64(n)<<1^uint64(n>>63)) //nolint:gosec // zigzag
}

// packValues appends the values of a column that has few: how often each occurs in a row,
// and the value where it occurs for the first time, its number later.
func (p *Packer) packValues(out []byte, lines []Line, of func(*Line) string) []byte {
	if p.values == nil {
		p.values = map[string]uint64{}
	}
	clear(p.values)
	for i := 0; i < len(lines); {
		v, n := of(&lines[i]), 1
		for i+n < len(lines) && of(&lines[i+n]) == v {
			n++
		}
		i += n
		out = binary.AppendUvarint(out, uint64(n)) //nolint:gosec // positive
		number, known := p.values[v]
		if known {
			out = binary.AppendUvarint(out, number+1)
			continue
		}
		p.values[v] = uint64(len(p.values))
		out = append(out, 0)
		out = binary.AppendUvarint(out, uint64(len(v)))
		out = append(out, v...)
	}
	return out
}

// unpackColumns fills in the records and returns the lengths of their texts.
func unpackColumns(columns []byte, lines []Line) (sizes []int, ok bool) {
	r := reader{rest: columns}
	before := int64(0)
	for i := range lines {
		before += int64(r.uvarint()) //nolint:gosec // as it was packed
		lines[i].Number = before
	}
	unit := int64(r.uvarint()) //nolint:gosec // one of units
	before = 0
	for i := range lines {
		before += r.varint()
		lines[i].At = before * unit
	}
	r.values(lines, func(l *Line, v string) { l.Level = v })
	r.values(lines, func(l *Line, v string) { l.Run = v })
	sizes = make([]int, len(lines))
	for i := range sizes {
		n := r.uvarint()
		if n > math.MaxInt32 {
			return nil, false
		}
		sizes[i] = int(n)
	}
	return sizes, !r.bad && len(r.rest) == 0
}

func (r *reader) values(lines []Line, set func(*Line, string)) {
	var known []string
	for i := 0; i < len(lines) && !r.bad; {
		n, which := r.uvarint(), r.uvarint()
		if n == 0 || n > uint64(len(lines)-i) || which > uint64(len(known)) {
			r.bad = true
			return
		}
		if which == 0 {
			known = append(known, string(r.bytes(r.uvarint())))
			which = uint64(len(known))
		}
		for range n {
			set(&lines[i], known[which-1])
			i++
		}
	}
}
