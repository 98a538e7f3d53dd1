package rl

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// sure is a problem with one cause and arms of given chances of recovery.
func sure(recovery ...float64) Problem {
	p := Problem{Belief: []float64{1}, Classes: []string{"stuck"}, OK: make([][]Beta, 1), Harm: make([][]Beta, 1)}
	for _, ok := range recovery {
		p.Arms = append(p.Arms, "restart")
		p.OK[0], p.Harm[0] = append(p.OK[0], NewBeta(ok, 4)), append(p.Harm[0], NewBeta(.01, 60))
		p.Pulls = append(p.Pulls, Pull{Minutes: 3, Risk: "R1"})
	}
	return p
}

func proposing() Settings {
	s := Strict()
	s.Propose = .25
	return s
}

func TestTheGate(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings Settings
		recovery float64
		change   func(*Problem)
		want     Ruling
	}{
		{"a sure plan runs", Strict(), .95, nil, RunAlone},
		{"a plan under the bar is proposed", Strict(), .85, nil, AskFirst},
		{"a plan that no rung permits is proposed", Strict(), .95, func(p *Problem) { p.Pulls[0].Held = true }, AskFirst},
		{"an unknown risk is worse than R2", Strict(), .95, func(p *Problem) { p.Pulls[0].Risk = "" }, AskFirst},
		{"R2 has a higher bar", Strict(), .94, func(p *Problem) { p.Pulls[0].Risk = "R2" }, AskFirst},
		{"a wide posterior is under the bar's slack", Strict(), .92, func(p *Problem) { p.Pulls[0].Shift.OKVar = .8 }, AskFirst},
		{"too much harm is proposed", Strict(), .85, func(p *Problem) { p.Harm[0][0] = NewBeta(.12, 60) }, AskFirst},
		{"a harmless arm needs no bar when tiered", Tiered(), .6, func(p *Problem) { p.Pulls[0].Risk = "R0" }, RunAlone},
		{"an arm that hardly harms needs no bar when tiered", Tiered(), .6, nil, RunAlone},
		{"R2 is never waived", Tiered(), .6, func(p *Problem) { p.Pulls[0].Risk = "R2" }, AskFirst},
		{"a plan once started runs on", Strict(), .6, func(p *Problem) { p.Started = "R1" }, RunAlone},
		{"but not to a worse class", Strict(), .6, func(p *Problem) { p.Started, p.Pulls[0].Risk = "R1", "R2" }, AskFirst},
		{"and not over the cap of harm", Strict(), .6, func(p *Problem) { p.Started, p.Harm[0][0] = "R1", NewBeta(.12, 60) }, AskFirst},
		{"what is worth less than a person is not proposed", Strict(), .05, nil, CallNow},
		{"what may harm is left to a person", Strict(), .4, func(p *Problem) { p.Harm[0][0] = NewBeta(.3, 60) }, CallNow},
		{"and is shown to that person when a proposal costs nothing", proposing(), .4, func(p *Problem) { p.Harm[0][0] = NewBeta(.3, 60) }, AskFirst},
		{"but not what hardly ever helps", proposing(), .1, nil, CallNow},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := sure(c.recovery)
			if c.change != nil {
				c.change(&p)
			}
			got := planner(t, c.settings).Choose(p)
			assert.Equal(t, c.want, got.Ruling, "%v", got)
			assert.NotEmpty(t, got.Why)
			assert.Equal(t, c.want == CallNow, got.Arm < 0)
		})
	}
}

// Only what may run alone counts toward the bar.
func TestAPlansOddsStopWhereAPersonIsNeeded(t *testing.T) {
	p := sure(.8, .8)
	p.Arms[1], p.Pulls[1].Minutes = "rollback", 5
	both := planner(t, Strict()).Choose(p)
	assert.Len(t, both.Plan, 2)
	assert.InDelta(t, .8+.19*.8, both.Odds.Recovery, 1e-9)
	assert.Equal(t, RunAlone, both.Ruling)
	p.Pulls[1].Held = true
	one := planner(t, Strict()).Choose(p)
	assert.Len(t, one.Plan, 2)
	assert.InDelta(t, .8, one.Odds.Recovery, 1e-9)
	assert.Equal(t, AskFirst, one.Ruling)
}

