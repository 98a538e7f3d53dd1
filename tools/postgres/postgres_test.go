package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const password = "hunter2secret"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func offline(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Name: "shop", DSN: "postgres://pw:" + password + "@127.0.0.1:1/shop?sslmode=disable", Schemas: []string{"shop"}})
	require.NoError(t, err)
	return c
}

func TestNewRefusesWithoutQuotingTheSecret(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no name":         {DSN: "postgres://u:" + password + "@h/db", Schemas: []string{"shop"}},
		"no schema":       {Name: "shop", DSN: "postgres://u:" + password + "@h/db"},
		"a broken dsn":    {Name: "shop", DSN: "postgres://u:" + password + "@h:port/db", Schemas: []string{"shop"}},
		"not a dsn":       {Name: "shop", DSN: password, Schemas: []string{"shop"}},
		"a broken option": {Name: "shop", DSN: "postgres://u:" + password + "@h/db?sslmode=" + password, Schemas: []string{"shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(cfg)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
			assert.NotContains(t, fmt.Sprint(err), password)
		})
	}
}

func TestActuatorsAreWhole(t *testing.T) {
	r := tools.NewRegistry()
	require.NoError(t, offline(t).Register(r))
	for _, kind := range []pipewright.ActionKind{"postgres.cancel", "postgres.remap", "postgres.rollback"} {
		_, ok := r.Actuator(kind, "postgres:table/shop.orders")
		assert.True(t, ok, kind)
	}
	assert.Len(t, r.Probes("blocking_session", "postgres:table/shop.orders"), 1)
}

func TestActuatorsWithoutServerAreUnavailableAndKeepTheSecret(t *testing.T) {
	c := offline(t)
	t.Cleanup(c.Close)
	a := pipewright.Action{Target: "postgres:table/shop.orders", Key: "pw-1", Args: map[string]string{
		ArgPID: "1", ArgStart: "2026-01-01T00:00:00Z", ArgView: "pipewright.orders", ArgTable: "x", tools.MappingArg: "a",
	}}
	for _, act := range c.Actuators() {
		_, prepared := act.Prepare(t.Context(), a)
		_, done := act.Do(t.Context(), a)
		_, found, looked := act.Find(t.Context(), a)
		assert.Equal(t, tools.FoundUnknown, found, act.Kind)
		for _, err := range []error{prepared, done, looked} {
			assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), "%s: %v", act.Kind, err)
			assert.Contains(t, err.Error(), "127.0.0.1:1", act.Kind)
			assert.NotContains(t, err.Error(), password)
		}
	}
}

func TestAnActionThatWasNotPreparedIsInvalid(t *testing.T) {
	for _, act := range offline(t).Actuators() {
		_, err := act.Do(t.Context(), pipewright.Action{Kind: act.Kind, Target: "postgres:table/shop.orders", Key: "pw-1"})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), act.Kind)
	}
}

func TestFailedKnowsWhatToDo(t *testing.T) {
	c := offline(t)
	cases := []struct {
		name string
		err  error
		kind pipewright.ErrorKind
		says string
	}{
		{"a wrong password", &pgconn.PgError{Code: "28P01", Message: "password authentication failed"}, pipewright.Denied, "check user"},
		{"a missing right", &pgconn.PgError{Code: "42501", Message: "permission denied for table orders"}, pipewright.Denied, "grant it to user"},
		{"a lock in the way", &pgconn.PgError{Code: "55P03", Message: "canceling statement due to lock timeout"}, pipewright.Unavailable, "try again"},
		{"a missing table", &pgconn.PgError{Code: "42P01", Message: "relation does not exist"}, pipewright.NotFound, "relation"},
		{"something that depends on it", &pgconn.PgError{Code: "2BP01", Message: "cannot drop view"}, pipewright.Conflict, "cannot drop"},
		{"a value that does not cast", &pgconn.PgError{Code: "22P02", Message: "invalid input syntax"}, pipewright.Invalid, "invalid input"},
		{"a server that quotes the secret", &pgconn.PgError{Code: "22P02", Message: "bad " + password}, pipewright.Invalid, "***"},
		{"nobody there", fmt.Errorf("dial: %w", syscall.ECONNREFUSED), pipewright.Unavailable, "Connection refused"},
		{"too slow", context.DeadlineExceeded, pipewright.Unavailable, "timeout expired"},
		{"one of ours", pipewright.Errorf(pipewright.Conflict, "as it was"), pipewright.Conflict, "as it was"},
		{"anything else", errors.New("odd " + password), pipewright.Unavailable, "odd ***"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			err := c.failed("do it", tc.err)
			assert.Equal(t, tc.kind, pipewright.KindOf(err))
			assert.Contains(t, err.Error(), tc.says)
			assert.NotContains(t, err.Error(), password)
		})
	}
}

