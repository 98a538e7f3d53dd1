package tabular

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func learner(t testing.TB, kind string, s Settings) Learner {
	t.Helper()
	l, err := New(kind, s)
	require.NoError(t, err)
	return l
}

// Fifty runs of 500 episodes: the standard errors are about .5, .3 and .15 of
// online return, and the tolerances five of them. The values are those of
// RL.md section 6; the book's figure 6.4 shows about -50 and -25.
func TestTheCliffOnline(t *testing.T) {
	const runs = 50
	for kind, want := range map[string]struct{ online, tolerance, greedy float64 }{
		"q":              {-49.5, 2.5, -13},
		"sarsa":          {-27.4, 1.8, 0},
		"expected_sarsa": {-20.9, .8, -15},
	} {
		m, rng := cliff(), rand.New(rand.NewPCG(1, 1))
		online, greedy := make([]float64, 0, runs*400), make([]float64, 0, runs)
		for run := range uint64(runs) {
			l := learner(t, kind, Settings{Actions: 4, Alpha: .5, Gamma: 1, Epsilon: .1, Seed: run})
			for e := range 500 {
				if _, total := episode(m, l, 36, 5000, rng); e >= 100 {
					online = append(online, total)
				}
			}
			greedy = append(greedy, m.Evaluate(policy(m, l), 1, 300)[36])
		}
		t.Logf("%s: online %.1f, greedy %.1f", kind, mean(online), mean(greedy))
		if want.tolerance > 0 {
			assert.InDelta(t, want.online, mean(online), want.tolerance, kind)
		}
		if want.greedy != 0 {
			assert.InDelta(t, want.greedy, mean(greedy), .5, kind)
		}
	}
}

func TestQLambdaReachesTheGoalSooner(t *testing.T) {
	m := maze()
	steps := func(kind string, lambda float64) float64 {
		total, rng := 0, rand.New(rand.NewPCG(1, 1))
		for run := range uint64(30) {
			l := learner(t, kind, Settings{Actions: 4, Alpha: .1, Gamma: .95, Epsilon: .1, Lambda: lambda, Seed: run})
			for range 20 {
				n, _ := episode(m, l, 18, 1e6, rng)
				total += n
			}
		}
		return float64(total) / 600
	}
	q := steps("q", 0)
	assert.Equal(t, q, steps("q_lambda", 0), "with lambda 0 it is Q-learning, step by step")
	fast := steps("q_lambda", .9)
	t.Logf("steps an episode: q %.1f, q(.9) %.1f", q, fast)
	assert.Less(t, fast, q/2)
}

// Ten runs; the mean of RL.md is 7.877 +- .010 with an optimum of 7.93.
func TestQLearningDrivesTheTaxi(t *testing.T) {
	m, starts := taxi()
	var got []float64
	for run := range uint64(10) {
		rng := rand.New(rand.NewPCG(run, 2))
		l := learner(t, "q", Settings{Actions: 6, Alpha: .5, Gamma: .99, Epsilon: .1, Seed: run})
		for range 5000 {
			episode(m, l, starts[rng.IntN(len(starts))], 200, rng)
		}
		v := m.Evaluate(policy(m, l), 1, 200)
		sum := 0.0
		for _, s := range starts {
			sum += v[s] / float64(len(starts))
		}
		got = append(got, sum)
	}
	t.Logf("greedy %.3f", mean(got))
	assert.InDelta(t, 7.877, mean(got), .05)
}

// Steps in the Dyna maze, means of 60 runs. RL.md gives 687 +- 103, 155 +- 13 and 39.4 +- 1.8;
// the tolerances are about three of our errors and its together.
func TestDynaPlansInTheMaze(t *testing.T) {
	m := maze()
	for replays, want := range map[int]struct{ second, tolerance, by, byTolerance float64 }{
		0:  {687, 200, 21.2, 3},
		5:  {155, 35, 5.0, .7},
		50: {39.4, 6, 3.4, 1.2},
	} {
		const runs = 60
		var second, by, late []float64
		for run := range uint64(runs) {
			rng := rand.New(rand.NewPCG(run, 3))
			l := learner(t, "dyna_q", Settings{Actions: 4, Alpha: .1, Gamma: .95, Epsilon: .1, Replays: replays, Seed: run})
			first := 0
			for e := 1; e <= 50; e++ {
				n, _ := episode(m, l, 18, 1e6, rng)
				if e == 2 {
					second = append(second, float64(n))
				}
				if first == 0 && n <= 20 {
					first = e
				}
				if e > 40 {
					late = append(late, float64(n))
				}
			}
			by = append(by, float64(first))
		}
		t.Logf("n=%d: second %.0f, within 20 by episode %.1f, episodes 41 to 50 %.1f", replays, mean(second), mean(by), mean(late))
		assert.InDelta(t, want.second, mean(second), want.tolerance, "n=%d", replays)
		assert.InDelta(t, want.by, mean(by), want.byTolerance, "n=%d", replays)
		if replays > 0 {
			assert.InDelta(t, 16.6, mean(late), .6, "n=%d", replays)
		}
	}
}

