package pipewright

import "slices"

// Edge says that Down depends on Up: data flows from Up to Down, or Down runs
// on Up.
type Edge struct {
	Up   ResourceID `json:"up"`
	Down ResourceID `json:"down"`
}

// Topology is the lineage of resources. The zero value is an empty one.
type Topology struct {
	up, down map[ResourceID][]ResourceID
}

// NewTopology builds a topology. Neighbours are kept in sorted order, so walks
// are the same whatever the order of the edges. Cycles are allowed.
func NewTopology(edges []Edge) Topology {
	t := Topology{up: map[ResourceID][]ResourceID{}, down: map[ResourceID][]ResourceID{}}
	for _, e := range edges {
		if e.Up == e.Down || slices.Contains(t.up[e.Down], e.Up) {
			continue
		}
		t.up[e.Down] = append(t.up[e.Down], e.Up)
		t.down[e.Up] = append(t.down[e.Up], e.Down)
	}
	for _, m := range []map[ResourceID][]ResourceID{t.up, t.down} {
		for _, ids := range m {
			slices.Sort(ids)
		}
	}
	return t
}

// Upstream returns what id depends on, nearest first, at most hops away,
// without id itself.
func (t Topology) Upstream(id ResourceID, hops int) []ResourceID { return walk(t.up, id, hops) }

// Downstream returns what depends on id, nearest first, at most hops away.
func (t Topology) Downstream(id ResourceID, hops int) []ResourceID { return walk(t.down, id, hops) }

// Distance is the number of hops from up to down along the flow, or -1 when
// down does not depend on up within hops.
func (t Topology) Distance(up, down ResourceID, hops int) int {
	if up == down {
		return 0
	}
	level := []ResourceID{down}
	seen := map[ResourceID]bool{down: true}
	for d := 1; d <= hops && len(level) > 0; d++ {
		var next []ResourceID
		for _, id := range level {
			for _, n := range t.up[id] {
				if n == up {
					return d
				}
				if !seen[n] {
					seen[n] = true
					next = append(next, n)
				}
			}
		}
		level = next
	}
	return -1
}

func walk(next map[ResourceID][]ResourceID, from ResourceID, hops int) []ResourceID {
	seen := map[ResourceID]bool{from: true}
	var out []ResourceID
	level := []ResourceID{from}
	for range hops {
		var found []ResourceID
		for _, id := range level {
			for _, n := range next[id] {
				if !seen[n] {
					seen[n] = true
					found = append(found, n)
				}
			}
		}
		out = append(out, found...)
		level = found
	}
	return out
}
