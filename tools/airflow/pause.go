package airflow

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// A DAG has no note, so the key of a pause travels as a query parameter that
// Airflow ignores and its audit log keeps, before the change is made. The key
// there and the DAG as wanted is a yes; the key there and the DAG otherwise, or
// a log that may not be read, is unknown; no key is a no. Setting a state that
// is there already changes nothing, so at worst nothing happens twice.
const keyParam = "pipewright_key"

// switchPause declares airflow.pause, or airflow.resume.
func (c *Client) switchPause(pause bool) tools.Actuator {
	a := tools.Actuator{
		Kind: "airflow.resume", Targets: []string{"airflow:dag"}, Risk: pipewright.R1, Hops: 1, Expected: 10 * time.Second,
		Precondition: "the DAG is paused",
		Postcond:     "the scheduler starts its runs again",
		Undo:         "airflow.pause",
		FoundBy:      "the key in Airflow's audit log, and the DAG's state",
		Prepare: func(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
			return c.preparePause(ctx, a, pause)
		},
		Do: func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
			return c.setPaused(ctx, a, pause)
		},
		Find: func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
			return c.findPause(ctx, a, pause)
		},
		Inverse: func(a pipewright.Action, _ pipewright.Receipt) *pipewright.Action {
			kind := pipewright.ActionKind("airflow.resume")
			if !pause {
				kind = "airflow.pause"
			}
			return &pipewright.Action{Kind: kind, Target: a.Target, Risk: pipewright.R1}
		},
	}
	if pause {
		a.Kind, a.Undo = "airflow.pause", "airflow.resume"
		a.Precondition, a.Postcond = "the DAG is not paused", "the scheduler starts no new run of it; runs under way go on"
	}
	return a
}

func pauseCall(dag string, pause bool, key string) call {
	return call{
		method: http.MethodPatch, path: []string{"dags", dag}, body: map[string]bool{"is_paused": pause},
		query: url.Values{"update_mask": {"is_paused"}, keyParam: {key}},
	}
}

func (c *Client) paused(ctx context.Context, dagID string) (bool, error) {
	var d dag
	_, err := c.do(ctx, get("dags", dagID), &d)
	return d.Paused, err
}

func pausedWord(pause bool) string {
	if pause {
		return "paused"
	}
	return "unpaused"
}

func (c *Client) preparePause(ctx context.Context, a pipewright.Action, pause bool) (tools.Plan, error) {
	if a.Target.Kind() != "airflow:dag" {
		return tools.Plan{}, pipewright.Errorf(pipewright.Invalid, "%s acts on an airflow:dag, not on %s", a.Kind, a.Target)
	}
	is, err := c.paused(ctx, a.Target.Name())
	if err != nil {
		return tools.Plan{}, err
	}
	a.Args, a.Risk = nil, pipewright.R1
	plan := tools.Plan{Action: a}
	if is == pause {
		plan.Doomed = a.Target.Name() + " is " + pausedWord(pause) + " already"
		return plan, nil
	}
	key := a.Key
	if key == "" {
		key = "KEY"
	}
	plan.DryRun = fmt.Sprintf("%s\n%s is %s now and %s afterwards", c.exact(pauseCall(a.Target.Name(), pause, key)), a.Target.Name(), pausedWord(is), pausedWord(pause))
	return plan, nil
}

func (c *Client) setPaused(ctx context.Context, a pipewright.Action, pause bool) (pipewright.Receipt, error) {
	if a.Key == "" || a.Target.Kind() != "airflow:dag" {
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.Invalid, "%s of %s needs a key and a DAG", a.Kind, a.Target)
	}
	r, found, err := c.findPause(ctx, a, pause)
	switch {
	case err != nil:
		return pipewright.Receipt{}, err
	case found == tools.FoundYes:
		return r, nil
	case found == tools.FoundUnknown:
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.Conflict, "%s of %s under %s: nobody can tell whether it ran: look at the DAG", a.Kind, a.Target, a.Key)
	}
	if _, err := c.do(ctx, pauseCall(a.Target.Name(), pause, a.Key), nil); err != nil {
		return pipewright.Receipt{}, err
	}
	if r, found, err := c.findPause(ctx, a, pause); err == nil && found == tools.FoundYes {
		return r, nil
	}
	return pauseReceipt(a, pause, c.cfg.Now(), 0), nil
}

// findPause looks for the key among the DAG's newest entries of the audit log.
func (c *Client) findPause(ctx context.Context, a pipewright.Action, pause bool) (pipewright.Receipt, tools.Found, error) {
	none := pipewright.Receipt{}
	entries, err := c.audit(ctx, url.Values{"dag_id": {a.Target.Name()}, "event": {"patch_dag"}})
	if err != nil {
		return none, tools.FoundUnknown, err
	}
	for _, e := range entries {
		if !strings.Contains(deref(e.Extra), `"`+a.Key+`"`) {
			continue
		}
		is, err := c.paused(ctx, a.Target.Name())
		if err != nil || is != pause {
			return none, tools.FoundUnknown, err
		}
		return pauseReceipt(a, pause, e.When, e.ID), tools.FoundYes, nil
	}
	return none, tools.FoundNo, nil
}

func pauseReceipt(a pipewright.Action, pause bool, at time.Time, entry int) pipewright.Receipt {
	return pipewright.Receipt{Key: a.Key, ID: "audit/" + itoa(entry), At: at.UTC(), Say: a.Target.Name() + " is " + pausedWord(pause)}
}