// Example 6.7: from A, right ends with 0 and left leads to B, whose ten actions
// end with N(-.1, 1). Shares of left over 2000 runs have a standard error under
// 1.2 points.
func TestDoubleQIsLessBiased(t *testing.T) {
	const runs, episodes = 2000, 300
	left := func(kind string) (share [episodes]float64) {
		for run := range uint64(runs) {
			rng := rand.New(rand.NewPCG(run, 4))
			l := learner(t, kind, Settings{Actions: 10, Alpha: .1, Gamma: 1, Epsilon: .1, Seed: run})
			for e := range episodes {
				if l.Act(0, []int{0, 1}) == 1 {
					l.Observe(Transition{State: 0, Action: 1, Done: true})
					continue
				}
				share[e] += 100.0 / runs
				l.Observe(Transition{State: 0, Action: 0, Next: 1})
				a := l.Act(1, nil)
				l.Observe(Transition{State: 1, Action: a, Reward: -.1 + rng.NormFloat64(), Done: true})
			}
		}
		return share
	}
	q, double := left("q"), left("double_q")
	peak := 0.0
	for _, s := range q {
		peak = max(peak, s)
	}
	t.Logf("q peak %.1f, 100 %.1f, 300 %.1f; double 100 %.1f, 300 %.1f", peak, q[99], q[299], double[99], double[299])
	assert.InDelta(t, 94.5, peak, 3)
	assert.InDelta(t, 45.6, q[99], 4)
	assert.InDelta(t, 11.7, q[299], 3)
	assert.InDelta(t, 8.9, double[99], 3)
	assert.InDelta(t, 6.9, double[299], 2.5)
}

func TestMasksAreObeyed(t *testing.T) {
	for _, kind := range Kinds {
		l := learner(t, kind, Settings{Actions: 5, Gamma: .9, Epsilon: .5, Lambda: .8, Replays: 3, Seed: 1})
		for i := range 200 {
			a := l.Act(i%3, []int{1, 3})
			require.Contains(t, []int{1, 3}, a, kind)
			l.Observe(Transition{State: i % 3, Action: a, Reward: 1, Next: (i + 1) % 3, Done: i%7 == 0, Allowed: []int{1, 3}})
		}
		assert.Zero(t, l.Value(0, 0), kind)
		assert.Contains(t, []int{1, 3}, l.Greedy(0, []int{1, 3}), kind)
		assert.False(t, math.IsNaN(l.Value(0, 1)), kind)
	}
}

func TestStepsShrinkWithVisitsDownToATenth(t *testing.T) {
	l := learner(t, "q", Settings{Actions: 1, Gamma: 1, Seed: 1})
	for _, want := range []float64{1, 1.0 / 2, 1.0 / 3} {
		l.Observe(Transition{Reward: 1, Done: true})
		assert.InDelta(t, 1, l.Value(0, 0), 1e-12, "step %g", want)
	}
	table := &table{s: Settings{Actions: 1}}
	for n := 1; n <= 20; n++ {
		assert.InDelta(t, max(.1, 1/float64(n)), table.alpha(0, 0), 1e-12)
	}
	table.Limit(5)
	assert.InDelta(t, 1.0/6, table.alpha(0, 0), 1e-12)
}

func TestALearnerIsMadeOrRefused(t *testing.T) {
	for want, c := range map[string]struct {
		kind string
		s    Settings
	}{
		"none of":         {"magic", Settings{Actions: 2}},
		"0 actions":       {"q", Settings{}},
		"between 0 and 1": {"q", Settings{Actions: 2, Alpha: 2}},
		"lambda must be":  {"q_lambda", Settings{Actions: 2, Lambda: math.NaN()}},
	} {
		_, err := New(c.kind, c.s)
		assert.ErrorContains(t, err, want)
	}
}

func TestIncidentKeys(t *testing.T) {
	s := Sight{Error: "timeout", Step: "1", Last: "retry", Stage: "glue", Change: "deploy", Drift: "no", Flags: []string{"memory", "slow"}}
	assert.Equal(t, "timeout|1|retry", s.Key(Coarse))
	assert.Equal(t, "timeout|1|retry|glue|deploy|no", s.Key(Mid))
	assert.Equal(t, "timeout|1|retry|glue|deploy|no|memory|slow", s.Key(Flat))
	var x Index
	assert.Equal(t, []int{0, 1, 0}, []int{x.State("a"), x.State("b"), x.State("a")})
	assert.Equal(t, 2, x.Len())
}
