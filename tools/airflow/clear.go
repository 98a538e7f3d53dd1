package airflow

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// clearing is the body of clearTaskInstances.
type clearing struct {
	DryRun      bool     `json:"dry_run"`
	Run         string   `json:"dag_run_id"`
	Tasks       []string `json:"task_ids,omitempty"` // none: every task of the run
	Downstream  bool     `json:"include_downstream"`
	OnlyFailed  bool     `json:"only_failed"`
	OnlyRunning bool     `json:"only_running"`
	ResetRun    bool     `json:"reset_dag_runs"`
}

// plannedClear is a clearing with what it would touch now.
type plannedClear struct {
	body    clearing
	touches []instance
	scope   string
}

// planner asks Airflow what a clearing of the place would touch. It changes nothing.
type planner func(ctx context.Context, p place) (plannedClear, error)

// retryOf clears the failed task and what failed downstream of it; without a
// task, everything that failed in the run. A run that was cancelled has skipped
// tasks downstream of the failed ones, which Airflow would leave out and still call
// the run a success: then all that is downstream is cleared, as the scope says.
func (c *Client) retryOf(ctx context.Context, p place) (plannedClear, error) {
	b := clearing{Run: p.run, OnlyFailed: true, ResetRun: true}
	if p.task != "" {
		b.Tasks, b.Downstream = []string{p.task}, true
	}
	narrow, err := c.dry(ctx, p, b)
	if err != nil || p.scope == scopeFailed {
		return narrow, err
	}
	roots := inState(narrow.touches, "failed")
	if len(narrow.touches) == 0 && p.task == "" {
		roots, err = c.skippedByCancel(ctx, p)
	}
	if err != nil || len(roots) == 0 {
		return narrow, err
	}
	b = clearing{Run: p.run, Downstream: true, ResetRun: true, Tasks: roots}
	wide, err := c.dry(ctx, p, b)
	if err != nil || p.scope == "" && len(inState(wide.touches, "skipped")) == 0 {
		narrow.scope = scopeFailed
		return narrow, err
	}
	wide.scope = scopeDownstream
	return wide, nil
}

// skippedByCancel lists the skipped tasks of a failed run in which no task
// failed: it was cancelled between two tasks.
func (c *Client) skippedByCancel(ctx context.Context, p place) ([]string, error) {
	run, err := c.run(ctx, p.dag, p.run)
	if err != nil || run.State != "failed" {
		return nil, err
	}
	all, err := c.instances(ctx, p.dag, p.run, nil)
	return inState(all, "skipped"), err
}

// restartOf clears what is running: Airflow ends it and starts it anew.
func (c *Client) restartOf(ctx context.Context, p place) (plannedClear, error) {
	b := clearing{Run: p.run, OnlyRunning: true, ResetRun: true}
	if p.task != "" {
		b.Tasks = []string{p.task}
	}
	return c.dry(ctx, p, b)
}

func (c *Client) dry(ctx context.Context, p place, b clearing) (plannedClear, error) {
	ask := b
	ask.DryRun = true
	touches, err := c.clear(ctx, p.dag, ask)
	return plannedClear{body: b, touches: touches, scope: p.scope}, err
}

// inState names the tasks of a list that are in a state, once each.
func inState(list []instance, state string) []string {
	var out []string
	for _, i := range list {
		if i.state() == state && !slices.Contains(out, i.Task) {
			out = append(out, i.Task)
		}
	}
	slices.Sort(out)
	return out
}

func clearCall(dag string, b clearing) call {
	return call{method: http.MethodPost, path: []string{"dags", dag, "clearTaskInstances"}, body: b}
}

// clear sends a clearing and lists what it touches, or would.
func (c *Client) clear(ctx context.Context, dag string, b clearing) ([]instance, error) {
	var page struct {
		Instances []instance `json:"task_instances"`
	}
	_, err := c.do(ctx, clearCall(dag, b), &page)
	return page.Instances, err
}

// clearStep asks again what there is to clear, and clears it.
func (c *Client) clearStep(of planner) step {
	return func(ctx context.Context, p place) (string, int, error) {
		now, err := of(ctx, p)
		if err != nil || len(now.touches) == 0 {
			return "", 0, err
		}
		touched, err := c.clear(ctx, p.dag, now.body)
		return "cleared " + names(touched, false), len(touched), err
	}
}

// prepareClear picks the run, asks Airflow what clearing would touch, and says
// the exact call.
func (c *Client) prepareClear(risk pipewright.Risk, pick picker, of planner) func(context.Context, pipewright.Action) (tools.Plan, error) {
	return func(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
		p, err := c.place(ctx, a)
		if err != nil {
			return tools.Plan{}, err
		}
		chosen, err := pick(ctx, p)
		if err != nil {
			return tools.Plan{}, err
		}
		plan := tools.Plan{Action: a, Doomed: chosen.doomed, Later: chosen.later, Ambiguous: chosen.ambiguous}
		if plan.Doomed+plan.Later != "" {
			return plan, nil
		}
		p.run = chosen.run
		would, err := of(ctx, p)
		if err != nil {
			return tools.Plan{}, err
		}
		plan.Writes = c.writes(ctx, p, would.touches)
		if len(would.touches) == 0 {
			plan.Doomed = "Airflow finds nothing to clear in run " + p.run
		}
		p.scope = would.scope
		plan.Action = p.filled(a, risk)
		plan.DryRun = fmt.Sprintf("%s\nclears %s in run %s of %s; the run's note gets a line with the action's key before and after",
			c.exact(clearCall(p.dag, would.body)), names(would.touches, true), p.run, p.dag)
		return plan, nil
	}
}

// names lists task instances, "extract (failed, try 1), load (upstream_failed)".
func names(list []instance, states bool) string {
	out := make([]string, 0, len(list))
	for _, i := range list {
		name := runID(i.Task, i.Map)
		if states && i.state() != "" {
			name += " (" + i.state()
			if i.Try > 0 {
				name += ", try " + itoa(i.Try)
			}
			name += ")"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	if len(out) > 10 && !states {
		out = append(out[:10], fmt.Sprintf("and %d more", len(out)-10))
	}
	return strings.Join(out, ", ")
}
