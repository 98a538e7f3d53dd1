package sqlstore

import (
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// where collects the conditions of a query. Values only ever go in as
// parameters.
type where struct {
	conds []string
	args  []any
}

// add takes a condition in which every ? stands for the next of args.
func (w *where) add(cond string, args ...any) {
	parts := strings.Split(cond, "?")
	numbered := parts[0]
	for i, rest := range parts[1:] {
		numbered += "$" + strconv.Itoa(len(w.args)+i+1) + rest
	}
	w.conds = append(w.conds, numbered)
	w.args = append(w.args, args...)
}

// arg makes a parameter of a value.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
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
		w.add(column+` >= ?`, Nanos(win.Start))
	}
	if !win.End.IsZero() {
		w.add(column+` < ?`, Nanos(win.End))
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

// defaultLimit bounds a query that names no limit.
const defaultLimit = 1000

// limit ends a query after n rows; otherwise stands in for no n, and -1 is no
// bound. It is spelled out rather than a parameter: SQLite only walks an index
// in order and stops early when it knows at planning that few rows are wanted.
func limit(n, otherwise int) string {
	if n <= 0 {
		n = otherwise
	}
	if n < 0 {
		return ""
	}
	return ` LIMIT ` + strconv.Itoa(n)
}

// byTime is the dialect's hint for a query over all resources.
func (s *Store) byTime(index string, all bool) string {
	if !all {
		return ` `
	}
	return s.dialect.ByTime(index)
}
