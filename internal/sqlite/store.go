// Package sqlite is the embedded store: one SQLite file that holds the journal,
// incidents, reservations, approvals, policies, the audit chain and all
// telemetry. It implements heal.Journal, heal.Recovery, intake.Store and
// tools.Telemetry.
//
// What always holds:
//   - What the loop commits (Commit, AddRequest, SavePolicy, Salt) is on disk,
//     fsynced, before the call returns. Telemetry is not fsynced one batch at a
//     time: a crash of the process loses nothing, a power cut may lose the last
//     batches together with their cursors, so that they are polled again.
//   - One process owns the file's loop (Own). Any number of others may open the
//     file, read it and write requests beside it.
//   - The wall clock is never read: every time comes from the caller.
//
// Three files lie beside the database: SQLite's -wal and -shm while it is open,
// .lock (who owns the loop) and .anchor (see AuditVerify).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"

	"github.com/pipewright/pipewright/internal/sqlstore"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Store is an open store. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store
	path   string
	ledger *sql.DB // one connection, fsync at every commit
	feed   *sql.DB // one connection, fsync at checkpoints only
	read   *sql.DB // a few connections that cannot write

	owning sync.Mutex
	lock   *os.File // held by Own
}

// Options say how to open a store. The zero value creates what is missing.
type Options struct {
	// Existing refuses to create a new file: for commands that only make sense
	// on a store somebody filled.
	Existing bool
}

// Page caches in KiB for each connection: 33 MiB at most in all. The feed's holds the
// ends of every index of the lines and what the full-text index merges.
const (
	ledgerCache = 1024
	feedCache   = 24576
	readCache   = 2048
	readers     = 4
)

// Open opens the store in the file at path, creates it when it is missing (its
// directory must exist) and brings its schema up to date. A file that is not a
// store of ours, or that a newer version wrote, is an Invalid error of one
// sentence and stays untouched.
func Open(ctx context.Context, path string, opts Options) (_ *Store, err error) {
	path, created, err := prepare(ctx, path, opts)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.ledger, err = connect(path, 1, ledgerCache, "synchronous(FULL)"); err != nil {
		return nil, err
	}
	if s.feed, err = connect(path, 1, feedCache, "synchronous(NORMAL)", "wal_autocheckpoint(8000)"); err != nil {
		return nil, err
	}
	if s.read, err = connect(path, readers, readCache, "query_only(1)"); err != nil {
		return nil, err
	}
	s.Store = sqlstore.New(dialectOf(kept{newShelf()}), s.lanes())
	if err = s.OpenAnchor(ctx, path+".anchor", created); err != nil {
		return nil, err
	}
	return s, nil
}

// lanes gives the one writer of this process its turns; those of other processes wait
// for each other in SQLite.
func (s *Store) lanes() sqlstore.Lanes {
	turn := make(chan struct{}, 1)
	durable, relaxed := sqlstore.Lane{DB: s.ledger, Turn: turn}, sqlstore.Lane{DB: s.feed, Turn: turn}
	return sqlstore.Lanes{Read: sqlstore.Lane{DB: s.read}, Ledger: durable, Queue: durable, Notes: relaxed, Feed: relaxed}
}

// Path is the absolute path of the database file.
func (s *Store) Path() string { return s.path }

// Close gives up ownership and closes the file. An error that writing the
// audit anchor met while the store was open comes back here.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.feed, s.ledger} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.Store != nil {
		errs = append(errs, s.CloseAnchor())
	}
	errs = append(errs, s.disown())
	return errors.Join(errs...)
}
