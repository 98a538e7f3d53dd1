package pipewright_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

// legal is the table of DESIGN, written down a second time on purpose.
var legal = map[[2]pipewright.State]bool{
	{"", "open"}: true, {"open", "diagnosed"}: true,
	{"diagnosed", "decided"}: true, {"diagnosed", "escalated"}: true,
	{"decided", "waiting"}: true, {"decided", "allowed"}: true, {"decided", "escalated"}: true, {"decided", "decided"}: true,
	{"waiting", "allowed"}: true, {"waiting", "escalated"}: true, {"waiting", "closed"}: true,
	{"allowed", "acting"}: true, {"acting", "acted"}: true, {"acting", "escalated"}: true, {"acted", "verifying"}: true,
	{"verifying", "resolved"}: true, {"verifying", "diagnosed"}: true, {"verifying", "escalated"}: true,
	{"escalated", "closed"}: true, {"escalated", "diagnosed"}: true, {"resolved", "closed"}: true, {"resolved", "open"}: true,
}

func TestNoOtherMoveIsPossible(t *testing.T) {
	for _, from := range append([]pipewright.State{""}, pipewright.States...) {
		for _, to := range pipewright.States {
			assert.Equal(t, legal[[2]pipewright.State{from, to}], pipewright.CanMove(from, to), "%q to %q", from, to)
		}
	}
}

var t0 = time.Date(2026, 11, 20, 3, 10, 0, 0, time.UTC)

func event(seq int64, to pipewright.State) pipewright.Event {
	a := pipewright.Action{Kind: "glue.retry", Target: "glue:job/orders_etl", Risk: pipewright.R0}
	e := pipewright.Event{Seq: seq, At: t0.Add(time.Duration(seq) * time.Minute), Incident: "inc-0001", To: to}
	switch to {
	case pipewright.Open:
		e.Resource, e.Signal = "glue:job/orders_etl", &pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: "glue:job/orders_etl", Fingerprint: "f"}
	case pipewright.Decided:
		e.Action, e.Decision = &a, &pipewright.Decision{Policy: "rules"}
	case pipewright.Acting:
		a.Key = "pw-1"
		e.Action = &a
	case pipewright.Acted:
		e.Receipt = &pipewright.Receipt{Key: "pw-1", ID: "jr_2"}
	case pipewright.Resolved:
		e.Verification = pipewright.VerifyRecovered
	}
	return e
}

func fold(t require.TestingT, events ...pipewright.Event) pipewright.Incident {
	var inc pipewright.Incident
	for _, e := range events {
		next, err := inc.Apply(e)
		require.NoError(t, err)
		inc = next
	}
	return inc
}

func TestAnIncidentThatIsHealed(t *testing.T) {
	var events []pipewright.Event
	for i, to := range []pipewright.State{"open", "diagnosed", "decided", "allowed", "acting", "acted", "verifying", "resolved", "closed"} {
		events = append(events, event(int64(i+1), to))
	}
	inc := fold(t, events...)
	assert.Equal(t, pipewright.Closed, inc.State)
	assert.Equal(t, pipewright.ResourceID("glue:job/orders_etl"), inc.Resource)
	require.Len(t, inc.Attempts, 1)
	assert.Equal(t, "jr_2", inc.Attempts[0].Receipt.ID)
	assert.Equal(t, pipewright.VerifyRecovered, inc.Attempts[0].Verification)
	assert.Equal(t, t0.Add(8*time.Minute), inc.EndedAt, "it ended when it was resolved, not when it was closed")
}

func TestAnEventOfAnotherIncidentIsRefused(t *testing.T) {
	inc := fold(t, event(1, pipewright.Open))
	e := event(2, pipewright.Diagnosed)
	e.Incident = "inc-0002"
	_, err := inc.Apply(e)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
}

