package rl

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handRules are the table's runbook as an actor: it reads what the case shows.
type handRules struct{}

func (handRules) Act(c Case) int {
	e := event{values: make([]int, len(worldFeatures()))}
	for f, o := range c.Seen {
		e.values[f] = slices.Index(worldFeatures()[f].Values, o.Value)
	}
	return tableRules(e, c)
}

// logIncidents handles incidents by an actor that with share epsilon pulls any
// arm not tried, and logs what happened with exact propensities.
func (w *tableWorld) logIncidents(n int, a Actor, epsilon float64, r *rand.Rand) []Logged {
	var log []Logged
	for range n {
		e := w.draw(r)
		c := w.toCase(e)
		in := Logged{Episode: Episode{Weight: 1, Seen: c.Seen, Context: c.Context}}
		for {
			greedy := a.Act(c)
			var open []int
			for v := range worldVerbs {
				if !slices.Contains(c.Tried, v) {
					open = append(open, v)
				}
			}
			arm := greedy
			if greedy >= 0 && r.Float64() < epsilon {
				arm = open[r.IntN(len(open))]
			}
			s := LoggedStep{Case: c, Arm: arm, Propensity: 1}
			if arm < 0 {
				s.Reward = c.Terms.Escalation()
				in.Steps = append(in.Steps, s)
				break
			}
			s.Propensity = epsilon/float64(len(open)) + (1-epsilon)*truth(arm == greedy)
			ok, worse := w.chances(e.cause, e.stage, arm)
			step := Step{Verb: worldVerbs[arm].name, Result: Unchanged, Minutes: worldVerbs[arm].minutes}
			switch u := r.Float64(); {
			case u < ok:
				step.Result = Recovered
			case u < ok+worse:
				step.Result = Worse
			}
			s.Reward = c.Terms.Reward(step.Result, c.Candidates[arm].Pull, step.Minutes)
			if step.Result == Worse || c.Left == 1 {
				s.Reward += c.Terms.Final(step.Result)
			}
			in.Steps, in.Episode.Steps = append(in.Steps, s), append(in.Episode.Steps, step)
			if step.Result != Unchanged || c.Left == 1 {
				break
			}
			c.Tried, c.Left = append(slices.Clone(c.Tried), arm), c.Left-1
		}
		log = append(log, in)
	}
	return log
}

// wrong is a catalogue that is sure of the wrong verbs: each cause has the
// effects of another one.
func wrong(p Prior) Prior {
	out := p
	out.Causes = slices.Clone(p.Causes)
	for c := range out.Causes {
		out.Causes[c].Recovery = p.Causes[(c+7)%len(p.Causes)].Recovery
	}
	return out
}

func TestABadCandidateIsPraisedByItsOwnModelOnly(t *testing.T) {
	const worlds = 4
	l := planner(t, open())
	own, promotedBad, promotedGood := 0, 0, 0
	for k := range uint64(worlds) {
		w, r := drawWorld(7000+k, true), rand.New(rand.NewPCG(7000+k, 3))
		p := worldPrior(7000+k, .15, 0)
		log := w.logIncidents(300, handRules{}, .3, r)
		badModel, err := Rebuild(wrong(p), DefaultHyper(), nil)
		require.NoError(t, err)
		goodModel, err := Rebuild(p, DefaultHyper(), nil)
		require.NoError(t, err)
		bad, good := Greedy{badModel, l}, Greedy{goodModel, l}

		praised, err := compare(badModel, log[150:], bad, handRules{})
		require.NoError(t, err)
		own += int(truth(praised.DR.Low > 0 && praised.DM.Low > 0))
		judged, err := Compare(p, DefaultHyper(), log, bad, handRules{})
		require.NoError(t, err)
		promotedBad += int(truth(judged.DR.Low > 0 || judged.DM.Low > 0 || judged.Promote))
		liked, err := Compare(p, DefaultHyper(), log, good, handRules{})
		require.NoError(t, err)
		promotedGood += int(truth(liked.Promote))
		require.NotEmpty(t, liked.Reasons)
		t.Logf("own %+.3f evaluator %+.3f ESS %.0f; good %+.3f (DM %+.3f) ESS %.0f: %v", praised.DR.Mean, judged.DR.Mean, judged.ESS, liked.DR.Mean, liked.DM.Mean, liked.ESS, liked.Reasons)
	}
	t.Logf("own %d, bad %d, good %d of %d", own, promotedBad, promotedGood, worlds)
	assert.GreaterOrEqual(t, own, worlds/2, "its own model promotes it")
	assert.Zero(t, promotedBad)
	assert.GreaterOrEqual(t, promotedGood, worlds-1)
}