// With no end to MinEpisodes, what the planner does is what the rules do.
func TestWithoutExperienceTheRulesDecide(t *testing.T) {
	s := Strict()
	s.MinEpisodes = 1 << 40
	for _, b := range [][]float64{{.8, .2}, {.3, .7}} {
		assert.Equal(t, NewRules(Runbook).Choose(problem(b...)), planner(t, s).Choose(problem(b...)))
	}
}

func TestAGuardedPlannerOnlyRunsWhatTheRunbookWould(t *testing.T) {
	l, err := NewPlanner(Strict(), Setting{Guarded: true})
	assert.NoError(t, err)
	p := sure(.95)
	assert.Equal(t, RunAlone, l.Choose(p).Ruling, "restart is the runbook's answer to stuck")
	p.Classes[0] = "drift"
	assert.Equal(t, AskFirst, l.Choose(p).Ruling)
}

// The second arm is worth less than a person, but with it the plan passes the
// bar, and running it is worth more than asking.
func TestAPlanGoesOnToPassTheBar(t *testing.T) {
	p := sure(.85, .6)
	p.Arms[1], p.Pulls[1].Money = "rollback", .4
	s := Strict()
	l := planner(t, s)
	got := l.Choose(p)
	assert.Equal(t, []int{0, 1}, got.Plan)
	assert.Equal(t, RunAlone, got.Ruling)
	o := follow(p, DefaultTerms(), got.Plan)
	assert.InDelta(t, o.ok, got.Odds.Recovery, 1e-12)
	assert.Less(t, got.Value, follow(p, DefaultTerms(), []int{0}).value(p, DefaultTerms()))
	assert.Greater(t, got.Value, got.Ask)

	after := p // the first arm changed nothing
	after.Tried, after.Started = []int{0}, "R1"
	assert.Equal(t, CallNow, l.Choose(after).Ruling, "by itself it would not be pulled")
	after.Rest = []int{1}
	on := l.Choose(after)
	assert.Equal(t, RunAlone, on.Ruling)
	assert.Equal(t, []int{1}, on.Plan)

	p.Pulls[1].Held = true
	assert.Equal(t, []int{0}, l.Choose(p).Plan, "not by an arm that needs a person")
}

// V_ask by the definition: a person approves what would recover with .9 and what
// would not with .3, and fixes what was not approved.
func TestTheValueOfAsking(t *testing.T) {
	terms := DefaultTerms()
	const p, prices, bad = .7, .1, -.4
	value, good, esc := p*(1-prices)+(1-p)*bad, 1-prices, terms.Escalation()
	want := -.08 - .06 + p*(.9*good+.1*esc) + (1-p)*(.3*bad+.7*esc)
	assert.InDelta(t, want, terms.asking(p, value, prices), 1e-12)
	assert.InDelta(t, 1-.3-.3, esc, 1e-12)
}

// A harmless long shot is worth more than a likelier cure that may harm, and yet it is
// the cure that a person who is called wants to see.
func TestTheLikeliestPlanIsShownToWhoIsCalled(t *testing.T) {
	p := sure(.2, .4)
	p.Pulls[0].Risk, p.Pulls[1].Risk = "R2", "R2"
	p.Harm[0][1] = NewBeta(.3, 60)
	left := planner(t, Strict()).Choose(p)
	assert.Equal(t, CallNow, left.Ruling, "%v", left)
	got := planner(t, proposing()).Choose(p)
	assert.Equal(t, AskFirst, got.Ruling, "%v", got)
	assert.Equal(t, 1, got.Arm)
	assert.Equal(t, []int{1}, got.Plan)
	assert.InDelta(t, .4, got.Odds.Recovery, .01)
}
