package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// newNames are what application teams like to call a column next.
var newNames = map[string][]string{
	"customer_id": {"buyer_id", "client_id", "account_id"},
	"amount":      {"total", "gross_amount", "amount_eur"},
	"email":       {"email_address", "contact_email"},
	"country":     {"country_code", "region"},
	"method":      {"payment_method", "channel"},
	"paid_at":     {"settled_at", "captured_at"},
}

func (t *table) healthy() bool {
	return t.fault == nil && t.view == nil && t.locker == 0 && t.bad.IsZero()
}

// renames: the application's team renames a column under its readers.
func (p *Plant) renames(t *table) faultKind {
	var old []field
	return faultKind{cause: "schema_column_renamed", at: t.id, weight: 0.9, quiet: 0.1, shows: t.id != tableCust,
		free: t.healthy, lasts: hours(5, 9), by: "app-team",
		holds: func(f *fault) bool { return t.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			old = slices.Clone(t.columns)
			t.fault, t.quiet = f, f.Quiet
			t.columns = renameOne(t, rng)
			p.snapshot(t)
		},
		mend: func(string) { p.revert(t, old) },
	}
}

// renameOne returns the columns with one renamed, sometimes beside a new column,
// and sometimes with a second one that holds the same values.
func renameOne(t *table, rng *rand.Rand) []field {
	columns := slices.Clone(t.columns)
	var can []int
	for i, c := range columns {
		if len(newNames[c.ident]) > 0 {
			can = append(can, i)
		}
	}
	i := can[rng.IntN(len(can))]
	was := columns[i]
	names := newNames[was.ident]
	columns[i].name = names[t.version%len(names)]
	if round := t.version / len(names); round > 0 {
		columns[i].name += fmt.Sprintf("_%d", round+1)
	}
	t.version++
	switch x := rng.Float64(); {
	case x < 0.15:
		columns = append(columns, field{"legacy_" + was.name, was.typ, was.ident})
	case x < 0.5:
		columns = append(columns, field{fmt.Sprintf("note_%d", t.version), was.typ, fmt.Sprintf("note_%d", t.version)})
	}
	return columns
}

// retypes: a number becomes text.
func (p *Plant) retypes(t *table) faultKind {
	var old []field
	return faultKind{cause: "schema_type_changed", at: t.id, weight: 0.3, quiet: 0.1, shows: true,
		free: t.healthy, lasts: hours(5, 9), by: "app-team",
		holds: func(f *fault) bool { return t.fault == f },
		begin: func(f *fault, _ *rand.Rand) {
			old = slices.Clone(t.columns)
			t.fault, t.quiet, t.columns = f, f.Quiet, slices.Clone(t.columns)
			for i := range t.columns {
				if t.columns[i].ident == "amount" {
					t.columns[i].typ = "text"
				}
			}
			p.snapshot(t)
		},
		mend: func(string) { p.revert(t, old) },
	}
}

// revert is the application's team taking its migration back.
func (p *Plant) revert(t *table, old []field) {
	t.columns, t.fault, t.quiet, t.view, t.bad = old, nil, false, nil, time.Time{}
	p.snapshot(t)
	p.deed(t.id, "app-team", "migration reverted")
}

// locks: a session of the application stays in a transaction and holds a lock.
func (p *Plant) locks(t *table) faultKind {
	return faultKind{cause: "table_lock_held", at: t.id, weight: 0.45, quiet: 0.25,
		free: t.healthy, lasts: passes(45*minute, 60*minute),
		holds: func(f *fault) bool { return t.lockFault == f },
		begin: func(f *fault, rng *rand.Rand) {
			t.lockFault, t.lockQuiet, t.locker = f, f.Quiet, 4000+rng.IntN(20000)
			p.tellLock(t)
		},
		mend: func(by string) { p.unlock(t, by) },
	}
}

func (p *Plant) unlock(t *table, by string) {
	if t.lockFault != nil {
		p.end(t.lockFault, by)
	}
	t.locker, t.lockFault, t.lockQuiet = 0, nil, false
}
