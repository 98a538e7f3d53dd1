package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// Moved is how many rows of a table were moved.
type Moved struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// TakeOver moves everything of another store into this one, which must be empty, in one
// transaction: all of it or nothing. Before it commits it counts every table again here.
// The audit chain moves as it is: its records keep their numbers and hashes. told hears of
// each table when it is done.
func (s *Store) TakeOver(ctx context.Context, from sqlstore.Snapshot, told func(Moved)) (err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return s.fault("move a store", err)
	}
	defer func() { _ = conn.Close() }() // the transaction has the error, if there was one
	err = conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is not one of pgx")
		}
		return pgx.BeginFunc(ctx, c.Conn(), func(tx pgx.Tx) error { return takeover{ctx, s.name, tx, from}.run(told) })
	})
	return s.fault("move a store", err)
}

// takeover is one store on its way into another.
type takeover struct {
	ctx  context.Context
	name string
	tx   pgx.Tx
	from sqlstore.Snapshot
}

func (t takeover) run(told func(Moved)) error {
	if _, err := t.tx.Exec(t.ctx, `LOCK TABLE ledger_turn, feed_turn IN EXCLUSIVE MODE`); err != nil {
		return err
	}
	if err := t.empty(); err != nil {
		return err
	}
	for _, table := range sqlstore.Tables {
		if err := t.table(table); err != nil {
			return fmt.Errorf("%s: %w", table.Name, err)
		}
		n, err := t.counted(table)
		if err != nil {
			return err
		}
		told(Moved{table.Name, n})
	}
	return t.count()
}

// empty refuses a store that holds anything: two cannot become one, their numbers and
// chains would clash.
func (t takeover) empty() error {
	for _, table := range sqlstore.Tables {
		var taken bool
		if err := t.tx.QueryRow(t.ctx, `SELECT EXISTS (SELECT 1 FROM `+table.Name+`)`).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return pipewright.Errorf(pipewright.Conflict, "the store in %s is not empty (%s): give an empty database, or a schema of its own by ?search_path=NAME", t.name, table.Name)
		}
	}
	return nil
}

// counted compares a table with where it came from.
func (t takeover) counted(table sqlstore.Table) (here int64, err error) {
	there, err := t.from.Count(t.ctx, table)
	if err != nil {
		return 0, err
	}
	if err := t.tx.QueryRow(t.ctx, `SELECT count(*) FROM `+table.Name).Scan(&here); err != nil {
		return 0, err
	}
	if here != there {
		return 0, pipewright.Errorf(pipewright.Internal, "%d of %d rows of %s arrived: nothing was moved", here, there, table.Name)
	}
	return here, nil
}

// table copies one table.
func (t takeover) table(table sqlstore.Table) (err error) {
	rows, err := t.from.Rows(t.ctx, table)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	source := &copying{rows: rows, columns: len(table.Columns)}
	switch table.Name {
	case "lines":
		return t.lines(source)
	case "points":
		return t.points(source)
	case "meta":
		source.change = plainSalt
	}
	_, err = t.tx.CopyFrom(t.ctx, pgx.Identifier{table.Name}, table.Columns, source)
	return err
}

// plainSalt writes a salt that the first stores kept as bytes as text.
func plainSalt(row []any) {
	if b, ok := row[1].([]byte); ok {
		row[1] = hex.EncodeToString(b)
	}
}

// copying feeds rows of one database to a COPY of the other.
type copying struct {
	rows    sqlstore.Rows
	columns int
	change  func(row []any)
}

func (c *copying) Next() bool { return c.rows.Next() }
func (c *copying) Err() error { return c.rows.Err() }

func (c *copying) Values() ([]any, error) {
	row := make([]any, c.columns)
	into := make([]any, c.columns)
	for i := range row {
		into[i] = &row[i]
	}
	if err := c.rows.Scan(into...); err != nil {
		return nil, err
	}
	if c.change != nil {
		c.change(row)
	}
	return row, nil
}

// some reads up to n rows.
func (c *copying) some(n int) (out [][]any, err error) {
	for len(out) < n && c.Next() {
		row, err := c.Values()
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, c.Err()
}

// portion is how many rows are in memory at once.
const portion = 5000

// points copies samples into partitions by time.
func (t takeover) points(source *copying) error {
	return t.portions(source, "points", 1, func(rows [][]any) error {
		_, err := t.tx.CopyFrom(t.ctx, pgx.Identifier{"points"}, []string{"series", "at", "value"}, pgx.CopyFromRows(rows))
		return err
	})
}

// lines copies log records into partitions by time, indexes their words and claims
// their names.
func (t takeover) lines(source *copying) error {
	last := map[int64]int64{}
	err := t.portions(source, "lines", 2, func(rows [][]any) error {
		for _, r := range rows {
			if id, ok := r[0].(int64); ok {
				last[id>>sqlstore.LineBits] = max(last[id>>sqlstore.LineBits], id&sqlstore.LineMask)
			}
		}
		return t.copyLines(rows)
	})
	for _, resource := range slices.Sorted(maps.Keys(last)) {
		if err == nil {
			_, err = t.tx.Exec(t.ctx, `UPDATE resources SET lines = $1 WHERE id = $2`, last[resource], resource)
		}
	}
	return err
}

func (t takeover) copyLines(rows [][]any) error {
	lines, uids := make([][]any, len(rows)), make([][]any, len(rows))
	for i, r := range rows {
		uid, ok := r[5].([]byte)
		text, isText := r[6].(string)
		if !ok || len(uid) != 16 || !isText {
			return pipewright.Errorf(pipewright.Invalid, "the log record %v is damaged", r[0])
		}
		lines[i] = []any{r[0], r[1], r[2], r[3], r[4], text, index(text)}
		uids[i] = []any{pgtype.UUID{Bytes: [16]byte(uid), Valid: true}, r[2]}
	}
	if _, err := t.tx.CopyFrom(t.ctx, pgx.Identifier{"line_uids"}, []string{"uid", "at"}, pgx.CopyFromRows(uids)); err != nil {
		return err
	}
	_, err := t.tx.CopyFrom(t.ctx, pgx.Identifier{"lines"}, lineColumns, pgx.CopyFromRows(lines))
	return err
}

// portions hands over rows that have a time in a column, with their partitions made.
func (t takeover) portions(source *copying, table string, at int, do func(rows [][]any) error) error {
	for {
		rows, err := source.some(portion)
		if err != nil || len(rows) == 0 {
			return err
		}
		touched := days(rows, func(r []any) int64 { ns, _ := r[at].(int64); return ns })
		if err := partition(t.ctx, t.tx.Conn(), table, touched); err != nil {
			return err
		}
		if err := do(rows); err != nil {
			return err
		}
	}
}

// count lets the numbers that the database gives go on after those that came.
func (t takeover) count() error {
	for _, numbered := range []sqlstore.Table{{Name: "outcomes", Columns: []string{"n"}}, {Name: "deliveries", Columns: []string{"n"}},
		{Name: "resources", Columns: []string{"id"}}, {Name: "series", Columns: []string{"id"}},
		{Name: "mined", Columns: []string{"n"}}, {Name: "meanings", Columns: []string{"id"}}, {Name: "spaces", Columns: []string{"id"}}, {Name: "vectors", Columns: []string{"n"}}} {
		_, err := t.tx.Exec(t.ctx, fmt.Sprintf(`SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'), max(%[2]s)) FROM %[1]s HAVING max(%[2]s) IS NOT NULL`,
			numbered.Name, numbered.Columns[0]))
		if err != nil {
			return err
		}
	}
	return nil
}
