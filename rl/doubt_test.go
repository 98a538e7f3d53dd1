package rl

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func against(cause string, results ...bool) (out []Ended) {
	for _, y := range results {
		out = append(out, Ended{Prediction{.95, y}, []Hypothesis{{Cause: cause, Belief: 1}}})
	}
	return out
}

// about is the chance in a list, 0 when it is not worth a word.
func about(doubts []Doubt, cause string) float64 {
	if i := slices.IndexFunc(doubts, func(d Doubt) bool { return d.Cause == cause }); i >= 0 {
		return doubts[i].Chance
	}
	return 0
}

func TestDoubtsComeWithFailuresAndGoWithRecoveries(t *testing.T) {
	calm := NewDoubts(against("stuck", slices.Repeat([]bool{true}, 50)...)).List()
	once := NewDoubts(against("stuck", true, true, true, false)).List()
	twice := NewDoubts(against("stuck", true, true, true, false, false)).List()
	back := NewDoubts(against("stuck", append([]bool{false, false}, slices.Repeat([]bool{true}, 12)...)...)).List()
	assert.Less(t, about(calm, "stuck"), .02)
	assert.Greater(t, about(once, "stuck"), .05)
	assert.Greater(t, about(twice, "stuck"), .4)
	assert.Less(t, about(back, "stuck"), .05)
	assert.Equal(t, Doubt{"stuck", about(twice, "stuck"), 5, 3}, twice[1])
	assert.Zero(t, about(twice, "drift"), "one cause says nothing of another")
	assert.Zero(t, NewDoubts(against("stuck", true)[:0]).List())
}

// By hand: before the failure d' = .007; L1 = 1 - .65*.95, L0 = .05.
func TestADoubtIsBayesRule(t *testing.T) {
	got := NewDoubts(against("stuck", false)).List()
	assert.InDelta(t, .007*.3825/(.007*.3825+.993*.05), about(got, "stuck"), 1e-12)
	half := against("stuck", false)
	half[0].Belief = []Hypothesis{{Cause: "drift", Belief: .5}, {Cause: "stuck", Belief: .5}}
	d := .0035*.3825/(.0035*.3825+.9965*.05) - .0035
	assert.InDelta(t, .0035+.5*d, about(NewDoubts(half).List(), "stuck"), 1e-12)
	unlikely := against("stuck", false)
	unlikely[0].Recovery = .4
	assert.Empty(t, NewDoubts(unlikely).List(), "what was not to recover is no surprise")
}

func TestWhenSeveralCausesFailAllAreDoubted(t *testing.T) {
	var plans []Ended
	for _, cause := range []string{"stuck", "drift", "crashed"} {
		plans = append(plans, against(cause, false)...)
	}
	got := NewDoubts(plans).List()
	assert.Greater(t, about(got, everything), .05)
	assert.Greater(t, about(NewDoubts(append(plans, plans...)).List(), everything), .5)
}

// doubting is a case that passes the bar, and one whose cause has failed lately.
func doubting() (sound, doubted Problem) {
	sound = sure(.95)
	sound.Causes = []string{"worker_hung"}
	doubted = sound
	doubted.Doubts = NewDoubts(against("worker_hung", true, false, false)).List()
	return sound, doubted
}

func TestTheGateHoldsWhatHasNotRecoveredLately(t *testing.T) {
	sound, doubted := doubting()
	l := planner(t, Strict())
	assert.Equal(t, RunAlone, l.Choose(sound).Ruling)
	got := l.Choose(doubted)
	assert.Equal(t, AskFirst, got.Ruling)
	assert.Regexp(t, `^Plans against worker hung have recovered less often than predicted lately \(1 of the last 3 did\): counting that, this one is to recover \d\d % alone, under the bar of 90\.$`, got.Why[0])
	assert.InDelta(t, .95, got.Odds.Recovery, .01, "what is predicted stays, or it could not be verified")

	back := doubted
	back.Doubts = NewDoubts(against("worker_hung", append([]bool{true, false, false}, slices.Repeat([]bool{true}, 12)...)...)).List()
	assert.Equal(t, RunAlone, l.Choose(back).Ruling, "recoveries bring it back")
	other := doubted
	other.Causes = []string{"disk_full"}
	assert.Equal(t, RunAlone, l.Choose(other).Ruling, "another cause is not doubted by two failures")

	before := Strict() // a planner of before: its settings do not know doubts
	before.Distrust = 0
	assert.Equal(t, RunAlone, planner(t, before).Choose(doubted).Ruling)
}

func TestWhatHasFailedEverywhereHoldsCausesNotMetSince(t *testing.T) {
	sound, _ := doubting()
	sound.OK[0][0] = NewBeta(.93, 4)
	l := planner(t, Strict())
	require.Equal(t, RunAlone, l.Choose(sound).Ruling)
	var plans []Ended
	for _, cause := range []string{"a", "b", "c", "d", "e", "f"} {
		plans = append(plans, against(cause, false)...)
	}
	sound.Doubts = NewDoubts(plans).List()
	got := l.Choose(sound)
	assert.Equal(t, AskFirst, got.Ruling)
	assert.Contains(t, got.Why[0], "Plans have recovered less often than predicted lately (0 of the last 5 did)")
}

func TestADoubtIsReplayedFromItsRecord(t *testing.T) {
	m, err := NewModel(worldPrior(5000, 0, 0), DefaultHyper())
	require.NoError(t, err)
	_, name, err := m.Snapshot()
	require.NoError(t, err)
	l := planner(t, Strict())
	c := Case{
		Hypotheses: []Hypothesis{{Cause: m.prior.Causes[0].Name, Class: m.prior.Causes[0].Class, Belief: 1}},
		Candidates: []Candidate{{Verb: m.prior.Verbs[2].Name, Pull: Pull{Risk: "R1"}}},
		Doubts:     []Doubt{{Chance: .3, Plans: 5, Held: 2}, {Cause: m.prior.Causes[0].Name, Chance: .6}},
	}
	rec, _, err := Decide(m, name, l, c)
	require.NoError(t, err)
	text, err := json.Marshal(rec)
	require.NoError(t, err)
	var read Record
	require.NoError(t, json.Unmarshal(text, &read))
	require.NoError(t, read.Replay(m, name, l))
	again, err := read.Again(l)
	require.NoError(t, err)
	assert.Equal(t, rec.Choice, again)

	p, err := read.Problem()
	require.NoError(t, err)
	assert.Equal(t, c.Doubts, p.Doubts)
	c.Doubts = []Doubt{{Cause: "b"}, {Cause: "a"}}
	_, err = m.Pose(c)
	assert.ErrorContains(t, err, "in the order of their causes")
}
