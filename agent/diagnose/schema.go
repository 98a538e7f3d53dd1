package diagnose

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

// SchemaDiffProbe is the name under which the catalogue asks for a breaking
// difference between stored schema snapshots.
const SchemaDiffProbe = "schema_diff"

// AdditiveDiffProbe asks for a difference that breaks no reader who names its
// columns: some were added, and none went away or changed its type.
const AdditiveDiffProbe = "additive_schema_diff"

// TableKinds are the resource kinds that have schema snapshots.
var TableKinds = []string{"postgres:table", "redshift:table", "glue:table", "mysql:table", "snowflake:table"}

// SchemaDiff is the schema_diff probe over stored snapshots: yes when, in the
// day before now, a column went away or changed its type. A column that was only
// added is no.
func SchemaDiff(tel tools.ChangeReader, now func() time.Time) tools.Probe {
	return tools.Probe{Name: SchemaDiffProbe, Kinds: TableKinds,
		Run: func(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
			at := now()
			return schemaDiff(SchemaDiffProbe, tel, at, at.Add(-memory)).Run(ctx, target)
		}}
}

// schemaDiff compares the snapshot in force at since with the newest at now.
func schemaDiff(name string, tel tools.ChangeReader, now, since time.Time) tools.Probe {
	compare := func(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
		before, err := tel.Schemas(ctx, target, pipewright.Window{End: since.Add(time.Nanosecond)}, 1)
		if err != nil {
			return tools.Finding{}, err
		}
		after, err := tel.Schemas(ctx, target, pipewright.Window{Start: since, End: now.Add(time.Nanosecond)}, snapshotLimit)
		if err != nil {
			return tools.Finding{}, err
		}
		all := slices.Concat(before, after)
		switch len(all) {
		case 0:
			return tools.Finding{Say: fmt.Sprintf("no schema snapshot of %s is stored", target)}, nil
		case 1:
			return tools.Finding{Answer: tools.No, Say: fmt.Sprintf("the schema of %s has one snapshot and no other to differ from", target)}, nil
		}
		if name == AdditiveDiffProbe {
			return onlyAdded(all[0], all[len(all)-1]), nil
		}
		return differ(all[0], all[len(all)-1]), nil
	}
	return tools.Probe{Name: name, Kinds: TableKinds, Run: compare}
}

// snapshotLimit bounds the snapshots read; the oldest and the newest count.
const snapshotLimit = 1000

func differ(before, after pipewright.Schema) tools.Finding {
	var broken []string
	for _, d := range detect.Diff(before, after) {
		if d.Breaking() {
			broken = append(broken, d.String())
		}
	}
	if len(broken) == 0 {
		return tools.Finding{Answer: tools.No, Say: fmt.Sprintf("no column of %s went away or changed its type", after.Resource)}
	}
	return differs(before, after, broken)
}

func onlyAdded(before, after pipewright.Schema) tools.Finding {
	var more []string
	for _, d := range detect.Diff(before, after) {
		if d.Breaking() {
			return tools.Finding{Answer: tools.No, Say: fmt.Sprintf("columns of %s went away or changed their type", after.Resource)}
		}
		more = append(more, d.String())
	}
	if len(more) == 0 {
		return tools.Finding{Answer: tools.No, Say: fmt.Sprintf("no column was added to %s", after.Resource)}
	}
	return differs(before, after, more)
}

// differs answers yes and cites the differences.
func differs(before, after pipewright.Schema, what []string) tools.Finding {
	say := strings.Join(what, "; ")
	return tools.Finding{Answer: tools.Yes, Say: say, Evidence: []pipewright.Evidence{{
		Source: after.Resource, Kind: pipewright.SchemaEvidence, Start: before.At, End: after.At, Excerpt: say,
		Query: fmt.Sprintf("schemas source=%s from=%s to=%s", after.Resource, before.At.UTC().Format(time.RFC3339), after.At.UTC().Format(time.RFC3339)),
	}}}
}
