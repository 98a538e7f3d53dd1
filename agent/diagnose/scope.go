package diagnose

import (
	"context"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const (
	upstreamHops = 6  // how far upstream a cause is looked for
	scopeLimit   = 40 // resources read for one incident, the nearest
)

// scope is where an incident's cause may show or sit.
type scope struct {
	symptoms []pipewright.ResourceID
	order    []pipewright.ResourceID       // nearest first
	hops     map[pipewright.ResourceID]int // to the nearest symptom
	topo     pipewright.Topology
	below    map[pipewright.ResourceID][]pipewright.ResourceID // see path
}

// scopeOf walks the lineage upstream from where the incident shows. The parts
// of a symptom, such as the tasks of a DAG, are taken in when lineage has them
// one hop downstream in the same system.
func scopeOf(ctx context.Context, tel tools.ResourceReader, inc pipewright.Incident) (scope, error) {
	s := scope{symptoms: inc.Resources(), hops: map[pipewright.ResourceID]int{}, below: map[pipewright.ResourceID][]pipewright.ResourceID{}}
	topo, err := tel.Lineage(ctx)
	s.topo = topo
	for _, id := range s.symptoms {
		s.add(id, 0)
	}
	for _, id := range s.symptoms {
		for _, part := range topo.Downstream(id, 1) {
			if part.System() == id.System() {
				s.add(part, 1)
			}
		}
	}
	for _, id := range slices.Clone(s.order) {
		for _, up := range topo.Upstream(id, upstreamHops) {
			s.add(up, s.hops[id]+topo.Distance(up, id, upstreamHops))
		}
	}
	slices.SortStableFunc(s.order, func(a, b pipewright.ResourceID) int { return s.hops[a] - s.hops[b] })
	for _, far := range s.order[min(len(s.order), scopeLimit):] {
		delete(s.hops, far)
	}
	s.order = s.order[:min(len(s.order), scopeLimit)]
	return s, err
}

func (s *scope) add(id pipewright.ResourceID, hops int) {
	old, known := s.hops[id]
	if !known {
		s.order = append(s.order, id)
	}
	if !known || hops < old {
		s.hops[id] = hops
	}
}

// path is where a cause at id can show: id itself and what lies between it and
// the symptoms, nearest to id first. The parts of a symptom count with it.
func (s *scope) path(id pipewright.ResourceID) []pipewright.ResourceID {
	if p, ok := s.below[id]; ok {
		return p
	}
	p := []pipewright.ResourceID{id}
	for _, down := range s.topo.Downstream(id, upstreamHops+1) {
		if _, in := s.hops[down]; in {
			p = append(p, down)
		}
	}
	s.below[id] = p
	return p
}

// distance is the hops from a cause's place down to where something shows.
func (s *scope) distance(from, to pipewright.ResourceID) int {
	return max(s.topo.Distance(from, to, upstreamHops+1), 0)
}

// belowSymptom reports whether another symptom lies upstream of id: then id
// more likely suffers than causes.
func (s *scope) belowSymptom(id pipewright.ResourceID) bool {
	for _, other := range s.symptoms {
		if other != id && s.topo.Distance(other, id, upstreamHops) > 0 {
			return true
		}
	}
	return false
}
