package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
)

// Source is the intake source of one database. A database that cannot be
// reached is an observation, not an error: the batch then says reachable 0 of
// postgres:db/<name> with the connection error as an error line, and the cursor
// stays. What is wrong with the configuration (a refused password) is an error.
//
// Metrics of the database: reachable (0 or 1), connections, lock_waits (sessions
// that wait for a lock), longest_transaction_seconds. Of each table: rows and
// size_bytes (the server's estimates), lock_waits, exclusive_lock_seconds (age of
// the transaction that holds it against everybody, 0 when none does).
type Source struct{ c *Client }

// Source returns the intake source.
func (c *Client) Source() *Source { return &Source{c} }

// Name names the source and its cursor.
func (s *Source) Name() string { return "postgres/" + s.c.cfg.Name }

// tableMark is what the cursor remembers of a table, by "schema.table".
type tableMark struct {
	Columns string    `json:"columns"` // digest of names and types
	Tried   time.Time `json:"tried"`   // when samples were last taken
	Sampled bool      `json:"sampled"` // and whether that went well
}

const (
	resample  = time.Hour   // samples of a table that did not change
	retryWait = time.Minute // samples that could not be taken, behind a lock
)

// Poll observes the database once. There is no history to catch up with.
func (s *Source) Poll(ctx context.Context, text string, now time.Time) (pipewright.Batch, error) {
	b := pipewright.Batch{Source: s.Name(), Cursor: text}
	b.Resources = append(b.Resources, s.c.resource(s.c.DB(), now))
	seen, err := s.c.observe(ctx)
	if pipewright.KindOf(err) == pipewright.Unavailable && ctx.Err() == nil {
		s.c.unreachable(&b, err, now)
		return b, nil
	}
	if err != nil {
		return pipewright.Batch{}, err
	}
	s.c.points(&b, seen, now)
	marks := map[string]tableMark{}
	_ = json.Unmarshal([]byte(text), &marks) // an unreadable cursor takes all snapshots again
	next := map[string]tableMark{}
	for _, t := range seen.Tables {
		next[t.name()] = s.c.snapshot(ctx, &b, t, marks[t.name()], now)
	}
	cursor, err := json.Marshal(next)
	if err != nil {
		return pipewright.Batch{}, pipewright.Errorf(pipewright.Internal, "postgres %s: encode the cursor: %w", s.c.cfg.Name, err)
	}
	b.Cursor = string(cursor)
	return b, nil
}

func (c *Client) resource(id pipewright.ResourceID, now time.Time) pipewright.Resource {
	return pipewright.Resource{ID: id, Labels: c.cfg.Labels, FirstSeen: now, LastSeen: now}
}

func (c *Client) unreachable(b *pipewright.Batch, err error, now time.Time) {
	b.Points = append(b.Points, pipewright.Point{Resource: c.DB(), Metric: "reachable", At: now})
	b.Lines = append(b.Lines, pipewright.LogLine{
		Resource: c.DB(), At: now, Level: pipewright.Err, Text: err.Error(), UID: "unreachable/" + now.UTC().Format(time.RFC3339Nano),
	})
}

// points adds resources, lineage and metrics.
func (c *Client) points(b *pipewright.Batch, seen observed, now time.Time) {
	add := func(id pipewright.ResourceID, metric string, v float64) {
		b.Points = append(b.Points, pipewright.Point{Resource: id, Metric: metric, At: now, Value: v})
	}
	db := c.DB()
	add(db, "reachable", 1)
	add(db, "connections", seen.Connections)
	add(db, "lock_waits", seen.Waits)
	add(db, "longest_transaction_seconds", seen.LongestTx)
	for _, t := range seen.Tables {
		id := tableID(t.Schema, t.Table)
		b.Resources = append(b.Resources, c.resource(id, now))
		b.Edges = append(b.Edges, pipewright.Edge{Up: db, Down: id})
		add(id, "rows", t.Rows)
		add(id, "size_bytes", t.Bytes)
		add(id, "lock_waits", t.Waits)
		add(id, "exclusive_lock_seconds", t.Locked)
	}
}

// snapshot adds the schema of a table when it changed, when it has no samples
// yet, or when they are old.
func (c *Client) snapshot(ctx context.Context, b *pipewright.Batch, t observedTable, last tableMark, now time.Time) tableMark {
	mark := tableMark{Columns: digest(t.Columns), Tried: last.Tried, Sampled: last.Sampled}
	changed := mark.Columns != last.Columns
	age := now.Sub(last.Tried)
	if !changed && (last.Sampled && age < resample || !last.Sampled && age < retryWait) {
		return mark
	}
	columns, err := c.sampled(ctx, t)
	mark.Tried, mark.Sampled = now, err == nil
	if changed || err == nil {
		b.Schemas = append(b.Schemas, pipewright.Schema{Resource: tableID(t.Schema, t.Table), At: now, Columns: columns})
	}
	return mark
}

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
