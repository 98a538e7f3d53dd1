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
	// joinHops bounds how far along the lineage a symptom may lie from where the
	// incident's fault sits; joinWithin how long after the incident was opened.
	joinHops   = 8
	joinWithin = 2 * time.Hour
	backHops   = 2 // how far upstream back-pressure is looked for
)

// travels lists the metrics by which a fault shows further down the lineage:
// late or missing data, and the errors and latency of what depends on it. A
// saturated resource (memory, a queue, a heartbeat) is a fault of its own.
var travels = []string{"freshness_seconds", "lag_seconds", "rows", "duration_seconds", "error_rate", "latency_p99_ms"}

// backs lists the metrics by which a slow consumer shows at what feeds it:
// back-pressure goes upstream.
var backs = []string{"lag_seconds", "queue_length"}

// loads lists the metrics that say how busy something is. Being unusually busy
// is no fault by itself: it joins an incident and never opens one.
var loads = []string{"cpu_percent", "memory_percent", "connections", "requests_per_second", "rows"}

// Opens reports whether the symptom alone is worth an incident. A changed schema
// is not: it explains what fails because of it.
func Opens(s pipewright.Signal) bool {
	switch s.Kind {
	case pipewright.SchemaDiffSignal:
		return false
	case pipewright.AnomalySignal:
		return !slices.Contains(loads, s.Metric)
	}
	return true
}

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
// signal may be part of it, else -1. Faults flow downstream from where they sit;
// before a cause is believed, what lies upstream may join too, for a symptom is
// often seen before its cause.
func kin(inc pipewright.Incident, s pipewright.Signal, topo pipewright.Topology, now time.Time) int {
	switch {
	case inc.Class == pipewright.ClassRequested, inc.State == pipewright.Resolved, inc.State == pipewright.Closed:
		return -1
	case now.Sub(inc.OpenedAt) > joinWithin:
		return -1
	}
	best := -1
	consider := func(d int) {
		if d == 0 || d > 0 && spreads(s) {
			if best < 0 || d < best {
				best = d
			}
		}
	}
	for _, root := range roots(inc) {
		consider(topo.Distance(root, s.Resource, joinHops))
		if slices.Contains(backs, s.Metric) {
			consider(topo.Distance(s.Resource, root, backHops))
		}
	}
	if inc.State == pipewright.Open {
		consider(topo.Distance(s.Resource, inc.Resource, joinHops))
	}
	return best
}

// spreads reports whether the symptom may come from a fault elsewhere.
func spreads(s pipewright.Signal) bool {
	switch s.Kind {
	case pipewright.RunFailedSignal, pipewright.RunOverdueSignal, pipewright.SchemaDiffSignal, pipewright.LogErrorSignal:
		return true
	}
	return slices.Contains(travels, s.Metric)
}

// roots lists where the incident's fault may sit: where it was first seen and
// where its cause is believed to be.
func roots(inc pipewright.Incident) []pipewright.ResourceID {
	out := []pipewright.ResourceID{inc.Resource}
	if inc.Diagnosis != nil {
		if h, ok := inc.Diagnosis.Top(); ok && h.Resource != inc.Resource {
			out = append(out, h.Resource)
		}
	}
	return out
}
