package heal_test

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
)

const (
	job       = pipewright.ResourceID("glue:job/orders_etl")
	elsewhere = pipewright.ResourceID("glue:job/customers_etl") // of another pipeline
)

// bench is a loop over a real store and one job whose runs the test writes.
type bench struct {
	t     *testing.T
	store *sqlite.Store
	at    pipewright.ResourceID // what runs and fails; empty: the job
	loop  *heal.Loop
	now   time.Time
	runs  []pipewright.Run
	did   []string // keys, in order
	lost  bool     // the actuator's answer is lost after it ran
	found tools.Found
	cause string
	cut   bool // the journal has lost its closed incidents
	sizes int  // how often a scale_up can be done, each time to another size; 0: it names none
	cfg   heal.Config

	writes *tools.Writes // what is known of the failed run's output
	twice  bool          // the rows are there twice

	believes *pipewright.Diagnosis // nil: the cause, surely
}

func newBench(t *testing.T, spoil func(*heal.Config)) *bench {
	b := &bench{t: t, now: now, cause: "network_transient", found: tools.FoundYes}
	var err error
	b.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "pw.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.store.Close()) })
	_, err = b.store.Ingest(t.Context(), pipewright.Batch{Source: "test", Cursor: "1", Resources: []pipewright.Resource{{ID: job, FirstSeen: now, LastSeen: now}, {ID: elsewhere, FirstSeen: now, LastSeen: now}}})
	require.NoError(t, err)
	b.cfg = permissive()
	b.cfg.Policy = heal.Runbook // whose verbs are known beforehand
	b.cfg.Debounce, b.cfg.MayApprove = 0, []string{"ana"}
	b.cfg.Runs, b.cfg.BreakerFails = map[pipewright.Risk]int{pipewright.R1: 0}, 5
	b.cfg.Bars = map[pipewright.Risk]float64{pipewright.R0: 0, pipewright.R1: 0.3}
	b.cfg.HarmBounds = map[pipewright.Risk]float64{pipewright.R0: 1, pipewright.R1: 1}
	if spoil != nil {
		spoil(&b.cfg)
	}
	b.restart()
	return b
}

// restart makes a new loop over the same store, as after a crash.
func (b *bench) restart() {
	reg := tools.NewRegistry()
	for _, kind := range []pipewright.ActionKind{"glue.backoff_retry", "glue.retry", "glue.scale_up", "glue.remap"} {
		require.NoError(b.t, reg.AddActuator(b.actuator(kind)))
	}
	reg.AddProbe(tools.Probe{Name: "rows_doubled", Kinds: []string{"glue:job"}, Run: func(context.Context, pipewright.ResourceID) (tools.Finding, error) {
		if b.twice {
			return tools.Finding{Answer: tools.Yes, Say: "15 rows of 10"}, nil
		}
		return tools.Finding{Answer: tools.No}, nil
	}})
	cat, err := catalogue.Load()
	require.NoError(b.t, err)
	b.loop, err = heal.New(b.cfg, heal.Parts{
		Journal: b.store, Recovery: b.recovery(), World: b.store, Watch: b, Diagnoser: b, Catalogue: cat, Registry: reg,
	})
	require.NoError(b.t, err)
	require.NoError(b.t, b.loop.Recover(b.t.Context(), b.now))
}

func (b *bench) recovery() heal.Recovery {
	if b.cut {
		return cut{b.store}
	}
	return b.store
}

// cut is a journal without its closed incidents.
type cut struct{ *sqlite.Store }

func (c cut) Incidents(context.Context, pipewright.IncidentQuery) ([]pipewright.Incident, error) {
	return nil, nil
}

