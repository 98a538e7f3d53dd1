package rl

import (
	"fmt"
	"slices"
)

// Pose states a case as a problem: belief, chances, durations and shifts as
// this model has them. It fails when the case contradicts itself.
func (m *Model) Pose(c Case) (Problem, error) {
	if err := c.check(); err != nil {
		return Problem{}, err
	}
	who := m.believe(make([]suspect, 0, max(len(m.causes), len(c.Hypotheses))), c.Hypotheses, m.read(make([]sight, 0, len(c.Seen)), c.Seen))
	groups := grouped(who)
	nc, na := len(groups), len(c.Candidates)
	p := Problem{
		Belief: make([]float64, nc), Classes: make([]string, nc), Causes: make([]string, nc),
		OK: make([][]Beta, nc), Harm: make([][]Beta, nc),
		Arms: make([]string, na), Pulls: make([]Pull, na),
		Tried: c.Tried, Seed: c.Seed, Terms: c.Terms, Probes: c.Probes, Started: c.Started, Rest: c.Rest, Left: c.Left, Doubts: c.Doubts,
	}
	verbs := make([]int, na)
	for a, cand := range c.Candidates {
		verbs[a] = m.verb(cand.Verb)
		p.Arms[a], p.Pulls[a] = cand.Verb, m.pull(cand.Pull, verbs[a], c.Context)
	}
	cells := make([]Beta, 2*nc*na)
	for h, g := range groups {
		p.Classes[h], p.Causes[h] = m.called(g[0], c.Hypotheses)
		p.OK[h], cells = cells[:na:na], cells[na:]
		p.Harm[h], cells = cells[:na:na], cells[na:]
		for a, cand := range c.Candidates {
			p.OK[h][a], p.Harm[h][a] = m.mixed(g, verbs[a], p.Pulls[a].Minutes, cand.aimed(g[0].at), slices.Contains(c.Advice, cand.Verb))
			p.OK[h][a].B += float64(cand.Failed)
		}
	}
	if len(c.Hypotheses) == 0 {
		m.failed(who, &p)
	}
	for h, g := range groups {
		for _, s := range g {
			p.Belief[h] += s.belief
		}
	}
	return p, nil
}

// called is the class and the name of a suspect: the diagnosis' own, if there is one.
func (m *Model) called(s suspect, diagnosis []Hypothesis) (class, name string) {
	if len(diagnosis) > 0 {
		return diagnosis[s.at].Class, diagnosis[s.at].Cause
	}
	return m.causes[s.cause].Class, m.causes[s.cause].Name
}

// grouped are the suspects by hypothesis: an unknown fault is one hypothesis and
// may be several causes.
func grouped(who []suspect) (groups [][]suspect) {
	groups = make([][]suspect, 0, len(who))
	for from, to := 0, 0; from < len(who); from = to {
		for to = from + 1; to < len(who) && who[to].at == who[from].at; to++ {
		}
		groups = append(groups, who[from:to])
	}
	return groups
}

// mixed is effect under a hypothesis that may be several causes, with their mean.
func (m *Model) mixed(group []suspect, v int, minutes float64, aimed, advised bool) (ok, harm Beta) {
	if len(group) == 1 {
		return m.effect(group[0].cause, v, minutes, aimed, advised)
	}
	total := 0.0
	for _, s := range group {
		total += s.belief
	}
	for _, s := range group {
		share := 1 / float64(len(group))
		if total > 0 {
			share = s.belief / total
		}
		x, y := m.effect(s.cause, v, minutes, aimed, advised)
		ok.A, ok.B, harm.A, harm.B = ok.A+share*x.A, ok.B+share*x.B, harm.A+share*y.A, harm.B+share*y.B
	}
	return ok, harm
}

// failed applies what the tried arms taught to the model's own belief.
func (m *Model) failed(who []suspect, p *Problem) {
	for _, a := range p.Tried {
		for h := range who {
			who[h].belief *= unchanged(p.OK[h][a].Mean(), p.Harm[h][a].Mean())
		}
		normalise(who)
	}
}

// pull fills in what the model knows of an arm: the caller's duration stretched
// by how much longer the verb has taken than the catalogue says, and the
// residual.
func (m *Model) pull(p Pull, verb int, ctx Context) Pull {
	if verb < 0 {
		return p
	}
	if p.Minutes > 0 {
		p.Minutes *= m.slowness(verb, ctx.Stage)
	} else {
		p.Minutes = m.minutes(verb, ctx.Stage)
	}
	p.Shift = m.shift(verb, ctx)
	return p
}

// effect is the posterior of a verb under a cause as Betas of the whole chance.
func (m *Model) effect(c, v int, minutes float64, aimed, advised bool) (ok, harm Beta) {
	mean, worse := m.chances(c, v, minutes)
	strength, harmStrength := m.hyper.Recovery, m.hyper.Harm
	if c >= 0 && v >= 0 {
		b, h := m.recovery(c, v), m.harm(c, v)
		if advised && m.isSpare(c) && v != m.wait {
			b = m.heed(b)
			mean = (1 - worse) * b.Mean()
		}
		strength, harmStrength = b.A+b.B, h.A+h.B
	}
	if !aimed {
		mean, strength = min(mean, astray), m.hyper.Recovery
	}
	return NewBeta(mean, strength), NewBeta(worse, harmStrength)
}

func (c Candidate) aimed(h int) bool { return c.Aims == nil || slices.Contains(c.Aims, h) }

func (c Case) check() error {
	for _, h := range c.Hypotheses {
		if !chance(h.Belief) {
			return fmt.Errorf("pose the case: the belief in %s is %g; it must be between 0 and 1", h.Cause, h.Belief)
		}
	}
	for i, d := range c.Doubts {
		if !chance(d.Chance) || i > 0 && d.Cause <= c.Doubts[i-1].Cause {
			return fmt.Errorf("pose the case: the doubt %d, about %q, is %g; doubts are between 0 and 1 and in the order of their causes", i, d.Cause, d.Chance)
		}
	}
	for _, a := range slices.Concat(c.Tried, c.Rest) {
		if a < 0 || a >= len(c.Candidates) {
			return fmt.Errorf("pose the case: candidate %d was tried or is planned, and there are %d", a, len(c.Candidates))
		}
	}
	for i, cand := range c.Candidates {
		if cand.Pull.Minutes < 0 || cand.Pull.Minutes != cand.Pull.Minutes {
			return fmt.Errorf("pose the case: candidate %d (%s) takes %g minutes", i, cand.Verb, cand.Pull.Minutes)
		}
	}
	return nil
}

// Chances is the chance of a feature's value under each of the model's Causes,
// in their order; nil when the model does not know the feature or the value. A
// Probe whose answer is a feature takes its Yes from here.
func (m *Model) Chances(feature, value string) []float64 {
	at, known := m.sights[Seen{feature, value}]
	if !known {
		return nil
	}
	var out []float64
	vacant := m.vacant()
	for c := range m.causes {
		if m.weight(c, vacant) > 0 {
			out = append(out, m.emission(c, at))
		}
	}
	return out
}
