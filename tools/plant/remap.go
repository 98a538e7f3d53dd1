package plant

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// snapshots is how many stored schemas a remap looks back over.
const snapshots = 12

// prepareRemap derives the mapping from the stored snapshots of the table. A
// mapping that was given must be the derived one, unless the choice is
// ambiguous: then it is the person's.
func prepareRemap(w World, changes tools.ChangeReader) preparer {
	return func(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
		state, err := w.Describe(ctx, a.Target)
		if err != nil {
			return tools.Plan{}, err
		}
		stored, err := changes.Schemas(ctx, a.Target, pipewright.Window{}, snapshots)
		if err != nil {
			return tools.Plan{}, fmt.Errorf("read stored schemas of %s: %w", a.Target, err)
		}
		plan := tools.Plan{Action: a}
		plan.Action.Args = maps.Clone(a.Args)
		before, after, changed := tools.LastSchemaChange(stored)
		if !changed {
			plan.Doomed = "its stored snapshots show no change of columns"
			return plan, nil
		}
		m, ambiguous, err := tools.DeriveRemap(before, after)
		if err != nil {
			plan.Doomed = err.Error()
			return plan, nil //nolint:nilerr // the plan says why it cannot help
		}
		plan.Ambiguous = ambiguous
		if given := a.Args[tools.MappingArg]; given != "" && given != m.String() {
			if ambiguous == "" {
				plan.Doomed = "the mapping was derived from columns that have changed since"
				return plan, nil
			}
			if m, err = tools.ParseRemap(given); err != nil {
				return tools.Plan{}, err
			}
		}
		if view := state["view"]; view != "" {
			plan.Ambiguous = strings.TrimPrefix(plan.Ambiguous+"; there is a view already, it would be replaced: "+view, "; ")
		}
		if plan.Action.Args == nil {
			plan.Action.Args = map[string]string{}
		}
		plan.Action.Args[tools.MappingArg] = m.String()
		plan.DryRun = viewSQL(a.Target.Name(), m)
		return plan, nil
	}
}

// viewSQL is the statement that gives readers the columns they knew.
func viewSQL(table string, m tools.Remap) string {
	var columns []string
	for _, r := range m {
		c := r.From
		if r.Cast != "" {
			c += "::" + r.Cast
		}
		if c != r.Name {
			c += " AS " + r.Name
		}
		columns = append(columns, c)
	}
	changed := slices.ContainsFunc(m, func(r tools.Remapped) bool { return r.From != r.Name || r.Cast != "" })
	if !changed {
		return "nothing to map"
	}
	return fmt.Sprintf("CREATE OR REPLACE VIEW %s_compat AS SELECT %s FROM %s", table, strings.Join(columns, ", "), table)
}
