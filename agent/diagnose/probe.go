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
)

// asked is one probe of one resource, run once however many causes name it.
type asked struct {
	name    string
	target  pipewright.ResourceID
	finding tools.Finding
	failed  string // why it could not tell
}

// probe runs the checks of what is still likely, most likely first, and adds
// what they answer. A probe that fails or cannot tell is no evidence; it is
// named in Unknown.
func (d *Diagnoser) probe(ctx context.Context, s *scene, hyps []*hypothesis) {
	byBelief := slices.Clone(hyps)
	slices.SortStableFunc(byBelief, func(a, b *hypothesis) int { return cmp.Compare(b.belief, a.belief) })
	answers := map[string]*asked{}
	for _, h := range byBelief {
		if h.belief < worthProbing || h.spare {
			continue
		}
		for _, check := range h.cause.Checks {
			probe, target, ok := d.find(s, check.Probe, h.at)
			if !ok {
				continue
			}
			key := check.Probe + " " + string(target)
			if answers[key] == nil {
				if len(answers) == probesAtMost {
					return
				}
				answers[key] = run(ctx, probe, target)
				s.asked = append(s.asked, answers[key])
			}
			s.answered(h, check, answers[key])
		}
	}
}

// find chooses the probe and its target: the cause's place, or the nearest
// resource below it that the probe can check. Schema differences are read from
// the stored snapshots, as of now.
func (d *Diagnoser) find(s *scene, name string, at pipewright.ResourceID) (tools.Probe, pipewright.ResourceID, bool) {
	if name == SchemaDiffProbe && s.facts[at].schemas > 0 {
		return schemaDiff(d.tel, s.now, s.lastGood), at, true
	}
	for _, id := range s.path(at) {
		if found := d.reg.Probes(name, id); len(found) > 0 && name != SchemaDiffProbe {
			return found[0], id, true
		}
	}
	return tools.Probe{}, "", false
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

// answered adds a probe's answer to a hypothesis. A level is how often the
// probe says yes under the cause.
func (s *scene) answered(h *hypothesis, check catalogue.Check, a *asked) {
	yes := probeRate
	if healthy[check.Probe] {
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
		return
	}
	if o.ratio > 1 {
		o.cite = s.citeProbe(a)
	} else {
		o.why = fmt.Sprintf("%s answers %s at %s", a.name, word(a.finding.Answer), a.target)
	}
	h.add(facetOf(check.Probe, facet(check.Probe)), o)
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
