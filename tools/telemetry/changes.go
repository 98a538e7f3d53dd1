package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const citedChanges = 12

func (r reader) recentChanges() spec {
	return spec{name: "recent_changes", purpose: "schema, configuration and version changes of a resource and of what it depends on, oldest first",
		args: []tools.Arg{resourceArg, {Name: "hops", Type: "integer", Purpose: "how far upstream to look as well, 0 to 8"}, startArg, endArg, {Name: "new", Type: "boolean", Purpose: "only what changed since the last good run of the resource"}, limitArg("the newest that many, 100 unless said")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q := pipewright.ChangeQuery{Window: in.window(), Limit: in.bound("limit", 100, 1000)}
			if id := in.resource(); id != "" {
				topology, err := r.store.Lineage(ctx)
				if err != nil {
					return tools.Result{}, err
				}
				q.Resources = append([]pipewright.ResourceID{id}, topology.Upstream(id, in.bound("hops", 0, 8))...)
			}
			if in.flag("new") {
				since, why, err := r.sinceGood(ctx, in)
				if err != nil || why != "" {
					return tools.Result{Empty: why}, err
				}
				if since.After(q.Window.Start) {
					q.Window.Start = since
				}
			}
			changes, err := r.store.Changes(ctx, q)
			if err != nil {
				return tools.Result{}, err
			}
			if len(changes) > 0 {
				return tools.Result{Hits: len(changes), Data: changes, Evidence: citeChanges(changes, in)}, nil
			}
			last, err := r.store.Changes(ctx, pipewright.ChangeQuery{Resources: q.Resources, Limit: 1})
			if err != nil {
				return tools.Result{}, err
			}
			var newest time.Time
			for _, c := range last {
				newest = c.At
			}
			res, err := r.nothing(ctx, in, "change", newest)
			res.Evidence, res.Data = citeChanges(last, in), []pipewright.Change{}
			return res, err
		}}
}

func citeChanges(changes []pipewright.Change, in input) []pipewright.Evidence {
	out := []pipewright.Evidence{}
	for _, c := range slices.Backward(tail(changes, citedChanges)) {
		out = append(out, pipewright.Evidence{Source: c.Resource, Kind: pipewright.ChangeEvidence, Query: in.query(), Start: c.At, End: c.At, Excerpt: SayChange(c)})
	}
	return out
}

// SayChange is a change as one line.
func SayChange(c pipewright.Change) string {
	s := fmt.Sprintf("%s %s change on %s: %s", stamp(c.At), c.Kind, c.Resource, oneLine(c.Summary, 300))
	if c.By != "" {
		s += " (by " + c.By + ")"
	}
	return s
}

func (r reader) schemaHistory() spec {
	return spec{name: "schema_history", purpose: "the stored schema snapshots of a table, oldest first, with the differences between neighbours",
		args: []tools.Arg{must(resourceArg), startArg, endArg, limitArg("the newest that many, 5 unless said, 20 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			schemas, err := r.store.Schemas(ctx, in.resource(), in.window(), in.bound("limit", 5, 20))
			if err != nil {
				return tools.Result{}, err
			}
			if len(schemas) == 0 {
				last, err := r.store.Schemas(ctx, in.resource(), pipewright.Window{}, 1)
				if err != nil {
					return tools.Result{}, err
				}
				var newest time.Time
				for _, s := range last {
					newest = s.At
				}
				return r.nothing(ctx, in, "schema snapshot", newest)
			}
			return tools.Result{Hits: len(schemas), Data: schemas, Evidence: citeSchemas(schemas, in)}, nil
		}}
}

// citeSchemas cites each snapshot as a table of columns with what differs from the
// one before.
func citeSchemas(schemas []pipewright.Schema, in input) []pipewright.Evidence {
	out := []pipewright.Evidence{}
	for i, s := range slices.Backward(schemas) {
		text := fmt.Sprintf("%s %s: %s", stamp(s.At), s.Resource, columns(s))
		if i > 0 {
			text += differences(schemas[i-1], s)
		}
		out = append(out, pipewright.Evidence{Source: s.Resource, Kind: pipewright.SchemaEvidence, Query: in.query(), Start: s.At, End: s.At, Excerpt: text})
	}
	return out
}

func columns(s pipewright.Schema) string {
	parts := make([]string, 0, len(s.Columns))
	for _, c := range s.Columns {
		parts = append(parts, c.Name+" "+c.Type)
	}
	return strings.Join(parts, ", ")
}

func differences(a, b pipewright.Schema) string {
	types := func(s pipewright.Schema) map[string]string {
		m := map[string]string{}
		for _, c := range s.Columns {
			m[c.Name] = c.Type
		}
		return m
	}
	before, after := types(a), types(b)
	var out strings.Builder
	for _, c := range a.Columns {
		if _, kept := after[c.Name]; !kept {
			fmt.Fprintf(&out, "\n- %s %s", c.Name, c.Type)
		}
	}
	for _, c := range b.Columns {
		switch was, there := before[c.Name]; {
		case !there:
			fmt.Fprintf(&out, "\n+ %s %s", c.Name, c.Type)
		case was != c.Type:
			fmt.Fprintf(&out, "\n~ %s %s, was %s", c.Name, c.Type, was)
		}
	}
	return out.String()
}
