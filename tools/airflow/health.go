package airflow

import (
	"context"
	"fmt"
	"net/url"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Heartbeat is the probe heartbeat_alive of the scheduler: yes while Airflow
// itself calls it healthy. A task's own heartbeat is not in the API.
func (c *Client) Heartbeat() tools.Probe {
	return tools.Probe{Name: "heartbeat_alive", Kinds: []string{"airflow:server"}, Run: c.heartbeat}
}

func (c *Client) heartbeat(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
	if target != c.Server() {
		return tools.Finding{Say: string(target) + " is not the Airflow that this probe watches"}, nil
	}
	var h health
	q := get("monitor", "health")
	if _, err := c.do(ctx, q, &h); err != nil {
		return tools.Finding{Say: err.Error()}, err
	}
	now := c.cfg.Now()
	f := tools.Finding{Answer: tools.No, Say: "the scheduler's heartbeat is lost"}
	if h.Scheduler.Status == "healthy" {
		f.Answer, f.Say = tools.Yes, "the scheduler's heartbeat is fresh"
	}
	beat := first(h.Scheduler.Latest)
	f.Say += ", last seen " + beat.Format(time.RFC3339)
	f.Evidence = []pipewright.Evidence{{
		Source: target, Kind: pipewright.MetricEvidence, Query: q.String(), Start: beat, End: now,
		Excerpt: fmt.Sprintf("scheduler %s, latest_scheduler_heartbeat %s", h.Scheduler.Status, beat.Format(time.RFC3339Nano)),
	}}
	return f, nil
}

// Doctor makes each kind of call that watching needs, once, and says which
// fails and what to do. Whether pools may be edited is asked of a pool that is not
// there, which leaves an entry in the audit log and changes nothing; the right to any
// other action shows when acting.
func (c *Client) Doctor(ctx context.Context) []tools.Check {
	one := url.Values{"limit": {"1"}}
	calls := []call{
		get("version"), get("monitor", "health"), get("dags").with(one), get("dags", "~", "dagRuns").with(one),
		get("dags", "~", "dagRuns", "~", "taskInstances").with(one), get("dags", "~", "dagVersions").with(one),
		get("importErrors").with(one), get("eventLogs").with(one), get("pools").with(one),
	}
	checks := []tools.Check{c.checkLogin(ctx)}
	if checks[0].Err != nil {
		return checks
	}
	for _, q := range calls {
		var answer map[string]any
		_, err := c.do(ctx, q, &answer)
		checks = append(checks, tools.Check{System: c.cfg.Name, Call: q.String(), Say: seen(answer), Err: err})
	}
	if !c.cfg.ReadOnly {
		checks = append(checks, c.checkPools(ctx))
	}
	return checks
}

// noPool is the name of a pool that nobody has: Airflow asks for the right to edit
// pools before it looks for one.
const noPool = "pipewright-doctor"

func (c *Client) checkPools(ctx context.Context) tools.Check {
	q := poolCall(pool{Name: noPool}, nil)
	_, err := c.do(ctx, q, nil)
	if pipewright.KindOf(err) == pipewright.NotFound {
		err = nil
	}
	return tools.Check{System: c.cfg.Name, Call: q.String(), Say: "may edit pools (airflow.throttle, airflow.release): asked of one that is not there", Err: err}
}

func (c *Client) checkLogin(ctx context.Context) tools.Check {
	ctx, stop := context.WithTimeout(ctx, c.cfg.Timeout)
	defer stop()
	_, _, err := c.bearer(ctx)
	return tools.Check{System: c.cfg.Name, Call: loginCall, Say: "user " + c.cfg.User + " at " + c.base.Host, Err: err}
}

// seen says the one number or word of an answer that a person looks for.
func seen(answer map[string]any) string {
	if v, ok := answer["version"].(string); ok {
		return "Airflow " + v
	}
	if n, ok := answer["total_entries"].(float64); ok {
		return fmt.Sprintf("%.0f entries", n)
	}
	if s, ok := answer["scheduler"].(map[string]any); ok {
		return fmt.Sprintf("scheduler %v", s["status"])
	}
	return ""
}
