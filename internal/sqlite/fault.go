package sqlite

import (
	"errors"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func fault(doing string, err error) error { return sqlstore.Fault(doing, err, ofDriver) }

// ofDriver gives an error of SQLite a kind and a sentence.
func ofDriver(doing string, err error) error {
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
