package sqlite

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// where collects the conditions of a query. Values only ever go in as
// parameters.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

// in asks for one of the values; none asks for nothing.
func (w *where) in(column string, values []any) {
	if len(values) > 0 {
		w.add(column+` IN (`+marks(len(values))+`)`, values...)
	}
}

// window asks for a time in the half-open window.
func (w *where) window(column string, win pipewright.Window) {
	if !win.Start.IsZero() {
		w.add(column+` >= ?`, nanos(win.Start))
	}
	if !win.End.IsZero() {
		w.add(column+` < ?`, nanos(win.End))
	}
}

func (w *where) sql() string {
	if len(w.conds) == 0 {
		return ""
	}
	return `WHERE ` + strings.Join(w.conds, ` AND `)
}

// marks is n question marks.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// texts makes parameters of values that are strings underneath.
func texts[S ~string](values []S) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
