package gym

import (
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// What is in this file is for ceilings, reports and tests. A policy that is
// judged may read none of it.

// Truth is what is really wrong in an incident: one cause, or two.
func (g *Gym) Truth(n int) []string {
	var out []string
	for _, c := range g.incidents[n].causes {
		out = append(out, faults[c].cause)
	}
	return out
}

// Wait stands for doing nothing in a Ceiling's verbs.
const Wait pipewright.Verb = "wait"

// waited is for how long, in minutes.
const waited = 10

// Odds are what a verb does to a cause at a kind of stage, by Monte Carlo.
type Odds struct {
	Recovered float64
	Worse     float64 // also what only the soak shows
	Minutes   float64 // mean
	Can       bool    // the stage has the verb
}

// Ceiling is what a world is like, to one who knows all of its numbers but not
// which cause an incident has.
type Ceiling struct {
	Causes []string
	Verbs  []pipewright.Verb
	Prior  []float64        // by cause
	odds   map[string][]row // by stage, then cause
	likely map[string][]emission
}

type row []Odds // by verb

// emission counts what shows under one cause at one kind of stage.
type emission struct {
	n      float64
	counts map[string]float64
}

// Estimate runs a world's own mechanisms: what shows under each cause at each
// kind of stage and what each verb does there, in the regime of an incident, each
// from n scenes.
func Estimate(o Options, incident, n int) (*Ceiling, error) {
	o.Incidents = 1
	g, err := New(o)
	if err != nil {
		return nil, err
	}
	regime := g.w.regimeAt(incident)
	c := &Ceiling{Causes: Causes(), Verbs: append(allVerbs(), Wait), Prior: slices.Clone(regime.mix), odds: map[string][]row{}, likely: map[string][]emission{}}
	for k := range kinds {
		for cause := range faults {
			rows, seen := g.w.sample(regime, cause, k, n, c.Verbs, o.Logs)
			c.odds[kinds[k].name] = append(c.odds[kinds[k].name], rows)
			c.likely[kinds[k].name] = append(c.likely[kinds[k].name], seen)
		}
	}
	return c, nil
}

// allVerbs lists every verb that some stage has, in the order of the closed
// list.
func allVerbs() []pipewright.Verb {
	var out []pipewright.Verb
	for _, v := range pipewright.Verbs {
		if slices.ContainsFunc(kinds[:], func(k kind) bool { return k.can(v) }) {
			out = append(out, v)
		}
	}
	return out
}

// sample runs n scenes of a cause at a kind of stage.
func (w *world) sample(regime *regime, cause, k, n int, list []pipewright.Verb, logs bool) (row, emission) {
	out, seen := make(row, len(list)), emission{counts: map[string]float64{}}
	if !faults[cause].hits(&kinds[k]) || len(w.entities[k]) == 0 {
		return out, seen
	}
	at := w.arrivals(n)
	for i := range n {
		id := uint64(cause)<<40 | uint64(k)<<32 | uint64(i)
		s := newScene(&regime.numbers[k], &kinds[k], at[i], derive(w.seed, "estimate", id))
		faults[cause].strike(&s, stream(s.seed, "strike"))
		s.interrupted(stream(s.seed, "interrupted"))
		seen.add(s.tokens(w.sc.Noise, logs))
		for j, v := range list {
			out[j].add(s, v)
		}
	}
	for j := range out {
		out[j].Recovered /= float64(n)
		out[j].Worse /= float64(n)
		out[j].Minutes /= float64(n)
	}
	return out, seen
}

// add counts what a verb does to one scene.
func (o *Odds) add(s scene, v pipewright.Verb) {
	if o.Can = v == Wait || s.kind.can(v); !o.Can {
		return
	}
	start := s.now
	if v == Wait {
		s.idle(waited)
	} else {
		s.do(v, stream(s.seed, string(v)))
	}
	o.Minutes += s.now - start
	well := s.healthy()
	s.idle(s.soak())
	switch {
	case s.hurts > 0:
		o.Worse++
	case well && s.healthy():
		o.Recovered++
	}
}

func (e *emission) add(tokens []string) {
	e.n++
	for _, t := range tokens {
		e.counts[t]++
	}
}

// tokens are what shows, as names. Of the log only the first telling line
// counts, because the others repeat it.
func (s *scene) tokens(noise Noise, logs bool) []string {
	t := s.trouble()
	metrics := s.metrics(noise)
	var kinds []string
	for _, k := range s.signals(t, len(metrics) > 0) {
		kinds = append(kinds, string(k))
	}
	out := []string{"signals " + strings.Join(kinds, " ")}
	for _, m := range metrics {
		out = append(out, "metric "+m.Metric+" "+m.Is)
	}
	for _, c := range s.changes("x:y/z") {
		out = append(out, "change "+string(c.Kind))
	}
	for _, p := range probes {
		if s.ask(p.name, 0, noise).Says == "yes" {
			out = append(out, "probe "+p.name)
		}
	}
	if said, telling := s.said(t, noise); logs && telling >= 0 {
		out = append(out, "log "+said[telling])
	}
	slices.Sort(out)
	return slices.Compact(out)
}
