package rl

import (
	"cmp"
	"maps"
	"slices"
)

// trim forgets the cells that were not touched for longest once there are more
// than mostCells, a tenth at once so that it is rare.
func (m *Model) trim() {
	if len(m.cells) <= mostCells {
		return
	}
	all := slices.SortedFunc(maps.Keys(m.cells), func(a, b place) int {
		return cmp.Or(cmp.Compare(m.cells[a].last, m.cells[b].last), a.compare(b))
	})
	for _, at := range all[:len(all)-mostCells*9/10] {
		delete(m.cells, at)
	}
}

// compare orders places; the order is that of snapshots.
func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.level, o.level), cmp.Compare(p.verb, o.verb), cmp.Compare(p.one, o.one), cmp.Compare(p.two, o.two))
}

func (c clock) compare(o clock) int {
	return cmp.Or(cmp.Compare(c.verb, o.verb), cmp.Compare(c.stage, o.stage))
}
