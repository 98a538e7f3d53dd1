package rl

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// open are settings without a gate and without exploration: what the policy is
// worth by itself.
func open() Settings {
	s := Strict()
	s.Open, s.Explore = true, 0
	return s
}

func planner(t testing.TB, s Settings) *Planner {
	t.Helper()
	l, err := NewPlanner(s, Setting{})
	require.NoError(t, err)
	return l
}

// score is Score_R at checkpoints of learning: 0 the hand rules, 1 the informed
// ceiling, over worlds of the table.
func score(t *testing.T, worlds int, probes bool, wrong, missing float64, checkpoints ...int) []float64 {
	l := planner(t, open())
	got := make([]float64, len(checkpoints))
	var rules, ceiling float64
	for k := range worlds {
		seed := uint64(5000 + k)
		w := drawWorld(seed, probes)
		m, err := NewModel(worldPrior(seed, wrong, missing), DefaultHyper())
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(seed, 1))
		var tests []event
		for range 300 {
			tests = append(tests, w.draw(r))
		}
		mean := func(c chooser) (sum float64) {
			for _, e := range tests {
				v, _ := w.expected(e, c)
				sum += v / float64(len(tests)*worlds)
			}
			return sum
		}
		rules += mean(tableRules)
		ceiling += mean(w.informed(l))
		at := 0
		for n := 0; at < len(checkpoints); n++ {
			if n == checkpoints[at] {
				got[at] += mean(m.chooser(l))
				at++
			}
			require.NoError(t, m.Learn(w.live(w.draw(r), r, m.chooser(l))))
		}
	}
	t.Logf("rules %.3f ceiling %.3f planner %.3f", rules, ceiling, got)
	for i := range got {
		got[i] = (got[i] - rules) / (ceiling - rules)
	}
	return got
}

func TestThePlannerBeatsRulesAndLearns(t *testing.T) {
	got := score(t, 4, true, .15, 0, 0, 300)
	t.Logf("Score_R %.3f", got)
	assert.Greater(t, got[0], .6)
}

func benchProblem(b *testing.B, n int) []Problem {
	w := drawWorld(1, true)
	m, err := NewModel(worldPrior(1, .15, 0), DefaultHyper())
	require.NoError(b, err)
	r := rand.New(rand.NewPCG(1, 1))
	var out []Problem
	for range n {
		c := w.toCase(w.draw(r))
		for i := range 6 { // 20 arms
			c.Candidates = append(c.Candidates, c.Candidates[1+2*i])
		}
		p, err := m.Pose(c)
		require.NoError(b, err)
		out = append(out, p)
	}
	return out
}

func BenchmarkDecision(b *testing.B) {
	l := planner(b, Strict())
	ps := benchProblem(b, 200)
	b.ReportAllocs()
	latencies(b, len(ps), func(i int) { l.Choose(ps[i]) })
}
