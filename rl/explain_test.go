package rl

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func taught(t testing.TB) (*Model, string) {
	t.Helper()
	m, err := Rebuild(worldPrior(1, .15, 0), DefaultHyper(), someEpisodes(200))
	require.NoError(t, err)
	_, name, err := m.Snapshot()
	require.NoError(t, err)
	return m, name
}

func worldCase(seed uint64) Case {
	w := drawWorld(1, true)
	c := w.toCase(w.draw(rand.New(rand.NewPCG(seed, 5))))
	c.Probes = nil
	return c
}

func TestARecordedDecisionIsMadeAgain(t *testing.T) {
	m, name := taught(t)
	l := planner(t, Strict())
	for seed := range uint64(40) {
		r, _, err := Decide(m, name, l, worldCase(seed))
		require.NoError(t, err)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		var back Record
		require.NoError(t, json.Unmarshal(text, &back))
		same, err := ReadPlanner(l.Content())
		require.NoError(t, err)
		require.Equal(t, l.ID(), same.ID())
		require.NoError(t, back.Replay(m, name, same))
		back.Choice.Odds.Recovery += 1e-9
		require.ErrorContains(t, back.Replay(m, name, same), "another choice")
	}
}

func TestAReplayNamesWhatIsMissing(t *testing.T) {
	m, name := taught(t)
	l := planner(t, Strict())
	r, _, err := Decide(m, name, l, worldCase(1))
	require.NoError(t, err)
	assert.ErrorContains(t, r.Replay(m, "sha256:other", l), "not with sha256:other")
	assert.ErrorContains(t, r.Replay(m, name, planner(t, Tiered())), "not by sha256:")
	_, err = ReadPlanner([]byte(`{"planner":1`))
	assert.ErrorContains(t, err, "cut off")
	_, err = ReadPlanner([]byte(`{"planner":7}`))
	assert.ErrorContains(t, err, "another pipewright")
}

// explain grounds a record and explains it, after a journey through the journal.
func explain(t *testing.T, r *Record, m *Model, l *Planner, whatIfs ...WhatIf) Explanation {
	t.Helper()
	g, err := m.Ground(*r, whatIfs...)
	require.NoError(t, err)
	r.Grounds = &g
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back Record
	require.NoError(t, json.Unmarshal(text, &back))
	e, err := back.Explain(l)
	require.NoError(t, err)
	return e
}

func TestARecordAloneMakesTheSameChoice(t *testing.T) {
	m, name := taught(t)
	l := planner(t, Strict())
	for seed := range uint64(40) {
		r, p, err := Decide(m, name, l, worldCase(seed))
		require.NoError(t, err)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		var back Record
		require.NoError(t, json.Unmarshal(text, &back))
		again, err := back.Again(l)
		require.NoError(t, err)
		require.Equal(t, r.Choice, again)
		q, err := back.Problem()
		require.NoError(t, err)
		require.Equal(t, [][][]Beta{p.OK, p.Harm}, [][][]Beta{q.OK, q.Harm})
	}
}

func TestARecordThatWasCutOffIsNotReadAsAnother(t *testing.T) {
	m, name := taught(t)
	l := planner(t, Strict())
	whole, _, err := Decide(m, name, l, worldCase(1))
	require.NoError(t, err)
	for what, spoil := range map[string]func(*Record){
		"no numbers at all":       func(r *Record) { r.Posed = Posed{} },
		"a belief too few":        func(r *Record) { r.Posed.Belief = r.Posed.Belief[1:] },
		"an effect that is gone":  func(r *Record) { r.Posed.Effects = r.Posed.Effects[:1] },
		"a candidate without any": func(r *Record) { r.Posed.Of = r.Posed.Of[1:] },
		"a hypothesis without it": func(r *Record) { r.Posed.Of = slices.Clone(r.Posed.Of); r.Posed.Of[0] = r.Posed.Of[0][1:] },
	} {
		r := whole
		spoil(&r)
		_, err := r.Again(l)
		assert.ErrorContains(t, err, "its numbers do not fit its case", what)
		_, err = r.Explain(l)
		assert.ErrorContains(t, err, "does not hold what it was based on", what)
	}
	_, err = whole.Again(planner(t, Tiered()))
	assert.ErrorContains(t, err, "not by sha256:")
}

