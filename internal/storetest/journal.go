package storetest

import (
	"context"
	"slices"
	"sync"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func runJournal(t *testing.T, b Backend) {
	ctx := context.Background()

	t.Run("events come back numbered and replay to the incident", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1).to(untilAllowed...).to(pipewright.Acting).to(settled...)
		tell(t, s, 2).to(pipewright.Open)

		events, err := s.Events(ctx, pipewright.EventQuery{Incident: st.id})
		require.NoError(t, err)
		require.Len(t, events, len(untilAllowed)+1+len(settled))
		assert.Equal(t, replay(t, events), incident(t, s, st.id))
		assert.Equal(t, pipewright.Resolved, replay(t, events).State)
		for i, e := range events {
			assert.Equal(t, int64(i+1), e.Seq)
		}
	})

	t.Run("any legal way through the states replays to the snapshot", func(t *testing.T) {
		s := b.fresh(t)
		told := 0
		rapid.Check(t, func(rt *rapid.T) {
			told++
			st := tell(t, s, told)
			st.limits.PerHour, st.limits.AtOnce = 1_000_000, 1_000_000
			var state pipewright.State
			for range rapid.IntRange(1, 20).Draw(rt, "steps") {
				var legal []pipewright.State
				for _, to := range pipewright.States {
					if pipewright.CanMove(state, to) {
						legal = append(legal, to)
					}
				}
				if len(legal) == 0 {
					break
				}
				state = rapid.SampledFrom(legal).Draw(rt, "to")
				require.NoError(rt, st.attempt(state))
			}
			events, err := s.Events(ctx, pipewright.EventQuery{Incident: st.id})
			require.NoError(rt, err)
			assert.Equal(rt, replay(t, events), incident(t, s, st.id))
		})
		report, err := s.AuditVerify(ctx)
		require.NoError(t, err)
		assert.True(t, report.OK(), "%+v", report.Fault)
	})

	t.Run("committed events are what a replay sees", func(t *testing.T) {
		s := b.fresh(t)
		e := tell(t, s, 1).entry(pipewright.Open)
		committed, err := s.Commit(ctx, e)
		require.NoError(t, err)
		stored, err := s.Events(ctx, pipewright.EventQuery{})
		require.NoError(t, err)
		assert.Equal(t, stored, committed)
		assert.Zero(t, e.Events[0].Seq, "the caller's own entry must not change")
	})

	t.Run("an illegal move is a conflict and stores nothing", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1).to(pipewright.Open)
		before := contents(t, s)
		e := st.entry(pipewright.Resolved)
		e.Approvals = []pipewright.Approval{{ID: "ap-0001", State: pipewright.ApprovalPending, AskedAt: start}}
		e.Pause = &pipewright.Pause{By: "ana", At: start}
		_, err := s.Commit(ctx, e)
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
		assert.Equal(t, before, contents(t, s))
	})

	t.Run("the second event of an entry fails, so the first is not stored either", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1)
		before := contents(t, s)
		_, err := s.Commit(ctx, heal.Entry{Events: []pipewright.Event{st.event(pipewright.Open), st.event(pipewright.Closed)}})
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
		assert.Equal(t, before, contents(t, s))
	})

	t.Run("a refused reservation takes its event with it", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1).to(untilAllowed...)
		before := contents(t, s)
		st.limits = heal.Limits{}
		assert.Equal(t, pipewright.Denied, pipewright.KindOf(st.attempt(pipewright.Acting)))
		assert.Equal(t, before, contents(t, s))
		assert.Equal(t, pipewright.Allowed, incident(t, s, st.id).State)
	})

	t.Run("acting without a reservation of its key is invalid", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1).to(untilAllowed...)
		before := contents(t, s)
		whole := st.entry(pipewright.Acting)
		for name, spoil := range map[string]func(*heal.Entry){
			"no reservation":            func(e *heal.Entry) { e.Reserve = nil },
			"a reservation of another":  func(e *heal.Entry) { e.Reserve.Key = "pw-other" },
			"of another incident":       func(e *heal.Entry) { e.Reserve.Incident = "inc-0009" },
			"of another action":         func(e *heal.Entry) { e.Reserve.Action.Target = "glue:job/other" },
			"an action without a key":   func(e *heal.Entry) { e.Events[0].Action.Key = "" },
			"no action":                 func(e *heal.Entry) { e.Events[0].Action = nil },
			"a reservation without act": func(e *heal.Entry) { e.Events = nil },
		} {
			e := whole
			reservation, action := *whole.Reserve, *whole.Events[0].Action
			e.Reserve, e.Events = &reservation, slices.Clone(whole.Events)
			e.Events[0].Action = &action
			spoil(&e)
			_, err := s.Commit(ctx, e)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%s: %v", name, err)
		}
		assert.Equal(t, before, contents(t, s))
	})

	t.Run("concurrent committers lose nothing", func(t *testing.T) {
		name := b.Fresh(t)
		stores := []Store{b.open(t, name), b.open(t, name)}
		const each = 20
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				for n := range each {
					st := tell(t, stores[i%2], 1+i*each+n)
					for _, to := range []pipewright.State{pipewright.Open, pipewright.Diagnosed} {
						if err := st.attempt(to); err != nil {
							errs[i] = err
						}
					}
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		events, err := stores[0].Events(ctx, pipewright.EventQuery{Limit: 10_000})
		require.NoError(t, err)
		require.Len(t, events, len(errs)*each*2)
		for i, e := range events {
			require.Equal(t, int64(i+1), e.Seq, "numbers have no gaps")
		}
		report, err := stores[1].AuditVerify(ctx)
		require.NoError(t, err)
		assert.True(t, report.OK(), "%+v", report.Fault)
	})

	t.Run("what was committed is there after reopening", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.Open(t, name)
		tell(t, s, 1).to(untilAllowed...).to(pipewright.Acting)
		before := contents(t, s)
		require.NoError(t, s.Close())
		again := b.open(t, name)
		assert.Equal(t, before, contents(t, again))
		live, err := again.LiveIncidents(ctx)
		require.NoError(t, err)
		require.Len(t, live, 1)
		assert.Equal(t, pipewright.Acting, live[0].State)
	})

	t.Run("a cancelled commit stores nothing", func(t *testing.T) {
		s := b.fresh(t)
		gone, cancel := context.WithCancel(ctx)
		cancel()
		_, err := s.Commit(gone, tell(t, s, 1).entry(pipewright.Open))
		require.ErrorIs(t, err, context.Canceled)
		events, err := s.Events(ctx, pipewright.EventQuery{})
		require.NoError(t, err)
		assert.Empty(t, events)
	})
}

