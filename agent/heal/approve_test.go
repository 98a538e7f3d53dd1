package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

// twoPeople asks two of ana, ben and the group oncall about every R1 action.
func twoPeople(c *heal.Config) {
	c.Modes, c.MayApprove = nil, []string{"ana", "ben", "oncall"}
	c.TwoPeople = []heal.Scope{{Risk: pipewright.R1}}
}

// settle files an approval or a denial of the one that waits.
func (b *bench) settle(kind pipewright.RequestKind, who, person string) pipewright.Request {
	ap := b.approval()
	return b.ask(pipewright.Request{Kind: kind, Who: who, Person: person, Approval: ap.ID, ActionHash: ap.ActionHash})
}

func (b *bench) waits() {
	b.fail()
	b.pass(2 * time.Minute)
	require.Equal(b.t, pipewright.Waiting, b.incident(1).State)
}

func TestTwoDifferentPeopleMustApprove(t *testing.T) {
	type press struct {
		who, person string
		ok          bool
	}
	for name, c := range map[string]struct {
		presses []press
		runs    bool
	}{
		"two people":                        {[]press{{"ana", "", true}, {"ben", "", true}}, true},
		"one person":                        {[]press{{"ana", "", true}}, false},
		"the same person twice":             {[]press{{"ana", "", true}, {"ana", "", false}}, false},
		"the same person, through a group":  {[]press{{"ana", "", true}, {"oncall", "ana", false}}, false},
		"two people of one group":           {[]press{{"oncall", "carl", true}, {"oncall", "dora", true}}, true},
		"one of a group, twice":             {[]press{{"oncall", "carl", true}, {"oncall", "carl", false}}, false},
		"a group that does not say who":     {[]press{{"oncall", "", true}, {"oncall", "", false}}, false},
		"somebody who may not":              {[]press{{"ana", "", true}, {"mallory", "", false}}, false},
		"somebody who may not, as a person": {[]press{{"ana", "", true}, {"mallory", "ben", false}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, twoPeople)
			b.waits()
			for _, p := range c.presses {
				assert.Equal(t, p.ok, b.settle(pipewright.RequestApprove, p.who, p.person).OK, "%+v", p)
			}
			assert.Equal(t, c.runs, len(b.did) == 1)
		})
	}
}

func TestTheFirstOfTwoApprovalsIsKeptShownAndAudited(t *testing.T) {
	b := newBench(t, twoPeople)
	b.waits()
	rq := b.settle(pipewright.RequestApprove, "ana", "")
	assert.Contains(t, rq.Result, "1 of 2")
	b.restart()
	ap := b.approval()
	assert.Equal(t, []pipewright.Signature{{By: "ana", At: b.now}}, ap.Given)
	assert.Contains(t, b.settle(pipewright.RequestApprove, "ana", "").Result, "waits for another person")
	assert.Equal(t, 2, ap.Needs)
	assert.Contains(t, b.incident(1).Note, "approved by ana")
	require.True(t, b.settle(pipewright.RequestApprove, "ben", "").OK)
	events, err := b.store.Events(t.Context(), pipewright.EventQuery{Incident: "inc-0001"})
	require.NoError(t, err)
	var why []string
	for _, e := range events {
		if e.To == pipewright.Allowed {
			why = append(why, e.Verdict.Why)
		}
	}
	assert.Equal(t, []string{"approved by ana and ben (ap-0001)"}, why)
	report, err := b.store.AuditVerify(t.Context())
	require.NoError(t, err)
	assert.True(t, report.OK(), "%+v", report.Fault)
}

func TestOneOfTwoEndsItWithADenial(t *testing.T) {
	b := newBench(t, twoPeople)
	b.waits()
	ap := b.approval()
	require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
	require.True(t, b.settle(pipewright.RequestDeny, "ben", "").OK)
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "oncall", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	assert.Empty(t, b.did)
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
}

func TestWhoLostTheRightMeanwhileDoesNotCount(t *testing.T) {
	b := newBench(t, twoPeople)
	b.waits()
	require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
	b.cfg.MayApprove = []string{"ben", "oncall"}
	b.restart()
	require.True(t, b.settle(pipewright.RequestApprove, "ben", "").OK)
	assert.Empty(t, b.did, "ben's is the first that counts")
	assert.Equal(t, []string{"ben"}, names(b.approval().Given))
	require.True(t, b.settle(pipewright.RequestApprove, "oncall", "carl").OK)
	assert.Len(t, b.did, 1)
}

func names(given []pipewright.Signature) (out []string) {
	for _, s := range given {
		out = append(out, s.By)
	}
	return out
}

