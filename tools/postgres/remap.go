package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Arguments of postgres.remap and postgres.rollback, besides tools.MappingArg.
const (
	ArgView  = "view"  // schema.view
	ArgTable = "table" // digest of the table's columns that the mapping was made for
)

// historyLooked is how many stored snapshots are looked at for the columns that
// consumers knew.
const historyLooked = 50

// remap declares postgres.remap: a view that gives consumers the columns that
// they knew. Consumers see it when the remap schema stands before the table's own
// in their search path, which the set-up arranges.
func (c *Client) remap() tools.Actuator {
	return tools.Actuator{
		Kind: "postgres.remap", Targets: []string{"postgres:table"}, Risk: pipewright.R2, Hops: 2, Expected: 10 * time.Second,
		Precondition: "the stored snapshots show columns gone or retyped, one mapping fits by their values, and no other object bears the view's name",
		Postcond:     "a view in schema " + c.cfg.RemapSchema + " gives the old names and types back",
		Undo:         "postgres.rollback drops the view; the table itself is never touched",
		FoundBy:      "the key in " + c.cfg.RemapSchema + "." + receiptsTable + ", entered in the view's own transaction",
		Prepare:      c.prepareRemap, Do: c.doRemap, Find: c.find,
		Inverse: func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action {
			return &pipewright.Action{Kind: "postgres.rollback", Target: a.Target, Args: r.Undo, Risk: pipewright.R2}
		},
	}
}

func (c *Client) prepareRemap(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	a.Risk = pipewright.R2
	plan := tools.Plan{Action: a}
	t, err := c.liveTable(ctx, a.Target)
	if err != nil {
		return plan, err
	}
	v := view{Schema: c.cfg.RemapSchema, Table: t}
	v.Mapping, plan.Ambiguous, err = c.mapping(ctx, a, t)
	if k := pipewright.KindOf(err); k == pipewright.Invalid || k == pipewright.NotFound {
		plan.Doomed = err.Error()
		return plan, nil
	}
	if err != nil {
		return plan, err
	}
	err = c.read(ctx, "prepare a view over "+t.name(), func(tx pgx.Tx) (err error) {
		if plan.Doomed, err = v.obstacle(ctx, tx); err != nil || plan.Doomed != "" {
			return err
		}
		return v.ready(ctx, tx)
	})
	if pipewright.KindOf(err) == pipewright.Invalid || pipewright.KindOf(err) == pipewright.Conflict {
		plan.Doomed, err = err.Error(), nil // a cast that fails on live rows
	}
	if err != nil || plan.Doomed != "" {
		return plan, err
	}
	plan.Action.Args = map[string]string{ArgView: v.name(), ArgTable: digest(t.Columns), tools.MappingArg: v.Mapping.String()}
	plan.DryRun = "BEGIN;\n" + strings.Join(v.statements(orKey(a.Key)), ";\n") + ";\nCOMMIT;"
	return plan, nil
}

func orKey(key string) string {
	if key == "" {
		return "KEY"
	}
	return key
}

// obstacle says what stands where the view should; empty when nothing does.
func (v view) obstacle(ctx context.Context, tx pgx.Tx) (string, error) {
	exists, ours, mapping, err := standing(ctx, tx, v.Schema, v.Table.Table)
	switch {
	case err != nil || !exists:
		return "", err
	case ours:
		return fmt.Sprintf("%s is remapped already (%s); roll that back first", v.Table.name(), mapping), nil
	}
	return v.name() + " exists and is not Pipewright's: it stays as it is", nil
}

// ready fills in the view's facts and tries it on the live table.
func (v *view) ready(ctx context.Context, tx pgx.Tx) error {
	if err := v.check(ctx, tx); err != nil {
		return err
	}
	if err := v.facts(ctx, tx); err != nil {
		return err
	}
	return v.tryCasts(ctx, tx)
}

