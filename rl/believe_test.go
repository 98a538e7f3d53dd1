package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A diagnosis that has weighed the same observations by the catalogue, corrected
// by what was learned, is the model's own belief, and teaches the same.
func TestADiagnosisByTheCatalogueIsTheModelsOwnBelief(t *testing.T) {
	prior := worldPrior(1, .15, 0)
	fresh, err := NewModel(prior, DefaultHyper())
	require.NoError(t, err)
	diagnosed := func(seen []Seen) []Hypothesis {
		p := pose(t, fresh, Case{Seen: seen, Candidates: []Candidate{{Verb: "retry"}}})
		return p.top(len(p.Belief))
	}
	log := someEpisodes(150)
	own, err := Rebuild(prior, DefaultHyper(), log)
	require.NoError(t, err)
	for i := range log {
		log[i].Beliefs = diagnosed(log[i].Seen)
	}
	told, err := Rebuild(prior, DefaultHyper(), log)
	require.NoError(t, err)
	assert.InDeltaSlice(t, own.now, told.now, 1e-6)

	c := worldCase(3)
	want := byName(pose(t, own, c))
	c.Hypotheses = diagnosed(c.Seen)
	got := byName(pose(t, told, c))
	require.NotEmpty(t, want)
	for name, b := range want {
		assert.InDelta(t, b, got[name], 1e-6, name)
	}
}

// byName sums the belief of each cause; what the catalogue does not hold is one.
func byName(p Problem) map[string]float64 {
	out := map[string]float64{}
	for i, b := range p.Belief {
		name := p.Causes[i]
		if p.Classes[i] == Spare {
			name = Spare
		}
		out[name] += b
	}
	return out
}