func replay(t *testing.T, events []pipewright.Event) (inc pipewright.Incident) {
	t.Helper()
	for _, e := range events {
		var err error
		inc, err = inc.Apply(e)
		require.NoError(t, err)
	}
	return inc
}

func incident(t *testing.T, s Store, id string) pipewright.Incident {
	t.Helper()
	inc, err := s.Incident(context.Background(), id)
	require.NoError(t, err)
	return inc
}

// ledger is everything that Commit may change.
type ledger struct {
	Events       []pipewright.Event
	Incidents    []pipewright.Incident
	Reservations []heal.Reservation
	Approvals    []pipewright.Approval
	Requests     []pipewright.Request
	Pauses       []pipewright.Pause
	Outcomes     []pipewright.Outcome
	Audit        []pipewright.AuditRecord
}

func contents(t *testing.T, s Store) (l ledger) {
	t.Helper()
	ctx := context.Background()
	errs := make([]error, 8)
	l.Events, errs[0] = s.Events(ctx, pipewright.EventQuery{Limit: 10_000})
	l.Incidents, errs[1] = s.Incidents(ctx, pipewright.IncidentQuery{Limit: 10_000})
	l.Reservations, errs[2] = s.Reservations(ctx, start.AddDate(-1, 0, 0))
	l.Approvals, errs[3] = s.Approvals(ctx)
	l.Requests, errs[4] = s.PendingRequests(ctx)
	l.Pauses, errs[5] = s.Pauses(ctx)
	l.Outcomes, errs[6] = s.Outcomes(ctx)
	l.Audit, errs[7] = s.AuditRecords(ctx, 0, 100_000)
	for _, err := range errs {
		require.NoError(t, err)
	}
	return l
}
