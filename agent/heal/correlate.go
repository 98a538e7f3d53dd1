package heal

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Placement says where a signal belongs.
type Placement int

const (
	NewIncident Placement = iota
	Known                 // the incident has it already; nothing to journal
	Join                  // a further symptom of the incident
	Reopen                // the incident was resolved and the symptom came back
)

const (
	// joinHops bounds how far along the lineage a symptom may lie from the
	// incident it joins; joinWithin how long after the incident's last news.
	joinHops   = 4
	joinWithin = 30 * time.Minute
)

// Correlate places a signal among the live incidents: by fingerprint first,
// then along the lineage, so that one upstream failure is one incident however
// many things fail after it. It is pure. The index is -1 for NewIncident.
func Correlate(live []pipewright.Incident, s pipewright.Signal, topo pipewright.Topology, now time.Time) (Placement, int) {
	for i, inc := range live {
		if !hasFingerprint(inc, s.Fingerprint) {
			continue
		}
		if inc.State == pipewright.Resolved && s.At.After(inc.EndedAt) {
			return Reopen, i
		}
		return Known, i
	}
	best, bestHops := -1, joinHops+1
	for i, inc := range live {
		if hops := kin(inc, s, topo, now); hops >= 0 && hops < bestHops {
			best, bestHops = i, hops
		}
	}
	if best >= 0 {
		return Join, best
	}
	return NewIncident, -1
}

func hasFingerprint(inc pipewright.Incident, fp string) bool {
	return slices.ContainsFunc(inc.Signals, func(s pipewright.Signal) bool { return s.Fingerprint == fp })
}

// kin is the number of hops between the signal and the incident when the
// signal may be part of it, else -1. Faults flow downstream: once a cause is
// believed, only what lies at or below it joins; before that, what lies above
// may join too, for a symptom is often seen before its cause.
func kin(inc pipewright.Incident, s pipewright.Signal, topo pipewright.Topology, now time.Time) int {
	switch {
	case inc.Class == pipewright.ClassRequested, inc.State == pipewright.Resolved, inc.State == pipewright.Closed:
		return -1
	case now.Sub(lastNews(inc)) > joinWithin:
		return -1
	}
	best := -1
	consider := func(d int) {
		if d >= 0 && (best < 0 || d < best) {
			best = d
		}
	}
	for _, root := range roots(inc) {
		consider(topo.Distance(root, s.Resource, joinHops))
	}
	if inc.State == pipewright.Open {
		for _, r := range inc.Resources() {
			consider(topo.Distance(s.Resource, r, joinHops))
		}
	}
	return best
}

// lastNews is when the incident last learned of a symptom.
func lastNews(inc pipewright.Incident) time.Time {
	last := inc.OpenedAt
	for _, s := range inc.Signals {
		if s.At.After(last) {
			last = s.At
		}
	}
	return last
}

// roots lists where the incident's fault may sit.
func roots(inc pipewright.Incident) []pipewright.ResourceID {
	out := inc.Resources()
	if inc.Diagnosis != nil {
		if h, ok := inc.Diagnosis.Top(); ok && !slices.Contains(out, h.Resource) {
			out = append(out, h.Resource)
		}
	}
	return out
}
