//go:build integration

package labtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

const shopPool = pipewright.ResourceID("airflow:pool/shop_db")

// airflowPool is a pool as Airflow tells it.
type airflowPool struct {
	Slots       int     `json:"slots"`
	Description *string `json:"description"`
	Deferred    bool    `json:"include_deferred"`
}

func (l lab) pool() (p airflowPool) {
	l.t.Helper()
	l.airflow("/api/v2/pools/shop_db", &p)
	return p
}

// TestBackPressure lets more tasks run at once than PostgreSQL gives them sessions. The
// agent holds their pool back, is killed while it does, and gives the pool back what it
// had once the tasks have got through.
func TestBackPressure(t *testing.T) {
	l := theLab(t)
	l.do("mend")
	t.Cleanup(func() { l.do("mend") })
	before := l.pool()
	// A line that was there before is nothing new, so an earlier run of this must not be read.
	a := newAgent(t, l, "pipewright.yaml", "backfill: 1h", "backfill: 1m")
	broken := time.Now().UTC()
	t.Log(l.do("break", experiment("sessions_exhausted")))

	inc := heldBack(t, a, before)
	a.kill()
	held := l.pool()
	assert.Equal(t, 2, held.Slots, "while nobody looks after it the limit stays")
	assert.Contains(t, []pipewright.State{pipewright.Acting, pipewright.Acted, pipewright.Verifying}, a.incident(inc.ID).State)
	a.start()

	await(t, 5*time.Minute, "the end of "+inc.ID, func() bool {
		inc = a.incident(inc.ID)
		return inc.State == pipewright.Closed
	})
	assert.Equal(t, before, l.pool(), "it has what it had")
	mustBeOneMacro(t, inc)
	var page struct {
		Runs []dagRun `json:"dag_runs"`
	}
	l.airflow("/api/v2/dags/reports/dagRuns?limit=1&order_by=-run_after", &page)
	require.Len(t, page.Runs, 1)
	assert.Equal(t, "success", page.Runs[0].State, "every task got through")
	assert.Contains(t, a.run("audit", "verify", "--db", a.db), "the audit holds")
	assert.Len(t, a.incidents(), 1, "one fault is one incident")
	t.Logf("%s; closed %s after the breakage", pipewright.SayRates(inc.Attempts), time.Since(broken).Round(time.Second))
}

// heldBack waits until it is proposed to hold the pool back, approves, and waits until it is.
func heldBack(t *testing.T, a *agent, before airflowPool) (inc pipewright.Incident) {
	l, b := theLab(t), expectation(t, "sessions_exhausted")
	await(t, 90*time.Second, "a proposal", func() bool {
		for _, inc = range a.incidents() {
			if inc.State == pipewright.Waiting {
				return true
			}
		}
		return false
	})
	require.NotEmpty(t, inc.Diagnosis.Hypotheses)
	h := inc.Diagnosis.Hypotheses[0] // about 50 % sure, which may or may not be called conclusive
	assert.Equal(t, b.Causes, []string{h.Cause})
	assert.Equal(t, b.At, string(h.Resource))
	assert.Contains(t, b.Actions, inc.Action.Kind)
	require.Equal(t, shopPool, inc.Action.Target)
	assert.Equal(t, pipewright.R1, inc.Action.Risk)
	assert.Contains(t, inc.Decision.DryRun, "pool shop_db has 4 slots now and lets in 2 afterwards")
	assert.Contains(t, inc.Decision.DryRun, "felt by the DAGs that use it: reports")
	assert.Contains(t, inc.Decision.DryRun, "then step by step")
	assert.Equal(t, before, l.pool(), "nothing was done before the approval")

	a.run("approve", inc.Approval, "--db", a.db)
	await(t, 30*time.Second, "the limit", func() bool { return l.pool().Slots == 2 })
	held := l.pool()
	require.NotNil(t, held.Description)
	assert.True(t, strings.HasPrefix(*held.Description, *before.Description+"\npipewright pw-"), "%s", *held.Description)
	assert.Contains(t, *held.Description, " lets in 2 of 4 slots since ")
	return inc
}

// mustBeOneMacro checks that one approval covered a limit, its steps and its end.
func mustBeOneMacro(t *testing.T, inc pipewright.Incident) {
	t.Helper()
	require.GreaterOrEqual(t, len(inc.Attempts), 2)
	keys := map[string]bool{}
	for _, at := range inc.Attempts {
		assert.Equal(t, shopPool, at.Action.Target)
		assert.NotEmpty(t, at.Approval)
		assert.NotNil(t, at.Receipt)
		assert.False(t, keys[at.Action.Key], "each step has a key of its own")
		keys[at.Action.Key] = true
	}
	first, last := inc.Attempts[0], inc.Attempts[len(inc.Attempts)-1]
	assert.Equal(t, pipewright.ActionKind("airflow.throttle"), first.Action.Kind)
	assert.Equal(t, map[string]string{"slots before": "4", "slots after": "2"}, first.Receipt.Detail)
	assert.Equal(t, pipewright.ActionKind("airflow.release"), last.Action.Kind)
	assert.Equal(t, pipewright.VerifyRecovered, last.Verification)
}
