package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a runbook says counts for the unknown alone, and less than what was found out.
func TestAdviceIsForWhatTheCatalogueLacks(t *testing.T) {
	h := bare()
	h.SpareAdvised, h.Spares, h.SpareShare, h.SpareShows, h.SpareEffects, h.SpareRecovery = .6, 2, .1, 1, 1, .25
	m := model(t, h)
	c := smallCase()
	plain := pose(t, m, c)
	c.Advice = []string{c.Candidates[1].Verb}
	advised := pose(t, m, c)
	last := len(plain.Causes) - 1
	assert.Equal(t, Spare, advised.Causes[last])
	assert.Equal(t, plain.OK[:last], advised.OK[:last], "the catalogue's causes are as they were")
	assert.Equal(t, plain.Harm, advised.Harm)
	for a := range c.Candidates {
		before, after := plain.OK[last][a].Mean(), advised.OK[last][a].Mean()
		if a == 1 {
			harm := plain.Harm[last][a].Mean()
			assert.InDelta(t, .25*(1-harm), before, 1e-12)
			assert.InDelta(t, .6*(1-harm), after, 1e-12)
			continue
		}
		assert.InDelta(t, before, after, 1e-12)
	}
	more := h.Advised()
	assert.Greater(t, more.SpareShare, h.SpareShare)
	assert.Less(t, more.SpareRecovery, h.SpareRecovery)
	assert.NoError(t, more.Check())
}
