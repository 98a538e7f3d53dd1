package sqlite

import (
	"context"
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// together is how many lines one statement stores. The driver takes time for each
// statement, and for each parameter with the square of their number.
const together = 8

var (
	insertLine  = insertLines(1)
	insertGroup = insertLines(together)
)

func insertLines(n int) string {
	return `INSERT INTO lines (id, resource, at, level, run, uid, text) VALUES ` +
		strings.TrimSuffix(strings.Repeat(`(?,?,?,?,?,?,?),`, n), `,`) + ` ON CONFLICT (uid) DO NOTHING`
}

// putLines stores log records that are not there yet and numbers them.
func putLines(g *sqlstore.Ingestion, list []pipewright.LogLine) (fresh []pipewright.LogLine, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	quick := *g // the driver starts a goroutine for a statement that may be called off
	quick.Ctx = context.WithoutCancel(g.Ctx)
	w := lineWriter{g: &quick, before: map[int64]int64{}, last: map[int64]int64{}, fresh: make([]pipewright.LogLine, 0, len(list))}
	again := map[[16]byte]uint64{}
	group := make([]arrival, 0, together)
	for i, l := range list {
		a, err := w.arrive(l, again)
		if err != nil {
			return nil, err
		}
		if group = append(group, a); len(group) < together && i < len(list)-1 {
			continue
		}
		if err := g.Ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.put(group); err != nil {
			return nil, err
		}
		group = group[:0]
	}
	return w.fresh, w.index()
}

// arrival is a record that may be new.
type arrival struct {
	line     pipewright.LogLine
	resource int64
	id       int64
	uid      [16]byte
}

// lineWriter stores the records of one batch.
type lineWriter struct {
	g      *sqlstore.Ingestion
	before map[int64]int64 // newest id of each resource before the batch
	last   map[int64]int64 // and now
	args   []any
	fresh  []pipewright.LogLine
}

// arrive names a record and makes it storable.
func (w *lineWriter) arrive(l pipewright.LogLine, again map[[16]byte]uint64) (a arrival, err error) {
	a.resource, err = w.g.Observe(l.Resource, sqlstore.Nanos(l.At))
	if err != nil {
		return a, err
	}
	a.uid = sqlstore.LineUID(a.resource, l, again)
	l.At, l.Text = sqlstore.Moment(sqlstore.Nanos(l.At)), sqlstore.Clean(l.Text)
	a.line = l
	if _, met := w.last[a.resource]; !met {
		w.before[a.resource], err = lastLine(w.g, a.resource)
		w.last[a.resource] = w.before[a.resource]
	}
	return a, err
}

// put stores a group at once, as if all of it were new. When some of it is not, that is
// taken back and done one by one: the new ones must be numbered without gaps.
func (w *lineWriter) put(group []arrival) error {
	if len(group) < together {
		return w.putEach(group)
	}
	n, err := w.insert(insertGroup, group)
	switch {
	case err != nil:
		return err
	case n == len(group):
		w.keep(group)
		return nil
	}
	for i := len(group) - 1; i >= 0; i-- {
		a := group[i]
		w.last[a.resource] = a.id - 1
		if n == 0 {
			continue
		}
		if _, err := w.g.Exec(`DELETE FROM lines WHERE id = ?`, a.id); err != nil {
			return err
		}
	}
	if n == 0 {
		return nil
	}
	return w.putEach(group)
}

func (w *lineWriter) putEach(group []arrival) error {
	for i := range group {
		one := group[i : i+1]
		n, err := w.insert(insertLine, one)
		if err != nil {
			return err
		}
		if n == 0 {
			w.last[one[0].resource]--
			continue
		}
		w.keep(one)
	}
	return nil
}

// insert numbers the records and runs the statement. It returns how many were new.
func (w *lineWriter) insert(query string, group []arrival) (int, error) {
	w.args = w.args[:0]
	for i := range group {
		a := &group[i]
		w.last[a.resource]++
		a.id = w.last[a.resource]
		w.args = append(w.args, a.id, a.resource, sqlstore.Nanos(a.line.At), string(a.line.Level), sqlstore.Clean(a.line.Run), a.uid[:], a.line.Text)
	}
	n, err := w.g.Exec(query, w.args...)
	return int(n), err
}

func (w *lineWriter) keep(group []arrival) {
	for _, a := range group {
		a.line.Line = a.id & sqlstore.LineMask
		w.fresh = append(w.fresh, a.line)
	}
}

// index adds what is new to the full-text index in order of id: out of order it
// would write its buffer out at every line.
func (w *lineWriter) index() error {
	for _, resource := range slices.Sorted(maps.Keys(w.last)) {
		_, err := w.g.Exec(`INSERT INTO lines_text (rowid, text) SELECT id, text FROM lines WHERE id > ? AND id <= ? ORDER BY id`, w.before[resource], w.last[resource])
		if err != nil {
			return err
		}
	}
	return nil
}

// lastLine is the id of a resource's newest line, or the one before its first.
func lastLine(g *sqlstore.Ingestion, resource int64) (id int64, err error) {
	base := resource << sqlstore.LineBits
	_, err = g.Row(`SELECT coalesce(max(id), ?1) FROM lines WHERE id BETWEEN ?1 AND ?2`, []any{base, base | sqlstore.LineMask}, &id)
	return id, err
}
