package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Ingest implements intake.Store. What is stored twice or changed:
//   - Log lines: once for each (resource, UID), see lineUID. A record longer than
//     1 MiB is stored as its head and tail with a note between, bytes that are
//     not UTF-8 as U+FFFD.
//   - Points: a later value for the same instant replaces the earlier one. NaN
//     and infinities are not measurements and are dropped.
//   - Runs: the later observation replaces the earlier unless it would move a
//     done run back.
//   - Changes: once for each ID. Schemas and settings: only when they differ from
//     the one before them in time; a new sample of unchanged columns is kept with
//     the snapshot that is there.
//   - Resources: labels are merged, a later value wins. Anything observed about a
//     resource makes it an observed one, an edge alone does not.
//
// A batch without Source has no cursor to keep.
func (s *Store) Ingest(ctx context.Context, b pipewright.Batch) (pipewright.Batch, error) {
	if b.Empty() && b.Source == "" {
		return b, nil
	}
	var fresh pipewright.Batch
	err := s.writeOn(ctx, s.lanes.Feed, func(conn *sql.Conn, tx *sql.Tx) error {
		fresh = pipewright.Batch{Source: b.Source, Cursor: b.Cursor}
		g := s.ingestion(ctx, conn, tx)
		defer g.Close()
		return g.store(b, &fresh)
	})
	if err != nil {
		return pipewright.Batch{}, s.fault("ingest from "+b.Source, err)
	}
	return fresh, nil
}

// Ingestion is one batch on its way into the store.
type Ingestion struct {
	Ctx  context.Context
	Conn *sql.Conn // the connection that Tx is on
	Tx   *sql.Tx

	dialect Dialect
	names   map[pipewright.ResourceID]int64 // numbers of the resources met so far
	series  map[pipewright.SeriesName]int64 // and of the series
	seen    map[int64]span                  // when the batch observed each
	stmts   map[string]*sql.Stmt
}

// span is the earliest and latest time something was seen.
type span struct{ first, last int64 }

// Within is an ingestion within a transaction, for a dialect that rewrites what it has
// stored. The caller closes it.
func Within(ctx context.Context, tx *sql.Tx) *Ingestion {
	return &Ingestion{Ctx: ctx, Tx: tx,
		names: map[pipewright.ResourceID]int64{}, series: map[pipewright.SeriesName]int64{}, seen: map[int64]span{}, stmts: map[string]*sql.Stmt{}}
}

func (s *Store) ingestion(ctx context.Context, conn *sql.Conn, tx *sql.Tx) *Ingestion {
	g := Within(ctx, tx)
	g.Conn, g.dialect = conn, s.dialect
	return g
}

func (g *Ingestion) store(b pipewright.Batch, fresh *pipewright.Batch) error {
	steps := []func() error{
		func() error { return g.resources(b.Resources, fresh) },
		func() error { return g.edges(b.Edges, fresh) },
		func() (err error) { fresh.Lines, err = g.dialect.Lines(g, b.Lines); return err },
		func() error { return g.mined(b.Mined, fresh.Lines) },
		func() (err error) { fresh.Points, err = g.dialect.Points(g, b.Points); return err },
		func() error { return g.runs(b.Runs, fresh) },
		func() error { return g.changes(b.Changes, fresh) },
		func() error { return g.schemas(b.Schemas, fresh) },
		func() error { return g.settings(b.Settings, fresh) },
		func() error { return g.documents(documented(b.Documents, fresh)) },
		g.saveSeen,
		func() error { return g.cursor(b.Source, b.Cursor) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Exec runs a statement that is prepared once for each batch, and returns how
// many rows it touched.
func (g *Ingestion) Exec(query string, args ...any) (int64, error) {
	st, err := g.prepare(query) //nolint:sqlclosecheck // kept for the batch: Ingestion.Close closes it
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(g.Ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Row reads one row; found is false when there is none.
func (g *Ingestion) Row(query string, args []any, into ...any) (found bool, err error) {
	st, err := g.prepare(query) //nolint:sqlclosecheck // kept for the batch: Ingestion.Close closes it
	if err != nil {
		return false, err
	}
	err = st.QueryRowContext(g.Ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (g *Ingestion) prepare(query string) (*sql.Stmt, error) {
	if st := g.stmts[query]; st != nil {
		return st, nil
	}
	st, err := g.Tx.PrepareContext(g.Ctx, query)
	if err == nil {
		g.stmts[query] = st
	}
	return st, err
}

// Close closes the statements.
func (g *Ingestion) Close() {
	for _, st := range g.stmts {
		_ = st.Close() // the transaction has the error, if there was one
	}
}

// resource is the number of a resource, which it gets when it is first named.
func (g *Ingestion) resource(name pipewright.ResourceID) (id int64, err error) {
	if id, ok := g.names[name]; ok {
		return id, nil
	}
	if name == "" {
		return 0, pipewright.Errorf(pipewright.Invalid, "an observation names no resource")
	}
	stored := Clean(string(name))
	found, err := g.Row(`SELECT id FROM resources WHERE name = $1`, []any{stored}, &id)
	if err == nil && !found {
		_, err = g.Row(`INSERT INTO resources (name, first_seen, last_seen) VALUES ($1, $2, $3) RETURNING id`, []any{stored, Never, Never}, &id)
	}
	if err != nil {
		return 0, err
	}
	g.names[name] = id
	return id, nil
}

// Observe is resource, for something that was seen of it at a time.
func (g *Ingestion) Observe(name pipewright.ResourceID, at int64) (int64, error) {
	id, err := g.resource(name)
	if err != nil {
		return 0, err
	}
	s, met := g.seen[id]
	if !met {
		s = span{Never, Never}
	}
	g.seen[id] = s.with(at)
	return id, nil
}

// with widens the span; a time that is not known leaves it as it is.
func (s span) with(at int64) span {
	if at == Never {
		return s
	}
	if s.first == Never || at < s.first {
		s.first = at
	}
	s.last = max(s.last, at)
	return s
}

// saveSeen widens when each resource of the batch was seen.
func (g *Ingestion) saveSeen() error {
	for _, id := range slices.Sorted(maps.Keys(g.seen)) {
		s := g.seen[id]
		_, err := g.Exec(`UPDATE resources SET observed = 1, last_seen = CASE WHEN last_seen > $2 THEN last_seen ELSE $2 END,
			first_seen = CASE WHEN first_seen = $4 OR ($1 <> $4 AND $1 < first_seen) THEN $1 ELSE first_seen END WHERE id = $3`, s.first, s.last, id, Never)
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Ingestion) cursor(source, cursor string) error {
	if source == "" {
		return nil
	}
	_, err := g.Exec(`INSERT INTO cursors (source, cursor) VALUES ($1, $2) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor`, source, cursor)
	return err
}

// Cursor implements intake.Store: empty when the source was never polled.
func (s *Store) Cursor(ctx context.Context, source string) (cursor string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT cursor FROM cursors WHERE source = $1`, source).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return cursor, s.fault("read cursor of "+source, err)
}
