package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
)

// observed is what one look at the database's catalogue shows.
type observed struct {
	Connections, Waits, LongestTx float64
	Tables                        []observedTable
}

type observedTable struct {
	OID           uint32
	Schema, Table string
	Rows, Bytes   float64
	Waits, Locked float64
	Columns       []pipewright.Column
}

func (t observedTable) name() string { return t.Schema + "." + t.Table }

// observe reads only the catalogue and the server's own views, so that a lock on
// a table cannot hold it up.
func (c *Client) observe(ctx context.Context) (observed, error) {
	var seen observed
	err := c.read(ctx, "look at sessions and tables", func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, sessionsSQL).Scan(&seen.Connections, &seen.Waits, &seen.LongestTx)
		if err != nil {
			return err
		}
		if seen.Tables, err = readTables(ctx, tx, c.cfg.Schemas, ""); err != nil {
			return err
		}
		return readColumns(ctx, tx, seen.Tables)
	})
	return seen, err
}

const sessionsSQL = `
SELECT count(*) FILTER (WHERE backend_type = 'client backend')::float8,
       count(*) FILTER (WHERE wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0)::float8,
       coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) FILTER (WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()), 0)::float8
FROM pg_stat_activity WHERE datname = current_database()`

// maxTables bounds what one database may bring.
const maxTables = 1000

const tablesSQL = `
SELECT c.oid, n.nspname, c.relname,
       coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), greatest(c.reltuples, 0))::float8,
       (c.relpages::int8 * current_setting('block_size')::int8)::float8,
       (SELECT count(DISTINCT l.pid) FROM pg_locks l WHERE l.relation = c.oid AND l.database = d.oid AND NOT l.granted)::float8,
       coalesce((SELECT max(extract(epoch FROM clock_timestamp() - a.xact_start)) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                 WHERE l.relation = c.oid AND l.database = d.oid AND l.granted AND l.mode = 'AccessExclusiveLock'), 0)::float8
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_database d ON d.datname = current_database()
WHERE n.nspname = ANY ($1) AND ($2 = '' OR c.relname = $2) AND c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition
ORDER BY n.nspname, c.relname LIMIT $3`

// readTables lists the tables of the schemas; table "" is all of them.
func readTables(ctx context.Context, tx pgx.Tx, schemas []string, table string) ([]observedTable, error) {
	rows, err := tx.Query(ctx, tablesSQL, schemas, table, maxTables)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t observedTable, err error) {
		return t, row.Scan(&t.OID, &t.Schema, &t.Table, &t.Rows, &t.Bytes, &t.Waits, &t.Locked)
	})
	// A name that no resource can have is left out.
	return slices.DeleteFunc(all, func(t observedTable) bool {
		_, err := pipewright.ParseResourceID(string(tableID(t.Schema, t.Table)))
		return err != nil
	}), err
}

const columnsSQL = `
SELECT attrelid, attname, format_type(atttypid, atttypmod), NOT attnotnull
FROM pg_attribute WHERE attrelid = ANY ($1) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum`

func readColumns(ctx context.Context, tx pgx.Tx, tables []observedTable) error {
	oids := make([]uint32, len(tables))
	at := map[uint32]int{}
	for i, t := range tables {
		oids[i], at[t.OID] = t.OID, i
	}
	rows, err := tx.Query(ctx, columnsSQL, oids)
	if err != nil {
		return err
	}
	var oid uint32
	var col pipewright.Column
	_, err = pgx.ForEachRow(rows, []any{&oid, &col.Name, &col.Type, &col.Nullable}, func() error {
		t := &tables[at[oid]]
		t.Columns = append(t.Columns, col)
		return nil
	})
	return err
}
