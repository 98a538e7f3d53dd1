//go:build integration

package labtest

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// quote prints a log evidence by the command that its citation names.
func (a *agent) quote(e pipewright.Evidence) string {
	a.t.Helper()
	require.Len(a.t, e.Lines, 2)
	said := a.run("search", "--db", a.db, "--source", string(e.Source), "--lines", fmt.Sprintf("%d-%d", e.Lines[0], e.Lines[1]))
	return strings.TrimSuffix(said, "\n")
}

// kill ends the agent as a crash does.
func (a *agent) kill() { a.end(syscall.SIGKILL) }

// mustHoldTogether checks what holds for every breakage: one incident, nothing
// done without a verdict and a key, the audit in order.
func (s *story) mustHoldTogether() {
	s.t.Helper()
	assert.Contains(s.t, s.agent.run("audit", "verify", "--db", s.agent.db), "the audit holds")
	assert.Len(s.t, s.agent.incidents(), 1, "one fault is one incident")
	ruled := false
	for _, e := range s.agent.events(s.inc.ID) {
		switch e.To {
		case pipewright.Allowed:
			ruled = e.Verdict != nil && e.Verdict.Ruling == pipewright.Allow && e.Approval != ""
		case pipewright.Acting:
			assert.True(s.t, ruled, "an action follows a verdict")
			assert.NotEmpty(s.t, e.Action.Key)
			ruled = false
		}
	}
}

// mustFit compares the story with what the fault should have led to.
func (s *story) mustFit(b breakage) {
	s.t.Helper()
	s.mustBeDiagnosed(b)
	s.mustBeAnswered(b)
	if s.before == nil {
		assert.True(s.t, b.alone, "a person was asked")
		return
	}
	s.mustBeHealed(b)
	if s.before.Action.Kind == "postgres.remap" {
		s.mustUndo()
	}
}

func (s *story) mustBeDiagnosed(b breakage) {
	s.t.Helper()
	h, ok := s.inc.Diagnosis.Top()
	require.True(s.t, ok, "the diagnosis is conclusive")
	assert.Contains(s.t, b.causes, h.Cause)
	assert.Contains(s.t, b.classes, h.Class)
	assert.Equal(s.t, b.at, h.Resource)
	assert.True(s.t, slices.ContainsFunc(s.inc.Resources(), func(r pipewright.ResourceID) bool { return slices.Contains(b.shows, r) }), "%s", s.inc.Resources())
	s.mustCite(b, cited(h.Evidence, s.inc.Diagnosis.Evidence))
}

// mustCite checks that the evidence holds the real error and the real change.
func (s *story) mustCite(b breakage, evidence []pipewright.Evidence) {
	s.t.Helper()
	for _, e := range evidence {
		if e.Kind == pipewright.LogEvidence {
			assert.Equal(s.t, e.Excerpt, s.agent.quote(e), "search prints the excerpt of %s word for word", e.ID)
		}
	}
	assert.True(s.t, slices.ContainsFunc(evidence, func(e pipewright.Evidence) bool {
		return e.Kind == pipewright.LogEvidence && strings.Contains(e.Excerpt, b.error) && (b.log == "" || e.Source == b.log)
	}), "%q in a log record of %s: %+v", b.error, b.log, evidence)
	if b.change == "" {
		return
	}
	assert.True(s.t, slices.ContainsFunc(evidence, func(e pipewright.Evidence) bool {
		return (e.Kind == pipewright.ChangeEvidence || e.Kind == pipewright.SchemaEvidence) && e.Source == b.at && strings.Contains(e.Excerpt, b.change)
	}), "the change %q: %+v", b.change, evidence)
}

// cited are the pieces of evidence with the ids.
func cited(ids []string, all []pipewright.Evidence) (out []pipewright.Evidence) {
	for _, e := range all {
		if slices.Contains(ids, e.ID) {
			out = append(out, e)
		}
	}
	return out
}

