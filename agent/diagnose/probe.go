package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

const (
	worthProbing = .01             // belief from which a hypothesis' checks are run
	probeWithin  = 5 * time.Second // for one probe
	probesAtMost = 24              // for one diagnosis
	telling      = 1.5             // ratio from which an answer is worth citing
)

// asked is one probe of one resource, run once however many causes name it.
type asked struct {
	name    string
	target  pipewright.ResourceID
	finding tools.Finding
	failed  string // why it could not tell
}

// probe runs the checks of what is still likely, most likely first, and adds
// what they answer; answers holds those that were run before. A probe that fails or cannot tell is no evidence; it is
// named in Unknown.
func (d *Diagnoser) probe(ctx context.Context, s *scene, hyps []*hypothesis, answers map[string]*asked) {
	byBelief := slices.Clone(hyps)
	slices.SortStableFunc(byBelief, func(a, b *hypothesis) int { return cmp.Compare(b.belief, a.belief) })
	for _, h := range byBelief {
		if h.belief < worthProbing || h.spare {
			continue
		}
		for _, check := range h.cause.Checks {
			for _, id := range s.around(h.at) {
				p, ok := d.find(s, check.Probe, id, h.at)
				key := check.Probe + " " + string(id)
				if !ok || (answers[key] == nil && len(answers) == probesAtMost) {
					continue
				}
				if answers[key] == nil {
					answers[key] = run(ctx, p, id)
					s.asked = append(s.asked, answers[key])
				}
				if s.answered(h, check, answers[key]) {
					break
				}
			}
		}
	}
}

// around is where a place can be checked: at itself, or at its neighbours in
// the same system, such as the database of a table.
func (s *scene) around(id pipewright.ResourceID) []pipewright.ResourceID {
	out := []pipewright.ResourceID{id}
	for _, n := range append(s.topo.Upstream(id, 1), s.topo.Downstream(id, 1)...) {
		if n.System() == id.System() {
			out = append(out, n)
		}
	}
	return out
}

// find looks up the probe for a place or a neighbour of it; the first that can
// tell counts. Schema differences are read from the stored snapshots of the
// place itself, as of now.
func (d *Diagnoser) find(s *scene, name string, id, at pipewright.ResourceID) (tools.Probe, bool) {
	if name == SchemaDiffProbe || name == AdditiveDiffProbe {
		return schemaDiff(name, d.tel, s.now, s.lastGood), id == at && s.facts[at].schemas > 0
	}
	if found := d.reg.Probes(name, id); len(found) > 0 {
		return found[0], true
	}
	return tools.Probe{}, false
}

func run(ctx context.Context, p tools.Probe, target pipewright.ResourceID) *asked {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	finding, err := p.Run(ctx, target)
	a := &asked{name: p.Name, target: target, finding: finding}
	switch {
	case err != nil:
		a.failed = err.Error()
		a.finding.Answer = tools.CouldNotTell
	case finding.Answer != tools.Yes && finding.Answer != tools.No:
		a.failed = cmp.Or(finding.Say, "it could not tell")
	}
	return a
}

// answered adds a probe's answer to a hypothesis, when it has one. A level is
// how often the probe says yes under the cause.
func (s *scene) answered(h *hypothesis, check catalogue.Check, a *asked) bool {
	yes := probeRate
	if catalogue.UsuallyYes(check.Probe) {
		yes = healthyRate
	}
	p := check.Level.P()
	o := observation{}
	switch a.finding.Answer {
	case tools.Yes:
		o.ratio = p / yes
	case tools.No:
		o.ratio = (1 - p) / (1 - yes)
	default:
		return false
	}
	if o.ratio >= telling {
		o.cite = s.citeProbe(a)
	} else {
		o.why = fmt.Sprintf("%s answers %s at %s", a.name, word(a.finding.Answer), a.target)
	}
	h.add(facetOf(check.Probe, facet(check.Probe)), o)
	return true
}

func word(a tools.Answer) string {
	switch a {
	case tools.Yes:
		return "yes"
	case tools.No:
		return "no"
	default:
		return "neither yes nor no"
	}
}

// citeProbe cites what a probe read: its first evidence, or its own words.
func (s *scene) citeProbe(a *asked) *citation {
	c := &citation{key: "probe " + a.name + " " + string(a.target), reading: ""}
	if len(a.finding.Evidence) > 0 {
		c.evidence = a.finding.Evidence[0]
		return c
	}
	c.evidence = pipewright.Evidence{Source: a.target, Kind: pipewright.MetricEvidence, Query: c.key, Start: s.now, End: s.now,
		Excerpt: cmp.Or(a.finding.Say, fmt.Sprintf("%s answers %s", a.name, word(a.finding.Answer)))}
	return c
}
