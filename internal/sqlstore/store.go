// Package sqlstore is what the two stores have in common: the ledger (journal,
// incidents, reservations, approvals, policies, the audit chain), due work, and
// telemetry, as rows of an SQL database. internal/sqlite and internal/postgres open
// a database, own it, and say where their SQL differs (Dialect); every rule about
// what is stored is here, once.
//
// What always holds:
//   - Every change to the ledger goes through one transaction at a time, which checks
//     its limits again and appends to the audit chain (record).
//   - The wall clock is never read: every time comes from the caller.
//   - SQL is written for both: parameters are $1, $2 in order, and values only ever go
//     in as parameters.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
)

// Store keeps everything in one database. It is safe for concurrent use.
type Store struct {
	dialect Dialect
	lanes   Lanes
	read    view // of Lanes.Read
	anchor  anchor
}

// Lane is one way of writing: a handle, who may be on it at once, and how its
// transactions begin.
type Lane struct {
	DB    *sql.DB
	Turn  chan struct{} // holds the token of whoever writes, in order of arrival; nil: anybody at once
	Opts  *sql.TxOptions
	First string // run first in every transaction; empty: nothing
}

// Lanes are the ways into the database. Several may be the same.
type Lanes struct {
	Read   Lane // cannot write; a transaction on it sees one moment
	Ledger Lane // one transaction at a time, over all processes; durable when it returns
	Queue  Lane // deliveries and spending; durable when it returns
	Notes  Lane // conversations and small facts
	Feed   Lane // telemetry
}

// New serves a database that the caller has opened and brought up to date.
func New(d Dialect, l Lanes) *Store {
	s := &Store{dialect: d, lanes: l}
	s.read = s.view(l.Read.DB)
	return s
}

func (s *Store) fault(doing string, err error) error { return Fault(doing, err, s.dialect.Fault) }

// tries is how often a transaction that lost against another one is begun.
const tries = 10

// write runs f in one transaction on a lane, and again when the database says that
// it lost against another transaction: f must do the same whenever it is called.
func (s *Store) write(ctx context.Context, lane Lane, f func(*sql.Tx) error) error {
	return s.writeOn(ctx, lane, func(_ *sql.Conn, tx *sql.Tx) error { return f(tx) })
}

// writeOn is write for those who need the connection too.
func (s *Store) writeOn(ctx context.Context, lane Lane, f func(*sql.Conn, *sql.Tx) error) (err error) {
	if lane.Turn != nil {
		select {
		case lane.Turn <- struct{}{}:
			defer func() { <-lane.Turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for range tries {
		if err = inTx(ctx, lane, f); err == nil || s.dialect.Again == nil || !s.dialect.Again(err) {
			return err
		}
	}
	return err
}

// inTx commits what f did, or nothing. The result is named so that a failed
// commit is an error.
func inTx(ctx context.Context, lane Lane, f func(*sql.Conn, *sql.Tx) error) (err error) {
	conn, err := lane.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreDone(conn.Close())) }()
	tx, err := conn.BeginTx(ctx, lane.Opts)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
			return
		}
		err = tx.Commit()
	}()
	if lane.First != "" {
		if _, err := tx.ExecContext(ctx, lane.First); err != nil {
			return err
		}
	}
	return f(conn, tx)
}

// ignoreDone drops the error of giving back what has already been given back.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
