package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/migrations"
	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"
)

// applicationID marks a database file as Pipewright's: "PWRT".
const applicationID = 0x50575254

// prepare makes sure that the file at path is a store of ours at the embedded
// version, and returns its absolute path and whether there was no store in it.
func prepare(ctx context.Context, path string, opts Options) (abs string, created bool, err error) {
	abs, err = filepath.Abs(path)
	if err != nil {
		return "", false, pipewright.Errorf(pipewright.Invalid, "open store %s: %w", path, err)
	}
	switch info, err := os.Stat(abs); {
	case errors.Is(err, fs.ErrNotExist) && opts.Existing:
		return "", false, pipewright.Errorf(pipewright.NotFound, "there is no store at %s: check the path, or let `pipewright demo --db` or `serve` make one", path)
	case errors.Is(err, fs.ErrNotExist):
		if dir := filepath.Dir(abs); !isDir(dir) {
			return "", false, pipewright.Errorf(pipewright.Invalid, "open store %s: make the directory %s first, it does not exist", path, dir)
		}
	case err != nil:
		return "", false, pipewright.Errorf(pipewright.Invalid, "open store %s: %w", path, err)
	case !info.Mode().IsRegular():
		return "", false, pipewright.Errorf(pipewright.Invalid, "open store %s: give the path of a file, this is a directory or a device", path)
	}
	created, err = migrate(ctx, abs)
	return abs, created, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// migrate looks at the file before it changes anything and runs what is
// pending. Two processes that open a new file at once meet here: each migration
// is one transaction, so the loser fails, looks again and finds it done.
func migrate(ctx context.Context, path string) (created bool, err error) {
	const tries = 40
	for try := 1; ; try++ {
		version, err := inspect(ctx, path)
		if err != nil {
			return false, err
		}
		created = created || version == 0
		want, err := target()
		if err != nil {
			return created, err
		}
		if version == want {
			if err := packRows(ctx, path); err != nil {
				return created, err
			}
			return created, outlineBlocks(ctx, path)
		}
		if version > want {
			return false, pipewright.Errorf(pipewright.Invalid,
				"store %s was written by a newer pipewright (its version is %d, this binary knows %d): upgrade pipewright or use another file", path, version, want)
		}
		if running, err := (&Store{path: path}).LoopRuns(); version > 0 && (err != nil || running) {
			return false, errors.Join(err, pipewright.Errorf(pipewright.Conflict,
				"store %s has the loop of an older pipewright running on it: stop that one first, then this version can bring the file up to date", path))
		}
		if err = upgrade(ctx, path); err == nil {
			continue
		}
		if code := primary(err); try == tries || code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_READONLY {
			return false, fault("upgrade store "+path, err)
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return false, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// inspect reads the schema version of the file, 0 for a new one, without
// writing to it. A file that is not ours is Invalid.
func inspect(ctx context.Context, path string) (version int64, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	db, err := sql.Open("sqlite", dsn(path, "busy_timeout(10000)", "query_only(1)"))
	if err != nil {
		return 0, fault("open store "+path, err)
	}
	defer func() { _ = db.Close() }() // only read
	var id, tables int64
	err = db.QueryRowContext(ctx, `SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id`).Scan(&id, &tables)
	switch {
	case primary(err) == sqlite3.SQLITE_NOTADB:
		return 0, pipewright.Errorf(pipewright.Invalid, "%s is not a database: give the path of a pipewright store, or of a new file", path)
	case err != nil:
		return 0, fault("open store "+path, err)
	case id == 0 && tables == 0:
		return 0, nil
	case id != applicationID:
		return 0, pipewright.Errorf(pipewright.Invalid, "%s is a database of another program: give the path of a pipewright store, or of a new file", path)
	}
	return recorded(ctx, db)
}

// recorded is the highest migration that the file has seen.
func recorded(ctx context.Context, db *sql.DB) (version int64, err error) {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'`).Scan(&tables); err != nil || tables == 0 {
		return 0, fault("read store version", err)
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	return version, fault("read store version", err)
}

// Tables are the names of all tables, but for those that SQLite, the full-text index, the
// blocks of log records (which count as the table lines) and the migrations keep for themselves.
func (s *Store) Tables(ctx context.Context) (names []string, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table'
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT GLOB '*_text' AND name NOT GLOB '*_text_*' AND name NOT GLOB 'line_*' AND name <> 'goose_db_version' ORDER BY name`)
	if err != nil {
		return nil, fault("list tables", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fault("list tables", err)
		}
		names = append(names, name)
	}
	return names, fault("list tables", rows.Err())
}

// upgrade runs the pending migrations.
func upgrade(ctx context.Context, path string) (err error) {
	db, err := connect(path, 1, ledgerCache, "synchronous(FULL)", fmt.Sprintf("application_id(%d)", applicationID))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// target is the version of the newest embedded migration.
func target() (int64, error) {
	db, err := sql.Open("sqlite", "") // goose wants a handle; it is never used
	if err != nil {
		return 0, fault("read embedded migrations", err)
	}
	defer func() { _ = db.Close() }() // never opened
	p, err := provider(db)
	if err != nil {
		return 0, fault("read embedded migrations", err)
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version, nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations.SQLite, "sqlite")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
}

// connect opens a pool of at most n connections on the file. Write
// transactions take the write lock at once (BEGIN IMMEDIATE): one that starts
// as a reader and fails to become a writer half way cannot happen.
func connect(path string, n, cacheKiB int, pragmas ...string) (*sql.DB, error) {
	all := append([]string{"busy_timeout(10000)", "journal_mode(WAL)", fmt.Sprintf("cache_size(-%d)", cacheKiB)}, pragmas...)
	db, err := sql.Open("sqlite", dsn(path, all...)+"&_txlock="+lockMode(pragmas))
	if err != nil {
		return nil, fault("open store "+path, err)
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

func lockMode(pragmas []string) string {
	for _, p := range pragmas {
		if p == "query_only(1)" {
			return "deferred"
		}
	}
	return "immediate"
}

// dsn spells the path as a URI, so that no character of it is taken for a
// parameter.
func dsn(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return u.String()
}