// Every number of an explanation is computed here again, another way.
func TestEveryNumberOfAnExplanationIsRecomputable(t *testing.T) {
	m, name := taught(t)
	l := planner(t, Strict())
	flips, said := 0, map[Ruling]bool{}
	for seed := range uint64(60) {
		r, p, err := Decide(m, name, l, worldCase(seed))
		require.NoError(t, err)
		e := explain(t, &r, m, l)
		require.Equal(t, r.Beliefs[:2], []Hypothesis{e.Suspects[0].Hypothesis, e.Suspects[1].Hypothesis})
		for _, s := range e.Suspects {
			checkContributions(t, m, r.Case, s)
		}
		if len(e.Plan) == 0 {
			continue
		}
		var plan []int
		for _, c := range e.Plan {
			plan = append(plan, slices.Index(p.Arms, c.Verb))
		}
		o := follow(p, p.Terms, plan)
		require.InDelta(t, o.ok, e.Odds.Recovery, 1e-12)
		require.InDelta(t, o.harm, e.Odds.Harm, 1e-12)
		require.LessOrEqual(t, e.Odds.Low, e.Odds.Recovery+.02)
		value := func(verb string) float64 {
			v := plainArm(kept(p), p.Terms, kept(p).Belief, nil, slices.Index(p.Arms, verb), 3)
			return v
		}
		if seed < 3 {
			require.InDelta(t, value(e.Plan[0].Verb)-value(e.Next.Verb), e.Next.Less, 1e-9)
		}
		runs, held := 0, 0
		for _, ep := range someEpisodes(200) {
			for _, s := range ep.Steps {
				if s.Verb == e.Plan[0].Verb && ep.Context.Error == r.Case.Context.Error {
					runs, held = runs+1, held+int(truth(s.Result == Recovered))
				}
			}
		}
		require.Equal(t, []int{runs, held}, []int{e.Runs, e.Held})
		if e.Otherwise != nil {
			flips++
		}
		said[e.Ruling] = true
		require.NotEmpty(t, e.Paragraph())
		require.NotContains(t, e.Paragraph(), "  ")
	}
	assert.Greater(t, flips, 10)
	assert.Greater(t, len(said), 1)
}

// kept is the problem without the causes that the look-ahead leaves out.
func kept(p Problem) Problem {
	out := p
	out.Belief, out.OK, out.Harm = nil, nil, nil
	sum := 0.0
	for c, b := range p.Belief {
		if b > negligible {
			sum += b
			out.Belief, out.OK, out.Harm = append(out.Belief, b), append(out.OK, p.OK[c]), append(out.Harm, p.Harm[c])
		}
	}
	for c := range out.Belief {
		out.Belief[c] /= sum
	}
	return out
}

// The prior odds times all contributions need not be the posterior odds, because
// the others are pooled; each one alone is Bayes' factor against the pool.
func checkContributions(t *testing.T, m *Model, c Case, s SuspectOdds) {
	t.Helper()
	require.Len(t, s.For, min(mostFor, len(c.Seen)))
	for _, o := range s.For {
		feature, value, _ := strings.Cut(o.Say, " ")
		one := Case{Seen: []Seen{{feature, value}}, Candidates: c.Candidates[:1]}
		none := Case{Candidates: c.Candidates[:1]}
		odds := func(c Case) float64 {
			p := pose(t, m, c)
			b := p.Belief[slices.Index(p.Causes, s.Cause)]
			return math.Log(b / (1 - b))
		}
		require.InDelta(t, odds(one)-odds(none), o.LogOdds(), 1e-9)
	}
	require.True(t, slices.IsSortedFunc(s.For, func(a, b Contribution) int { return cmp.Compare(math.Abs(b.LogOdds()), math.Abs(a.LogOdds())) }))
}

func TestTheCounterfactualIsTheFirstFlagThatChangesTheAction(t *testing.T) {
	m := model(t, bare())
	c := smallCase(Seen{"deploy", "no"})
	c.Terms = DefaultTerms()
	for i := range c.Candidates {
		c.Candidates[i].Pull.Risk, c.Candidates[i].Target = "R1", "glue:job/orders_etl"
	}
	l := planner(t, Strict())
	r, _, err := Decide(m, "m", l, c)
	require.NoError(t, err)
	e := explain(t, &r, m, l)
	require.NotNil(t, e.Otherwise)
	assert.Equal(t, "deploy were yes", e.Otherwise.Say)
	assert.Equal(t, "rollback", e.Otherwise.Instead.Verb)
	p := pose(t, m, c)
	waiting := 0.0
	for i, h := range []float64{.01, slowest} { // Gamma(2, 2/h): 1 - (M/(M+d))^2
		waiting += p.Belief[i] * (1 - math.Pow(2/h/(2/h+p.Pulls[0].Minutes), 2))
	}
	ok, _ := mixture(p, p.Belief, 0)
	assert.InDelta(t, ok-waiting, e.Uplift, 1e-12)
	changed := c
	changed.Seen = []Seen{{"deploy", "yes"}}
	assert.InDelta(t, l.Choose(pose(t, m, changed)).Odds.Recovery, e.Otherwise.Recovery, 1e-12)

	e = explain(t, &r, m, l, WhatIf{"nothing were different", c}, WhatIf{"a deploy had happened today", changed})
	text := e.Paragraph()
	assert.Contains(t, text, "If a deploy had happened today, it would first try rollback `glue:job/orders_etl` (")
	assert.Contains(t, text, "Restart `glue:job/orders_etl`, then ")
	assert.Contains(t, text, `no run here yet, catalogue "almost always"`)
	t.Log(text)
}
