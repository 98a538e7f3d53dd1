package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The expected reward of an arm is the value that the planner gives it.
func TestRewardsAreWhatThePlannerExpects(t *testing.T) {
	terms := DefaultTerms()
	terms.Discount = .01
	p := sure(.6)
	p.Terms, p.Pulls[0].Severity, p.Pulls[0].Money = terms, 1.5, .1
	pull := p.Pulls[0]
	_, factor := pull.price(terms)
	mean := 0.0
	for result, chance := range map[Result]float64{Recovered: .6, Worse: .01, Unchanged: .39} {
		mean += chance * (terms.Reward(result, pull, pull.Minutes) + factor*terms.Final(result))
	}
	s := open()
	s.Depth = 1
	assert.InDelta(t, planner(t, s).Choose(p).Value, mean, 1e-12)
	assert.Equal(t, terms.Reward(Unchanged, pull, 3), terms.Reward(Unknown, pull, 3), "an outcome that never came is no success")
}
