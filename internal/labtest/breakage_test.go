//go:build integration

package labtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

const (
	ordersDAG = pipewright.ResourceID("airflow:dag/orders")
	extract   = pipewright.ResourceID("airflow:task/orders.extract")
	validate  = pipewright.ResourceID("airflow:task/orders.validate")
	shopDB    = pipewright.ResourceID("postgres:db/shop")
)

// breakage is what must be said and done about one of the lab's faults: its
// experiment's expectations, which the plant is held to as well, and what only
// the real systems say.
type breakage struct {
	causes  []string // any of them on top
	classes []pipewright.FaultClass
	at      pipewright.ResourceID   // where the cause sits
	shows   []pipewright.ResourceID // where it shows, any of them
	error   string                  // of PostgreSQL, in the evidence
	log     pipewright.ResourceID   // whose log holds the error; empty: any
	change  string                  // in the evidence; empty: nothing changed
	actions []pipewright.ActionKind // any of them is proposed
	alone   bool                    // it may pass before anybody is asked
}

var breakages = map[string]breakage{
	"renamed_column": {
		classes: []pipewright.FaultClass{"schema_drift"}, shows: []pipewright.ResourceID{extract, ordersDAG},
		error: `UndefinedColumn: column "customer_id" does not exist`, log: extract, change: `"customer_id" renamed to "buyer_id"`,
	},
	"type_changed": {
		classes: []pipewright.FaultClass{"schema_drift"}, shows: []pipewright.ResourceID{validate, ordersDAG},
		error: `UndefinedFunction: operator does not exist: text < integer`, log: validate, change: `"amount"`,
	},
	"table_lock": {
		classes: []pipewright.FaultClass{"contention"}, shows: []pipewright.ResourceID{extract, ordersDAG},
		error: `canceling statement due to lock timeout`, log: extract,
	},
	"source_refused": {
		classes: []pipewright.FaultClass{"transient_network", "persistent_network"}, shows: []pipewright.ResourceID{extract, ordersDAG, shopDB},
		error: `Connection refused`, alone: true,
	},
}

// experiment is the file that says what is broken and what has to follow.
func experiment(fault string) string {
	path, err := filepath.Abs(filepath.Join(checkout, "deploy", "experiments", fault+".yaml"))
	if err != nil {
		panic(err) // the working directory is gone
	}
	return path
}

// expected is all that must be said and done about a fault.
func expected(t *testing.T, fault string) breakage {
	t.Helper()
	b, ok := breakages[fault]
	require.True(t, ok, fault)
	x := expectation(t, fault)
	b.causes, b.at, b.actions = x.Causes, pipewright.ResourceID(x.At), x.Actions
	return b
}

// expectation is what the experiment of a fault says has to follow.
func expectation(t *testing.T, fault string) gym.Expectation {
	t.Helper()
	text, err := os.ReadFile(experiment(fault))
	require.NoError(t, err)
	x, err := gym.LoadExperiment(fault+".yaml", text)
	require.NoError(t, err)
	require.Equal(t, fault, x.Inject.Lab)
	return x.Expect
}

// TestBreakages breaks the pipeline for real in all four ways. The first is
// drawn by the lab and sealed; what it was is said when the incident is closed,
// and that one is not broken again.
func TestBreakages(t *testing.T) {
	l := theLab(t)
	t.Cleanup(func() { l.do("mend") })
	drawn, kill := "", true
	t.Run("random", func(t *testing.T) { drawn = sealed(t) })
	for _, fault := range []string{"renamed_column", "type_changed", "table_lock", "source_refused"} {
		t.Run(fault, func(t *testing.T) {
			if fault == drawn {
				t.Log("this was the sealed one")
				return
			}
			s := tell(t, experiment(fault), kill)
			kill = false // the first that is named: a person is always asked about its remap
			s.mustFit(expected(t, fault))
		})
	}
}

// sealed lets the lab choose and returns its choice.
func sealed(t *testing.T) string {
	s := tell(t, "random", false)
	said := s.lab.do("reveal")
	fault, _, _ := strings.Cut(said, " ")
	t.Logf("revealed: %s", said)
	s.mustFit(expected(t, fault))
	return fault
}

