package detect

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	renameOverlap = 0.5 // of the smaller sample of values
	renameShared  = 3   // values in common, at least
	schemaFresh   = 24 * time.Hour
)

// ColumnDiff is one difference between two snapshots of a table. Before is nil
// for an added column, After for a removed one.
type ColumnDiff struct {
	Before, After *pipewright.Column
}

// Breaking reports whether a reader of the old column fails: it is gone, has
// another name or another type. An added column breaks nobody.
func (d ColumnDiff) Breaking() bool {
	return d.Before != nil && (d.After == nil || d.Before.Name != d.After.Name || d.Before.Type != d.After.Type)
}

// String is the difference in one line for people.
func (d ColumnDiff) String() string {
	switch {
	case d.Before == nil:
		return fmt.Sprintf("column %q added (%s)", d.After.Name, d.After.Type)
	case d.After == nil:
		return fmt.Sprintf("column %q removed", d.Before.Name)
	case d.Before.Name != d.After.Name:
		return fmt.Sprintf("column %q renamed to %q", d.Before.Name, d.After.Name) + d.typeChange()
	case d.Before.Type != d.After.Type:
		return fmt.Sprintf("column %q changed type %s -> %s", d.Before.Name, d.Before.Type, d.After.Type)
	default:
		return fmt.Sprintf("column %q is %s", d.After.Name, nullWord(d.After.Nullable))
	}
}

func (d ColumnDiff) typeChange() string {
	if d.Before.Type == d.After.Type {
		return ""
	}
	return fmt.Sprintf(" and changed type %s -> %s", d.Before.Type, d.After.Type)
}

func nullWord(nullable bool) string {
	if nullable {
		return "now nullable"
	}
	return "no longer nullable"
}

// Diff compares two snapshots of one table: columns that stayed, then removed
// or renamed ones, then added ones, each in the order of its table. A removed
// and an added column are one rename when their values overlap and no other
// pair could be meant.
func Diff(before, after pipewright.Schema) []ColumnDiff {
	var out []ColumnDiff
	var removed, added []*pipewright.Column
	for i := range before.Columns {
		old := &before.Columns[i]
		switch now := column(after, old.Name); {
		case now == nil:
			removed = append(removed, old)
		case now.Type != old.Type || now.Nullable != old.Nullable:
			out = append(out, ColumnDiff{old, now})
		}
	}
	for i := range after.Columns {
		if c := &after.Columns[i]; column(before, c.Name) == nil {
			added = append(added, c)
		}
	}
	for _, old := range removed {
		now := renamedTo(old, removed, added)
		out = append(out, ColumnDiff{old, now})
		added = slices.DeleteFunc(added, func(c *pipewright.Column) bool { return c == now })
	}
	for _, c := range added {
		out = append(out, ColumnDiff{nil, c})
	}
	return out
}

func column(s pipewright.Schema, name string) *pipewright.Column {
	for i := range s.Columns {
		if s.Columns[i].Name == name {
			return &s.Columns[i]
		}
	}
	return nil
}

// renamedTo is the one added column that holds the values of a removed one,
// nil when none or several do, or when another removed column fits it too.
func renamedTo(old *pipewright.Column, removed, added []*pipewright.Column) *pipewright.Column {
	var found *pipewright.Column
	for _, c := range added {
		if !overlap(old, c) {
			continue
		}
		if found != nil {
			return nil
		}
		found = c
	}
	for _, other := range removed {
		if found != nil && other != old && overlap(other, found) {
			return nil
		}
	}
	return found
}

// overlap reports whether two columns hold the same values, by their hashes.
func overlap(a, b *pipewright.Column) bool {
	shared := 0
	for _, v := range a.Sample {
		if slices.Contains(b.Sample, v) {
			shared++
		}
	}
	return shared >= renameShared && float64(shared) >= renameOverlap*float64(min(len(a.Sample), len(b.Sample)))
}

// schemaDiffers sees a breaking difference between the newest two snapshots,
// for a day after it was seen.
func schemaDiffers(f *Facts) []pipewright.Signal {
	n := len(f.Schemas)
	if n < 2 || f.Now.Sub(f.Schemas[n-1].At) > schemaFresh {
		return nil
	}
	diffs := breaking(f.Schemas[n-2], f.Schemas[n-1])
	if len(diffs) == 0 {
		return nil
	}
	says := make([]string, len(diffs))
	for i, d := range diffs {
		says[i] = d.String()
	}
	s := f.signal(pipewright.SchemaDiffSignal, "", f.Schemas[n-1].At)
	s.Value = float64(len(diffs))
	s.Summary = strings.Join(says, "; ")
	return []pipewright.Signal{s}
}

func breaking(before, after pipewright.Schema) []ColumnDiff {
	return slices.DeleteFunc(Diff(before, after), func(d ColumnDiff) bool { return !d.Breaking() })
}
