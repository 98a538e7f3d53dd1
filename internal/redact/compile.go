package redact

import (
	"encoding/binary"
	"slices"
)

// builder turns anchors into an automaton by the subset construction: a state
// is the set of anchor positions reached so far.
type builder struct {
	anchors []anchor
	rules   []int
	class   [256]uint8
	samples []byte // one byte of each class
	ids     map[string]int
	states  [][]uint32
	moves   [][]int
	to      []uint32 // reused: most steps lead to a state that is known
	key     []byte   // reused
}

func newAutomaton(rules []rule) *automaton {
	b := &builder{ids: map[string]int{}}
	for i, r := range rules {
		for _, a := range r.anchors {
			b.anchors = append(b.anchors, a)
			b.rules = append(b.rules, i)
		}
	}
	b.classify()
	b.intern(nil)
	for i := 0; i < len(b.states); i++ {
		row := make([]int, len(b.samples))
		for c, sample := range b.samples {
			row[c] = b.intern(b.step(b.states[i], sample))
		}
		b.moves = append(b.moves, row)
	}
	return b.table()
}

// classify groups the bytes that no anchor tells apart.
func (b *builder) classify() {
	seen := map[string]uint8{}
	var key []byte
	for c := range 256 {
		key = key[:0]
		for _, a := range b.anchors {
			for _, in := range a.sets {
				bit := byte(0)
				if in[c] {
					bit = 1
				}
				key = append(key, bit)
			}
		}
		id, ok := seen[string(key)]
		if !ok {
			id = uint8(len(b.samples))
			seen[string(key)] = id
			b.samples = append(b.samples, byte(c))
		}
		b.class[c] = id
	}
}

// step is the set of positions after one more byte. A position is the anchor's
// number and how many of its sets have matched. The set is good until the next step.
func (b *builder) step(from []uint32, c byte) []uint32 {
	to := b.to[:0]
	for _, p := range from {
		a, k := b.anchors[p>>8], p&255
		if int(k) < len(a.sets) && a.sets[k][c] {
			to = append(to, p+1)
		}
	}
	for i, a := range b.anchors {
		if a.sets[0][c] {
			to = append(to, uint32(i)<<8|1)
		}
	}
	slices.Sort(to)
	b.to = to
	return to
}

func (b *builder) intern(positions []uint32) int {
	b.key = b.key[:0]
	for _, p := range positions {
		b.key = binary.BigEndian.AppendUint32(b.key, p)
	}
	id, ok := b.ids[string(b.key)]
	if !ok {
		id = len(b.states)
		b.ids[string(b.key)] = id
		b.states = append(b.states, slices.Clone(positions))
	}
	return id
}

// hitsOf lists the anchors complete in a state, in the order of the rules.
func (b *builder) hitsOf(state int) []hit {
	var out []hit
	for _, p := range b.states[state] {
		i, k := int(p>>8), int(p&255)
		if k != len(b.anchors[i].sets) {
			continue
		}
		if b.anchors[i].lead {
			k--
		}
		out = append(out, hit{rule: b.rules[i], length: k})
	}
	return out
}

// table numbers the states so that those with hits come last.
func (b *builder) table() *automaton {
	n, width := len(b.states), len(b.samples)
	a := &automaton{class: b.class, width: width, next: make([]uint16, n*width), hits: make([][]hit, n)}
	number := make([]int, n)
	var quiet, loud []int
	for i := range n {
		if len(b.hitsOf(i)) == 0 {
			quiet = append(quiet, i)
		} else {
			loud = append(loud, i)
		}
	}
	a.firstHit = len(quiet)
	for to, from := range append(quiet, loud...) {
		number[from] = to
		a.hits[to] = b.hitsOf(from)
	}
	for from, row := range b.moves {
		for c, to := range row {
			a.next[number[from]*width+c] = uint16(number[to])
		}
	}
	a.start = int(a.next[number[0]*width+int(a.class['\n'])])
	return a
}
