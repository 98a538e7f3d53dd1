package airflow

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

const lookBack = 25 // newest runs looked at to find the one to act on

// choice is the run to act on, or why there is none.
type choice struct{ run, doomed, later, ambiguous string }

type picker func(ctx context.Context, p place) (choice, error)

// seenRun is a run as the target saw it: the DAG's state, or the task's.
type seenRun struct{ run, state string }

// recent lists what became of the target in its newest runs, newest first.
func (c *Client) recent(ctx context.Context, p place) ([]seenRun, error) {
	var seen []seenRun
	if p.task == "" {
		runs, err := c.newest(ctx, p.dag, lookBack)
		for _, r := range runs {
			seen = append(seen, seenRun{r.ID, r.State})
		}
		return seen, err
	}
	var page struct {
		Instances []instance `json:"task_instances"`
	}
	_, err := c.do(ctx, get("dags", p.dag, "dagRuns", "~", "taskInstances").with(url.Values{
		"task_id": {p.task}, "order_by": {"-run_after"}, "limit": {itoa(lookBack)},
	}), &page)
	for _, i := range page.Instances {
		if i.Task != p.task { // a server that does not know the filter sends all tasks
			continue
		}
		// A mapped task has many instances in one run: the worst one counts.
		if n := len(seen); n > 0 && seen[n-1].run == i.Run {
			seen[n-1].state = worse(seen[n-1].state, i.state())
			continue
		}
		seen = append(seen, seenRun{i.Run, i.state()})
	}
	return seen, err
}

var worst = []string{"failed", "running", "upstream_failed", "success"}

func worse(a, b string) string {
	for _, s := range worst {
		if a == s || b == s {
			return s
		}
	}
	return a
}

// failedRun picks the newest run that failed, or checks the one that is given.
// A newer success makes a retry pointless.
func (c *Client) failedRun(ctx context.Context, p place) (choice, error) {
	seen, err := c.recent(ctx, p)
	if err != nil {
		return choice{}, err
	}
	for _, s := range seen {
		wanted := p.run == "" || p.run == s.run
		switch {
		case s.state == "success":
			return choice{doomed: "run " + s.run + " succeeded, and no newer one failed"}, nil
		case s.state == "failed" && wanted:
			return choice{run: s.run}, nil
		case s.state == "upstream_failed" && wanted:
			return choice{doomed: "it did not run in " + s.run + ": a task upstream of it failed; act on that one"}, nil
		case p.run == s.run:
			return choice{later: "run " + s.run + " has not failed: it is " + orNone(s.state)}, nil
		}
	}
	if p.run != "" {
		return choice{doomed: fmt.Sprintf("run %s is not among the newest %d", p.run, lookBack)}, nil
	}
	return choice{doomed: fmt.Sprintf("none of the newest %d runs failed", lookBack)}, nil
}

// activeRun picks the run that is under way. Two are a choice for a person.
func (c *Client) activeRun(ctx context.Context, p place) (choice, error) {
	seen, err := c.recent(ctx, p)
	if err != nil {
		return choice{}, err
	}
	var active []string
	for _, s := range seen {
		// A DAG run that waits for its turn is no competitor of the one that runs.
		if s.state == "running" && (p.run == "" || p.run == s.run) {
			active = append(active, s.run)
		}
	}
	switch len(active) {
	case 0:
		return choice{doomed: "no run of it is running"}, nil
	case 1:
		return choice{run: active[0]}, nil
	}
	// The oldest one is the likeliest to hang.
	return choice{run: active[len(active)-1], ambiguous: fmt.Sprintf("%d runs are running: %s", len(active), strings.Join(active, ", "))}, nil
}

func orNone(state string) string {
	if state == "" {
		return "not started"
	}
	return state
}