func TestPlanCancel(t *testing.T) {
	idle := session{PID: 7, Start: time.Unix(100, 5000).UTC(), App: "adhoc", Type: "client backend", State: "idle in transaction", Wrote: true}
	other := session{PID: 8, Start: time.Unix(200, 0).UTC(), Type: "client backend", State: "active"}
	with := func(s session, change func(*session)) session { change(&s); return s }
	cases := []struct {
		name      string
		found     []session
		args      map[string]string
		pid       string
		doomed    string
		ambiguous string
	}{
		{"nobody", nil, nil, "", "nobody holds", ""},
		{"one that idles in its transaction", []session{idle}, nil, "7", "", ""},
		{"one that reads", []session{other}, nil, "8", "", ""},
		{"one that is changing data", []session{with(other, func(s *session) { s.Wrote = true })}, nil, "8", "", "has changed data"},
		{"two", []session{idle, other}, nil, "7", "", "2 sessions"},
		{"the one that was named", []session{idle, other}, map[string]string{ArgPID: "8", ArgStart: "1970-01-01T00:03:20Z"}, "8", "", ""},
		{"a later session under the named pid", []session{idle}, map[string]string{ArgPID: "7", ArgStart: "1970-01-01T00:00:01Z"}, "", "nobody holds", ""},
		{"our own", []session{with(idle, func(s *session) { s.Ours = true })}, nil, "", "own session", ""},
		{"a superuser's", []session{with(idle, func(s *session) { s.Super = true })}, nil, "", "superuser", ""},
		{"autovacuum", []session{with(idle, func(s *session) { s.Type = "autovacuum worker" })}, nil, "", "autovacuum worker", ""},
		{"a forbidden one besides one that may be", []session{with(idle, func(s *session) { s.Super = true }), other}, nil, "8", "", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			plan := planCancel(pipewright.Action{Kind: "postgres.cancel", Target: "postgres:table/shop.orders", Args: tc.args}, tc.found)
			if tc.doomed != "" {
				assert.Contains(t, plan.Doomed, tc.doomed)
				return
			}
			assert.Empty(t, plan.Doomed)
			assert.Equal(t, tc.pid, plan.Action.Args[ArgPID])
			if tc.ambiguous == "" {
				assert.Empty(t, plan.Ambiguous)
			} else {
				assert.Contains(t, plan.Ambiguous, tc.ambiguous)
			}
		})
	}
}

func TestFingerprintShowsNoLiteral(t *testing.T) {
	got := fingerprint("UPDATE users SET token = 'it''s secret', n = 42, d = $q$ secret too $q$ /* secret */ WHERE id = 7 -- secret")
	assert.NotContains(t, got, "secret")
	assert.NotContains(t, got, "42")
	assert.Contains(t, got, "UPDATE users SET token = ?")
	assert.Less(t, len(fingerprint("SELECT "+strings.Repeat("x, ", 10000))), 200)
}

func TestViewQuotesEveryName(t *testing.T) {
	v := view{
		Schema: "pipewright", Invoker: true, Readers: []string{"", `et"l`},
		Table: observedTable{Schema: "shop", Table: `or"ders`, Columns: []pipewright.Column{
			{Name: "order_id", Type: "bigint"}, {Name: `b"x; DROP TABLE y`, Type: "bigint"}, {Name: "amount", Type: "text"}, {Name: "new", Type: "text"},
		}},
		Mapping: tools.Remap{{Name: "order_id", From: "order_id"}, {Name: "it's", From: `b"x; DROP TABLE y`}, {Name: "amount", From: "amount", Cast: "numeric(12,2)"}},
	}
	assert.Equal(t, []string{
		`CREATE VIEW "pipewright"."or""ders" WITH (security_invoker = true) AS
SELECT "order_id" AS "order_id",
       "b""x; DROP TABLE y" AS "it's",
       "amount"::numeric(12,2) AS "amount",
       "b""x; DROP TABLE y",
       "new"
FROM "shop"."or""ders"`,
		`COMMENT ON VIEW "pipewright"."or""ders" IS 'pipewright pw-1: order_id, "it''s"="b""x; DROP TABLE y", amount=amount::numeric(12,2)'`,
		`GRANT SELECT ON "pipewright"."or""ders" TO PUBLIC`,
		`GRANT SELECT ON "pipewright"."or""ders" TO "et""l"`,
	}, v.statements("pw-1"))
}

func TestSampleSQLLeavesOutWhatSaysLittle(t *testing.T) {
	query, at := sampleSQL(observedTable{Schema: "shop", Table: "orders", Columns: []pipewright.Column{
		{Name: "payload", Type: "jsonb"}, {Name: `a"b`, Type: "character varying(10)"},
	}})
	assert.Equal(t, []int{1}, at)
	assert.Contains(t, query, `"a""b"::text`)
	assert.NotContains(t, query, "payload")
}
