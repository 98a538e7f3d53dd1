package gym

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// planner looks ahead with the world's own numbers.
type planner struct {
	c     *Ceiling
	stage string
	verbs []pipewright.Verb
	crit  float64
	human float64 // minutes of a person
}

func (p planner) escalate(factor float64) float64 {
	return 1 - .3 - perMinute*p.crit*p.human*factor
}

// value of the best that can be done, and the verb; "" is to escalate.
func (p planner) value(belief []float64, tried map[pipewright.Verb]bool, depth int) (float64, pipewright.Verb) {
	best, verb := p.escalate(1), pipewright.Verb("")
	if depth == 0 {
		return best, verb
	}
	for _, v := range p.verbs {
		if tried[v] {
			continue
		}
		ok, worse, minutes := 0.0, 0.0, 0.0
		after, rest := make([]float64, len(belief)), 0.0
		for i, b := range belief {
			o := p.c.Odds(p.stage, p.c.Causes[i], v)
			ok, worse, minutes = ok+b*o.Recovered, worse+b*o.Worse, minutes+b*o.Minutes
			after[i] = b * max(1-o.Recovered-o.Worse, 1e-4)
			rest += after[i]
		}
		_, money := Price(v)
		q := -money - perMinute*p.crit*minutes + ok + worse*(p.escalate(1.5)-1.5)
		if q+rest <= best { // the rest is worth 1 at most
			continue
		}
		for i := range after {
			after[i] /= rest
		}
		tried[v] = true
		next, _ := p.value(after, tried, depth-1)
		tried[v] = false
		if q += rest * next; q > best {
			best, verb = q, v
		}
	}
	return best, verb
}

// run plays a world with a belief that is formed once and updated by failures.
func run(t *testing.T, seed uint64, n int, logs bool, believe func(*Gym, *Ceiling, Case) []float64) (s score) {
	t.Helper()
	o := Options{Seed: seed, Incidents: n, Logs: logs}
	c, err := Estimate(o, 0, 80)
	require.NoError(t, err)
	g, err := New(o)
	require.NoError(t, err)
	for k, ok := g.Next(); ok; k, ok = g.Next() {
		p := planner{c: c, stage: k.Stage, verbs: k.Verbs, crit: k.Criticality, human: 50}
		belief := believe(g, c, k)
		tried := map[pipewright.Verb]bool{}
		for step := range 4 {
			_, v := p.value(belief, tried, min(2, 4-step))
			if v == "" {
				break
			}
			seen := g.Act(v).Seen
			if seen == Recovered {
				seen = g.Close().Seen
			}
			if seen != Unchanged {
				break
			}
			tried[v] = true
			sum := 0.0
			for i := range belief {
				o := c.Odds(k.Stage, c.Causes[i], v)
				belief[i] *= max(1-o.Recovered-o.Worse, 1e-4)
				sum += belief[i]
			}
			for i := range belief {
				belief[i] /= sum
			}
		}
	}
	g.leave()
	for _, out := range g.Settled() {
		s.mean += out.Return
		s.minutes += out.Minutes
		s.harms += float64(out.Harms(false))
		s.acts += float64(len(out.Steps))
		s.n++
	}
	return s
}

// score sums what became of incidents.
type score struct{ n, mean, minutes, harms, acts float64 }

func (s *score) add(o score) {
	s.n, s.mean, s.minutes, s.harms, s.acts = s.n+o.n, s.mean+o.mean, s.minutes+o.minutes, s.harms+o.harms, s.acts+o.acts
}

func (s score) g() float64 { return s.mean / s.n }

func (s score) String() string {
	return fmt.Sprintf("%.3f (%.0f min, %.0f harms in 1000 actions)", s.g(), s.minutes/s.n, 1000*s.harms/max(s.acts, 1))
}

// TestCeilings: knowing the cause beats knowing the world, which beats handing
// everything to a person; probes and logs are worth something.
func TestCeilings(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds")
	}
	belief := func(probes bool) func(*Gym, *Ceiling, Case) []float64 {
		return func(g *Gym, c *Ceiling, k Case) []float64 {
			asked := map[string]string{}
			for _, p := range k.Probes {
				if probes {
					asked[p] = g.Probe(p).Says
				}
			}
			return g.Belief(c, k.N, asked)
		}
	}
	oracle := func(g *Gym, c *Ceiling, k Case) []float64 {
		b := make([]float64, len(c.Causes))
		for i, name := range c.Causes {
			if name == g.Truth(k.N)[0] {
				b[i] = 1
			}
		}
		return b
	}
	nobody := func(*Gym, *Ceiling, Case) []float64 { return nil }
	var esc, blind, logs, both, best score
	const worlds, n = 2, 250
	for seed := range uint64(worlds) {
		esc.add(run(t, 300+seed, n, false, nobody))
		blind.add(run(t, 300+seed, n, false, belief(false)))
		logs.add(run(t, 300+seed, n, true, belief(false)))
		both.add(run(t, 300+seed, n, true, belief(true)))
		best.add(run(t, 300+seed, n, true, oracle))
	}
	t.Logf("escalate %v\nno logs %v\nlogs %v\nlogs and probes %v\noracle %v", esc, blind, logs, both, best)
	assert.Less(t, esc.g()+.1, blind.g())
	assert.Less(t, blind.g(), logs.g()+.01, "lines are worth something, or nothing")
	assert.Less(t, logs.g(), both.g()+.01)
	assert.Less(t, both.g(), best.g()+.01)
}
