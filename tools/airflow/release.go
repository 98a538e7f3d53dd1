package airflow

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// wasParam carries the limit that a release takes off into the audit log.
const wasParam = "pipewright_was"

func (c *Client) prepareRelease(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	plan, d, err := c.preparePool(ctx, a)
	switch {
	case err != nil:
		return plan, err
	case !d.limited:
		plan.Doomed = "no limit is in force"
	case plan.Doomed == "":
		plan.DryRun = fmt.Sprintf("%s\npool %s lets in %d slots now and has %s afterwards%s",
			c.exact(d.releaseCall(keyOr(a.Key))), d.Name, d.pool.Slots, sayOf(d.of), plan.DryRun)
	}
	return plan, nil
}

func (d dial) releaseCall(key string) call {
	before := d.pool
	before.Slots, before.Description = d.of, d.was
	return poolCall(before, url.Values{keyParam: {key}, wasParam: {itoa(d.pool.Slots)}})
}

func (c *Client) release(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	r, done, err := c.once(ctx, a, c.findRelease)
	if done || err != nil {
		return r, err
	}
	d, err := c.dial(ctx, a)
	if err != nil {
		return r, err
	}
	why := d.changed(a)
	if !d.limited {
		why = "no limit is in force"
	}
	if why != "" {
		return r, pipewright.Errorf(pipewright.Conflict, "%s of %s: %s", a.Kind, a.Target, why)
	}
	if _, err = c.do(ctx, d.releaseCall(a.Key), nil); err != nil {
		return r, err
	}
	if r, found, err := c.findRelease(ctx, a); err == nil && found == tools.FoundYes {
		return r, nil
	}
	return releaseReceipt(a, d.Name, auditEntry{When: c.cfg.Now()}, poolExtra{Slots: d.of, Was: itoa(d.pool.Slots)}), nil
}

// findRelease looks for the key in the audit log: with the limit gone, or a newer one in
// its place, it ran.
func (c *Client) findRelease(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
	entry, extra, asked, err := c.poolAudit(ctx, a.Key)
	if err != nil {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	if !asked {
		return pipewright.Receipt{}, tools.FoundNo, nil
	}
	d, err := c.dial(ctx, a)
	if err != nil || d.limited && !d.limit.At.After(entry.When) {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	return releaseReceipt(a, d.Name, entry, extra), tools.FoundYes, nil
}

func releaseReceipt(a pipewright.Action, name string, entry auditEntry, extra poolExtra) pipewright.Receipt {
	return pipewright.Receipt{
		Key: a.Key, ID: "audit/" + itoa(entry.ID), At: entry.When.UTC(), Say: fmt.Sprintf("pool %s has %s slots again", name, sayOf(extra.Slots)),
		Undo:   map[string]string{tools.RateArg: extra.Was},
		Detail: map[string]string{"slots before": extra.Was, "slots after": itoa(extra.Slots)},
	}
}

// poolExtra is what the audit log keeps of our call.
type poolExtra struct {
	Key   string `json:"pipewright_key"`
	Was   string `json:"pipewright_was"`
	Slots int    `json:"slots"`
}

// poolAudit looks for the key among the newest changes of pools.
func (c *Client) poolAudit(ctx context.Context, key string) (auditEntry, poolExtra, bool, error) {
	entries, err := c.audit(ctx, url.Values{"event": {"patch_pool"}})
	for _, e := range entries {
		var extra poolExtra
		if json.Unmarshal([]byte(deref(e.Extra)), &extra) == nil && extra.Key == key {
			return e, extra, true, err
		}
	}
	return auditEntry{}, poolExtra{}, false, err
}
