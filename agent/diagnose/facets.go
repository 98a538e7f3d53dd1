package diagnose

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// facet is one kind of observation. Observations of one facet restate each
// other, so only the best of them counts.
type facet string

const (
	logFacet       facet = "log"
	changeFacet    facet = "change"
	metricFacet    facet = "metric"
	signalFacet    facet = "signal"
	heartbeatFacet facet = "heartbeat"
	placeFacet     facet = "place"
)

// restates says which probes and signals only repeat another facet. Any other
// probe is a facet of its own.
var restates = map[string]facet{
	"schema_diff":                      changeFacet, // also the signal of this name
	"version_changed":                  changeFacet,
	"queue_long":                       metricFacet,
	"memory_near_limit":                metricFacet,
	"disk_near_full":                   metricFacet,
	"sessions_near_limit":              metricFacet,
	"heartbeat_alive":                  heartbeatFacet,
	string(pipewright.HeartbeatSignal): heartbeatFacet,
}

func facetOf(name string, otherwise facet) facet {
	if f, ok := restates[name]; ok {
		return f
	}
	return otherwise
}

// Chances of an observation when the cause at hand has nothing to do with it.
// They are the other half of every likelihood ratio: small ones make what is
// seen count for more.
const (
	logFloor    = .02 // a signature, in a resource that never showed it before
	metricRate  = .06 // some metric on the path far from its past
	changeRate  = .01 // a change between two runs of a resource that rarely changes
	signalRate  = .35 // a symptom's kind: every incident has one
	unnamedSign = .1  // a symptom's kind under a cause that does not name it
	probeRate   = .04 // a probe for something wrong answers yes
	healthyRate = .92 // a probe for something right answers yes
)

// rareChange is the mean time between changes of a resource that was never seen
// to change.
const rareChange = 3 * 24 * time.Hour

// Discounts.
const (
	speaks  = .7 // share of incidents that leave a line at all; the others stay silent whatever the cause
	perHop  = .8 // an observation's chance for each hop between where the cause sits and where it shows
	unwatch = .5 // how much a missing change counts where changes were never seen before
	high    = .7 // level from which a sign that was looked for and not found counts against the cause
)

// observation is one thing seen, or looked for and not seen, with its
// likelihood ratio P(seen|cause) / P(seen|something else).
type observation struct {
	ratio float64
	cite  *citation // what was read, for an observation that speaks for the cause
	why   string    // what speaks against the cause, as a clause
}

// seen is the ratio for a sign of level p found where chance alone shows it
// with bg: the cause shows it, or chance does.
func seen(p, bg float64) float64 { return (p + (1-p)*bg) / bg }

// missing is the ratio for a sign that was looked for and not found.
func missing(p, bg float64) float64 { return (1 - p) / (1 - bg) }

// hypothesis is a cause at a place.
type hypothesis struct {
	cause  catalogue.Cause
	at     pipewright.ResourceID
	prior  float64
	belief float64
	facets map[facet][]observation
	match  match // of the record that counted
	spare  bool  // the cause that the catalogue does not hold
	lost   bool  // no place of the right kind is known; at is where it shows
}

func (h *hypothesis) add(f facet, o observation) { h.facets[f] = append(h.facets[f], o) }

// best is the observation that speaks most for the hypothesis in a facet, and
// worst the one that speaks most against it.
func (h *hypothesis) best(f facet) (o observation, ok bool) {
	for _, x := range h.facets[f] {
		if x.ratio > 1 && (!ok || x.ratio > o.ratio) {
			o, ok = x, true
		}
	}
	return o, ok
}

func (h *hypothesis) worst(f facet) (o observation, ok bool) {
	for _, x := range h.facets[f] {
		if x.ratio <= 1 && (!ok || x.ratio < o.ratio) {
			o, ok = x, true
		}
	}
	return o, ok
}

// ratio is what a facet counts for: what speaks for the cause once, and where
// nothing does, what speaks against it once. Symptoms count both ways: one that
// the cause shows and another that it lacks are two facts.
func (h *hypothesis) ratio(f facet) float64 {
	good, found := h.best(f)
	bad, lacking := h.worst(f)
	switch {
	case found && lacking && f == signalFacet:
		return good.ratio * bad.ratio
	case found:
		return good.ratio
	case lacking:
		return bad.ratio
	default:
		return 1
	}
}

// sortedFacets lists the facets in a fixed order.
func sortedFacets[V any](m map[facet]V) []facet {
	out := make([]facet, 0, len(m))
	for f := range m {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}
