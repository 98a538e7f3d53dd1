package sim

import (
	"fmt"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// table is a source table with versioned columns. Its readers ask for the
// columns they know; a compatibility view can give them back under the old names.
type table struct {
	id      pipewright.ResourceID
	n       int64
	columns []field
	wants   []field // what readers ask for
	view    []alias // nil: none
	viewNo  int
	bad     time.Time // since when a wrong mapping feeds readers; zero: never
	badFor  string    // the column that holds other values than its name says
	fault   *fault
	cured   *fault // by the view that is in place
	quiet   bool
	version int
	// A session of the application may hold a lock on it.
	locker    int
	lockFault *fault
	lockQuiet bool
}

// field is a column. ident is what its values are, whatever it is called.
type field struct{ name, typ, ident string }

// alias gives readers a column under a name they know.
type alias struct{ name, from, cast string }

// few are the columns with a handful of distinct values.
var few = map[string]int{"status": 5, "method": 6, "country": 9, "currency": 4}

func newTables() []*table {
	col := func(name, typ string) field { return field{name, typ, name} }
	const amount, at = "numeric(10,2)", "timestamp with time zone"
	tables := []*table{
		{id: tableOrders, columns: []field{col("order_id", "bigint"), col("customer_id", "bigint"), col("amount", amount), col("status", "text"), col("created_at", at)}},
		{id: tableCust, columns: []field{col("customer_id", "bigint"), col("email", "text"), col("country", "text"), col("created_at", at)}},
		{id: tablePay, columns: []field{col("payment_id", "bigint"), col("order_id", "bigint"), col("amount", amount), col("method", "text"), col("paid_at", at)}},
	}
	for i, t := range tables {
		t.n, t.wants = int64(i+1), append([]field(nil), t.columns...)
	}
	return tables
}

func (p *Plant) table(own pipewright.ResourceID) *table {
	for _, t := range p.tables {
		if t.id == own {
			return t
		}
	}
	return nil
}

// find resolves a wanted column to what readers get: through the view when
// there is one.
func (t *table) find(name string) (field, bool) {
	from, cast := name, ""
	for _, a := range t.view {
		if a.name == name {
			from, cast = a.from, a.cast
		}
	}
	for _, c := range t.columns {
		if c.name == from {
			if cast != "" {
				c.typ = cast
			}
			return c, true
		}
	}
	return field{}, false
}

// reads is the step that asks for the columns of a table.
func reads(own pipewright.ResourceID) func(*Plant, *run) hitch {
	return func(p *Plant, _ *run) hitch {
		t := p.table(own)
		for _, want := range t.wants {
			got, ok := t.find(want.name)
			if !ok {
				return hitch{fail: &failure{code: noColumn, at: own, column: want.name, quiet: t.quiet}}
			}
			if got.ident != want.ident && t.bad.IsZero() {
				t.bad, t.badFor = p.now, want.name
			}
		}
		return hitch{}
	}
}

// typed is the step that computes with the columns of a table.
func typed(own pipewright.ResourceID) func(*Plant, *run) hitch {
	return func(p *Plant, _ *run) hitch {
		t := p.table(own)
		for _, want := range t.wants {
			if got, ok := t.find(want.name); ok && got.typ != want.typ && got.ident == want.ident {
				return hitch{fail: &failure{code: wrongType, at: own, column: want.name, hint: got.typ, quiet: t.quiet}}
			}
		}
		return hitch{}
	}
}

// soundRows is the step at which rows that a wrong mapping brought are noticed:
// only after a while.
func soundRows(own pipewright.ResourceID) func(*Plant, *run) hitch {
	return func(p *Plant, _ *run) hitch {
		if t := p.table(own); !t.bad.IsZero() && p.now.Sub(t.bad) > 25*minute {
			return hitch{fail: &failure{code: badRows, at: own, column: t.badFor}}
		}
		return hitch{}
	}
}

// notLocked is the step that waits for a lock on a table, up to its timeout.
func notLocked(own pipewright.ResourceID) func(*Plant, *run) hitch {
	return func(p *Plant, r *run) hitch {
		t := p.table(own)
		switch {
		case t.locker == 0:
			return hitch{}
		case !r.waited.IsZero() && p.now.Sub(r.waited) >= minute:
			return hitch{fail: &failure{code: lockTimeout, at: own, quiet: t.lockQuiet}}
		}
		return hitch{wait: 30 * time.Second}
	}
}

// remap puts a view over the table. A mapping that names a column the table
// does not have is refused, as the database would.
func (p *Plant) remap(t *table, view []alias) error {
	for _, a := range view {
		known := false
		for _, c := range t.columns {
			known = known || c.name == a.from
		}
		if !known {
			return pipewright.Errorf(pipewright.Invalid, "remap %s: column %q does not exist", p.names.of(t.id), a.from)
		}
	}
	t.view, t.bad = view, time.Time{}
	t.viewNo++
	if t.fault != nil && t.sound() {
		p.end(t.fault, "remap")
		t.fault, t.cured, t.quiet = nil, t.fault, false
	}
	p.adaptLater(t, t.viewNo)
	return nil
}

// unmap drops the view; what it cured is back.
func (p *Plant) unmap(t *table) {
	t.view, t.viewNo = nil, t.viewNo+1
	if t.cured != nil && t.fault == nil && !t.sound() {
		p.reopen(t.cured)
		t.fault, t.cured = t.cured, nil
	}
}

// adaptLater moves the readers to the new names half a day after a view was
// put in place, and drops the view.
func (p *Plant) adaptLater(t *table, no int) {
	p.after(12*time.Hour, func() {
		if t.viewNo != no || t.view == nil || t.fault != nil {
			return
		}
		t.wants, t.view, t.cured = append([]field(nil), t.columns...), nil, nil
		p.deed(t.id, "data-team", "readers moved to the new column names; compatibility view dropped")
	})
}

// sound reports whether readers get what they want.
func (t *table) sound() bool {
	for _, want := range t.wants {
		got, ok := t.find(want.name)
		if !ok || got.ident != want.ident || got.typ != want.typ {
			return false
		}
	}
	return true
}

// snapshot reports the table's columns a minute from now, as a poller of
// schemas would.
func (p *Plant) snapshot(t *table) {
	p.after(minute, func() {
		s := pipewright.Schema{Resource: p.names.id(t.id), At: p.now}
		for _, c := range t.columns {
			s.Columns = append(s.Columns, pipewright.Column{Name: c.name, Type: c.typ, Nullable: strings.HasSuffix(c.name, "_at"), Sample: p.valueSample(t, c.ident)})
		}
		p.rec.schemas = append(p.rec.schemas, s)
	})
}

// valueSample is hashes of a few values: mostly the same from one day to the
// next, because the sampler takes the smallest hashes.
func (p *Plant) valueSample(t *table, ident string) []string {
	n, from := 16, int64(p.now.Sub(p.origin)/(24*time.Hour))
	if f, ok := few[ident]; ok {
		n, from = f, 0
	}
	concern := "values " + ident
	if ident != "customer_id" && ident != "order_id" { // keys hold the same values everywhere
		concern += string(t.id)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%016x", p.dice(concern, from+int64(i)).Uint64())[:12]
	}
	return out
}