func (b *bench) actuator(kind pipewright.ActionKind) tools.Actuator {
	risk := pipewright.R1
	if kind.Verb() == "remap" {
		risk = pipewright.R2
	}
	return tools.Actuator{
		Kind: kind, Targets: []string{"glue:job"}, Risk: risk, Precondition: "p", Postcond: "p", Undo: "u", FoundBy: "key", Expected: time.Minute,
		Prepare: func(_ context.Context, a pipewright.Action) (tools.Plan, error) {
			plan := tools.Plan{Action: a, DryRun: "start a run", Writes: b.writes}
			if b.sizes > 0 && kind.Verb() == "scale_up" {
				plan.Action.Args = map[string]string{"size": fmt.Sprintf("G.%dX", min(len(b.did), b.sizes-1))}
			}
			return plan, nil
		},
		Do: func(_ context.Context, a pipewright.Action) (pipewright.Receipt, error) {
			b.did = append(b.did, a.Key)
			if b.lost {
				return pipewright.Receipt{}, pipewright.Errorf(pipewright.Unavailable, "connection reset")
			}
			return pipewright.Receipt{Key: a.Key, ID: "jr_9", At: b.now, Say: "started"}, nil
		},
		Find: func(_ context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
			return pipewright.Receipt{Key: a.Key, ID: "jr_9", At: b.now}, b.found, nil
		},
		Inverse: func(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil },
	}
}

func (b *bench) Facts(_ context.Context, r pipewright.Resource, now time.Time) (detect.Facts, error) {
	return detect.Facts{Now: now, Resource: r, Runs: b.runs}, nil
}

func (b *bench) Diagnose(context.Context, pipewright.Incident, time.Time) (pipewright.Diagnosis, error) {
	class := map[string]pipewright.FaultClass{"network_transient": "transient_network", "memory_exhausted": "resource_exhaustion"}[b.cause]
	if b.believes != nil {
		return *b.believes, nil
	}
	return pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: b.cause, Class: class, Resource: cmp.Or(b.at, job), Confidence: 1}}}, nil
}

// ran adds a run of the last minute.
func (b *bench) ran(state pipewright.RunState) {
	b.now = b.now.Add(time.Minute)
	b.runs = append(b.runs, pipewright.Run{Resource: cmp.Or(b.at, job), ID: fmt.Sprintf("jr_%d", len(b.runs)), State: state, Started: b.now.Add(-30 * time.Second), Ended: b.now})
}

// pass lets time go by in steps of half a minute.
func (b *bench) pass(d time.Duration) {
	for end := b.now.Add(d); b.now.Before(end); {
		b.now = b.now.Add(30 * time.Second)
		b.step()
	}
}

func (b *bench) step() {
	signals := detect.Detect(detect.Facts{Now: b.now, Resource: pipewright.Resource{ID: cmp.Or(b.at, job)}, Runs: b.runs})
	require.NoError(b.t, b.loop.Step(b.t.Context(), b.now, signals))
}

func (b *bench) fail() {
	b.ran(pipewright.RunFailed)
	b.step()
}

func (b *bench) incident(n int) pipewright.Incident {
	inc, err := b.store.Incident(b.t.Context(), fmt.Sprintf("inc-%04d", n))
	require.NoError(b.t, err)
	return inc
}

func (b *bench) ask(rq pipewright.Request) pipewright.Request {
	rq.At = b.now
	rq, err := b.store.AddRequest(b.t.Context(), rq)
	require.NoError(b.t, err)
	b.step()
	rq, err = b.store.Request(b.t.Context(), rq.ID)
	require.NoError(b.t, err)
	require.NotEmpty(b.t, rq.Result, "every request is answered")
	return rq
}

func (b *bench) approval() pipewright.Approval {
	aps, err := b.store.Approvals(b.t.Context(), pipewright.ApprovalPending)
	require.NoError(b.t, err)
	require.Len(b.t, aps, 1)
	return aps[0]
}

func (b *bench) states(n int) (out []pipewright.State) {
	events, err := b.store.Events(b.t.Context(), pipewright.EventQuery{Incident: fmt.Sprintf("inc-%04d", n)})
	require.NoError(b.t, err)
	for _, e := range events {
		if e.To != "" {
			out = append(out, e.To)
		}
	}
	return out
}

