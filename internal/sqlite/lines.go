package sqlite

import (
	"context"
	"maps"
	"math"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/block"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// putLines stores log records that are not there yet and numbers them.
func putLines(g *sqlstore.Ingestion, list []pipewright.LogLine) (fresh []pipewright.LogLine, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	quick := *g // the driver starts a goroutine for a statement that may be called off
	quick.Ctx = context.WithoutCancel(g.Ctx)
	w := lineWriter{g: &quick, stop: g.Ctx}
	if err := w.arrive(list); err != nil {
		return nil, err
	}
	if err := w.dropKnown(); err != nil {
		return nil, err
	}
	if err := w.number(); err != nil {
		return nil, err
	}
	return w.fresh(), w.store()
}

// arrival is a record that may be new.
type arrival struct {
	line     pipewright.LogLine
	resource int64
	name     block.Name
	own      bool // name can be worked out from the record
	known    bool // it is stored already
}

// lineWriter stores the records of one batch.
type lineWriter struct {
	g    *sqlstore.Ingestion
	stop context.Context //nolint:containedctx // of the batch; statements do not look at it

	arrivals []arrival
	named    map[block.Name]int32 // the first arrival of each name
	piles    map[int64]*pile      // by resource

	lines, words int64 // by how much the store's totals grow
}

// pile is what is new of one resource.
type pile struct {
	resource int64
	last     int64 // id of the newest record
	lines    []block.Line
}

// arrive names the records and makes them storable.
func (w *lineWriter) arrive(list []pipewright.LogLine) error {
	w.arrivals = make([]arrival, len(list))
	w.named = make(map[block.Name]int32, len(list))
	var namer sqlstore.Namer
	for i, l := range list {
		a := &w.arrivals[i]
		at := sqlstore.Nanos(l.At)
		resource, err := w.g.Observe(l.Resource, at)
		if err != nil {
			return err
		}
		text, run := sqlstore.Clean(l.Text), sqlstore.Clean(l.Run)
		name, own := namer.Name(resource, l)
		a.resource, a.name, a.own = resource, name, own && text == l.Text && run == l.Run
		if _, met := w.named[a.name]; met {
			a.known = true
			continue
		}
		w.named[a.name] = int32(i) //nolint:gosec // a batch is far shorter
		l.At, l.Text = sqlstore.Moment(at), text
		a.line = l
	}
	return nil
}

// stemOf is the key under which a name is looked for, and its number there.
func stemOf(resource int64, name block.Name, own bool) (stem [10]byte, number int64) {
	if !own {
		return name.Stem()
	}
	return ownStem(resource), ownNumber(name)
}

// ownStem stands for the names of a resource's records that are made of the record. Every
// other stem is a hash, which does not end in zeros but by an accident of 2^-48.
func ownStem(resource int64) (stem [10]byte) {
	for i := range 8 {
		stem[i] = byte(resource >> (8 * i)) //nolint:gosec // cut to a byte
	}
	return stem
}

// ownNumber is the part of such a name that follows the record's time.
func ownNumber(name block.Name) (n int64) {
	for _, c := range name[:6] {
		n = n<<8 | int64(c)
	}
	return n
}

// reach is the numbers that a stem has among some names.
type reach struct{ first, last int64 }

// reaches adds a name to what its stem reaches.
func reaches(to map[[10]byte]reach, resource int64, name block.Name, own bool) {
	stem, n := stemOf(resource, name, own)
	r, met := to[stem]
	if !met {
		r = reach{math.MaxInt64, math.MinInt64}
	}
	to[stem] = reach{min(r.first, n), max(r.last, n)}
}

// dropKnown marks the arrivals that are stored already: it looks through the blocks whose
// names overlap with those of the batch.
func (w *lineWriter) dropKnown() error {
	asked := map[[10]byte]reach{}
	for i := range w.arrivals {
		if a := &w.arrivals[i]; !a.known {
			reaches(asked, a.resource, a.name, a.own)
		}
	}
	looked := map[int64]bool{}
	for _, stem := range slices.SortedFunc(maps.Keys(asked), func(a, b [10]byte) int { return slices.Compare(a[:], b[:]) }) {
		r := asked[stem]
		ids, err := w.ids(`SELECT block FROM line_names WHERE stem = ? AND last >= ? AND first <= ? ORDER BY block`, stem[:], r.first, r.last)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if looked[id] {
				continue
			}
			looked[id] = true
			if err := w.dropThoseIn(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *lineWriter) ids(query string, args ...any) (out []int64, err error) {
	rows, err := w.g.Tx.QueryContext(w.g.Ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err has told
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// dropThoseIn marks the arrivals that a block holds.
func (w *lineWriter) dropThoseIn(id int64) error {
	lines, err := w.load(id)
	if err != nil {
		return err
	}
	resource := id >> sqlstore.LineBits
	for i := range lines {
		if at, ok := w.named[nameIn(resource, &lines[i])]; ok {
			w.arrivals[at].known = true
		}
	}
	return nil
}

// nameIn is the name of a record of a block.
func nameIn(resource int64, l *block.Line) block.Name {
	if !l.Own {
		return l.Name
	}
	return sqlstore.OwnUID(resource, pipewright.LogLine{At: sqlstore.Moment(l.At), Run: l.Run, Text: l.Text})
}

// number gives the new records the next numbers of their resources.
func (w *lineWriter) number() error {
	w.piles = map[int64]*pile{}
	each := map[int64]int{}
	for i := range w.arrivals {
		each[w.arrivals[i].resource]++
	}
	var p *pile
	for i := range w.arrivals {
		a := &w.arrivals[i]
		if a.known {
			continue
		}
		if p == nil || p.resource != a.resource {
			var err error
			if p, err = w.pile(a.resource, each[a.resource]); err != nil {
				return err
			}
		}
		p.last++
		a.line.Line = p.last & sqlstore.LineMask
		p.lines = append(p.lines, block.Line{Number: a.line.Line, At: sqlstore.Nanos(a.line.At), Level: string(a.line.Level), Run: sqlstore.Clean(a.line.Run), Text: a.line.Text, Own: a.own, Name: a.name})
	}
	return nil
}

// pile is what is new of a resource, up to n records.
func (w *lineWriter) pile(resource int64, n int) (*pile, error) {
	if p := w.piles[resource]; p != nil {
		return p, nil
	}
	base := resource << sqlstore.LineBits
	p := &pile{resource: resource, last: base, lines: make([]block.Line, 0, n)}
	_, err := w.g.Row(`SELECT id FROM line_blocks WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1`, []any{base, base | sqlstore.LineMask}, &p.last)
	w.piles[resource] = p
	return p, err
}

// fresh is the new records in the order in which they came.
func (w *lineWriter) fresh() []pipewright.LogLine {
	out := make([]pipewright.LogLine, 0, len(w.arrivals))
	for i := range w.arrivals {
		if !w.arrivals[i].known {
			out = append(out, w.arrivals[i].line)
		}
	}
	return out
}