// liveTable reads the table as it is now, with samples where they can be had.
func (c *Client) liveTable(ctx context.Context, target pipewright.ResourceID) (observedTable, error) {
	var t observedTable
	err := c.read(ctx, "look at "+target.Name(), func(tx pgx.Tx) (err error) {
		t, err = c.table(ctx, tx, target)
		return err
	})
	if err != nil {
		return t, err
	}
	// Without samples a rename cannot be told and the plan is ambiguous, which is
	// what a person should see; so a lock on the table is no error here.
	t.Columns, err = c.sampled(ctx, t)
	if k := pipewright.KindOf(err); k != "" && k != pipewright.Unavailable {
		return t, err
	}
	return t, nil
}

// mapping derives the mapping from the newest stored snapshot that shows a column
// gone or retyped. A mapping that was given and differs must be asked.
func (c *Client) mapping(ctx context.Context, a pipewright.Action, t observedTable) (m tools.Remap, ambiguous string, err error) {
	derived, doubt, err := c.derive(ctx, a.Target, t)
	given := a.Args[tools.MappingArg]
	if given == "" || err == nil && given == derived.String() {
		return derived, doubt, err
	}
	if m, err = tools.ParseRemap(given); err != nil {
		return nil, "", err
	}
	return m, "the mapping was given, not derived from the values", nil
}

func (c *Client) derive(ctx context.Context, target pipewright.ResourceID, t observedTable) (tools.Remap, string, error) {
	none := pipewright.Errorf(pipewright.NotFound, "no stored snapshot of %s shows other columns than it has now", target.Name())
	if c.cfg.History == nil {
		return nil, "", none
	}
	stored, err := c.cfg.History.Schemas(ctx, target, pipewright.Window{}, historyLooked)
	if err != nil {
		return nil, "", fmt.Errorf("read the snapshots of %s: %w", target, err)
	}
	after := pipewright.Schema{Resource: target, At: c.cfg.Now(), Columns: t.Columns}
	for i := len(stored) - 1; i >= 0; i-- {
		m, doubt, err := tools.DeriveRemap(stored[i], after)
		if pipewright.KindOf(err) == pipewright.Invalid { // nothing went missing since
			continue
		}
		return m, doubt, err
	}
	return nil, "", none
}

func (c *Client) doRemap(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	if r, err := c.before(ctx, a, ArgView, ArgTable, tools.MappingArg); err != nil || r != nil {
		return deref(r), err
	}
	m, err := tools.ParseRemap(a.Args[tools.MappingArg])
	if err != nil {
		return pipewright.Receipt{}, err
	}
	return c.inOne(ctx, a, func(tx pgx.Tx) (pipewright.Receipt, error) {
		t, err := c.table(ctx, tx, a.Target)
		if err != nil {
			return pipewright.Receipt{}, err
		}
		v := view{Schema: c.cfg.RemapSchema, Table: t, Mapping: m}
		if v.name() != a.Args[ArgView] || digest(t.Columns) != a.Args[ArgTable] {
			return pipewright.Receipt{}, pipewright.Errorf(pipewright.Conflict, "%s has changed since this remap was prepared; prepare it again", t.name())
		}
		return c.makeView(ctx, tx, v, a.Key)
	})
}

func (c *Client) makeView(ctx context.Context, tx pgx.Tx, v view, key string) (pipewright.Receipt, error) {
	obstacle, err := v.obstacle(ctx, tx)
	if err == nil && obstacle != "" {
		err = pipewright.Errorf(pipewright.Conflict, "%s", obstacle)
	}
	if err == nil {
		err = v.ready(ctx, tx)
	}
	if err != nil {
		return pipewright.Receipt{}, err
	}
	all := v.statements(key)
	for _, sql := range all {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return pipewright.Receipt{}, err
		}
	}
	return pipewright.Receipt{
		ID: v.name(), Say: "created view " + v.name() + ": " + v.Mapping.String(), Undo: map[string]string{ArgView: v.name()},
		Detail: map[string]string{"sql": strings.Join(all, ";\n"), tools.MappingArg: v.Mapping.String()},
	}, nil
}