func TestAFaultIsHealedAloneAndSoaks(t *testing.T) {
	b := newBench(t, nil)
	b.fail()
	b.pass(time.Minute)
	require.Len(t, b.did, 1)
	b.ran(pipewright.RunSucceeded)
	b.pass(2 * time.Minute)
	assert.Equal(t, pipewright.Resolved, b.incident(1).State)
	b.pass(time.Hour)
	assert.Equal(t, []pipewright.State{"open", "diagnosed", "decided", "allowed", "acting", "acted", "verifying", "resolved", "closed"}, b.states(1))
	outcomes, err := b.store.Outcomes(t.Context())
	require.NoError(t, err)
	require.Len(t, outcomes, 1, "one back-off, one outcome")
	assert.True(t, outcomes[0].Soaked && outcomes[0].Auto)
}

func TestABackoffTriesThreeTimesWithGrowingWaitsAndSurvivesARestart(t *testing.T) {
	b := newBench(t, nil)
	b.fail()
	var at []time.Time
	for len(at) < 3 {
		n := len(b.did)
		for range 100 {
			if b.pass(30 * time.Second); len(b.did) > n {
				break
			}
			b.restart()
		}
		require.Len(t, b.did, n+1, "it tries again in time")
		at = append(at, b.now)
		b.ran(pipewright.RunFailed)
	}
	assert.Greater(t, at[1].Sub(at[0]), 90*time.Second)
	assert.Greater(t, at[2].Sub(at[1]), 8*time.Minute)
	slices.Sort(b.did)
	assert.Len(t, slices.Compact(b.did), 3, "each try has a key of its own")
}

func TestOneApprovalCoversTheTriesOfOneBackoff(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	ap := b.approval()
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	b.ran(pipewright.RunFailed)
	b.pass(30 * time.Minute)
	require.Greater(t, len(b.did), 1)
	for _, at := range b.incident(1).Attempts {
		assert.Equal(t, ap.ID, at.Approval, "it did not run alone")
	}
}

func TestSilenceDenies(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	assert.Equal(t, pipewright.Waiting, b.incident(1).State)
	b.pass(time.Hour)
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
	assert.Empty(t, b.did)
	ap, err := b.store.Approval(t.Context(), "ap-0001")
	require.NoError(t, err)
	assert.Equal(t, pipewright.ApprovalExpired, ap.State)
}

func TestAnApprovalRunsExactlyOnce(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	ap := b.approval()
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "mallory", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: "other"}).OK)
	assert.Empty(t, b.did)
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK, "single use")
	assert.Len(t, b.did, 1)
	assert.Equal(t, ap.ID, b.incident(1).Attempts[0].Approval)
}

func TestAnApprovedActionIsVerifiedAsSoonAsItMayHaveWorked(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	ap := b.approval()
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	b.ran(pipewright.RunSucceeded) // a minute later: as long as the action is expected to take
	b.step()
	assert.Equal(t, pipewright.Resolved, b.incident(1).State, "the looks of the time it waited for an answer are over")
}

func TestTheSameActionOfAnotherStoreHasAnotherKey(t *testing.T) {
	var keys []string
	for day := range 2 {
		b := newBench(t, nil)
		b.now = b.now.AddDate(0, 0, day)
		b.fail()
		b.pass(2 * time.Minute)
		require.Len(t, b.did, 1)
		assert.Equal(t, "inc-0001", b.incident(1).ID)
		keys = append(keys, b.did...)
	}
	assert.NotEqual(t, keys[0], keys[1], "else the system would take the second for the first, which it has done already")
}

func TestAnApprovalAfterARestart(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	b.restart()
	ap := b.approval()
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	assert.Len(t, b.did, 1)
}

func TestADeniedActionDoesNotRun(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	ap := b.approval()
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestDeny, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash, Reason: "month end"}).OK)
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
	assert.Contains(t, b.incident(1).Note, "month end")
	b.pass(time.Hour)
	assert.Empty(t, b.did)
}