// story is one breakage from beginning to end, as it was seen from outside.
type story struct {
	t      *testing.T
	lab    lab
	agent  *agent
	broken time.Time
	failed dagRun               // the first run that failed
	inc    pipewright.Incident  // closed
	before *pipewright.Incident // while it waited for a person, if it did
	answer pipewright.Answer    // to the question why, while it lasted
	seen   string               // what was left behind by the action, by then
}

// longest bounds everything from the breakage to the closed incident.
const longest = 6 * time.Minute

// tell breaks the pipeline and plays the person on call: asks why, reads the
// evidence again, approves, and waits for the end. kill kills the agent between
// the approval and the verification.
func tell(t *testing.T, fault string, kill bool) *story {
	s := &story{t: t, lab: theLab(t)}
	s.lab.mended()
	s.agent = newAgent(t, s.lab, "pipewright.yaml")
	s.broken = time.Now().UTC()
	t.Log(s.lab.do("break", fault))
	id := s.noticed()
	deadline := s.broken.Add(longest)
	approved := ""
	await(t, time.Until(deadline), "the end of "+id, func() bool {
		s.inc = s.agent.incident(id)
		if s.inc.State == pipewright.Waiting && s.inc.Approval != approved {
			approved = s.inc.Approval
			s.waiting()
			s.approve(kill)
			kill = false
		}
		return s.inc.State == pipewright.Closed
	})
	s.mustHoldTogether()
	s.logTimes()
	return s
}

// noticed waits for the incident, and asks why the DAG failed once a run has.
func (s *story) noticed() string {
	var id string
	await(s.t, 100*time.Second, "an incident that is diagnosed", func() bool {
		found := s.agent.incidents()
		if len(found) == 0 || found[0].Diagnosis == nil {
			return false
		}
		id = found[0].ID
		return true
	})
	await(s.t, 100*time.Second, "a failed run", func() bool {
		runs := s.lab.runs()
		if len(runs) == 0 || runs[0].State != "failed" || runs[0].Start.Before(s.broken) {
			return false
		}
		s.failed = runs[0]
		return true
	})
	await(s.t, 30*time.Second, "the failed run in the incident", func() bool {
		for _, r := range s.agent.incident(id).Resources() {
			if r.System() == "airflow" {
				return true
			}
		}
		return false
	})
	s.answer = s.agent.ask("why did the orders dag fail")
	return id
}

// waiting looks at the incident while it waits for a person.
func (s *story) waiting() {
	inc := s.inc
	s.before = &inc
	require.NotNil(s.t, inc.Verdict)
	assert.Equal(s.t, pipewright.Ask, inc.Verdict.Ruling)
	assert.NotEmpty(s.t, inc.Decision.DryRun, "the exact effect is said before it happens")
	assert.Empty(s.t, inc.Attempts, "nothing ran before the approval")
	assert.Empty(s.t, s.lab.views(), "nothing was done before the approval")
	s.answer = s.agent.ask("why did the orders dag fail")
}

// approve approves as a person does, and, when asked to, kills the agent at once
// and starts it again.
func (s *story) approve(kill bool) {
	said := s.agent.run("approve", s.inc.Approval, "--db", s.agent.db)
	assert.Contains(s.t, said, "approved")
	if kill { // once the view is there: killed before, it rightly asks a person what became of the action
		await(s.t, 30*time.Second, "the view", func() bool { return s.lab.views() != "" })
		s.agent.kill()
		inc := s.agent.incident(s.inc.ID)
		assert.Contains(s.t, []pipewright.State{pipewright.Acting, pipewright.Acted, pipewright.Verifying}, inc.State, "killed before it was verified")
		s.agent.start()
	}
	await(s.t, 30*time.Second, "the action's receipt", func() bool {
		inc := s.agent.incident(s.inc.ID)
		at := inc.LastAttempt()
		return at != nil && at.Receipt != nil
	})
	s.seen = s.lab.views()
}
