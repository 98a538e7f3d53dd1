package postgres

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

func (s *Store) fault(doing string, err error) error { return sqlstore.Fault(doing, err, s.ofDriver) }

// ofDriver gives an error of the connection or of the server a kind and a sentence.
// What is not the server's answer is a connection that was lost or never there.
func (s *Store) ofDriver(doing string, err error) error {
	var answer *pgconn.PgError
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return pipewright.Errorf(pipewright.Internal, "%s: a row is missing: %w", doing, err)
	case !errors.As(err, &answer):
		return pipewright.Errorf(pipewright.Unavailable, "%s: %s cannot be reached, check the server and the network and try again: %w", doing, s.name, plain(err))
	}
	for _, c := range sentences {
		if strings.HasPrefix(answer.Code, c.code) {
			return pipewright.Errorf(c.kind, "%s: %s %s: %w", doing, s.name, c.says, err)
		}
	}
	return pipewright.Errorf(pipewright.Internal, "%s: %w", doing, err)
}

// sentences are by the beginning of a SQLSTATE (PostgreSQL documentation, appendix A).
var sentences = []struct {
	code string
	kind pipewright.ErrorKind
	says string
}{
	{"08", pipewright.Unavailable, "lost the connection, try again"},
	{"28", pipewright.Denied, "refuses the role or its password, check the URL, PGPASSWORD or the pgpass file"},
	{"3D", pipewright.NotFound, "does not exist, make the database first"},
	{"40", pipewright.Unavailable, "is kept busy by other replicas, try again"},
	{"42501", pipewright.Denied, "does not let the role do that, grant it what internal/postgres documents"},
	{"53", pipewright.Unavailable, "has no room left (connections, memory or disk), make some and try again"},
	{"55P03", pipewright.Unavailable, "is kept busy by other replicas, try again"},
	{"57", pipewright.Unavailable, "is shutting down or starting, try again"},
	{"25006", pipewright.Unavailable, "is read-only (a standby?), use the primary"},
	{"XX", pipewright.Invalid, "is damaged, restore it from a backup"},
}

// plain drops what a failed connection says in further lines.
func plain(err error) error {
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) {
		first, _, _ := strings.Cut(strings.TrimSpace(failed.Unwrap().Error()), "\n")
		return errors.New(first)
	}
	return err
}

// again reports whether a transaction lost against another one: a serialization
// failure or a deadlock.
func again(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && (answer.Code == "40001" || answer.Code == "40P01")
}
