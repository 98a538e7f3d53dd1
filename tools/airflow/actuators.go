package airflow

import (
	"context"
	"fmt"
	"net/http"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const inNote = "a line with the key in the note of the DAG run: done, void, or asked (then nobody can tell)"

// Actuators declares the actions on this Airflow.
func (c *Client) Actuators() []tools.Actuator {
	retry := tools.Actuator{
		Kind: "airflow.retry", Targets: []string{"airflow:dag", "airflow:task"}, Risk: pipewright.R1, Hops: 1, Expected: 5 * time.Minute,
		Precondition: "the newest finished run failed and no newer one succeeded",
		Postcond:     "the failed tasks of that run are cleared and run again",
		Undo:         "cannot be undone; while it runs, airflow.cancel stops it",
		FoundBy:      inNote,
		Prepare:      c.prepareClear(pipewright.R1, c.failedRun, c.retryOf),
		Do:           c.onRun(c.clearStep(c.retryOf)), Find: c.findOnRun, Inverse: noInverse,
	}
	backoff := retry
	backoff.Kind = "airflow.backoff_retry"
	return append([]tools.Actuator{retry, backoff, c.restart(), c.cancel(), c.switchPause(true), c.switchPause(false)}, c.throttles()...)
}

func noInverse(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil }

func (c *Client) restart() tools.Actuator {
	return tools.Actuator{
		Kind: "airflow.restart", Targets: []string{"airflow:dag", "airflow:task"}, Risk: pipewright.R1, Hops: 1, Expected: 5 * time.Minute,
		Precondition: "exactly one run of it is running",
		Postcond:     "the running tasks of that run are ended and start anew",
		Undo:         "cannot be undone; the ended try's work is lost",
		FoundBy:      inNote,
		Prepare:      c.prepareClear(pipewright.R1, c.activeRun, c.restartOf),
		Do:           c.onRun(c.clearStep(c.restartOf)), Find: c.findOnRun, Inverse: noInverse,
	}
}

func (c *Client) cancel() tools.Actuator {
	return tools.Actuator{
		Kind: "airflow.cancel", Targets: []string{"airflow:dag", "airflow:task"}, Risk: pipewright.R1, Hops: 1, Expected: 30 * time.Second,
		Precondition: "exactly one run of it is running",
		Postcond:     "that run, or the task in it, is marked failed and its process is ended",
		Undo:         "airflow.retry of the same run; the ended try's work is lost",
		FoundBy:      inNote,
		Prepare:      c.prepareCancel, Do: c.onRun(c.fail), Find: c.findOnRun,
		Inverse: func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action {
			return &pipewright.Action{Kind: "airflow.retry", Target: a.Target, Args: r.Undo, Risk: pipewright.R1}
		},
	}
}

func failCall(p place) call {
	if p.task != "" {
		return call{method: http.MethodPatch, path: []string{"dags", p.dag, "dagRuns", p.run, "taskInstances", p.task}, body: map[string]string{"new_state": "failed"}}
	}
	return call{method: http.MethodPatch, path: []string{"dags", p.dag, "dagRuns", p.run}, body: map[string]string{"state": "failed"}}
}

func (c *Client) prepareCancel(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	p, err := c.place(ctx, a)
	if err != nil {
		return tools.Plan{}, err
	}
	chosen, err := c.activeRun(ctx, p)
	if err != nil {
		return tools.Plan{}, err
	}
	plan := tools.Plan{Action: a, Doomed: chosen.doomed, Ambiguous: chosen.ambiguous}
	if plan.Doomed != "" {
		return plan, nil
	}
	p.run = chosen.run
	plan.Action = p.filled(a, pipewright.R1)
	plan.DryRun = fmt.Sprintf("%s\nmarks what is running in run %s of %s failed; the run's note gets a line with the action's key before and after",
		c.exact(failCall(p)), p.run, p.dag)
	return plan, nil
}

// fail marks the run, or the task in it, failed, unless it has ended meanwhile.
func (c *Client) fail(ctx context.Context, p place) (string, int, error) {
	now, err := c.activeRun(ctx, p)
	if err != nil || now.run != p.run {
		return "", 0, err
	}
	_, err = c.do(ctx, failCall(p), nil)
	what := "marked " + p.dag
	if p.task != "" {
		what = "marked " + p.task
	}
	return what + " failed", 1, err
}