func TestWhatRecoversByItselfIsLeftAlone(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	b.ran(pipewright.RunSucceeded)
	b.pass(5 * time.Minute)
	assert.Equal(t, pipewright.Closed, b.incident(1).State)
	assert.Empty(t, b.did)
}

func TestAnActionWhoseAnswerWasLostIsLookedUpAndNotRepeated(t *testing.T) {
	for name, c := range map[string]struct {
		found tools.Found
		want  pipewright.State
		note  string // in the end
	}{
		"its receipt is found":    {tools.FoundYes, pipewright.Verifying, ""},
		"nobody can tell":         {tools.FoundUnknown, pipewright.Escalated, "whether it ran is unknown"},
		"the system has no trace": {tools.FoundNo, pipewright.Acting, "has no trace of it"}, // yet: the call may be on its way
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.lost, b.found = true, c.found
			b.fail()
			b.pass(time.Minute)
			assert.Equal(t, c.want, b.incident(1).State)
			b.restart()
			b.pass(10 * time.Minute)
			assert.Len(t, b.did, 1, "never blindly again")
			if c.note != "" {
				assert.Equal(t, pipewright.Escalated, b.incident(1).State)
				assert.Contains(t, b.incident(1).Note, c.note)
			}
		})
	}
}

func TestTheKillSwitchStopsEverythingAndResumeWakesIt(t *testing.T) {
	b := newBench(t, nil)
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", Reason: "release"}).OK)
	b.fail()
	b.pass(30 * time.Minute)
	assert.Empty(t, b.did)
	assert.Equal(t, pipewright.Decided, b.incident(1).State)
	b.restart()
	b.pass(time.Minute)
	assert.Empty(t, b.did, "a restart does not lift it")
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestResume, Who: "ana"}).OK)
	b.pass(time.Minute)
	assert.Len(t, b.did, 1)
}

func TestARequestMeetsTheGuards(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.step()
	act := pipewright.Action{Kind: "glue.retry", Target: job}
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestAct, Who: "ana", Action: &pipewright.Action{Kind: "glue.retry", Target: "glue:job/never_seen"}}).OK)
	assert.False(t, b.ask(pipewright.Request{Kind: pipewright.RequestAct, Who: "ana", Action: &pipewright.Action{Kind: "glue.drop", Target: job}}).OK)
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestAct, Who: "ana", Action: &act}).OK)
	ap := b.approval()
	assert.Equal(t, pipewright.ClassRequested, b.incident(1).Class)
	assert.Empty(t, b.did, "asking is not approving")
	assert.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	assert.Len(t, b.did, 1)
	b.pass(time.Hour)
	assert.Equal(t, pipewright.Closed, b.incident(1).State)
}

func TestAFaultThatComesBackIsReopenedAndHandedOverInTheEnd(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.MaxAttempts = 1 })
	b.fail()
	b.pass(time.Minute)
	b.ran(pipewright.RunSucceeded)
	b.pass(2 * time.Minute)
	require.Equal(t, pipewright.Resolved, b.incident(1).State)
	b.fail()
	b.pass(time.Minute)
	assert.Equal(t, 1, b.incident(1).Reopened)
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
}

func TestAnActionThatDoesNotHelpLeadsToTheNext(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Limits.Cooldown = time.Second })
	b.cause = "memory_exhausted"
	b.fail()
	b.pass(2 * time.Minute)
	b.ran(pipewright.RunFailed)
	b.pass(2 * time.Minute)
	inc := b.incident(1)
	require.NotEmpty(t, inc.Attempts)
	assert.Equal(t, pipewright.VerifyUnchanged, inc.Attempts[0].Verification)
	assert.Equal(t, pipewright.ActionKind("glue.scale_up"), inc.Attempts[0].Action.Kind)
	for _, at := range inc.Attempts[1:] {
		assert.NotEqual(t, inc.Attempts[0].Action.Kind, at.Action.Kind, "what failed is not tried again")
	}
}

