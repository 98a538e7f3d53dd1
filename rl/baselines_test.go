package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBaselines(t *testing.T) {
	p := problem(.5, .5)
	assert.Equal(t, -1, AlwaysAsk().Choose(p).Arm)
	retry := AlwaysRetry()
	assert.Equal(t, 0, retry.Choose(p).Arm)
	p.Tried = []int{0}
	assert.Equal(t, 1, retry.Choose(p).Arm, "a back-off after a retry")
	p.Tried = []int{0, 1}
	assert.Equal(t, -1, retry.Choose(p).Arm)

	p.Tried = []int{2}
	count := map[int]int{}
	for seed := range uint64(3000) {
		p.Seed = seed
		c := Random().Choose(p)
		assert.InDelta(t, 1.0/3, c.Propensity, 1e-12)
		count[c.Arm]++
	}
	assert.Len(t, count, 3)
	for arm, n := range count {
		assert.NotEqual(t, 2, arm)
		assert.InDelta(t, 1000, n, 120)
	}
	assert.Contains(t, Random().Choose(Problem{}).Why[0], "malformed")
}
