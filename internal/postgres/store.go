// Package postgres is the store of a team: one PostgreSQL database that several
// replicas, people and surfaces share. What is stored and which rules hold is
// internal/sqlstore's, as for the embedded store; here is how the database is opened,
// owned, written in bulk and searched.
//
// What always holds:
//   - Everything is durable when the call returns, telemetry too.
//   - The ledger is written by one serialisable transaction at a time, over all
//     replicas: it takes its turn by locking the table ledger_turn first, so that it
//     sees what the one before it did.
//   - One replica owns the loop (Own). The lock is the session's, so that it ends with
//     its holder's connection; every later owner raises an epoch, and a commit by an
//     earlier one is refused (fence).
//   - A database that cannot be reached is Unavailable, in one sentence without a
//     password; the next call connects anew.
//   - The wall clock is never read: every time comes from the caller.
//
// Roles: the role in the URL owns the tables, because it makes partitions. It needs
// CREATE and USAGE on its schema and nothing else: no superuser, no other schema. A
// role that only reads (dashboards) needs USAGE on the schema and SELECT on its tables.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/pipewright/pipewright/internal/sqlstore"
)

// Store is an open store. It is safe for concurrent use.
type Store struct {
	*sqlstore.Store
	name  string // for people: host and database, never a password
	write *sql.DB
	read  *sql.DB // its sessions cannot write

	vectors pgVector

	owning sync.Mutex
	owner  *sql.Conn // whose session holds the lock, set by Own
	epoch  string    // of the ownership, empty: never owned
}

// Options say how to open a store. The zero value creates what is missing.
type Options struct {
	// Existing refuses to create a new store: for commands that only make sense on
	// one that somebody filled.
	Existing bool
	// Anchor is the path of the file that vouches for the audit chain from outside the
	// database. Empty: none is kept, and AuditVerify says so.
	Anchor string
}

// Connections of one process. Whoever writes the ledger, the queue and telemetry at
// once, and the owner's own session, have one each.
const (
	writers = 6
	readers = 6
)

// Open opens the store in the database that a postgres:// URL names, creates its tables
// when there are none and brings them up to date. The database must exist; the password
// may be left to PGPASSWORD or a pgpass file.
func Open(ctx context.Context, url string, opts Options) (_ *Store, err error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	s := &Store{name: nameOf(cfg), write: connect(cfg, writers, false), read: connect(cfg, readers, true)}
	defer func() { //nolint:contextcheck // it is closed although ctx may have ended
		if err != nil {
			_ = s.Close()
		}
	}()
	created, err := s.migrate(ctx, opts.Existing)
	if err != nil {
		return nil, err
	}
	if s.vectors, err = s.prepareVectors(ctx); err != nil {
		return nil, err
	}
	s.Store = sqlstore.New(s.dialect(), s.lanes())
	if opts.Anchor != "" {
		if err = s.OpenAnchor(ctx, opts.Anchor, created); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Path names the store for people.
func (s *Store) Path() string { return s.name }

// Close gives up ownership and closes the connections.
func (s *Store) Close() error {
	err := s.disown()
	if s.Store != nil {
		err = errors.Join(err, s.CloseAnchor())
	}
	return errors.Join(err, s.write.Close(), s.read.Close())
}

func (s *Store) lanes() sqlstore.Lanes {
	free := sqlstore.Lane{DB: s.write}
	return sqlstore.Lanes{
		Read: sqlstore.Lane{DB: s.read, Opts: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}},
		Ledger: sqlstore.Lane{DB: s.write, Turn: make(chan struct{}, 1), Opts: &sql.TxOptions{Isolation: sql.LevelSerializable},
			First: `LOCK TABLE ledger_turn IN EXCLUSIVE MODE`},
		Queue: free,
		Notes: free,
		Feed:  sqlstore.Lane{DB: s.write, Turn: make(chan struct{}, 1), First: `LOCK TABLE feed_turn IN EXCLUSIVE MODE`},
	}
}

func connect(cfg *pgx.ConnConfig, most int, readOnly bool) *sql.DB {
	cfg = cfg.Copy()
	if readOnly {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}