func (s *story) mustBeAnswered(b breakage) {
	s.t.Helper()
	a := s.answer
	assert.EqualValues(s.t, "diagnose", a.Intent)
	assert.Contains(s.t, a.Resources, ordersDAG)
	require.NotEmpty(s.t, a.Hypotheses)
	assert.Contains(s.t, b.causes, a.Hypotheses[0].Cause)
	require.NotEmpty(s.t, a.Hypotheses[0].Evidence)
	assert.Len(s.t, cited(a.Hypotheses[0].Evidence, a.Evidence), len(a.Hypotheses[0].Evidence), "every id is of an evidence")
	s.mustCite(b, a.Evidence)
}

// mustBeHealed checks that what was proposed was done once, and worked.
func (s *story) mustBeHealed(b breakage) {
	s.t.Helper()
	assert.Contains(s.t, b.actions, s.before.Action.Kind)
	backoff := s.before.Action.Kind.Verb() == pipewright.BackoffRetry
	require.True(s.t, len(s.inc.Attempts) == 1 || backoff && len(s.inc.Attempts) <= 3, "acted once, or in the tries of one back-off")
	at := s.inc.LastAttempt()
	assert.Equal(s.t, s.before.Action.Hash(), at.Action.Hash(), "exactly what was approved")
	if backoff && at.Verification == pipewright.VerifyUnchanged { // the outage outlived the try, and the next scheduled run came first
		assert.Equal(s.t, pipewright.Closed, s.inc.State)
		assert.Contains(s.t, s.inc.Note, "healthy again")
	} else {
		assert.Equal(s.t, pipewright.VerifyRecovered, at.Verification)
	}
	require.NotNil(s.t, at.Receipt)
	assert.WithinDuration(s.t, at.At, at.Receipt.At, 20*time.Second, "the receipt is of this action, not of an older one")
	switch at.Action.Kind {
	case "postgres.remap":
		assert.Equal(s.t, "orders", s.seen, "the view stands in for the table")
		assert.Contains(s.t, s.lab.sql("SELECT obj_description('pipewright.orders'::regclass)"), at.Action.Key, "and bears the key")
	case "postgres.cancel":
		assert.Equal(s.t, "0", s.lab.lockHolders(), "the session is gone")
	default: // on a DAG run, in its note
		assert.Equal(s.t, 1, strings.Count(s.lab.run(at.Action.Args["run_id"]).Note, at.Action.Key), "the run's note bears the key, once")
	}
	runs := s.lab.runs()
	assert.Equal(s.t, "success", runs[0].State)
	assert.True(s.t, runs[0].End.After(at.At), "a run succeeded after the action")
}

// mustUndo takes the remap back through the command line.
func (s *story) mustUndo() {
	s.t.Helper()
	a := s.agent
	s.t.Log(strings.TrimSpace(a.run("undo", s.inc.ID, "--db", a.db)))
	var undo pipewright.Incident
	requested := func(state pipewright.State) func() bool {
		return func() bool {
			for _, inc := range a.incidents() {
				if inc.Class == pipewright.ClassRequested {
					undo = inc
				}
			}
			return undo.State == state
		}
	}
	await(s.t, 30*time.Second, "the proposal to undo", requested(pipewright.Waiting))
	assert.Equal(s.t, "orders", s.lab.views(), "nothing is undone unasked")
	a.run("approve", undo.Approval, "--db", a.db)
	await(s.t, 30*time.Second, "the view's end", func() bool { return s.lab.views() == "" })
	s.lab.do("mend") // before the next run
	await(s.t, 2*time.Minute, "the end of the undo", requested(pipewright.Closed))
	assert.Contains(s.t, a.run("audit", "verify", "--db", a.db), "the audit holds")
}

// logTimes says how long everything took.
func (s *story) logTimes() {
	first := map[pipewright.State]time.Time{}
	for _, e := range s.agent.events(s.inc.ID) {
		if _, ok := first[e.To]; !ok {
			first[e.To] = e.At
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "from the breakage: a run failed %s", s.after(s.failed.End))
	for _, state := range pipewright.States {
		if at, ok := first[state]; ok {
			fmt.Fprintf(&b, ", %s %s", state, s.after(at))
		}
	}
	s.t.Log(b.String())
}

func (s *story) after(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Sub(s.broken).Round(time.Second).String()
}
