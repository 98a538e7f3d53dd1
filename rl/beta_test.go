package rl

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestBetaQuantilesReproducePublishedValues(t *testing.T) {
	for _, c := range []struct {
		a, b, p, want float64
	}{
		{9, 1, .05, .716871}, {22, 1, .10, .900628}, {29, 1, .05, .901855},
		{10, 2, .05, .635641}, {1, 20, .95, .139108}, {3, 60, .90, .083570},
	} {
		assert.InDelta(t, c.want, Beta{c.a, c.b}.Quantile(c.p), 5e-7, "Beta(%g,%g) q%g", c.a, c.b, c.p)
	}
}

func TestBetaAtTheEdges(t *testing.T) {
	assert.Zero(t, Beta{}.Mean())
	assert.Zero(t, Beta{0, 3}.Quantile(.9))
	assert.Equal(t, 1.0, Beta{3, 0}.Quantile(.1))
	b := NewBeta(.9, 4)
	assert.Equal(t, b, b.Observe(true, 0))
	assert.Equal(t, b, b.Observe(true, math.NaN()))
	assert.InDelta(t, 4.6/5, b.Observe(true, 1).Mean(), 1e-12)
	assert.InDelta(t, 3.6/4.5, b.Observe(false, .5).Mean(), 1e-12)
}

func TestMatchingMomentsGivesTheSameBetaBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Beta{rapid.Float64Range(.05, 200).Draw(t, "a"), rapid.Float64Range(.05, 200).Draw(t, "b")}
		m := matched(b.Mean(), b.Variance())
		assert.InEpsilon(t, b.A, m.A, 1e-6)
		assert.InEpsilon(t, b.B, m.B, 1e-6)
	})
}
