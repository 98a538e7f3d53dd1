package gym

import (
	"math"
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
	c := &Ceiling{Causes: Causes(), Verbs: allVerbs(), Prior: slices.Clone(regime.mix), odds: map[string][]row{}, likely: map[string][]emission{}}
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
	if o.Can = s.kind.can(v); !o.Can {
		return
	}
	start := s.now
	s.do(v, stream(s.seed, string(v)))
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

// Odds of a verb under a cause at a stage.
func (c *Ceiling) Odds(stage, cause string, v pipewright.Verb) Odds {
	i, j := slices.Index(c.Causes, cause), slices.Index(c.Verbs, v)
	if rows := c.odds[stage]; i >= 0 && j >= 0 && rows != nil {
		return rows[i][j]
	}
	return Odds{}
}

// Belief over the causes after a case and what was asked (probe to yes or no;
// what is not in it was not asked), by Bayes' rule with the world's own
// frequencies.
func (g *Gym) Belief(c *Ceiling, n int, asked map[string]string) []float64 {
	s := &g.incidents[n].scene
	shown := s.tokens(g.w.sc.Noise, g.opt.Logs)
	logs, top := make([]float64, len(c.Causes)), math.Inf(-1)
	for i := range c.Causes {
		logs[i] = math.Inf(-1)
		if e := c.likely[s.kind.name][i]; e.n > 0 {
			logs[i] = math.Log(c.Prior[i]) - math.Log(float64(len(g.w.struck(faults[i])))) + e.fit(shown, asked)
		}
		top = max(top, logs[i])
	}
	sum := 0.0
	for i := range logs {
		logs[i] = math.Exp(logs[i] - top)
		sum += logs[i]
	}
	for i := range logs {
		logs[i] /= sum
	}
	return logs
}

// fit is the log of the chance of what shows.
func (e emission) fit(shown []string, asked map[string]string) float64 {
	chance := func(token string) float64 { return (e.counts[token] + .3) / (e.n + 1) }
	sum, told := 0.0, false
	for _, t := range shown {
		if strings.HasPrefix(t, "log ") || strings.HasPrefix(t, "signals ") {
			told = told || strings.HasPrefix(t, "log ")
			sum += math.Log(chance(t))
		}
	}
	for _, t := range flags() {
		p := chance(t)
		if !slices.Contains(shown, t) {
			p = 1 - p
		}
		sum += math.Log(p)
	}
	if !told {
		sum += math.Log(max(1-e.told(), .3/(e.n+1)))
	}
	for _, p := range probes { // in order, so that the sum is the same each time
		switch asked[p.name] {
		case "yes":
			sum += math.Log(chance("probe " + p.name))
		case "no":
			sum += math.Log(1 - chance("probe "+p.name))
		}
	}
	return sum
}

// told is the share of scenes with a telling line.
func (e emission) told() float64 {
	n := 0.0
	for t, c := range e.counts { // whole numbers: any order gives the same sum
		if strings.HasPrefix(t, "log ") {
			n += c
		}
	}
	return n / e.n
}

// flags are the tokens that are there or not.
func flags() []string {
	var out []string
	for _, m := range readings {
		out = append(out, "metric "+m.metric+" "+m.is)
	}
	for _, k := range []pipewright.ChangeKind{pipewright.ChangeSchema, pipewright.ChangeConfig, pipewright.ChangeVersion, pipewright.ChangeAction} {
		out = append(out, "change "+string(k))
	}
	return out
}
