package heal

import (
	"cmp"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// explained adds to a decision what it was based on, and says it in a paragraph. All
// numbers of the paragraph follow from the record alone, so that they can be checked
// when the catalogue, the model and the journal have long moved on.
func (l *Loop) explained(d pipewright.Decision, inc pipewright.Incident, rec rl.Record, p Policy) pipewright.Decision {
	planner, ok := p.Chooser.(*rl.Planner)
	if !ok {
		return d // the rules say their reasons themselves
	}
	g, err := p.Model.Ground(rec, suppositions(l.Catalogue, rec)...)
	if err != nil {
		return d // the same error that ended the decision
	}
	for i, suspect := range rec.Beliefs[:min(len(g.For), len(rec.Beliefs))] {
		if w := weights(inc, suspect.Cause); len(w) > 0 {
			g.For[i] = rl.Strongest(w)
		}
	}
	if rec.Choice.Arm >= 0 {
		g.Runs, g.Held = runsOf(l.outcomes, pipewright.FaultClass(rec.Case.Context.Error), d.Action.Kind)
	}
	if rule, ok := l.cfg.Rules.Match(sight(inc)); ok && len(rec.Case.Advice) > 0 {
		g.Rule = rule.Name
	}
	g.Near = nearest(l.outcomes, inc.ID, rec.Case)
	rec.Grounds = &g
	e, err := rec.Explain(planner)
	if err != nil {
		return d
	}
	d.Record, _ = json.Marshal(rec) // names and finite numbers only
	d.Paragraph = e.Paragraph()
	return d
}

// weights are what the diagnosis held for and against a cause.
func weights(inc pipewright.Incident, cause string) (out []rl.Contribution) {
	for _, h := range inc.Diagnosis.Hypotheses {
		if h.Cause == cause {
			for _, w := range h.Weights {
				out = append(out, rl.Contribution{Say: w.Say, Ratio: w.Ratio})
			}
		}
	}
	return out
}

// runsOf counts the verified runs of an action for a fault class, and those that held.
func runsOf(outcomes []pipewright.Outcome, class pipewright.FaultClass, kind pipewright.ActionKind) (runs, recovered int) {
	for _, o := range outcomes {
		if o.Class == class && o.Action.Kind == kind && verified(o) {
			runs++
			if held(o) {
				recovered++
			}
		}
	}
	return runs, recovered
}

const (
	mostNear  = 2   // past cases that are told
	leastNear = .25 // alike, at least
	faint     = .01 // belief in which two cases cannot be said to agree
)

// nearest lists the past cases of the same class whose belief overlaps most; of equals
// the newer.
func nearest(outcomes []pipewright.Outcome, self string, c rl.Case) (out []rl.Near) {
	here := shares(c)
	at := map[string]int{self: -1}
	for _, o := range slices.Backward(outcomes) {
		i, known := at[o.Incident]
		switch {
		case i < 0 && known:
		case known:
			out[i].Shared = shared(here, o.Belief) // as it was before anything was tried
		case string(o.Class) == c.Context.Error:
			at[o.Incident] = len(out)
			out = append(out, rl.Near{Incident: o.Incident, Action: string(o.Action.Kind), Result: resultOf(o), Shared: shared(here, o.Belief)})
		default:
			at[o.Incident] = -1
		}
	}
	out = slices.DeleteFunc(out, func(n rl.Near) bool { return n.Alike() < leastNear })
	slices.SortStableFunc(out, func(a, b rl.Near) int { return cmp.Compare(b.Alike(), a.Alike()) })
	return out[:min(mostNear, len(out))]
}

// shares is the belief in each cause, wherever it is, in the order of the case.
func shares(c rl.Case) (out []rl.Shared) {
	for _, h := range c.Hypotheses {
		i := slices.IndexFunc(out, func(s rl.Shared) bool { return s.Cause == h.Cause })
		if i < 0 {
			i, out = len(out), append(out, rl.Shared{Cause: h.Cause})
		}
		out[i].Here += h.Belief
	}
	return out
}

// shared are the causes that both may have had.
func shared(here []rl.Shared, there map[string]float64) (out []rl.Shared) {
	for _, s := range here {
		if s.There = there[s.Cause]; min(s.Here, s.There) >= faint {
			out = append(out, s)
		}
	}
	return out
}

// changes that a decision may turn on, and how they are said.
var suppose = []struct {
	kind    pipewright.ChangeKind
	yes, no string
}{
	{pipewright.ChangeVersion, "a new version had been deployed", "no new version had been deployed"},
	{pipewright.ChangeConfig, "a setting had changed", "no setting had changed"},
	{pipewright.ChangeSchema, "a schema had changed", "no schema had changed"},
}

// suppositions are the case with one kind of change added or taken away.
func suppositions(cat *catalogue.Catalogue, rec rl.Record) (out []rl.WhatIf) {
	for _, s := range suppose {
		seen := saw(rec.Case, changeLook(s.kind))
		say := s.yes
		if seen {
			say = s.no
		}
		out = append(out, rl.WhatIf{Say: say, Case: supposed(cat, rec.Case, s.kind, !seen)})
	}
	return out
}

func saw(c rl.Case, feature string) bool {
	return slices.Contains(c.Seen, rl.Seen{Feature: feature, Value: yes})
}

// supposed is the case with a kind of change seen or not seen: the belief is weighed
// again by how often each cause comes with it, as the catalogue has it.
func supposed(cat *catalogue.Catalogue, c rl.Case, kind pipewright.ChangeKind, is bool) rl.Case {
	feature, value := changeLook(kind), no
	if is {
		value = yes
	}
	was := saw(c, feature)
	c.Seen = slices.Clone(c.Seen)
	for i := range c.Seen {
		if c.Seen[i].Feature == feature {
			c.Seen[i].Value = value
		}
	}
	c.Hypotheses = slices.Clone(c.Hypotheses)
	sum := 0.0
	for i, h := range c.Hypotheses {
		if p := changeLevel(causeOf(cat, h.Cause), kind); was != is {
			ratio := p / (1 - p)
			if !is {
				ratio = 1 / ratio
			}
			c.Hypotheses[i].Belief *= ratio
		}
		sum += c.Hypotheses[i].Belief
	}
	for i := range c.Hypotheses {
		c.Hypotheses[i].Belief /= max(sum, 1e-300)
	}
	return c
}

func causeOf(cat *catalogue.Catalogue, name string) catalogue.Cause {
	c, _ := cat.Cause(name)
	return c
}
