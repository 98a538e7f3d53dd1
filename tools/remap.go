package tools

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// MappingArg is the argument of a remap action that holds Remap.String.
const MappingArg = "mapping"

// Thresholds of DeriveRemap on the overlap of two samples (the share of the
// smaller one that the other holds too, 0 to 1).
const (
	remapFits  = 0.5 // at least this much: the values are the same column's
	remapRival = 0.2 // a second column with this much makes the choice ambiguous
	remapFew   = 4   // samples smaller than this prove nothing
)

// Remapped is one column that consumers knew and where it comes from now.
type Remapped struct {
	Name string // as consumers know it
	From string // as the table calls it now
	Cast string // type to cast back to; empty when the type is the same
}

// Remap gives consumers back every column they knew, in the old order. A view
// built from it is what they read.
type Remap []Remapped

// DeriveRemap finds how the columns of before can be had from after: the same
// column, a cast of it when its type changed, or a renamed one. A rename is
// accepted on the overlap of value samples and a type that fits, never on
// likeness of names. ambiguous says why a person must choose, and is empty when there is one
// way only; the mapping then still holds the best guess. It is an Invalid error when no
// column went missing or changed type, and NotFound when a missing one has no successor.
func DeriveRemap(before, after pipewright.Schema) (m Remap, ambiguous string, err error) {
	var doubts []string
	added := addedColumns(before, after)
	taken := map[string]string{}
	changed := false
	for _, old := range before.Columns {
		r, doubt, err := remapColumn(old, after, added)
		if err != nil {
			return nil, "", err
		}
		changed = changed || r.From != r.Name || r.Cast != ""
		if other, twice := taken[r.From]; twice {
			doubt = fmt.Sprintf("%q and %q both fit %q", other, old.Name, r.From)
		}
		taken[r.From] = old.Name
		if doubt != "" {
			doubts = append(doubts, doubt)
		}
		m = append(m, r)
	}
	if !changed {
		return nil, "", pipewright.Errorf(pipewright.Invalid, "remap %s: no column that was there went missing or changed its type", after.Resource)
	}
	return m, strings.Join(doubts, "; "), nil
}

// remapColumn finds one old column in the new table.
func remapColumn(old pipewright.Column, after pipewright.Schema, added []pipewright.Column) (Remapped, string, error) {
	i := slices.IndexFunc(after.Columns, func(c pipewright.Column) bool { return c.Name == old.Name })
	if i < 0 {
		return renamed(old, after.Resource, added)
	}
	now := after.Columns[i]
	r := Remapped{Name: old.Name, From: old.Name}
	if now.Type == old.Type {
		return r, "", nil
	}
	if !castable(now.Type, old.Type) {
		return r, "", pipewright.Errorf(pipewright.NotFound, "remap %s: %q became %s, which cannot be cast back to %s", after.Resource, old.Name, now.Type, old.Type)
	}
	r.Cast = old.Type
	if share, known := overlap(old.Sample, now.Sample); known && share < remapRival {
		return r, fmt.Sprintf("%q became %s and its values differ too, so a cast may fail", old.Name, now.Type), nil
	}
	return r, "", nil
}

// renamed picks the added column that holds the old one's values.
func renamed(old pipewright.Column, table pipewright.ResourceID, added []pipewright.Column) (Remapped, string, error) {
	type candidate struct {
		column pipewright.Column
		share  float64
		known  bool
	}
	var fits []candidate
	for _, c := range added {
		if c.Type != old.Type && !castable(c.Type, old.Type) {
			continue
		}
		if share, known := overlap(old.Sample, c.Sample); !known || share >= remapRival {
			fits = append(fits, candidate{c, share, known})
		}
	}
	// Stable, so that equals stay in the table's order.
	slices.SortStableFunc(fits, func(a, b candidate) int {
		switch {
		case a.share > b.share:
			return -1
		case a.share < b.share:
			return 1
		}
		return 0
	})
	if len(fits) == 0 {
		return Remapped{}, "", pipewright.Errorf(pipewright.NotFound, "remap %s: no column holds the values of %q; ask its owner", table, old.Name)
	}
	best := fits[0]
	r := Remapped{Name: old.Name, From: best.column.Name}
	if best.column.Type != old.Type {
		r.Cast = old.Type
	}
	switch {
	case len(fits) > 1:
		return r, fmt.Sprintf("%q could be %q or %q", old.Name, best.column.Name, fits[1].column.Name), nil
	case !best.known:
		return r, fmt.Sprintf("%q could be %q, but there are too few values to compare", old.Name, best.column.Name), nil
	case best.share < remapFits:
		return r, fmt.Sprintf("%q and %q share only %.0f %% of their sampled values", old.Name, best.column.Name, 100*best.share), nil
	}
	return r, "", nil
}

// LastSchemaChange picks, from snapshots oldest first, the newest one and the
// last one before it whose names or types differ.
func LastSchemaChange(snapshots []pipewright.Schema) (before, after pipewright.Schema, ok bool) {
	for i := len(snapshots) - 2; i >= 0; i-- {
		after = snapshots[len(snapshots)-1]
		same := slices.EqualFunc(snapshots[i].Columns, after.Columns, func(a, b pipewright.Column) bool {
			return a.Name == b.Name && a.Type == b.Type
		})
		if !same {
			return snapshots[i], after, true
		}
	}
	return before, after, false
}

func addedColumns(before, after pipewright.Schema) []pipewright.Column {
	var added []pipewright.Column
	for _, c := range after.Columns {
		if !slices.ContainsFunc(before.Columns, func(o pipewright.Column) bool { return o.Name == c.Name }) {
			added = append(added, c)
		}
	}
	return added
}

// overlap is the share of the smaller sample that the other one holds too, and
// whether there were enough values to tell.
func overlap(a, b []string) (share float64, known bool) {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < remapFew {
		return 0, false
	}
	held := 0
	for _, v := range a {
		if slices.Contains(b, v) {
			held++
		}
	}
	return float64(held) / float64(len(a)), true
}

// castFamilies are the types that Postgres casts among within a family, by
// prefix of the type's name. Text casts to and from any of them.
var castFamilies = [][]string{
	{"smallint", "int", "bigint", "numeric", "decimal", "real", "double", "float"},
	{"date", "timestamp"},
	{"bool"},
	{"uuid"},
}

func castable(from, to string) bool {
	f, t := castFamily(from), castFamily(to)
	return f >= 0 && t >= 0 && (f == t || f == textFamily || t == textFamily)
}

const textFamily = 1000

func castFamily(typ string) int {
	typ = strings.ToLower(typ)
	if strings.HasPrefix(typ, "text") || strings.HasPrefix(typ, "varchar") || strings.HasPrefix(typ, "char") {
		return textFamily
	}
	return slices.IndexFunc(castFamilies, func(family []string) bool {
		return slices.ContainsFunc(family, func(p string) bool { return strings.HasPrefix(typ, p) && typ != "interval" })
	})
}
