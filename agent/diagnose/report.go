package diagnose

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
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

// report writes the diagnosis; past is what else is cited for the first suspect.
func (s *scene) report(all []suspect, past []*citation) pipewright.Diagnosis {
	d := pipewright.Diagnosis{At: s.now, Changes: s.changed()}
	ids := map[string]string{}
	for i, x := range all {
		h := pipewright.Hypothesis{Cause: x.cause.Name, Class: x.cause.Class, Resource: x.at, Confidence: x.belief, Evidence: []string{}}
		if x.belief >= cited {
			for _, c := range s.citations(x) {
				h.Evidence = append(h.Evidence, numbered(&d, ids, c))
			}
			if i == 0 {
				h.Evidence = append(h.Evidence, unlisted(&d, ids, past, h.Evidence)...)
			}
			h.Summary, h.Weights = s.summary(x), weights(x, ids)
		}
		d.Hypotheses = append(d.Hypotheses, h)
	}
	d.Inconclusive = inconclusive(all)
	d.RuledOut = ruledOut(all)
	d.Unknown = s.unknown(all, d.Inconclusive)
	return d
}

// numbered gives a citation its id, once.
func numbered(d *pipewright.Diagnosis, ids map[string]string, c *citation) string {
	id, ok := ids[c.key]
	if !ok {
		id = fmt.Sprintf("e%d", len(d.Evidence)+1)
		ids[c.key] = id
		c.evidence.ID = id
		d.Evidence = append(d.Evidence, c.evidence)
	}
	return id
}

// unlisted numbers what is cited of the past and not listed yet.
func unlisted(d *pipewright.Diagnosis, ids map[string]string, past []*citation, listed []string) (out []string) {
	for _, c := range past {
		same := func(e pipewright.Evidence) bool {
			return e.Source == c.evidence.Source && e.Kind == c.evidence.Kind && e.Excerpt == c.evidence.Excerpt
		}
		if slices.ContainsFunc(d.Evidence, same) {
			continue // the same record, found by another query
		}
		if id := numbered(d, ids, c); !slices.Contains(listed, id) {
			out = append(out, id)
		}
	}
	return out
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

// facetWords name a facet that speaks for a cause, and one that speaks against it.
var facetWords = map[facet][2]string{
	logFacet: {"log", "no log line of it"}, changeFacet: {"change", "no such change"}, metricFacet: {"metric", "its metrics"},
	heartbeatFacet: {"heartbeat", "heartbeat"}, signalFacet: {"symptoms", "symptoms"}, placeFacet: {"place", "place"},
}

// weights says what each facet counts for, in the order in which a person reads them.
func weights(x suspect, ids map[string]string) (out []pipewright.Weight) {
	for _, f := range order(x.facets) {
		ratio, words := x.ratio(f), facetWords[f]
		if words[0] == "" {
			words = [2]string{strings.ReplaceAll(string(f), "_", " "), strings.ReplaceAll(string(f), "_", " ")} // a probe
		}
		say := words[1]
		if o, ok := x.best(f); ok && ratio > 1 {
			if say = words[0]; o.cite != nil {
				say += " [" + ids[o.cite.key] + "]"
			}
		}
		if ratio != 1 {
			out = append(out, pipewright.Weight{Say: say, Ratio: ratio})
		}
	}
	return out
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
