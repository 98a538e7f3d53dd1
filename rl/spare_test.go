package rl

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// signs is a prior of two causes over twelve flags: hung shows the first, bug the second.
func signs() Prior {
	p := small()
	p.Features = nil
	p.Causes[0].Shows, p.Causes[1].Shows = nil, nil
	for f := range 12 {
		p.Features = append(p.Features, Feature{Name: fmt.Sprint("flag ", f), Values: []string{"no", "yes"}})
		for c := range p.Causes {
			row := []float64{.95, .05}
			if c == f {
				row = []float64{.1, .9}
			}
			p.Causes[c].Shows = append(p.Causes[c].Shows, row)
		}
	}
	return p
}

// showing is an incident that shows some flags, and what was tried.
func showing(flags []int, steps ...Step) Episode {
	e := Episode{Weight: 1, Steps: steps}
	for f := range 12 {
		e.Seen = append(e.Seen, Seen{fmt.Sprint("flag ", f), "no"})
	}
	for _, f := range flags {
		e.Seen[f].Value = "yes"
	}
	return e
}

func learned(t *testing.T, h Hyper, log ...Episode) *Model {
	t.Helper()
	m, err := Rebuild(signs(), h, log)
	require.NoError(t, err)
	return m
}

// Two faults that the catalogue does not hold, each with looks and a cure of its own,
// among incidents of one that it does.
func TestFaultsThatTheCatalogueDoesNotHoldBecomeCauses(t *testing.T) {
	one := showing([]int{2, 3, 4, 5, 6}, step("restart", Unchanged), step("rollback", Recovered))
	two := showing([]int{7, 8, 9, 10, 11}, step("rollback", Unchanged), step("restart", Recovered))
	hung := showing([]int{0}, step("restart", Recovered))
	var log []Episode
	for range 6 {
		log = append(log, one, hung, two)
	}
	m := learned(t, DefaultHyper(), log...)
	believed := func(e Episode) (string, Problem) {
		p := pose(t, m, Case{Seen: e.Seen, Candidates: smallCase().Candidates})
		top := p.top(1)[0]
		assert.Greater(t, top.Belief, .9)
		return top.Cause, p
	}
	first, _ := believed(one)
	second, _ := believed(two)
	known, _ := believed(hung)
	assert.Equal(t, []string{"unknown", "unknown 2", "hung"}, []string{first, second, known})
	assert.Greater(t, m.Recovery(first, "rollback").Mean(), .8)
	assert.Less(t, m.Recovery(first, "restart").Mean(), .1)
	assert.Greater(t, m.Recovery(second, "restart").Mean(), .8)
	assert.Greater(t, m.Recovery("hung", "restart").Mean(), .9, "what is known is not blurred by what is not")
	assert.InDelta(t, .7, m.Recovery("bug", "rollback").Mean(), .02)
	assert.Len(t, m.Causes(), 5, "two of the catalogue, two met, one vacant")
	assert.Len(t, m.Chances("flag 0", "yes"), 5)
}

// Shares of the unknown in many incidents of a known cause do not make a cause.
func TestSmallSharesOfTheUnknownAreNotCollected(t *testing.T) {
	var log []Episode
	for range 40 {
		log = append(log, showing([]int{0}, step("restart", Recovered)))
	}
	m := learned(t, DefaultHyper(), log...)
	assert.Len(t, m.Causes(), 3)
	assert.Equal(t, m.base[2:5], m.now[2:5])
}

// The diagnosis names one unknown fault; the model knows two by now.
func TestAnUnknownHypothesisIsOneOfTheProblem(t *testing.T) {
	one := showing([]int{2, 3, 4, 5, 6}, step("rollback", Recovered))
	two := showing([]int{7, 8, 9, 10, 11}, step("restart", Recovered))
	m := learned(t, DefaultHyper(), one, two, one, two, one, two)
	c := Case{Seen: one.Seen, Candidates: smallCase().Candidates, Hypotheses: []Hypothesis{{"hung", "stuck", .4}, {Spare, Spare, .6}}}
	p := pose(t, m, c)
	require.Len(t, p.Belief, 2)
	assert.Greater(t, p.Belief[1], .95, "its looks were met before")
	assert.Greater(t, p.OK[1][1].Mean(), .6, "rollback helped then")
	assert.Less(t, p.OK[1][0].Mean(), .4)
}

func TestASpareCauseThatIsForgottenIsVacantAgain(t *testing.T) {
	h := DefaultHyper()
	h.Forget = .5
	m := learned(t, h, showing([]int{2, 3, 4, 5, 6}, step("rollback", Recovered)))
	require.Len(t, m.Causes(), 4)
	for range 20 {
		require.NoError(t, m.Learn(showing([]int{0}, step("restart", Recovered))))
	}
	require.Len(t, m.Causes(), 3)
	for value := range m.shape.width {
		assert.Equal(t, m.base[m.shape.look(2, value)], m.now[m.shape.look(2, value)])
	}
}
