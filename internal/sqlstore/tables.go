package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Table is one table with the columns that are not generated from others. Both databases
// have it.
type Table struct {
	Name    string
	Columns []string
}

// Tables is everything that a store keeps, in an order in which references hold. Lines
// differ between the databases in how they are indexed: their columns are the embedded
// store's.
var Tables = []Table{
	table("meta", "key value"),
	table("events", "seq body"),
	table("incidents", "id opened_at body"),
	table("reservations", "key body"),
	table("approvals", "id body"),
	table("requests", "id body"),
	table("pauses", "resource body"),
	table("modes", "scope body"),
	table("outcomes", "n body"),
	table("policies", "hash body"),
	table("audit", "n at kind ref body body_hash prev hash"),
	table("threads", "asker thread body"),
	table("deliveries", "n queue key lane version body state made due leased tries ref note"),
	table("model_spend", "day calls tokens cost"),
	table("resources", "id name observed labels first_seen last_seen"),
	table("edges", "up down"),
	table("cursors", "source cursor"),
	table("lines", "id resource at level run uid text"),
	table("series", "id resource metric"),
	table("points", "series at value"),
	table("runs", "resource run attempt state started ended error detail"),
	table("changes", "id resource at kind summary was became who"),
	table("schemas", "resource at columns"),
	table("settings", "resource key at value kind who"),
	table("templates", "id joined text meaning terms level count first_seen last_seen examples samples"),
	table("mined", "n body"),
	table("meanings", "id kind hash text terms"),
	table("documents", "name kind resource run at until level meaning template count source first_line last_line"),
	table("spaces", "id model dimensions ready"),
	table("vectors", "n space meaning body"),
}

func table(name, columns string) Table { return Table{name, strings.Fields(columns)} }

// Snapshot is everything in a store at one moment.
type Snapshot struct {
	tx   *sql.Tx
	kept KeptLines
}

// Rows are rows of a table, as database/sql has them.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// Snapshot reads a store at one moment, beside whoever writes it.
func (s *Store) Snapshot(ctx context.Context, read func(Snapshot) error) error {
	err := inTx(ctx, s.lanes.Read, func(_ *sql.Conn, tx *sql.Tx) error { return read(Snapshot{tx, s.dialect.Kept}) })
	if pipewright.KindOf(err) != pipewright.Internal {
		return err // whoever read it has said what is wrong
	}
	return s.fault("read the store", err)
}

// Rows reads a table's columns. The caller closes them before it asks for others.
func (s Snapshot) Rows(ctx context.Context, t Table) (Rows, error) {
	if t.Name == "lines" && s.kept != nil {
		return s.kept.Rows(ctx, s.tx)
	}
	return s.tx.QueryContext(ctx, `SELECT `+strings.Join(t.Columns, ", ")+` FROM `+t.Name) //nolint:rowserrcheck // who reads them checks
}

// Count counts a table's rows.
func (s Snapshot) Count(ctx context.Context, t Table) (n int64, err error) {
	if t.Name == "lines" && s.kept != nil {
		return s.kept.Count(ctx, s.tx)
	}
	err = s.tx.QueryRowContext(ctx, `SELECT count(*) FROM `+t.Name).Scan(&n)
	return n, err
}
