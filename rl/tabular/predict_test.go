package tabular

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// walk is a random walk over n states from the middle, with a reward on leaving
// at either end.
func walk(n int, left, right float64, rng *rand.Rand) Walk {
	var w Walk
	s := n / 2
	for s >= 0 && s < n {
		w.States = append(w.States, s)
		s += 2*rng.IntN(2) - 1
		r := 0.0
		if s < 0 {
			r = left
		} else if s == n {
			r = right
		}
		w.Rewards = append(w.Rewards, r)
	}
	return w
}

func rms(v []float64, truth func(s int) float64) float64 {
	sum := 0.0
	for s := range v {
		sum += (v[s] - truth(s)) * (v[s] - truth(s))
	}
	return math.Sqrt(sum / float64(len(v)))
}

// Example 6.2: values 1/6 to 5/6, started at .5 and learned for 100 episodes.
// 1000 runs; tolerances are three of RL.md's errors.
func TestTheWalkOfFive(t *testing.T) {
	truth := func(s int) float64 { return float64(s+1) / 6 }
	assert.InDelta(t, .2357, rms([]float64{.5, .5, .5, .5, .5}, truth), 5e-5)
	for _, c := range []struct {
		name            string
		alpha           float64
		want, tolerance float64
		learn           func(v []float64, w Walk, alpha float64)
	}{
		{"TD(0)", .05, .0354, .003, func(v []float64, w Walk, a float64) { NStepTD(v, w, 1, a, 1) }},
		{"TD(0)", .1, .0548, .0042, func(v []float64, w Walk, a float64) { NStepTD(v, w, 1, a, 1) }},
		{"TD(0)", .15, .0694, .0051, func(v []float64, w Walk, a float64) { NStepTD(v, w, 1, a, 1) }},
		{"Monte Carlo", .04, .1088, .0102, func(v []float64, w Walk, a float64) { MonteCarlo(v, w, a, 1) }},
	} {
		rng := rand.New(rand.NewPCG(1, 5))
		got := 0.0
		for range 1000 {
			v := []float64{.5, .5, .5, .5, .5}
			for range 100 {
				c.learn(v, walk(5, 0, 1, rng), c.alpha)
			}
			got += rms(v, truth) / 1000
		}
		t.Logf("%s %.2f: %.4f", c.name, c.alpha, got)
		assert.InDelta(t, c.want, got, c.tolerance, "%s %.2f", c.name, c.alpha)
	}
}

// Figure 7.2: the mean error over the first ten episodes of the walk of 19, at
// the best step size of each n; the least is at n = 4. 300 runs have a standard
// error of about .003.
func TestTheWalkOfNineteen(t *testing.T) {
	truth := func(s int) float64 { return float64(s+1)/10 - 1 }
	least, at := 1.0, 0
	for _, c := range []struct {
		n           int
		alpha, want float64
	}{{1, .8, .345}, {2, .6, .277}, {4, .4, .264}, {8, .2, .279}, {16, .1, .324}} {
		rng := rand.New(rand.NewPCG(2, 5))
		got := 0.0
		for range 300 {
			v := make([]float64, 19)
			for range 10 {
				NStepTD(v, walk(19, -1, 1, rng), c.n, c.alpha, 1)
				got += rms(v, truth) / 3000
			}
		}
		t.Logf("n=%d: %.3f", c.n, got)
		assert.InDelta(t, c.want, got, .015, "n=%d", c.n)
		if got < least {
			least, at = got, c.n
		}
	}
	assert.Equal(t, 4, at)
}