func TestAnApproverWhoLostTheRightIsAskedForAgainAtTheNextTry(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes, c.MayApprove = nil, []string{"ana", "ben"} })
	b.waits()
	require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
	b.ran(pipewright.RunFailed) // the first try of the back-off
	b.cfg.MayApprove = []string{"ben"}
	b.restart()
	b.pass(15 * time.Minute)
	assert.Len(t, b.did, 1, "ana's approval covers no further try")
	assert.Equal(t, []string{"ben"}, b.approval().MayApprove)
}

func TestWhoAskedForAnActionIsNeitherOfTheTwo(t *testing.T) {
	b := newBench(t, twoPeople)
	want := pipewright.Action{Kind: "glue.retry", Target: job}
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestAct, Who: "oncall", Person: "carl", Action: &want}).OK)
	b.step()
	assert.False(t, b.settle(pipewright.RequestApprove, "oncall", "carl").OK)
	require.True(t, b.settle(pipewright.RequestApprove, "oncall", "dora").OK)
	assert.Empty(t, b.did)
	require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
	assert.Len(t, b.did, 1)
}

func TestASecondPersonIsNeededAsSoonAsTheConfigurationSaysSo(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes, c.MayApprove = nil, []string{"ana", "ben"} })
	b.waits()
	b.cfg.TwoPeople = []heal.Scope{{Action: "glue.*", Env: "prod"}}
	b.restart()
	require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
	assert.Empty(t, b.did)
	require.True(t, b.settle(pipewright.RequestApprove, "ben", "").OK)
	assert.Len(t, b.did, 1)
}

func TestWhatTwoPeopleMustApproveNeverRunsAlone(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { twoPeople(c); c.Modes = heal.Modes{{Rung: pipewright.Auto}} })
	b.waits()
	assert.Contains(t, b.incident(1).Verdict.Why, "2 different people")
}

func TestSilenceEscalatesOnceAndSaysWhoWasAsked(t *testing.T) {
	for name, c := range map[string]struct {
		down  bool // the loop was down when the approval expired
		given bool // one of two approved
		says  string
	}{
		"while the loop ran":         {false, false, "nobody answered ap-0001"},
		"while the loop was down":    {true, false, "nobody answered ap-0001"},
		"after one of two":           {false, true, "only ana approved ap-0001"},
		"after one of two, and down": {true, true, "only ana approved ap-0001"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(cfg *heal.Config) {
				twoPeople(cfg)
				cfg.Expires = map[pipewright.Risk]time.Duration{pipewright.R1: 20 * time.Minute}
				cfg.EscalateTo = []string{"lead"}
			})
			b.waits()
			ap := b.approval()
			if c.given {
				require.True(t, b.settle(pipewright.RequestApprove, "ana", "").OK)
			}
			if c.down {
				b.now = b.now.Add(3 * time.Hour)
				b.restart()
			} else {
				b.pass(30 * time.Minute)
			}
			b.pass(5 * time.Minute)
			rq := b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ben", Approval: ap.ID, ActionHash: ap.ActionHash})
			assert.False(t, rq.OK)
			assert.Contains(t, rq.Result, "expired at")
			inc := b.incident(1)
			assert.Equal(t, pipewright.Escalated, inc.State)
			assert.Contains(t, inc.Note, c.says)
			assert.Contains(t, inc.Note, "asked were ana, ben, oncall, to approve glue.backoff_retry on "+string(job))
			assert.Equal(t, []string{"lead"}, inc.Call)
			assert.Empty(t, b.did)
			escalations := 0
			for _, s := range b.states(1) {
				if s == pipewright.Escalated {
					escalations++
				}
			}
			assert.Equal(t, 1, escalations)
		})
	}
}

func TestPeopleAreRemindedOnceBeforeItIsTooLate(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.waits()
	reminders := func() (n int) {
		events, err := b.store.Events(t.Context(), pipewright.EventQuery{Incident: "inc-0001"})
		require.NoError(t, err)
		for _, e := range events {
			if e.To == "" && e.Approval != "" {
				n++
			}
		}
		return n
	}
	asked := b.approval().AskedAt
	b.pass(asked.Add(24 * time.Minute).Sub(b.now))
	assert.Zero(t, reminders())
	b.pass(2 * time.Minute)
	assert.Equal(t, 1, reminders())
	b.restart()
	b.pass(3 * time.Minute)
	assert.Equal(t, 1, reminders())
	assert.Contains(t, b.incident(1).Note, "then it counts as denied")
}
