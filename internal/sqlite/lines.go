package sqlite

import (
	"cmp"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// putLines stores log records that are not there yet and numbers them.
func putLines(g *sqlstore.Ingestion, list []pipewright.LogLine) (fresh []pipewright.LogLine, err error) {
	again := map[[16]byte]uint64{}
	last := map[int64]int64{} // newest id of each resource
	var stored []storedLine
	for _, l := range list {
		resource, err := g.Observe(l.Resource, sqlstore.Nanos(l.At))
		if err != nil {
			return nil, err
		}
		uid := sqlstore.LineUID(resource, l, again)
		if last[resource] == 0 {
			if last[resource], err = lastLine(g, resource); err != nil {
				return nil, err
			}
		}
		id := last[resource] + 1
		l.At, l.Text = sqlstore.Moment(sqlstore.Nanos(l.At)), sqlstore.Clean(l.Text)
		n, err := g.Exec(`INSERT INTO lines (id, resource, at, level, run, uid, text) VALUES (?,?,?,?,?,?,?) ON CONFLICT (uid) DO NOTHING`,
			id, resource, sqlstore.Nanos(l.At), string(l.Level), sqlstore.Clean(l.Run), uid[:], l.Text)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			last[resource], l.Line = id, id&sqlstore.LineMask
			fresh = append(fresh, l)
			stored = append(stored, storedLine{id, l.Text})
		}
	}
	return fresh, index(g, stored)
}

type storedLine struct {
	id   int64
	text string
}

// index adds lines to the full-text index in order of id: out of order it
// would write its buffer out at every line.
func index(g *sqlstore.Ingestion, lines []storedLine) error {
	slices.SortFunc(lines, func(a, b storedLine) int { return cmp.Compare(a.id, b.id) })
	for _, l := range lines {
		if _, err := g.Exec(`INSERT INTO lines_text (rowid, text) VALUES (?, ?)`, l.id, l.text); err != nil {
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