func TestANoteDoesNotMoveAnIncident(t *testing.T) {
	_, err := pipewright.Incident{}.Apply(pipewright.Event{Incident: "inc-0001", Note: "hello"})
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "an incident begins with open")
	inc := fold(t, event(1, pipewright.Open), pipewright.Event{Seq: 2, Incident: "inc-0001", Note: "hello"})
	assert.Equal(t, pipewright.Open, inc.State)
	assert.Equal(t, "hello", inc.Note)
}

// Apply is pure: an incident that was kept is not changed by what happens to
// its successor, and a fold gives the same whether or not it passed through JSON.
func TestApplyIsPureAndReplays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var inc, replayed pipewright.Incident
		for seq := int64(1); seq < 40; seq++ {
			to := rapid.SampledFrom(pipewright.States).Draw(t, "to")
			e := event(seq, to)
			before, err := json.Marshal(inc)
			require.NoError(t, err)
			next, err := inc.Apply(e)
			after, _ := json.Marshal(inc)
			require.JSONEq(t, string(before), string(after))
			require.Equal(t, legal[[2]pipewright.State{inc.State, to}], err == nil)
			if err != nil {
				continue
			}
			var wire pipewright.Event
			raw, err := json.Marshal(e)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(raw, &wire))
			replayed, err = replayed.Apply(wire)
			require.NoError(t, err)
			inc = next
		}
		a, _ := json.Marshal(inc)
		b, _ := json.Marshal(replayed)
		require.JSONEq(t, string(a), string(b))
	})
}

func TestApprovalBindsToOneActionOnePersonAndATime(t *testing.T) {
	a := pipewright.Action{Kind: "postgres.remap", Target: "postgres:table/shop.orders", Args: map[string]string{"map": "customer_id=buyer_id"}}
	ap := pipewright.Approval{ID: "ap-0001", Action: a, ActionHash: a.Hash(), MayApprove: []string{"ana"}, State: pipewright.ApprovalPending, Expires: t0.Add(time.Hour)}
	other := a
	other.Args = map[string]string{"map": "customer_id=seller_id"}
	used := ap
	used.State = pipewright.ApprovalUsed
	for name, c := range map[string]struct {
		ap   pipewright.Approval
		hash string
		who  string
		at   time.Time
		ok   bool
	}{
		"the right person, in time":      {ap, a.Hash(), "ana", t0, true},
		"somebody else":                  {ap, a.Hash(), "bob", t0, false},
		"other arguments":                {ap, other.Hash(), "ana", t0, false},
		"no arguments seen":              {ap, "", "ana", t0, false},
		"at the very moment it expires":  {ap, a.Hash(), "ana", t0.Add(time.Hour), false},
		"a second time":                  {used, a.Hash(), "ana", t0, false},
		"an approval that was never set": {pipewright.Approval{}, "", "", t0, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.ap.Check(c.hash, c.who, c.at)
			if c.ok {
				assert.NoError(t, err)
				return
			}
			assert.Equal(t, pipewright.Denied, pipewright.KindOf(err))
		})
	}
}

func TestActionHashKnowsKindTargetAndArgumentsOnly(t *testing.T) {
	a := pipewright.Action{Kind: "glue.retry", Target: "glue:job/a", Args: map[string]string{"x": "1", "y": "2"}}
	same := pipewright.Action{Kind: "glue.retry", Target: "glue:job/a", Args: map[string]string{"y": "2", "x": "1"}, Key: "k", Risk: pipewright.R2}
	assert.Equal(t, a.Hash(), same.Hash())
	for _, other := range []pipewright.Action{
		{Kind: "glue.scale_up", Target: a.Target, Args: a.Args}, {Kind: a.Kind, Target: "glue:job/b", Args: a.Args}, {Kind: a.Kind, Target: a.Target},
	} {
		assert.NotEqual(t, a.Hash(), other.Hash())
	}
	assert.NotEqual(t, pipewright.ActionKey("inc-0001", a, 1), pipewright.ActionKey("inc-0001", a, 2))
	assert.NotEqual(t, pipewright.ActionKey("inc-0001", a, 1), pipewright.ActionKey("inc-0002", a, 1))
}
