package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

const (
	// bar is the confidence under which the top cause is not called the cause:
	// it must be likelier than all the others together.
	bar = .5
	// margin is the least lead over the best cause of another class, since another
	// class is healed by other actions.
	margin = .15
	// cited is the belief from which a hypothesis' evidence is listed.
	cited = .02
	// out is the belief below which a cause with something against it is ruled out.
	out = .05
	// ruledMost and unknownMost keep a diagnosis readable.
	ruledMost   = 8
	unknownMost = 8
)

// suspect is a cause over all the places where it may sit.
type suspect struct {
	*hypothesis         // at the most likely place
	belief      float64 // summed over places
	share       float64 // of the most likely place in that
	other       pipewright.ResourceID
}

// suspects sums hypotheses by cause, most believed first.
func suspects(hyps []*hypothesis) []suspect {
	var list []suspect
	index := map[string]int{}
	for _, h := range hyps {
		i, ok := index[h.cause.Name]
		if !ok {
			i = len(list)
			index[h.cause.Name] = i
			list = append(list, suspect{hypothesis: h})
		}
		x := &list[i]
		switch {
		case h.belief > x.hypothesis.belief:
			x.other, x.hypothesis = x.at, h
		case h != x.hypothesis && x.other == "":
			x.other = h.at
		}
		x.belief += h.belief
	}
	for i := range list {
		list[i].share = list[i].hypothesis.belief / max(list[i].belief, 1e-300)
	}
	slices.SortStableFunc(list, func(a, b suspect) int { return cmp.Compare(b.belief, a.belief) })
	return list
}

// report writes the diagnosis.
func (s *scene) report(hyps []*hypothesis) pipewright.Diagnosis {
	all := suspects(hyps)
	d := pipewright.Diagnosis{At: s.now, Changes: s.changed()}
	ids := map[string]string{}
	for _, x := range all {
		h := pipewright.Hypothesis{Cause: x.cause.Name, Class: x.cause.Class, Resource: x.at, Confidence: x.belief, Evidence: []string{}}
		if x.belief >= cited {
			for _, c := range s.citations(x) {
				h.Evidence = append(h.Evidence, number1(&d, ids, c))
			}
			h.Summary = s.summary(x)
		}
		d.Hypotheses = append(d.Hypotheses, h)
	}
	d.Inconclusive = inconclusive(all)
	d.RuledOut = ruledOut(all)
	d.Unknown = s.unknown(all, d.Inconclusive)
	return d
}

// number1 gives a citation its id, once.
func number1(d *pipewright.Diagnosis, ids map[string]string, c *citation) string {
	id, ok := ids[c.key]
	if !ok {
		id = fmt.Sprintf("e%d", len(d.Evidence)+1)
		ids[c.key] = id
		c.evidence.ID = id
		d.Evidence = append(d.Evidence, c.evidence)
	}
	return id
}

// citations lists what speaks for a suspect: the record, the change, the probes
// and the readings, then the symptom itself. The spare cause gets the newest
// record that nothing in the catalogue matches.
func (s *scene) citations(x suspect) []*citation {
	var list []*citation
	keep := func(c *citation) {
		if c != nil && !slices.ContainsFunc(list, func(o *citation) bool { return o.key == c.key }) {
			list = append(list, c)
		}
	}
	for _, f := range order(x.facets) {
		o, _ := x.best(f)
		keep(o.cite)
	}
	if x.spare {
		keep(s.unmatched())
	}
	for _, id := range s.symptoms {
		for _, r := range s.facts[id].failing[:min(1, len(s.facts[id].failing))] {
			keep(s.citeRun(r))
		}
	}
	return list
}

// order lists a hypothesis' facets in the order in which a person reads them.
func order(m map[facet][]observation) []facet {
	rank := map[facet]int{logFacet: 0, changeFacet: 1, metricFacet: 3, heartbeatFacet: 4, signalFacet: 5, placeFacet: 6}
	list := sortedFacets(m)
	place := func(f facet) int {
		if n, ok := rank[f]; ok {
			return n
		}
		return 2 // probes
	}
	slices.SortStableFunc(list, func(a, b facet) int { return place(a) - place(b) })
	return list
}

// unmatched is the newest record nearest to the failing run that shows no cause.
func (s *scene) unmatched() *citation {
	for _, id := range s.order {
		for _, r := range s.facts[id].records {
			if len(r.shows) == 0 && r.line.Level == pipewright.Err {
				return s.citeRecord(r)
			}
		}
	}
	return nil
}

// summary is the suspect's sentence, marked as a guess when it is one.
func (s *scene) summary(x suspect) string {
	text := Sentence(x.cause, s.facing(x))
	if x.belief < bar && !x.spare {
		return "Perhaps: " + text
	}
	return text
}

// facing gathers the facts that a suspect's sentence may use.
func (s *scene) facing(x suspect) Facts {
	f := Facts{Resource: string(x.at), Symptom: string(s.inc.Resource), Since: s.clock(s.onset), Error: x.match.text}
	if x.lost {
		f.Resource = "a " + x.cause.Sits[0] + " that is not known"
	}
	if o, ok := x.best(changeFacet); ok && o.cite != nil && o.cite.change != nil {
		f.Change, f.At = o.cite.change.Summary, s.clock(o.cite.change.At)
	} else if ok && o.cite != nil {
		f.Change, f.At = o.cite.evidence.Excerpt, s.clock(o.cite.evidence.End)
	}
	if o, ok := x.best(metricFacet); ok && o.cite != nil {
		f.Metric = o.cite.reading
	}
	return f
}

// inconclusive reports whether the top is too weak, or too close to a cause of
// another class, to act on.
func inconclusive(all []suspect) bool {
	top := all[0]
	if top.spare || top.belief < bar {
		return true
	}
	i := slices.IndexFunc(all, func(x suspect) bool { return x.cause.Class != top.cause.Class })
	return i >= 0 && top.belief-all[i].belief < margin
}

// ruledOut lists causes that have little belief left and something against
// them: those that a reading speaks against first, then those that are only
// silent.
func ruledOut(all []suspect) []pipewright.RuledOut {
	var read, silent []pipewright.RuledOut
	for _, x := range all {
		if x.belief >= out || x.spare {
			continue
		}
		switch f, why := against(x.hypothesis); f {
		case "":
		case logFacet, signalFacet:
			silent = append(silent, pipewright.RuledOut{Cause: x.cause.Name, Why: why})
		default:
			read = append(read, pipewright.RuledOut{Cause: x.cause.Name, Why: why})
		}
	}
	read = append(read, silent...)
	return read[:min(len(read), ruledMost)]
}

// against is the facet that counts most against a hypothesis, with its clause;
// "" when none does.
func against(h *hypothesis) (strongest facet, why string) {
	least := 1.0
	for _, f := range order(h.facets) {
		o, ok := h.worst(f)
		if _, outdone := h.best(f); ok && o.why != "" && o.ratio < least && (!outdone || f == signalFacet) {
			strongest, why, least = f, o.why, o.ratio
		}
	}
	return strongest, why
}

// checkLevel is how often a probe answers yes under a cause, and whether the
// cause names it.
func checkLevel(c catalogue.Cause, probe string) (float64, bool) {
	for _, check := range c.Checks {
		if check.Probe == probe {
			return check.Level.P(), true
		}
	}
	if healthy[probe] {
		return healthyRate, false
	}
	return probeRate, false
}
