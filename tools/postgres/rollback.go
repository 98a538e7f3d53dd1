package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// rollback declares postgres.rollback: it drops the view of a remap.
func (c *Client) rollback() tools.Actuator {
	return tools.Actuator{
		Kind: "postgres.rollback", Targets: []string{"postgres:table"}, Risk: pipewright.R2, Hops: 2, Expected: 10 * time.Second,
		Precondition: "a view of postgres.remap stands over the table and nothing depends on it",
		Postcond:     "the view is gone and consumers read the table itself",
		Undo:         "postgres.remap with the same mapping",
		FoundBy:      "the key in " + c.cfg.RemapSchema + "." + receiptsTable + ", entered in the drop's own transaction",
		Prepare:      c.prepareRollback, Do: c.doRollback, Find: c.find,
		Inverse: func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action {
			return &pipewright.Action{Kind: "postgres.remap", Target: a.Target, Args: r.Undo, Risk: pipewright.R2}
		},
	}
}

func (c *Client) prepareRollback(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	a.Risk = pipewright.R2
	plan := tools.Plan{Action: a}
	err := c.read(ctx, "look for the view over "+a.Target.Name(), func(tx pgx.Tx) error {
		v, mapping, why, err := c.ourView(ctx, tx, a)
		if err != nil || why != "" {
			plan.Doomed = why
			return err
		}
		plan.Action.Args = map[string]string{ArgView: v.name()}
		plan.DryRun = "DROP VIEW " + v.quoted() + ";\n-- it maps: " + mapping
		return nil
	})
	return plan, err
}

// ourView finds the view to drop, or says why there is none.
func (c *Client) ourView(ctx context.Context, tx pgx.Tx, a pipewright.Action) (v view, mapping, why string, err error) {
	t, err := c.table(ctx, tx, a.Target)
	if err != nil {
		return v, "", "", err
	}
	v = view{Schema: c.cfg.RemapSchema, Table: t}
	if given := a.Args[ArgView]; given != "" && given != v.name() {
		return v, "", "", pipewright.Errorf(pipewright.Invalid, "%s of %s: the view is %s, not %s", a.Kind, a.Target, v.name(), given)
	}
	exists, ours, mapping, err := standing(ctx, tx, v.Schema, t.Table)
	switch {
	case err != nil:
	case !exists:
		why = "there is no view " + v.name()
	case !ours:
		why = v.name() + " is not Pipewright's: it stays as it is"
	}
	return v, mapping, why, err
}

func (c *Client) doRollback(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	if r, err := c.before(ctx, a, ArgView); err != nil || r != nil {
		return deref(r), err
	}
	return c.inOne(ctx, a, func(tx pgx.Tx) (pipewright.Receipt, error) {
		v, mapping, why, err := c.ourView(ctx, tx, a)
		if err == nil && why != "" {
			err = pipewright.Errorf(pipewright.Conflict, "%s", why)
		}
		if err == nil {
			_, err = tx.Exec(ctx, "DROP VIEW "+v.quoted())
		}
		return pipewright.Receipt{
			ID: v.name(), Say: "dropped view " + v.name(), Undo: map[string]string{tools.MappingArg: strings.TrimSpace(mapping)},
		}, err
	})
}
