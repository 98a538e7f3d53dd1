package sqlite

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
	fresh := pipewright.Batch{Source: b.Source, Cursor: b.Cursor}
	err := s.write(ctx, s.feed, func(tx *sql.Tx) error {
		g := ingestion{ctx: ctx, tx: tx, names: map[pipewright.ResourceID]int64{}, seen: map[int64]span{}, stmts: map[string]*sql.Stmt{}}
		defer g.close()
		return g.store(b, &fresh)
	})
	if err != nil {
		return pipewright.Batch{}, fault("ingest from "+b.Source, err)
	}
	return fresh, nil
}

// ingestion is one batch on its way into the store.
type ingestion struct {
	ctx   context.Context
	tx    *sql.Tx
	names map[pipewright.ResourceID]int64 // numbers of the resources met so far
	seen  map[int64]span                  // when the batch observed each
	stmts map[string]*sql.Stmt
}

// span is the earliest and latest time something was seen.
type span struct{ first, last int64 }

func (g *ingestion) store(b pipewright.Batch, fresh *pipewright.Batch) error {
	steps := []func() error{
		func() error { return g.resources(b.Resources, fresh) },
		func() error { return g.edges(b.Edges, fresh) },
		func() error { return g.lines(b.Lines, fresh) },
		func() error { return g.points(b.Points, fresh) },
		func() error { return g.runs(b.Runs, fresh) },
		func() error { return g.changes(b.Changes, fresh) },
		func() error { return g.schemas(b.Schemas, fresh) },
		func() error { return g.settings(b.Settings, fresh) },
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

// exec runs a statement that is prepared once for each batch, and returns how
// many rows it touched.
func (g *ingestion) exec(query string, args ...any) (int64, error) {
	st, err := g.prepare(query) //nolint:sqlclosecheck // kept for the batch: ingestion.close closes it
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(g.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// row reads one row; found is false when there is none.
func (g *ingestion) row(query string, args []any, into ...any) (found bool, err error) {
	st, err := g.prepare(query) //nolint:sqlclosecheck // kept for the batch: ingestion.close closes it
	if err != nil {
		return false, err
	}
	err = st.QueryRowContext(g.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (g *ingestion) prepare(query string) (*sql.Stmt, error) {
	if st := g.stmts[query]; st != nil {
		return st, nil
	}
	st, err := g.tx.PrepareContext(g.ctx, query)
	if err == nil {
		g.stmts[query] = st
	}
	return st, err
}

func (g *ingestion) close() {
	for _, st := range g.stmts {
		_ = st.Close() // the transaction has the error, if there was one
	}
}

// resource is the number of a resource, which it gets when it is first named.
func (g *ingestion) resource(name pipewright.ResourceID) (id int64, err error) {
	if id, ok := g.names[name]; ok {
		return id, nil
	}
	if name == "" {
		return 0, pipewright.Errorf(pipewright.Invalid, "an observation names no resource")
	}
	stored := clean(string(name))
	found, err := g.row(`SELECT id FROM resources WHERE name = ?`, []any{stored}, &id)
	if err == nil && !found {
		_, err = g.row(`INSERT INTO resources (name, first_seen, last_seen) VALUES (?, ?, ?) RETURNING id`, []any{stored, int64(never), int64(never)}, &id)
	}
	if err != nil {
		return 0, err
	}
	g.names[name] = id
	return id, nil
}

// observe is resource, for something that was seen of it at a time.
func (g *ingestion) observe(name pipewright.ResourceID, at int64) (int64, error) {
	id, err := g.resource(name)
	if err != nil {
		return 0, err
	}
	s, met := g.seen[id]
	if !met {
		s = span{never, never}
	}
	g.seen[id] = s.with(at)
	return id, nil
}

// with widens the span; a time that is not known leaves it as it is.
func (s span) with(at int64) span {
	if at == never {
		return s
	}
	if s.first == never || at < s.first {
		s.first = at
	}
	s.last = max(s.last, at)
	return s
}

// saveSeen widens when each resource of the batch was seen.
func (g *ingestion) saveSeen() error {
	for _, id := range slices.Sorted(maps.Keys(g.seen)) {
		s := g.seen[id]
		_, err := g.exec(`UPDATE resources SET observed = 1, last_seen = max(last_seen, ?2),
			first_seen = CASE WHEN first_seen = ?4 OR (?1 <> ?4 AND ?1 < first_seen) THEN ?1 ELSE first_seen END WHERE id = ?3`, s.first, s.last, id, int64(never))
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *ingestion) cursor(source, cursor string) error {
	if source == "" {
		return nil
	}
	_, err := g.exec(`INSERT INTO cursors (source, cursor) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor`, source, cursor)
	return err
}

// Cursor implements intake.Store: empty when the source was never polled.
func (s *Store) Cursor(ctx context.Context, source string) (cursor string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT cursor FROM cursors WHERE source = ?`, source).Scan(&cursor)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return cursor, fault("read cursor of "+source, err)
}
