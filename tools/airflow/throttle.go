package airflow

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// ArgSlots is what a pool had when a throttle or a release of it was proposed. Where it
// has changed since, nothing is done.
const ArgSlots = "slots"

// throttles declares airflow.throttle and airflow.release: the slots of a pool are the
// dial. The API has no other one: of a DAG it sets only whether it is paused.
func (c *Client) throttles() []tools.Actuator {
	throttle := tools.Actuator{
		Kind: "airflow.throttle", Targets: []string{"airflow:pool"}, Risk: pipewright.R1, Expected: 3 * time.Minute,
		Owns: func(id pipewright.ResourceID) bool { return id.Name() != defaultPool },
		Hops: 2, Feels: "airflow:dag", Reaches: []string{"airflow:task"},
		Precondition: "the pool has slots, and nobody has changed them under a limit of ours",
		Postcond:     "at most so many of its slots are taken at once; what is over waits its turn, what runs goes on",
		Undo:         "airflow.release gives the pool the slots and the description that it had",
		FoundBy:      "a line with the key in the pool's description",
		Prepare:      c.prepareThrottle, Do: c.throttle, Find: c.findThrottle,
		Inverse: func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action {
			return &pipewright.Action{Kind: "airflow.release", Target: a.Target, Args: r.Undo, Risk: pipewright.R1}
		},
	}
	release := throttle
	release.Kind = "airflow.release"
	release.Precondition = "a limit of ours is in force, and nobody has changed it"
	release.Postcond = "the pool has the slots and the description that it had"
	release.Undo = "airflow.throttle sets the limit again"
	release.FoundBy = "the key in Airflow's audit log, and the pool without the limit"
	release.Prepare, release.Do, release.Find = c.prepareRelease, c.release, c.findRelease
	release.Inverse = func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action {
		return &pipewright.Action{Kind: "airflow.throttle", Target: a.Target, Args: r.Undo, Risk: pipewright.R1}
	}
	return []tools.Actuator{throttle, release}
}

func (c *Client) prepareThrottle(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	plan, d, err := c.preparePool(ctx, a)
	if err != nil || plan.Doomed != "" {
		return plan, err
	}
	if plan.Action.Args[tools.RateArg] == "" {
		from := plan.Rate.Asked
		if d.limited {
			from = min(from, plan.Rate.Limit)
		}
		if from <= plan.Rate.Least {
			plan.Doomed = fmt.Sprintf("%.0f of its slots are in use at most, and no limit under %.0f lets a task run", from, plan.Rate.Least)
			return plan, nil
		}
		plan.Action.Args[tools.RateArg] = strconv.FormatFloat(max(float64(int(from/2)), plan.Rate.Least), 'f', 0, 64)
	}
	after, err := d.limitedTo(plan.Action, c.cfg.Now())
	if err != nil {
		return plan, err
	}
	plan.DryRun = fmt.Sprintf("%s\npool %s has %s slots now and lets in %d afterwards; its description says what it had until it is released%s",
		c.exact(poolCall(after, url.Values{keyParam: {keyOr(a.Key)}})), d.Name, sayOf(d.pool.Slots), after.Slots, plan.DryRun)
	return plan, nil
}

// limitedTo is the pool under the limit that the action asks for.
func (d dial) limitedTo(a pipewright.Action, now time.Time) (pool, error) {
	n, err := strconv.Atoi(a.Args[tools.RateArg])
	if err != nil || n < 1 || d.of != unlimited && n > d.of {
		return pool{}, pipewright.Errorf(pipewright.Invalid, "%s of %s: rate %q is not a number of slots from 1 to %s", a.Kind, a.Target, a.Args[tools.RateArg], sayOf(d.of))
	}
	p := d.pool
	p.Slots, p.Description = n, limit{Key: a.Key, Slots: n, Of: d.of, At: now.UTC().Truncate(time.Second)}.under(d.was)
	return p, nil
}

func keyOr(key string) string {
	if key == "" {
		return "KEY"
	}
	return key
}

// throttle sets the limit under the action's key. Airflow has no condition on a change,
// so the pool is read right before.
func (c *Client) throttle(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	r, done, err := c.once(ctx, a, c.findThrottle)
	if done || err != nil {
		return r, err
	}
	d, err := c.dial(ctx, a)
	if err != nil {
		return r, err
	}
	if why := d.changed(a); why != "" {
		return r, pipewright.Errorf(pipewright.Conflict, "%s of %s: %s", a.Kind, a.Target, why)
	}
	after, err := d.limitedTo(a, c.cfg.Now())
	if err != nil {
		return r, err
	}
	if _, err = c.do(ctx, poolCall(after, url.Values{keyParam: {a.Key}}), nil); err != nil {
		return r, err
	}
	l, _, _ := readLimit(after.Description)
	return throttleReceipt(d.Name, l), nil
}

// once looks a key up before its action: what has run is not run again, and what nobody
// can tell is refused.
func (c *Client) once(ctx context.Context, a pipewright.Action, find func(context.Context, pipewright.Action) (pipewright.Receipt, tools.Found, error)) (pipewright.Receipt, bool, error) {
	if a.Key == "" || strings.ContainsAny(a.Key, " \n") {
		return pipewright.Receipt{}, false, pipewright.Errorf(pipewright.Invalid, "%s of %s needs a key", a.Kind, a.Target)
	}
	r, found, err := find(ctx, a)
	switch {
	case err != nil:
		return pipewright.Receipt{}, false, err
	case found == tools.FoundUnknown:
		return r, false, pipewright.Errorf(pipewright.Conflict, "%s of %s under %s: it was asked before, and the pool is otherwise now: look at the pool", a.Kind, a.Target, a.Key)
	}
	return r, found == tools.FoundYes, nil
}

// throttleReceipt is built from the limit alone, so that it is the same whenever it is read.
func throttleReceipt(name string, l limit) pipewright.Receipt {
	return pipewright.Receipt{
		Key: l.Key, ID: "pool/" + name, At: l.At, Say: fmt.Sprintf("pool %s lets in %d of %s slots", name, l.Slots, sayOf(l.Of)),
		Undo:   map[string]string{ArgSlots: itoa(l.Of)},
		Detail: map[string]string{"slots before": itoa(l.Of), "slots after": itoa(l.Slots)},
	}
}

// findThrottle looks for the key in the pool's description, and, when it is not there,
// in the audit log: what was set and is gone is unknown.
func (c *Client) findThrottle(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
	d, err := c.dial(ctx, a)
	if err != nil {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	if d.limited && d.limit.Key == a.Key {
		return throttleReceipt(d.Name, d.limit), tools.FoundYes, nil
	}
	_, _, asked, err := c.poolAudit(ctx, a.Key)
	if err != nil || asked {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	return pipewright.Receipt{}, tools.FoundNo, nil
}