func TestEveryActionIsReservedAndRuledOnBeforeItRuns(t *testing.T) {
	b := newBench(t, nil)
	b.fail()
	b.pass(2 * time.Minute)
	events, err := b.store.Events(t.Context(), pipewright.EventQuery{})
	require.NoError(t, err)
	reserved, err := b.store.Reservations(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Len(t, reserved, len(b.did))
	for i, e := range events {
		if e.To == pipewright.Acting {
			require.NotNil(t, events[i-1].Verdict)
			assert.Equal(t, pipewright.Allow, events[i-1].Verdict.Ruling)
			assert.Equal(t, reserved[0].Key, e.Action.Key)
			assert.Equal(t, b.did[0], e.Action.Key)
		}
	}
}

func TestANewSymptomReopensTheThinkingOfWhatWasHandedOver(t *testing.T) {
	b := newBench(t, nil)
	b.cause = "nobody_knows"
	b.fail()
	b.pass(time.Minute)
	require.Equal(t, pipewright.Escalated, b.incident(1).State)
	b.cause = "network_transient"
	late := pipewright.Signal{Kind: pipewright.RunOverdueSignal, Resource: job, At: b.now, Fingerprint: pipewright.Fingerprint(pipewright.RunOverdueSignal, job, "")}
	require.NoError(t, b.loop.Step(t.Context(), b.now, []pipewright.Signal{late}))
	b.pass(2 * time.Minute)
	assert.Equal(t, []pipewright.State{"open", "diagnosed", "escalated", "diagnosed", "decided"}, b.states(1)[:5])
}

func TestWhatAPersonWasAskedAboutStaysWithThePerson(t *testing.T) {
	b := newBench(t, func(c *heal.Config) { c.Modes = nil })
	b.fail()
	b.pass(2 * time.Minute)
	ap := b.approval()
	b.ask(pipewright.Request{Kind: pipewright.RequestDeny, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash})
	late := pipewright.Signal{Kind: pipewright.RunOverdueSignal, Resource: job, At: b.now, Fingerprint: pipewright.Fingerprint(pipewright.RunOverdueSignal, job, "")}
	require.NoError(t, b.loop.Step(t.Context(), b.now, []pipewright.Signal{late}))
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
}

func TestWhatHelpedTooLittleIsDoneAgainOnlyWhenThereIsMoreOfIt(t *testing.T) {
	for name, c := range map[string]struct{ sizes, want int }{
		"the action names no size":              {0, 1},
		"there is one bigger size":              {1, 1},
		"there are two bigger sizes":            {2, 2},
		"the more it fails, the sooner it asks": {9, 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, nil)
			b.cause, b.sizes = "memory_exhausted", c.sizes
			b.fail()
			for range 6 {
				b.pass(15 * time.Minute)
				b.ran(pipewright.RunFailed)
			}
			b.pass(15 * time.Minute)
			scaled := map[string]bool{}
			for _, at := range b.incident(1).Attempts {
				if at.Action.Kind == "glue.scale_up" {
					scaled[at.Action.Args["size"]] = true
				}
			}
			assert.Len(t, scaled, c.want, "never the same action twice")
			assert.Equal(t, pipewright.Escalated, b.incident(1).State)
		})
	}
}

func TestTheWaitsOfABackoffDifferAndDependOnTheSeedAlone(t *testing.T) {
	first := func(seed uint64) time.Duration {
		b := newBench(t, func(c *heal.Config) { c.Seed = seed })
		b.fail()
		b.pass(time.Minute)
		events, err := b.store.Events(t.Context(), pipewright.EventQuery{Incident: "inc-0001"})
		require.NoError(t, err)
		for _, e := range events {
			if e.To == pipewright.Decided {
				return e.Due.Sub(e.At)
			}
		}
		t.Fatal("nothing was decided")
		return 0
	}
	waits := map[time.Duration]bool{}
	for seed := range uint64(8) {
		w := first(seed)
		assert.InDelta(t, 30, w.Seconds(), 6, "30 s, more or less by a fifth")
		waits[w] = true
	}
	assert.Greater(t, len(waits), 2, "many that failed at once do not try again at once")
	assert.Equal(t, first(3), first(3))
}
