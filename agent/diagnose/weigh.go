package diagnose

import (
	"fmt"
	"math"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// weigh collects what each hypothesis' facets show, all but the probes.
func (s *scene) weigh(hyps []*hypothesis) {
	for _, h := range hyps {
		if h.spare {
			continue
		}
		s.weighRecords(h)
		s.weighChanges(h)
		s.weighShifts(h)
		s.weighSignals(h)
	}
}

func (s *scene) weighRecords(h *hypothesis) {
	looked, top := 0, 0.0
	for _, id := range s.path(h.at) {
		f := s.facts[id]
		looked += len(f.records) + len(f.before.lines) + len(f.before.good)
		i := slices.IndexFunc(f.records, func(r record) bool { _, ok := r.shows[h.cause.Name]; return ok })
		if i < 0 {
			continue
		}
		r := strongest(f.records[i:], h.cause.Name)
		m := r.shows[h.cause.Name]
		ratio := seen(m.sign.Level.P()*math.Pow(perHop, float64(s.distance(h.at, id))), s.background(f, m.sign))
		if ratio > top {
			top, h.match = ratio, m
		}
		h.add(logFacet, observation{ratio: max(ratio, 1+1e-9), cite: s.citeRecord(r)})
		switch {
		case namesHost(r.line.Text, h.at):
			h.add(placeFacet, observation{ratio: host})
		case names(r.line.Text, h.at):
			h.add(placeFacet, observation{ratio: mentioned})
		}
	}
	best := 0.0
	for _, sig := range h.cause.Shows.Logs {
		best = max(best, sig.Level.P())
	}
	if looked > 0 && best >= high {
		h.add(logFacet, observation{ratio: missing(best*speaks, logFloor), why: fmt.Sprintf("none of its messages among the records of %s", list(s.path(h.at)))})
	}
}

// strongest is the first record of the highest level that shows the cause:
// records come nearest to the failing run and newest first.
func strongest(records []record, cause string) record {
	best := records[0]
	for _, r := range records[1:] {
		if m, ok := r.shows[cause]; ok && m.sign.Level.P() > best.shows[cause].sign.Level.P() {
			best = r
		}
	}
	return best
}

func (s *scene) weighChanges(h *hypothesis) {
	f := s.facts[h.at]
	for _, sign := range h.cause.Shows.Changes {
		i := -1
		for j, c := range f.changes { // the newest that fits
			if sign.MatchesChange(c) {
				i = j
			}
		}
		switch p := sign.Level.P(); {
		case i >= 0:
			h.add(changeFacet, observation{ratio: seen(p, s.usualChange(f, f.changes[i])), cite: s.citeChange(f.changes[i])})
		case p < high:
		case f.watched(sign.Kind):
			h.add(changeFacet, observation{ratio: missing(p, changeRate), why: s.unchanged(sign.Kind, h)})
		default:
			h.add(changeFacet, observation{ratio: missing(p*unwatch, changeRate), why: s.unchanged(sign.Kind, h)})
		}
	}
}

// usualChange is the chance that the resource changes between this change and
// the onset anyway: from how often it did before, and no less than once in
// rareChange. A change just before the onset is hardly a coincidence.
func (s *scene) usualChange(f *facts, c pipewright.Change) float64 {
	n := 0
	for _, old := range f.earlier {
		if old.Kind == c.Kind {
			n++
		}
	}
	window := max(s.onset.Sub(c.At), 0) + changeLag
	usual := max(float64(n)/runMemory.Seconds(), 1/rareChange.Seconds())
	return max(changeRate, poissonTail(1, usual*window.Seconds()))
}

// unchanged says where no change of the kind was seen.
func (s *scene) unchanged(kind pipewright.ChangeKind, h *hypothesis) string {
	n := 0
	for _, id := range s.order {
		n += truth(slices.Contains(h.cause.Sits, id.Kind()))
	}
	where := string(h.at)
	if n > 1 {
		where = fmt.Sprintf("the %d places where it could sit", n)
	}
	return fmt.Sprintf("no %s change at %s since %s", kind, where, s.clock(s.lastGood))
}

func (s *scene) weighShifts(h *hypothesis) {
	for _, sign := range h.cause.Shows.Metrics {
		p, usual := sign.Level.P(), ""
		for _, id := range s.path(h.at) {
			for _, x := range s.facts[id].shifts {
				if !sign.MatchesMetric(x.metric) {
					continue
				}
				if x.is(sign.Is) {
					near := p * math.Pow(perHop, float64(s.distance(h.at, id)))
					h.add(metricFacet, observation{ratio: seen(near, metricRate), cite: s.citeShift(x)})
				} else if usual == "" && id == h.at {
					usual = fmt.Sprintf("%s of %s is not %s: %s", x.metric, id, sign.Is, x.words())
				}
			}
		}
		if usual != "" && p >= high {
			h.add(metricFacet, observation{ratio: missing(p, metricRate), why: usual})
		}
	}
}

// weighSignals compares the incident's kinds of symptom with those of the
// cause.
func (s *scene) weighSignals(h *hypothesis) {
	have := map[pipewright.SignalKind]bool{}
	for _, sig := range s.inc.Signals {
		have[sig.Kind] = true
		named := slices.ContainsFunc(h.cause.Shows.Signals, func(x catalogue.SignalSign) bool { return x.Kind == sig.Kind })
		if !named && facetOf(string(sig.Kind), signalFacet) == signalFacet {
			h.add(signalFacet, observation{ratio: unnamedSign / signalRate, why: fmt.Sprintf("it does not show as %s", sig.Kind)})
		}
	}
	for _, sign := range h.cause.Shows.Signals {
		f, p := facetOf(string(sign.Kind), signalFacet), sign.Level.P()
		switch {
		case have[sign.Kind] && f == signalFacet:
			h.add(f, observation{ratio: max(p/signalRate, 1+1e-9), cite: s.citeSymptom(sign.Kind)})
		case have[sign.Kind]:
			h.add(f, observation{ratio: seen(p, signalRate), cite: s.citeSymptom(sign.Kind)})
		case p >= high && len(have) > 0 && f == signalFacet:
			h.add(f, observation{ratio: missing(p, signalRate), why: fmt.Sprintf("there is no %s symptom", sign.Kind)})
		}
	}
}
