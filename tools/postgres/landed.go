package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// loadedColumns are the names under which loaders note when a row came, best first.
// A business time such as created_at is not among them: it says nothing of the load.
var loadedColumns = []string{"loaded_at", "_loaded_at", "load_ts", "inserted_at", "_inserted_at", "ingested_at", "_ingested_at", "etl_loaded_at", "dw_loaded_at"}

// Rows counts what was loaded into a table since a time, by the column that says when
// a row came. A table without such a column does not tell. Whose rows they are is not
// known either, so they are not exact.
func (c *Client) Rows() tools.RowReader {
	return tools.RowReader{Kinds: []string{"postgres:table"}, Since: c.landed}
}

func (c *Client) landed(ctx context.Context, table pipewright.ResourceID, since time.Time) (l tools.Landed, known bool, err error) {
	if !c.mine(table) {
		return l, false, nil
	}
	schema, name, _ := strings.Cut(table.Name(), ".")
	var rows float64
	var newest *time.Time
	query := ""
	err = c.read(ctx, "count what came into "+table.Name(), func(tx pgx.Tx) error {
		found, err := readTables(ctx, tx, []string{schema}, name)
		if err != nil || len(found) != 1 {
			return err
		}
		if err := readColumns(ctx, tx, found); err != nil {
			return err
		}
		if query = landedSQL(found[0]); query == "" {
			return nil
		}
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '"+sampleTimeout+"'; SET LOCAL lock_timeout = '"+sampleLock+"'"); err != nil {
			return err
		}
		return tx.QueryRow(ctx, query, since).Scan(&rows, &newest)
	})
	if err != nil || query == "" {
		return l, false, err
	}
	l = tools.Landed{Table: table, Rows: rows}
	say := fmt.Sprintf("%.0f rows came since %s", rows, since.UTC().Format(time.RFC3339))
	if newest != nil {
		say += ", the newest at " + newest.UTC().Format(time.RFC3339)
	}
	l.Evidence = []pipewright.Evidence{{Source: table, Kind: pipewright.MetricEvidence, Query: query, Start: since, End: c.cfg.Now(), Excerpt: say}}
	return l, true, nil
}

// landedSQL counts the rows that came since $1; "" when no column says when they came.
func landedSQL(t observedTable) string {
	for _, name := range loadedColumns {
		i := slices.IndexFunc(t.Columns, func(col pipewright.Column) bool {
			return strings.EqualFold(col.Name, name) && strings.HasPrefix(col.Type, "timestamp")
		})
		if i >= 0 {
			at := quote(t.Columns[i].Name)
			return fmt.Sprintf("SELECT count(*)::float8, max(%s)::timestamptz FROM %s WHERE %s >= $1", at, quote(t.Schema, t.Table), at)
		}
	}
	return ""
}
