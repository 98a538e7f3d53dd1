package storetest

import (
	"context"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runPeople(t *testing.T, b Backend) {
	ctx := context.Background()
	commit := func(t *testing.T, s Store, e heal.Entry) {
		t.Helper()
		_, err := s.Commit(ctx, e)
		require.NoError(t, err)
	}

	t.Run("a request beside the loop waits until it is handled, once", func(t *testing.T) {
		name := b.Fresh(t)
		loop, other := b.open(t, name), b.open(t, name)
		require.NoError(t, loop.Own(ctx))
		first, err := other.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", Surface: "cli", At: start})
		require.NoError(t, err)
		second, err := other.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestAct, Who: "ben", At: minutes(1), Action: &pipewright.Action{Kind: "glue.retry", Target: orders}})
		require.NoError(t, err)
		assert.Equal(t, []string{"rq-0001", "rq-0002"}, []string{first.ID, second.ID})

		pending, err := loop.PendingRequests(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Request{first, second}, pending)

		first.Result, first.OK = "paused", true
		commit(t, loop, heal.Entry{Handled: []pipewright.Request{first}})
		pending, err = other.PendingRequests(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Request{second}, pending)
		got, err := other.Request(ctx, first.ID)
		require.NoError(t, err)
		assert.Equal(t, first, got)

		_, err = loop.Commit(ctx, heal.Entry{Handled: []pipewright.Request{first}})
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
	})

	t.Run("handling needs a request that exists and a result", func(t *testing.T) {
		s := b.fresh(t)
		_, err := s.Commit(ctx, heal.Entry{Handled: []pipewright.Request{{ID: "rq-0404", Result: "done"}}})
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err), "%v", err)
		r, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPause, At: start})
		require.NoError(t, err)
		_, err = s.Commit(ctx, heal.Entry{Handled: []pipewright.Request{r}})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%v", err)
		_, err = s.AddRequest(ctx, pipewright.Request{At: start})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%v", err)
	})

	t.Run("an approval is replaced by its id", func(t *testing.T) {
		s := b.fresh(t)
		a := pipewright.Action{Kind: "postgres.remap", Target: "postgres:table/shop.orders", Args: map[string]string{"from": "customer_id", "to": "buyer_id"}}
		ap := pipewright.Approval{ID: "ap-0001", Incident: "inc-0001", Action: a, ActionHash: a.Hash(), MayApprove: []string{"*"},
			State: pipewright.ApprovalPending, AskedAt: start, Expires: minutes(30)}
		commit(t, s, heal.Entry{Approvals: []pipewright.Approval{ap}})
		ap.Needs, ap.Given, ap.Reminded = 2, []pipewright.Signature{{By: "carl", As: "oncall", At: minutes(1)}}, minutes(2)
		commit(t, s, heal.Entry{Approvals: []pipewright.Approval{ap}})
		got, err := s.Approval(ctx, ap.ID)
		require.NoError(t, err)
		assert.Equal(t, ap, got, "the signature of the first is kept")
		records, err := s.AuditRecords(ctx, 1, 0)
		require.NoError(t, err)
		require.Len(t, records, 1)
		assert.Equal(t, ap.Reminded, records[0].At, "the chain says when it changed")
		ap.State, ap.By, ap.At = pipewright.ApprovalGiven, "ana", minutes(3)
		commit(t, s, heal.Entry{Approvals: []pipewright.Approval{ap}})
		got, err = s.Approval(ctx, ap.ID)
		require.NoError(t, err)
		assert.Equal(t, ap, got)
		waiting, err := s.Approvals(ctx, pipewright.ApprovalPending)
		require.NoError(t, err)
		assert.Empty(t, waiting)
		all, err := s.Approvals(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Approval{ap}, all)
	})

	t.Run("a pause stands until it is lifted, replaced by one on the same resource", func(t *testing.T) {
		s := b.fresh(t)
		everywhere := pipewright.Pause{By: "ana", At: start, Reason: "release"}
		one := pipewright.Pause{Resource: orders, By: "ana", At: start, Until: minutes(5)}
		commit(t, s, heal.Entry{Pause: &everywhere})
		commit(t, s, heal.Entry{Pause: &one})
		one.Until = minutes(50)
		commit(t, s, heal.Entry{Pause: &one})
		got, err := s.Pauses(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Pause{everywhere, one}, got)

		commit(t, s, heal.Entry{Resume: &pipewright.Pause{By: "ben", At: minutes(6)}})
		got, err = s.Pauses(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Pause{one}, got)

		everywhere.At = minutes(7)
		commit(t, s, heal.Entry{Pause: &everywhere})
		got, err = s.Pauses(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.Pause{everywhere, one}, got, "a lifted pause can be put in force again")
	})

	t.Run("a mode that a person set stands until it is set again or taken back", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.open(t, name)
		one := pipewright.ModeChange{Class: "stuck", Action: "glue.*", Env: "prod", Rung: pipewright.Auto, By: "ana", At: start}
		all := pipewright.ModeChange{Rung: pipewright.Observe, By: "ben", At: minutes(1), Reason: "month end"}
		commit(t, s, heal.Entry{Mode: &one})
		commit(t, s, heal.Entry{Mode: &all})
		one.Rung, one.At = pipewright.AskRung, minutes(2)
		commit(t, s, heal.Entry{Mode: &one})
		require.NoError(t, s.Close())
		s = b.open(t, name)
		got, err := s.Modes(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.ModeChange{all, one}, got)

		all.Rung, all.At = "", minutes(3)
		commit(t, s, heal.Entry{Mode: &all})
		got, err = s.Modes(ctx)
		require.NoError(t, err)
		assert.Equal(t, []pipewright.ModeChange{one}, got)

		report, err := s.AuditVerify(ctx)
		require.NoError(t, err)
		assert.True(t, report.OK(), "%+v", report.Fault)
		b.Exec(t, name, `UPDATE modes SET body = replace(body, '"ask"', '"auto"')`)
		report, err = s.AuditVerify(ctx)
		require.NoError(t, err)
		require.NotNil(t, report.Fault, "a rung that somebody raised behind the loop's back")
		assert.Contains(t, report.Fault.What, "was edited")
	})

	t.Run("feedback is what the loop took down, in order", func(t *testing.T) {
		s := b.fresh(t)
		var want []pipewright.Request
		for n, ok := range []bool{true, false, true} {
			rq, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestFeedback, Who: "ana", Incident: "inc-0001", Reason: "right", At: minutes(n)})
			require.NoError(t, err)
			rq.OK, rq.Result = ok, "answered"
			commit(t, s, heal.Entry{Handled: []pipewright.Request{rq}})
			if ok {
				want = append(want, rq)
			}
		}
		_, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestFeedback, Who: "ana", Incident: "inc-0001", Reason: "wrong", At: minutes(9)})
		require.NoError(t, err, "nobody has picked it up")
		got, err := s.Feedback(ctx)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})

	t.Run("moves of policy versions come back as the loop made them", func(t *testing.T) {
		s := b.fresh(t)
		var want []pipewright.PolicyMove
		for n, ok := range []bool{true, false, true} {
			move := pipewright.PolicyMove{Version: "sha256:a", Stage: pipewright.PolicyShadow, At: minutes(n), Seq: int64(n), Episodes: n, Reasons: []string{"too little"}}
			rq, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPolicy, Surface: "learner", Policy: &move, At: minutes(n)})
			require.NoError(t, err)
			rq.OK, rq.Result = ok, "answered"
			commit(t, s, heal.Entry{Handled: []pipewright.Request{rq}})
			if ok {
				want = append(want, move)
			}
		}
		got, err := s.PolicyMoves(ctx)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})

	t.Run("outcomes come back in order", func(t *testing.T) {
		s := b.fresh(t)
		var want []pipewright.Outcome
		for n := range 3 {
			o := pipewright.Outcome{Incident: "inc-0001", Cause: "network_transient", Verification: pipewright.VerifyRecovered, Seconds: float64(n), At: start, Belief: map[string]float64{"a": 0.5}}
			commit(t, s, heal.Entry{Outcome: &o})
			want = append(want, o)
		}
		got, err := s.Outcomes(ctx)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})

	t.Run("one owner at a time", func(t *testing.T) {
		name := b.Fresh(t)
		first, second := b.Open(t, name), b.open(t, name)
		require.NoError(t, first.Own(ctx))
		require.NoError(t, first.Own(ctx), "owning twice through one store is fine")
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(second.Own(ctx)))
		require.NoError(t, first.Close())
		assert.NoError(t, second.Own(ctx))
	})
}
