package diagnose

import (
	"math"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

const (
	// near is how the chance that a cause sits at a place falls with each hop
	// from where the incident shows.
	near = .7
	// suffers is for a symptom with another symptom upstream of it.
	suffers = .5
	// strayed is for a cause whose message was seen but none of whose places is
	// known: it is put where it shows.
	strayed = .3
	// spareWeight is the prior weight of a cause that the catalogue does not
	// hold; "occasional" is .75. Nothing speaks for or against it, so it takes over
	// when nothing fits the others.
	spareWeight = .5
	// mentioned is for a place that a record names in quotes or in full, host for
	// one that it names as a host with a port.
	mentioned = 3.0
	host      = 10.0
)

// spare is the cause that the catalogue does not hold.
var spare = catalogue.Cause{Name: string(pipewright.ClassUnknown), Class: pipewright.ClassUnknown,
	Summary: "Something that the catalogue does not know."}

// suppose lists the hypotheses: every cause at every place of a kind that it
// sits on, and the spare cause. A cause's prior is shared out over its places.
func (s *scene) suppose(cat *catalogue.Catalogue) []*hypothesis {
	var out []*hypothesis
	for _, c := range cat.Causes {
		places, total := s.places(c), 0.0
		for _, h := range places {
			total += h.prior
		}
		for _, h := range places {
			h.prior *= c.Prior() / total
			if h.lost {
				h.prior *= strayed
			}
		}
		out = append(out, places...)
	}
	return append(out, &hypothesis{cause: spare, at: s.inc.Resource, prior: spareWeight, spare: true, facets: map[facet][]observation{}})
}

func (s *scene) places(c catalogue.Cause) []*hypothesis {
	var out []*hypothesis
	for _, id := range s.order {
		if !slices.Contains(c.Sits, id.Kind()) {
			continue
		}
		w := math.Pow(near, float64(s.hops[id]))
		if s.belowSymptom(id) {
			w *= suffers
		}
		out = append(out, &hypothesis{cause: c, at: id, prior: w, facets: map[facet][]observation{}})
	}
	if len(out) == 0 && s.shown(c) {
		out = append(out, &hypothesis{cause: c, at: s.inc.Resource, prior: 1, lost: true, facets: map[facet][]observation{}})
	}
	return out
}

// shown reports whether any record shows the cause.
func (s *scene) shown(c catalogue.Cause) bool {
	for _, id := range s.order {
		for _, r := range s.facts[id].records {
			if _, ok := r.shows[c.Name]; ok {
				return true
			}
		}
	}
	return false
}
