package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func sum(xs []float64) float64 {
	s := 0.0
	for _, x := range xs {
		s += x
	}
	return s
}

func TestBeliefIsBayesRule(t *testing.T) {
	got := Belief([]float64{1.5, .75, .75}, [][]float64{{.9, .4, .02}, {.5, .5, .5}})
	z := 1.5*.9 + .75*.4 + .75*.02
	assert.InDeltaSlice(t, []float64{1.5 * .9 / z, .75 * .4 / z, .75 * .02 / z}, got, 1e-12)
}

func TestNoDataLeavesTheCatalogue(t *testing.T) {
	assert.InDeltaSlice(t, []float64{.5, .25, .25}, Belief([]float64{1.5, .75, .75}, nil), 1e-15)
}

func TestBeliefSurvivesExtremes(t *testing.T) {
	many := make([][]float64, 500)
	for i := range many {
		many[i] = []float64{1e-12, 2e-12}
	}
	assert.InDelta(t, 1, Belief([]float64{1, 1}, many)[1], 1e-12, "a product that underflows")
	assert.Equal(t, []float64{.5, .5}, Belief([]float64{1, 1}, [][]float64{{0, 0}}), "everything impossible: the prior")
	assert.Equal(t, []float64{0, 1}, Belief([]float64{1, 1}, [][]float64{{0, .1}}))
	assert.Empty(t, Belief(nil, nil))
}

func TestBeliefSumsToOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		draw := func(name string) []float64 {
			return rapid.SliceOfN(rapid.Float64Range(1e-9, 5), n, n).Draw(t, name)
		}
		assert.InDelta(t, 1, sum(Belief(draw("prior"), [][]float64{draw("f1"), draw("f2")})), 1e-9)
	})
}

func TestAFailedArmMovesBeliefAwayFromTheCausesItHelps(t *testing.T) {
	ok := []Beta{NewBeta(.9, 4), NewBeta(.4, 4)}
	harm := []Beta{NewBeta(.02, 60), NewBeta(.02, 60)}
	got := AfterFailure([]float64{.6, .4}, ok, harm)
	z := .6*.08 + .4*.58
	assert.InDeltaSlice(t, []float64{.6 * .08 / z, .4 * .58 / z}, got, 1e-12)
}
