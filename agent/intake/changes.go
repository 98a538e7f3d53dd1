package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// changeID names a change by what it is, so that the same one observed twice
// is one.
func changeID(c pipewright.Change) string {
	return "ch-" + digest(string(c.Resource), string(c.Kind), c.Before, c.After, c.At.UTC().Format(time.RFC3339Nano))
}

// comparer turns observations that differ from the newest stored ones into changes. It
// remembers what it compared, so that a quiet source costs no reads; the memory
// becomes the intake's only after the batch is stored.
type comparer struct {
	store    Store
	schemas  map[pipewright.ResourceID]pipewright.Schema
	settings map[pipewright.ResourceID]map[string]pipewright.Setting
}

func newComparer(s Store) *comparer {
	return &comparer{
		store:    s,
		schemas:  map[pipewright.ResourceID]pipewright.Schema{},
		settings: map[pipewright.ResourceID]map[string]pipewright.Setting{},
	}
}

// compare adds to the batch the changes that its schemas and settings show and
// takes out those that are as they were. It returns how many it took out. An
// observation older than the newest one is late: it is stored and changes nothing.
func (c *comparer) compare(ctx context.Context, b *pipewright.Batch) (unchanged int, err error) {
	before := len(b.Schemas) + len(b.Settings)
	if b.Schemas, err = c.compareSchemas(ctx, b); err != nil {
		return 0, err
	}
	if b.Settings, err = c.compareSettings(ctx, b); err != nil {
		return 0, err
	}
	return before - len(b.Schemas) - len(b.Settings), nil
}

func (c *comparer) compareSchemas(ctx context.Context, b *pipewright.Batch) (kept []pipewright.Schema, err error) {
	snapshots := slices.Clone(b.Schemas)
	slices.SortStableFunc(snapshots, func(x, y pipewright.Schema) int { return x.At.Compare(y.At) })
	for _, now := range snapshots {
		last, known, err := c.lastSchema(ctx, now.Resource)
		if err != nil {
			return nil, err
		}
		late, same := known && now.At.Before(last.At), known && sameColumns(last, now)
		if same && !late && sameSamples(last, now) {
			continue
		}
		kept = append(kept, now)
		switch {
		case late:
			continue
		case same:
			now.At = last.At // the store takes over the newer samples and keeps the snapshot's time
		case known:
			b.Changes = append(b.Changes, schemaChanges(last, now)...)
		}
		c.schemas[now.Resource] = now
	}
	return kept, nil
}

func (c *comparer) lastSchema(ctx context.Context, table pipewright.ResourceID) (pipewright.Schema, bool, error) {
	if last, ok := c.schemas[table]; ok {
		return last, true, nil
	}
	last, ok, err := c.store.LastSchema(ctx, table)
	if err != nil {
		return last, false, fmt.Errorf("read the last schema of %s: %w", table, err)
	}
	if ok {
		c.schemas[table] = last
	}
	return last, ok, nil
}

// sameColumns ignores the samples: other values are not another schema.
func sameColumns(a, b pipewright.Schema) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(x, y pipewright.Column) bool {
		return x.Name == y.Name && x.Type == y.Type && x.Nullable == y.Nullable
	})
}

// sameSamples is asked of snapshots with the same columns.
func sameSamples(a, b pipewright.Schema) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(x, y pipewright.Column) bool { return slices.Equal(x.Sample, y.Sample) })
}

// schemaChanges is one change for each column that differs.
func schemaChanges(before, after pipewright.Schema) []pipewright.Change {
	var out []pipewright.Change
	for _, d := range detect.Diff(before, after) {
		c := pipewright.Change{
			Resource: after.Resource, At: after.At, Kind: pipewright.ChangeSchema,
			Summary: d.String(), Before: columnText(d.Before), After: columnText(d.After),
		}
		c.ID = changeID(c)
		out = append(out, c)
	}
	return out
}

// columnText is "name type", with "null" when it may be; empty for no column.
func columnText(c *pipewright.Column) string {
	switch {
	case c == nil:
		return ""
	case c.Nullable:
		return c.Name + " " + c.Type + " null"
	default:
		return c.Name + " " + c.Type
	}
}

func (c *comparer) compareSettings(ctx context.Context, b *pipewright.Batch) (kept []pipewright.Setting, err error) {
	observed := slices.Clone(b.Settings)
	slices.SortStableFunc(observed, func(x, y pipewright.Setting) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Key, y.Key))
	})
	for _, now := range observed {
		all, err := c.lastSettings(ctx, now.Resource)
		if err != nil {
			return nil, err
		}
		last, known := all[now.Key]
		late := known && now.At.Before(last.At)
		if known && !late && now.Value == last.Value {
			continue
		}
		kept = append(kept, now)
		if late {
			continue
		}
		if known {
			b.Changes = append(b.Changes, settingChange(last, now))
		}
		all[now.Key] = now
	}
	return kept, nil
}

func (c *comparer) lastSettings(ctx context.Context, r pipewright.ResourceID) (map[string]pipewright.Setting, error) {
	if all, ok := c.settings[r]; ok {
		return all, nil
	}
	stored, err := c.store.LastSettings(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read the last settings of %s: %w", r, err)
	}
	all := make(map[string]pipewright.Setting, len(stored))
	for _, s := range stored {
		if last, ok := all[s.Key]; !ok || s.At.After(last.At) {
			all[s.Key] = s
		}
	}
	c.settings[r] = all
	return all, nil
}

// settingChange reads `memory_mb 4096 -> 8192`; Before and After are
// "memory_mb=4096" and "memory_mb=8192", which is what an action that goes back needs.
func settingChange(before, after pipewright.Setting) pipewright.Change {
	c := pipewright.Change{
		Resource: after.Resource, At: after.At, Kind: after.Kind, By: after.By,
		Summary: fmt.Sprintf("%s %s -> %s", after.Key, before.Value, after.Value),
		Before:  after.Key + "=" + before.Value,
		After:   after.Key + "=" + after.Value,
	}
	c.ID = changeID(c)
	return c
}
