//go:build unix

package killtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/plant"
)

// trial is one action in the journal, from its permission to what is known of it.
type trial struct {
	action  pipewright.Action
	allowed pipewright.Event
	acting  pipewright.Event
	class   pipewright.FaultClass // of the incident when it acted
	next    pipewright.Event      // the move that followed, zero while there is none
}

// trials folds the journal, checking every move, and returns the actions by
// key with the incidents that the events make.
func trials(t *testing.T, events []pipewright.Event) (map[string]*trial, map[string]pipewright.Incident) {
	t.Helper()
	byKey, incidents := map[string]*trial{}, map[string]pipewright.Incident{}
	under := map[string]*trial{}
	var before pipewright.Event
	for _, e := range events {
		inc := incidents[e.Incident]
		if e.To != "" {
			require.True(t, pipewright.CanMove(inc.State, e.To), "event %d: %s goes from %q to %q", e.Seq, e.Incident, inc.State, e.To)
			if tr := under[e.Incident]; tr != nil {
				tr.next = e
				delete(under, e.Incident)
			}
		}
		next, err := inc.Apply(e)
		require.NoError(t, err)
		incidents[e.Incident] = next
		if e.To == pipewright.Acting {
			require.NotNil(t, e.Action, "event %d", e.Seq)
			require.NotContains(t, byKey, e.Action.Key, "event %d acts under a key that was used", e.Seq)
			require.Equal(t, pipewright.Allowed, before.To, "event %d acts without a permission just before", e.Seq)
			require.Equal(t, e.Incident, before.Incident, "event %d acts without a permission of its own", e.Seq)
			tr := &trial{action: *e.Action, allowed: before, acting: e, class: inc.Class}
			byKey[e.Action.Key], under[e.Incident] = tr, tr
		}
		before = e
	}
	return byKey, incidents
}

// tally is what the comparison of journal and record found.
type tally struct {
	Acts      int // the plant did
	Refused   int // the plant would not
	Unheard   int // journaled as acting and never heard of by the plant
	Late      int // the plant did it, and the loop called a person because it could not tell
	Approved  int // under a person's approval
	Requested int // asked for by a person
}

// requireAtMostOnce compares the journal with what the plant wrote down.
func requireAtMostOnce(t *testing.T, l ledger, acts []plant.Recorded) tally {
	t.Helper()
	byKey, incidents := trials(t, l.events)
	require.Len(t, l.incidents, len(incidents))
	for _, stored := range l.incidents {
		assert.Equal(t, asJSON(t, incidents[stored.ID]), asJSON(t, stored), "%s is not what its events make", stored.ID)
	}
	reserved := requireReserved(t, l, byKey)
	recorded := map[string]plant.Recorded{}
	for _, a := range acts {
		require.NotContains(t, recorded, a.Key, "the plant was asked twice for one action: %+v", a)
		recorded[a.Key] = a
		require.Contains(t, byKey, a.Key, "the plant acted and the journal does not know: %+v", a)
		require.Contains(t, reserved, a.Key, "the plant acted and nothing was reserved: %+v", a)
		tr := byKey[a.Key]
		assert.Equal(t, tr.action.Hash(), pipewright.Action{Kind: a.Kind, Target: a.Target, Args: a.Args}.Hash(), "the plant did something else than was journaled: %+v", a)
		require.NotNil(t, tr.allowed.Verdict, "event %d", tr.allowed.Seq)
		assert.Equal(t, pipewright.Allow, tr.allowed.Verdict.Ruling, "event %d", tr.allowed.Seq)
	}
	var sum tally
	for key, tr := range byKey {
		sum.count(t, tr, recorded[key])
	}
	sum.Approved = requireApproved(t, l, byKey)
	sum.Requested = requireHeardOnce(t, l)
	return sum
}

// requireReserved checks that actions and reservations belong to each other one to one.
func requireReserved(t *testing.T, l ledger, byKey map[string]*trial) map[string]bool {
	t.Helper()
	reserved := map[string]bool{}
	for _, r := range l.reservations {
		tr := byKey[r.Key]
		require.NotNil(t, tr, "reservation %s belongs to no action", r.Key)
		assert.Equal(t, tr.acting.Incident, r.Incident)
		assert.Equal(t, tr.action.Hash(), r.Action.Hash())
		reserved[r.Key] = true
	}
	assert.Len(t, reserved, len(byKey), "actions and reservations")
	return reserved
}

