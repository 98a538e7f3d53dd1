package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/require"
)

// start is when every story begins.
var start = time.Date(2026, 3, 2, 3, 10, 0, 123456789, time.UTC)

func minutes(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

const orders pipewright.ResourceID = "glue:job/orders_etl"

// generous limits permit everything a test does on different targets.
var generous = heal.Limits{Cooldown: time.Second, PerHour: 1000, AtOnce: 1000, MaxRadius: 10}

// story tells one incident step by step.
type story struct {
	t      *testing.T
	store  Store
	id     string
	at     time.Time
	action pipewright.Action
	limits heal.Limits
	try    int
}

func tell(t *testing.T, s Store, n int) *story {
	return &story{t: t, store: s, id: fmt.Sprintf("inc-%04d", n), at: start, limits: generous,
		action: pipewright.Action{Kind: "glue.retry", Target: pipewright.ResourceID(fmt.Sprintf("glue:job/job_%d", n)), Risk: pipewright.R1, Args: map[string]string{"run": "jr_12ab"}}}
}

// event is the event of a step, with what the step carries.
func (st *story) event(to pipewright.State) pipewright.Event {
	e := pipewright.Event{At: st.at, Incident: st.id, To: to}
	a := st.action
	switch to {
	case pipewright.Open:
		e.Resource, e.Title, e.Severity, e.Class = a.Target, "the job failed", pipewright.SevCritical, pipewright.ClassUnknown
		e.Signal = &pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: a.Target, At: st.at, Fingerprint: "f1", Summary: "run failed"}
	case pipewright.Diagnosed:
		e.Class = "transient_network"
		e.Diagnosis = &pipewright.Diagnosis{At: st.at, Hypotheses: []pipewright.Hypothesis{{Cause: "network_transient", Class: "transient_network", Resource: a.Target, Confidence: 0.8, Evidence: []string{}}}}
	case pipewright.Decided:
		odds := 0.9
		e.Action, e.Decision = &a, &pipewright.Decision{Action: a, Recovery: &odds, Propensity: 1, Seed: 7, Policy: "sha256:p"}
	case pipewright.Allowed:
		e.Verdict = &pipewright.Verdict{Ruling: pipewright.Allow, By: "mode", Why: "auto"}
	case pipewright.Acting:
		e.Action = &a
	case pipewright.Acted:
		e.Receipt = &pipewright.Receipt{Key: a.Key, ID: "jr_13", At: st.at, Say: "started jr_13"}
	case pipewright.Resolved:
		e.Verification = pipewright.VerifyRecovered
	}
	return e
}

// entry is the entry of a step; acting comes with its reservation.
func (st *story) entry(to pipewright.State) heal.Entry {
	st.at = st.at.Add(time.Second)
	if to == pipewright.Acting {
		st.try++
		st.action.Key = pipewright.ActionKey(st.id, st.action, st.try)
	}
	e := heal.Entry{Events: []pipewright.Event{st.event(to)}}
	if to == pipewright.Acting {
		e.Reserve = &heal.Reservation{Key: st.action.Key, Incident: st.id, Action: st.action, At: st.at,
			Touches: []pipewright.ResourceID{st.action.Target}, Limits: st.limits}
	}
	return e
}

// to walks through the states and fails the test when one is refused.
func (st *story) to(states ...pipewright.State) *story {
	st.t.Helper()
	for _, to := range states {
		_, err := st.store.Commit(context.Background(), st.entry(to))
		require.NoError(st.t, err, "%s to %s", st.id, to)
	}
	return st
}

// try commits one step and returns its error.
func (st *story) attempt(to pipewright.State) error {
	_, err := st.store.Commit(context.Background(), st.entry(to))
	return err
}

// untilAllowed is the way to the door.
var untilAllowed = []pipewright.State{pipewright.Open, pipewright.Diagnosed, pipewright.Decided, pipewright.Allowed}

// settled is the way from the door to the end.
var settled = []pipewright.State{pipewright.Acted, pipewright.Verifying, pipewright.Resolved}
