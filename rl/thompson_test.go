package rl

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestBestChancesAgreeWithDraws(t *testing.T) {
	levers := []lever{{0, 0, 1, .5, .5}, {1, -.1, 1.1, .8, .7}, {2, .2, .4, 0, .3}}
	got := bestChances(nil, levers)
	r := rand.New(rand.NewPCG(1, 1))
	won := make([]float64, 3)
	for range 200000 {
		best, v := 0, -1.0
		for i, l := range levers {
			if x := l.value(r.NormFloat64()); x > v {
				best, v = i, x
			}
		}
		won[best] += 1.0 / 200000
	}
	assert.InDeltaSlice(t, won, got, .01)
}

func TestArmsThatAreTheSameHaveTheSameChance(t *testing.T) {
	for _, sd := range []float64{0, .4} {
		assert.InDeltaSlice(t, []float64{.5, .5}, bestChances(nil, []lever{{0, 0, 1, .5, sd}, {1, 0, 1, .5, sd}}), 1e-9)
	}
}

// What is logged is the chance with which the arm is drawn.
func TestPropensitiesAreTheFrequencies(t *testing.T) {
	levers := []lever{{4, 0, 1, .5, .5}, {7, -.05, 1.1, .5, .7}, {9, .05, .8, .5, .3}}
	const n = 40000
	count, logged := map[int]float64{}, map[int]float64{}
	for seed := range uint64(n) {
		arm, p, _ := explore(levers, 7, .3, seed)
		count[arm] += 1.0 / n
		logged[arm] = p
	}
	sum := 0.0
	for _, l := range levers {
		require.InDelta(t, count[l.arm], logged[l.arm], .01)
		sum += logged[l.arm]
	}
	assert.InDelta(t, 1, sum, 1e-12)
}

func TestNothingIsExploredWithoutAChoice(t *testing.T) {
	arm, p, drawn := explore([]lever{{3, 0, 1, .5, .5}}, 3, .9, 1)
	assert.Equal(t, 3, arm)
	assert.Equal(t, 1.0, p)
	assert.False(t, drawn)
}

// Exploring stays among arms that are safe and nearly as good.
func TestExplorationIsInsideTheSafeSet(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 1))
	s := Strict()
	s.Explore = 1
	l := planner(t, s)
	drawn := 0
	for range 300 {
		p := randomProblem(r, 5, 6, true)
		p.Pulls[2].Shift.Harm = 3
		c := l.Choose(p)
		if !c.Explored || c.Arm < 0 {
			continue
		}
		drawn++
		for _, k := range c.Ranked {
			if k.Arm == c.Arm && k.Arm != c.Greedy {
				require.LessOrEqual(t, k.HarmHigh, s.Caps["R1"])
				require.GreaterOrEqual(t, k.Value, c.Ranked[0].Value-s.Near)
			}
		}
		require.Contains(t, c.Safe, c.Arm)
		require.Positive(t, c.Propensity)
	}
	assert.Greater(t, drawn, 50)
}

// draw samples a Beta by two Gammas.
func (b Beta) draw(r *rand.Rand) float64 {
	x := distuv.Beta{Alpha: b.A, Beta: b.B, Src: r}
	return x.Rand()
}

// With arms of .9 and .6 and posteriors of their own, 1000 pulls cost 3.98 +- .10
// good pulls (pseudo-regret); 2000 runs have a standard error of .08.
func TestThompsonRegret(t *testing.T) {
	const runs, pulls = 2000, 1000
	truth := []float64{.9, .6}
	r := rand.New(rand.NewPCG(8, 8))
	regret := 0.0
	for range runs {
		arms := []Beta{{1, 1}, {1, 1}}
		for range pulls {
			a := 0
			if arms[1].draw(r) > arms[0].draw(r) {
				a = 1
			}
			regret += truth[0] - truth[a]
			arms[a] = arms[a].Observe(r.Float64() < truth[a], 1)
		}
	}
	assert.InDelta(t, 3.98, regret/runs, .25)
}