// With mu = pi every weight is 1 and the sum telescopes: DR is what the log brought.
func TestOnPolicyTheEstimateIsTheMean(t *testing.T) {
	w, r := drawWorld(1, true), rand.New(rand.NewPCG(1, 3))
	log := w.logIncidents(60, handRules{}, 0, r)
	m, err := Rebuild(worldPrior(1, .15, 0), DefaultHyper(), someEpisodes(50))
	require.NoError(t, err)
	e, err := Judge(m, log, handRules{})
	require.NoError(t, err)
	for i := range log {
		require.InDelta(t, e.Gain[i], e.DR[i], 1e-12)
		require.Equal(t, 1.0, e.Rho[i])
	}
	assert.InDelta(t, average(e.Gain), weighted(e), 1e-12)
	assert.InDelta(t, 60, effective(e.Rho), 1e-9)
}

// always pulls one arm, then calls a person.
type always int

func (a always) Act(c Case) int {
	if len(c.Tried) > 0 || len(c.Candidates) == 0 {
		return -1
	}
	return int(a)
}

// Over all outcomes of two arms, each weighted by its chance, both estimators
// give the value of each policy to the last digit, however wrong the evaluator is.
func TestEnumeratedOutcomesAreUnbiased(t *testing.T) {
	m := model(t, bare())
	c := smallCase(Seen{"deploy", "yes"})
	c.Left = 1
	truly, mu := []float64{.37, .81}, []float64{.3, .7}
	for target := range truly {
		dr, ips := 0.0, 0.0
		for arm, p := range truly {
			for _, won := range []bool{true, false} {
				chance, reward := mu[arm]*p, 1.0
				if !won {
					chance, reward = mu[arm]*(1-p), -.2
				}
				e, err := Judge(m, []Logged{{Steps: []LoggedStep{{Case: c, Arm: arm, Propensity: mu[arm], Reward: reward}}}}, always(target))
				require.NoError(t, err)
				dr += chance * e.DR[0]
				ips += chance * e.Rho[0] * e.Gain[0]
			}
		}
		want := truly[target] - .2*(1-truly[target])
		assert.InDelta(t, want, dr, 1e-12)
		assert.InDelta(t, want, ips, 1e-12)
	}
}

func TestTooLittleDataIsNoVerdict(t *testing.T) {
	w, r := drawWorld(1, true), rand.New(rand.NewPCG(1, 3))
	p := worldPrior(1, .15, 0)
	got, err := Compare(p, DefaultHyper(), w.logIncidents(12, handRules{}, .1, r), handRules{}, handRules{})
	require.NoError(t, err)
	assert.False(t, got.Judged)
	assert.False(t, got.Promote)
	assert.Contains(t, got.Reasons[0], "shadow longer")
	got, err = Compare(p, DefaultHyper(), w.logIncidents(80, handRules{}, .1, r), handRules{}, handRules{})
	require.NoError(t, err)
	assert.True(t, got.Judged)
	assert.False(t, got.Promote, "the incumbent is not better than itself")
}

func TestALogThatCannotBeJudgedIsRefused(t *testing.T) {
	m := model(t, bare())
	for want, s := range map[string]LoggedStep{
		"the propensity 0":   {Case: smallCase()},
		"the propensity 1.5": {Case: smallCase(), Propensity: 1.5},
		"the arm 9":          {Case: smallCase(), Propensity: 1, Arm: 9},
	} {
		_, err := Judge(m, []Logged{{Steps: []LoggedStep{s}}}, always(0))
		assert.ErrorContains(t, err, want)
	}
	_, err := Judge(m, []Logged{{}}, always(0))
	assert.ErrorContains(t, err, "no decision")
}

// compare judges by one model, on all of a log.
func compare(evaluator *Model, log []Logged, candidate, incumbent Actor) (c Comparison, err error) {
	is, err := Judge(evaluator, log, candidate)
	if err != nil {
		return c, err
	}
	was, err := Judge(evaluator, log, incumbent)
	c.compare(is, was)
	return c, err
}
