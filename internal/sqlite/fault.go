package sqlite

import (
	"context"
	"errors"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// fault gives a database error a kind and a sentence. doing is verb and object.
// Errors that have a kind keep it.
func fault(doing string, err error) error {
	if err == nil {
		return nil
	}
	var ours *pipewright.Error
	if errors.As(err, &ours) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return pipewright.Errorf(pipewright.Unavailable, "%s: another process keeps the store busy, try again: %w", doing, err)
	case sqlite3.SQLITE_FULL:
		return pipewright.Errorf(pipewright.Unavailable, "%s: the disk is full, make room and try again: %w", doing, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		return pipewright.Errorf(pipewright.Unavailable, "%s: the file cannot be read or written, check its disk and permissions: %w", doing, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return pipewright.Errorf(pipewright.Invalid, "%s: the database file is damaged, restore it from a backup: %w", doing, err)
	}
	return pipewright.Errorf(pipewright.Internal, "%s: %w", doing, err)
}

// primary is SQLite's primary result code of err, 0 when it is not SQLite's.
func primary(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}
