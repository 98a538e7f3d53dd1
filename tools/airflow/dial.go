package airflow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// dial is a pool as it stands: its limit, if it has one of ours, and what it had before.
type dial struct {
	pool
	limit
	limited bool
	was     *string // its description without the limit
	of      int     // its slots without the limit
}

func (c *Client) dial(ctx context.Context, a pipewright.Action) (d dial, err error) {
	if a.Target.Kind() != "airflow:pool" || a.Target.Name() == defaultPool {
		return d, pipewright.Errorf(pipewright.Invalid, "%s acts on an airflow:pool other than %s, not on %s", a.Kind, defaultPool, a.Target)
	}
	if d.pool, err = c.pool(ctx, a.Target.Name()); err != nil {
		return d, err
	}
	d.limit, d.was, d.limited = readLimit(d.Description)
	if d.of = d.pool.Slots; d.limited {
		d.of = d.limit.Of
	}
	return d, nil
}

// changed says that somebody changed the pool since it was limited, or since the action
// was proposed; "" when nobody did.
func (d dial) changed(a pipewright.Action) string {
	switch given := a.Args[ArgSlots]; {
	case d.limited && d.pool.Slots != d.limit.Slots:
		return fmt.Sprintf("somebody gave pool %s %s slots while it was held to %d of %s: set it right in Airflow and take the last line out of its description",
			d.Name, sayOf(d.pool.Slots), d.limit.Slots, sayOf(d.limit.Of))
	case given != "" && given != itoa(d.of):
		return fmt.Sprintf("somebody gave pool %s %s slots since this was proposed, when it had %s", d.Name, sayOf(d.of), given)
	}
	return ""
}

// rate is what the pool is asked and lets in, in slots.
func (d dial) rate(u use) *tools.Rate {
	r := &tools.Rate{Asked: float64(max(u.peak, u.waits)), Least: float64(u.most), Unit: "slots", Idle: u.waits == 0}
	if d.of != unlimited {
		r.Asked = min(r.Asked, float64(d.of))
	}
	if d.limited {
		r.Limit = float64(d.pool.Slots)
	}
	return r
}

// preparePool reads the pool and who uses it, for either action. The dry run holds who
// feels it.
func (c *Client) preparePool(ctx context.Context, a pipewright.Action) (tools.Plan, dial, error) {
	d, err := c.dial(ctx, a)
	if err != nil {
		return tools.Plan{}, d, err
	}
	u, err := c.poolUse(ctx, d.Name)
	if err != nil {
		return tools.Plan{}, d, err
	}
	plan := tools.Plan{Action: a, Rate: d.rate(u), Doomed: d.changed(a)}
	plan.Action.Risk, plan.Action.Args = pipewright.R1, map[string]string{}
	maps.Copy(plan.Action.Args, a.Args)
	plan.Action.Args[ArgSlots] = itoa(d.of)
	if d.pool.Slots == 0 && plan.Doomed == "" {
		plan.Doomed = "pool " + d.Name + " has no slots, so nothing runs in it"
	}
	plan.DryRun = "\nfelt by the DAGs that use it: " + strings.Join(u.dags, ", ")
	if len(u.dags) == 0 {
		plan.DryRun = "\nno DAG has used it within a day"
	}
	unwatched := slices.DeleteFunc(slices.Clone(u.dags), c.watches)
	if len(unwatched) > 0 {
		plan.Ambiguous = "DAGs that are not watched use the pool too: " + strings.Join(unwatched, ", ")
	}
	return plan, d, nil
}
