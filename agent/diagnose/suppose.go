package diagnose

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

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
	// mentioned is for a place that the failing record names in quotes or in full.
	mentioned = 3.0
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
		ratio := seen(m.level.P()*math.Pow(perHop, float64(s.distance(h.at, id))), s.background(f, h.cause))
		if ratio > top {
			top, h.match = ratio, m
		}
		h.add(logFacet, observation{ratio: max(ratio, 1+1e-9), cite: s.citeRecord(r)})
		if names(r.line.Text, h.at) {
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
		if m, ok := r.shows[cause]; ok && m.level.P() > best.shows[cause].level.P() {
			best = r
		}
	}
	return best
}

// names reports whether the text names the resource: in full, as a host with a
// port, or its last part in quotes.
func names(text string, id pipewright.ResourceID) bool {
	name := id.Name()
	last := name[strings.LastIndexAny(name, "./")+1:]
	if len(last) <= 2 || !strings.Contains(text, last) {
		return false
	}
	full := regexp.QuoteMeta(name)
	found, err := regexp.MatchString(`(^|[^\w.])`+full+`($|[^\w.]|(\.[\w-]+)*:\d)|["'`+"`"+`]`+regexp.QuoteMeta(last)+`["'`+"`"+`]`, text[:min(len(text), longest)])
	return err == nil && found
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
			h.add(changeFacet, observation{ratio: seen(p, s.usualChange(f, sign.Kind)), cite: s.citeChange(f.changes[i])})
		case p < high:
		case f.watched(sign.Kind):
			h.add(changeFacet, observation{ratio: missing(p, changeRate), why: s.unchanged(sign.Kind, h)})
		default:
			h.add(changeFacet, observation{ratio: missing(p*unwatch, changeRate), why: s.unchanged(sign.Kind, h)})
		}
	}
}

// usualChange is the chance that the resource changes in a window as long as
// the one since the last good run, from how often it did before.
func (s *scene) usualChange(f *facts, kind pipewright.ChangeKind) float64 {
	n := 0
	for _, c := range f.earlier {
		if c.Kind == kind {
			n++
		}
	}
	window := s.onset.Sub(s.lastGood) + changeLag
	return max(changeRate, poissonTail(1, float64(n)*window.Seconds()/runMemory.Seconds()))
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
