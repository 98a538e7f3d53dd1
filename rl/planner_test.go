package rl

import (
	"math"
	"math/rand/v2"
	"sync"
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
	for i := range got {
		got[i] = (got[i] - rules) / (ceiling - rules)
	}
	return got
}

// A sanity check of the algorithm on a table, where RL.md's prototype measured 80
// and 84 % with a good catalogue and 50 and 69 % with a poor one. Over 8 worlds
// it was 81, 87 and, at 1000 incidents, 90 %; poor 54, 66 and 73 %. Four worlds
// have a standard error of about 3 points.
func TestThePlannerBeatsRulesAndLearns(t *testing.T) {
	good := score(t, 4, true, .15, 0, 0, 300)
	poor := score(t, 4, true, .4, .3, 0, 300)
	t.Logf("Score_R good %.3f poor %.3f", good, poor)
	assert.Greater(t, good[0], .70)
	assert.Greater(t, good[1], .80)
	assert.Greater(t, poor[0], .35)
	assert.Greater(t, poor[1], poor[0]+.03)
}

// gated is what a gate lets through, with exact chances of what it would lead to.
type gated struct{ incidents, auto, held, harm, asked, ece float64 }

func gate(t *testing.T, s Settings, worlds int, from, to int) (g gated) {
	l, without := planner(t, s), planner(t, open())
	var bins [10][2]float64
	for k := range worlds {
		seed := uint64(5000 + k)
		w := drawWorld(seed, true)
		m, err := NewModel(worldPrior(seed, .15, 0), DefaultHyper())
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(seed, 1))
		for i := range to {
			e := w.draw(r)
			if c := l.Choose(pose(t, m, w.toCase(e))); i >= from {
				g.add(w, e, c, &bins)
			}
			require.NoError(t, m.Learn(w.live(e, r, m.chooser(without))))
		}
	}
	for _, b := range bins {
		g.ece += math.Abs(b[0]-b[1]) / g.incidents
	}
	t.Logf("auto %.3f, recovered %.3f, harm %.4f, asked %.3f, ECE %.3f", g.auto/g.incidents, g.held/g.auto, g.harm/g.incidents, g.asked/g.incidents, g.ece)
	return g
}

func (g *gated) add(w *tableWorld, e event, c Choice, bins *[10][2]float64) {
	ok, harm, reach := 0.0, 0.0, 1.0
	for _, a := range c.Plan {
		x, y := w.chances(e.cause, e.stage, a)
		ok, harm, reach = ok+reach*x, harm+reach*y, reach*(1-x-y)
	}
	g.incidents++
	b := &bins[min(int(10*c.Odds.Recovery), 9)]
	b[0], b[1] = b[0]+ok, b[1]+c.Odds.Recovery
	switch c.Ruling {
	case RunAlone:
		g.auto, g.held, g.harm = g.auto+1, g.held+ok, g.harm+harm
	case AskFirst:
		g.asked++
	}
}

// On 8 worlds from 300 incidents: 28 % alone, of which 92.5 % recover, 8.4 harms
// in 1000 incidents, a calibration error of .01. Without lengthening plans to
// pass the bar it would be 20 % alone and 92.3 %.
func TestTheStrictGateKeepsWhatItPromises(t *testing.T) {
	s := Strict()
	s.Explore = 0
	g := gate(t, s, 3, 200, 500)
	assert.Greater(t, g.auto/g.incidents, .15)
	assert.Greater(t, g.held/g.auto, .89)
	assert.Less(t, g.harm/g.incidents, .012)
	assert.Less(t, g.ece, .04)
}

func benchProblem(b *testing.B, n int) []Problem {
	w := drawWorld(1, true)
	m, err := Rebuild(worldPrior(1, .15, 0), DefaultHyper(), someEpisodes(300))
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

// Decisions share memory between calls, never results.
func TestManyMayDecideAtOnce(t *testing.T) {
	l, r := planner(t, Strict()), rand.New(rand.NewPCG(1, 1))
	var ps []Problem
	var want []Choice
	for i := range 60 {
		p := randomProblem(r, 3+i%20, 2+i%15, i%2 == 0)
		ps, want = append(ps, p), append(want, l.Choose(p))
	}
	var wait sync.WaitGroup
	got := make([][]Choice, 4)
	for g := range got {
		wait.Go(func() {
			for i := range ps {
				got[g] = append(got[g], l.Choose(ps[(i+15*g)%len(ps)]))
			}
		})
	}
	wait.Wait()
	for g := range got {
		for i, c := range got[g] {
			require.Equal(t, want[(i+15*g)%len(ps)], c)
		}
	}
}

// The belief is spread over all of 28 causes, and every arm may help: the worst
// that can be asked.
func BenchmarkDecisionFlat(b *testing.B) {
	l, r := planner(b, Strict()), rand.New(rand.NewPCG(1, 1))
	var ps []Problem
	for range 50 {
		ps = append(ps, randomProblem(r, 28, 20, true))
	}
	latencies(b, len(ps), func(i int) { l.Choose(ps[i]) })
}

func BenchmarkDecision(b *testing.B) {
	l := planner(b, Strict())
	ps := benchProblem(b, 200)
	b.ReportAllocs()
	latencies(b, len(ps), func(i int) { l.Choose(ps[i]) })
}