// count judges one action by what the plant knows of it.
func (s *tally) count(t *testing.T, tr *trial, a plant.Recorded) {
	t.Helper()
	switch {
	case a.Outcome == "first" && tr.next.To == pipewright.Acted:
		s.Acts++
		require.NotNil(t, tr.next.Receipt)
		assert.Equal(t, tr.action.Key, tr.next.Receipt.Key, "the receipt is another action's")
	case a.Outcome == "first":
		s.Acts++
		s.Late++
		s.calledAPerson(t, tr)
		assert.NotContains(t, tr.next.Note, "it did not run", "the plant did it all the same: event %d", tr.next.Seq)
	case a.Outcome == "refused":
		s.Refused++
		s.calledAPerson(t, tr)
	default:
		assert.Empty(t, a.Outcome, "%s", tr.action.Key)
		s.Unheard++
		s.calledAPerson(t, tr)
	}
}

// calledAPerson: what cannot be found is unknown and goes to a person.
func (s *tally) calledAPerson(t *testing.T, tr *trial) {
	t.Helper()
	assert.Equal(t, pipewright.Escalated, tr.next.To, "%s of %s was not found and did not go to a person", tr.action.Key, tr.acting.Incident)
	assert.Equal(t, pipewright.VerifyUnknown, tr.next.Verification, "event %d", tr.next.Seq)
}

// requireApproved checks that each approval ran at most one action (one
// back-off, which is one approval for its tries), after it was given, and that what is asked
// never ran without one.
func requireApproved(t *testing.T, l ledger, byKey map[string]*trial) (n int) {
	t.Helper()
	approvals, ran := map[string]pipewright.Approval{}, map[string]*trial{}
	for _, ap := range l.approvals {
		approvals[ap.ID] = ap
	}
	for _, e := range l.events {
		if e.To != pipewright.Acting {
			continue
		}
		tr := byKey[e.Action.Key]
		id := tr.allowed.Approval
		if id == "" {
			assert.False(t, asked[tr.class], "event %d: %s is %s and ran without being asked: %+v", e.Seq, e.Incident, tr.class, tr.allowed.Verdict)
			continue
		}
		n++
		ap, ok := approvals[id]
		require.True(t, ok, "event %d ran under %s, which does not exist", e.Seq, id)
		assert.Equal(t, pipewright.ApprovalUsed, ap.State, "event %d ran under %s", e.Seq, id)
		if ap.Action.Pressure() { // the card says that it covers the steps to come
			assert.True(t, ap.Action.SameMacro(tr.action), "event %d ran under %s, given for something else", e.Seq, id)
		} else {
			assert.Equal(t, tr.action.Hash(), ap.ActionHash, "event %d ran under %s, given for something else", e.Seq, id)
		}
		assert.NotEmpty(t, ap.By)
		assert.False(t, e.At.Before(ap.At), "event %d ran before %s was given", e.Seq, id)
		if first := ran[id]; first != nil && !ap.Action.Pressure() {
			assert.Equal(t, pipewright.BackoffRetry, tr.action.Kind.Verb(), "%s was used twice", id)
		}
		ran[id] = tr
	}
	for _, ap := range l.approvals {
		if ap.State == pipewright.ApprovalUsed {
			assert.Contains(t, ran, ap.ID, "%s is used and nothing ran", ap.ID)
		}
	}
	return n
}

// requireHeardOnce checks that what a person asked for became one incident, and
// that one approval or denial at most was taken for an answer.
func requireHeardOnce(t *testing.T, l ledger) int {
	t.Helper()
	opened, settled, asked := map[string]bool{}, map[string]string{}, 0
	for _, rq := range l.requests {
		switch {
		case !rq.OK, rq.Kind == pipewright.RequestPolicy: // not settled, or what the learner itself filed
		case rq.Kind == pipewright.RequestAct:
			require.False(t, opened[rq.Incident], "%s was opened for two requests", rq.Incident)
			opened[rq.Incident] = true
		default:
			require.Empty(t, settled[rq.Approval], "%s was settled by %s and by %s", rq.Approval, settled[rq.Approval], rq.ID)
			settled[rq.Approval] = rq.ID
		}
	}
	for _, inc := range l.incidents {
		if inc.Class == pipewright.ClassRequested {
			asked++
			assert.True(t, opened[inc.ID], "%s was asked for by nobody", inc.ID)
		}
	}
	assert.Len(t, opened, asked, "requests and what they opened")
	for _, ap := range l.approvals {
		if ap.State == pipewright.ApprovalUsed || ap.State == pipewright.ApprovalDenied {
			assert.NotEmpty(t, settled[ap.ID], "%s is %s and nobody said so", ap.ID, ap.State)
		}
	}
	return asked
}
