package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
)

// session is one that holds a lock in the way of others.
type session struct {
	PID      int
	Start    time.Time // with the pid, names the session for good
	App      string
	User     string
	Type     string // client backend, walsender, autovacuum worker
	State    string // active, idle in transaction
	TxAge    time.Duration
	Wrote    bool // its transaction has an id: it changed data, or locked a table exclusively
	Super    bool // of a superuser
	Ours     bool
	Waiters  int
	Relation string
	Mode     string
	Query    string
}

// idleAfter is how long a session must have been idle in its transaction before
// a strong lock that it holds counts as in the way though nobody waits just now:
// clients that give up and come back every minute are seldom seen waiting.
const idleAfter = 10 * time.Second

// blockersSQL finds the roots of lock waits, and sessions that sit idle on a
// strong lock. $1 is a table's oid or 0 for the whole database, $2 the watched schemas.
const blockersSQL = `
WITH waits AS (
    SELECT pid, pg_blocking_pids(pid) AS by FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'),
roots AS (
    SELECT b.pid, count(DISTINCT w.pid) AS waiters FROM waits w CROSS JOIN unnest(w.by) AS b (pid)
    WHERE NOT EXISTS (SELECT FROM waits x WHERE x.pid = b.pid AND cardinality(x.by) > 0) GROUP BY b.pid),
strong AS (
    SELECT l.pid, l.relation, l.mode, n.nspname || '.' || c.relname AS name
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.granted AND l.locktype = 'relation' AND n.nspname = ANY ($2) AND c.relkind IN ('r', 'p', 'm')
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ($1 = 0 OR l.relation = $1)),
best AS (
    SELECT DISTINCT ON (pid) pid, name, mode FROM strong
    ORDER BY pid, array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'], mode) NULLS LAST, name)
SELECT a.pid, a.backend_start, coalesce(a.application_name, ''), coalesce(a.usename, ''), coalesce(a.backend_type, ''), coalesce(a.state, ''),
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8, a.backend_xid IS NOT NULL, coalesce(r.rolsuper, true),
       a.pid = pg_backend_pid() OR a.application_name = $4 AND a.usename = current_user,
       coalesce(roots.waiters, 0)::int, coalesce(best.name, ''), coalesce(best.mode, ''), coalesce(a.query, '')
FROM pg_stat_activity a LEFT JOIN roots USING (pid) LEFT JOIN best USING (pid) LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = current_database() AND (
      roots.pid IS NOT NULL AND ($1 = 0 OR best.pid IS NOT NULL)
   OR best.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
      AND a.state LIKE 'idle in transaction%' AND clock_timestamp() - a.state_change > make_interval(secs => $3))
ORDER BY a.xact_start NULLS LAST, a.pid`

// blockers lists the sessions in the way of others at the target, the oldest
// transaction first. One behind a pooler's or a postgres_fdw's session shows as that.
func (c *Client) blockers(ctx context.Context, tx pgx.Tx, target pipewright.ResourceID) ([]session, error) {
	oid, err := c.oid(ctx, tx, target)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, blockersSQL, oid, c.cfg.Schemas, idleAfter.Seconds(), appName)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s session, err error) {
		var age float64
		err = row.Scan(&s.PID, &s.Start, &s.App, &s.User, &s.Type, &s.State, &age, &s.Wrote, &s.Super, &s.Ours, &s.Waiters, &s.Relation, &s.Mode, &s.Query)
		s.TxAge, s.Start = time.Duration(age*float64(time.Second)).Round(time.Second), s.Start.UTC()
		return s, err
	})
}

// oid finds a table; 0 stands for the database.
func (c *Client) oid(ctx context.Context, tx pgx.Tx, target pipewright.ResourceID) (uint32, error) {
	if target == c.DB() {
		return 0, nil
	}
	t, err := c.table(ctx, tx, target)
	return t.OID, err
}

// table finds a watched table by its resource.
func (c *Client) table(ctx context.Context, tx pgx.Tx, target pipewright.ResourceID) (observedTable, error) {
	if target.Kind() != "postgres:table" {
		return observedTable{}, pipewright.Errorf(pipewright.Invalid, "%s is not a table of postgres %s, nor its database", target, c.cfg.Name)
	}
	// Names may hold dots: what the watched schemas leave of the name is the table.
	for _, schema := range c.cfg.Schemas {
		name, ok := strings.CutPrefix(target.Name(), schema+".")
		if !ok {
			continue
		}
		found, err := readTables(ctx, tx, []string{schema}, name)
		if err == nil && len(found) == 1 {
			err = readColumns(ctx, tx, found)
		}
		if err != nil || len(found) == 1 {
			return append(found, observedTable{})[0], err
		}
	}
	return observedTable{}, pipewright.Errorf(pipewright.NotFound, "postgres %s: there is no table %s in the watched schemas", c.cfg.Name, target.Name())
}

// forbidden says why a session must never be ended by us; empty when it may be.
func (s session) forbidden() string {
	switch {
	case s.Ours:
		return "it is Pipewright's own session"
	case s.Type != "client backend":
		return "it is a " + s.Type
	case s.Super:
		return "it belongs to a superuser"
	}
	return ""
}

// String is how people see a session. Of its statement only the shape is shown.
func (s session) String() string {
	return fmt.Sprintf("pid %d (%s, user %s, %s, transaction open for %s) holds %s on %s, %d waiting; statement %s",
		s.PID, named(s.App), s.User, s.State, s.TxAge, named(s.Mode), named(s.Relation), s.Waiters, fingerprint(s.Query))
}

func named(s string) string {
	if s == "" {
		return "unnamed"
	}
	return s
}

var (
	literals = regexp.MustCompile(`(?s)'(?:[^']|'')*'|\$([A-Za-z_]*)\$.*?\$([A-Za-z_]*)\$|\b\d[\d.]*\b|--[^\n]*|/\*.*?\*/`)
	blanks   = regexp.MustCompile(`\s+`)
)

// fingerprint is a statement without its literals and comments, shortened, with
// a hash of the whole that tells two long ones apart.
func fingerprint(query string) string {
	shape := strings.TrimSpace(blanks.ReplaceAllString(literals.ReplaceAllString(query, "?"), " "))
	sum := sha256.Sum256([]byte(shape))
	if r := []rune(shape); len(r) > 120 {
		shape = string(r[:120]) + "..."
	}
	return fmt.Sprintf("%q [%s]", shape, hex.EncodeToString(sum[:4]))
}
