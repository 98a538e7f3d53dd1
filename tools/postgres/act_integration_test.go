//go:build integration

package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// lockOut holds the table and lets a reader wait for it.
func lockOut(t *testing.T, s *scratch) (holder *pgx.Conn, waiter <-chan error) {
	t.Helper()
	holder = s.connect("app", s.name)
	_, err := holder.Exec(t.Context(), "BEGIN; SET application_name = 'adhoc_migration'; LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	reader, ended := s.connect("etl", s.name), make(chan error, 1)
	go func() {
		_, err := reader.Exec(context.Background(), "SET lock_timeout = '20s'; SELECT count(*) FROM shop.orders")
		ended <- err
	}()
	require.Eventually(t, func() bool {
		var waits bool
		err := s.admin.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'etl' AND datname = current_database())").Scan(&waits)
		return err == nil && waits
	}, 5*time.Second, 20*time.Millisecond)
	return holder, ended
}

func TestCancelEndsTheBlockerOnce(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	a := pipewright.Action{Kind: "postgres.cancel", Target: orders}
	plan, err := c.prepareCancel(t.Context(), a)
	require.NoError(t, err)
	assert.Contains(t, plan.Doomed, "nobody holds a lock")

	_, waiter := lockOut(t, s)
	f, err := c.blockingSession(t.Context(), orders)
	require.NoError(t, err)
	assert.Equal(t, tools.Yes, f.Answer)
	assert.Contains(t, f.Say, "adhoc_migration")
	assert.Contains(t, f.Say, "AccessExclusiveLock on shop.orders")

	plan, err = c.prepareCancel(t.Context(), a)
	require.NoError(t, err)
	assert.Empty(t, plan.Doomed)
	assert.Empty(t, plan.Ambiguous, "one session, idle in its transaction")
	assert.Contains(t, plan.DryRun, "pg_terminate_backend("+plan.Action.Args[ArgPID]+")")

	a = plan.Action
	a.Key = "pw-0001"
	_, found, err := c.find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundNo, found, "a preparation changes nothing")

	r, err := c.doCancel(t.Context(), a)
	require.NoError(t, err)
	assert.Contains(t, r.Say, "ended the session")
	require.NoError(t, <-waiter, "the reader goes on")
	again, err := c.doCancel(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, r, again)
	got, found, err := c.find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundYes, found)
	assert.Equal(t, r, got)

	f, err = c.blockingSession(t.Context(), orders)
	require.NoError(t, err)
	assert.Equal(t, tools.No, f.Answer)
}

func TestCancelOfAnotherSessionUnderTheSamePidDoesNothing(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	holder, waiter := lockOut(t, s)
	plan, err := c.prepareCancel(t.Context(), pipewright.Action{Kind: "postgres.cancel", Target: orders})
	require.NoError(t, err)
	a := plan.Action
	a.Key = "pw-0002"
	a.Args[ArgStart] = "2020-01-01T00:00:00Z"
	_, err = c.doCancel(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
	require.NoError(t, holder.Ping(t.Context()), "the session lives")
	_, found, err := c.find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundNo, found, "it did nothing, and says so")
	_, err = holder.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-waiter)
}

func TestCancelAfterACrashIsUnknownAndNeverActs(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	holder, waiter := lockOut(t, s)
	plan, err := c.prepareCancel(t.Context(), pipewright.Action{Kind: "postgres.cancel", Target: orders})
	require.NoError(t, err)
	a := plan.Action
	a.Key = "pw-0003"
	require.NoError(t, c.ensureReceipts(t.Context()))
	require.NoError(t, c.write(t.Context(), "crash", func(tx pgx.Tx) error { // what a crash right after the record leaves
		_, err := c.enter(t.Context(), tx, a, asked, nil, time.Now())
		return err
	}))
	_, found, err := c.find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundUnknown, found)
	_, err = c.doCancel(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	require.NoError(t, holder.Ping(t.Context()))
	_, err = holder.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-waiter)
}

func before(t *testing.T, c *Client) *stored {
	t.Helper()
	b, err := c.Source().Poll(t.Context(), "", time.Now())
	require.NoError(t, err)
	h := stored(b.Schemas)
	return &h
}

func TestRemapGivesTheOldColumnsBack(t *testing.T) {
	cases := []struct{ name, breakIt, read, want string }{
		{"a renamed column", "ALTER TABLE shop.orders RENAME customer_id TO buyer_id", "SELECT customer_id::text FROM orders WHERE order_id = 1", "1001"},
		{"both names, for who changed already", "ALTER TABLE shop.orders RENAME customer_id TO buyer_id", "SELECT buyer_id::text FROM orders WHERE order_id = 1", "1001"},
		{"a column that became text", "ALTER TABLE shop.orders ALTER amount TYPE text", "SELECT (sum(amount) > 0)::text FROM orders WHERE amount >= 0", "true"},
		{"a name that wants quoting", `ALTER TABLE shop.orders RENAME customer_id TO "buyer ""id"""`, "SELECT customer_id::text FROM orders WHERE order_id = 1", "1001"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := newScratch(t)
			c := s.client(nil)
			c.cfg.History = before(t, c)
			s.exec(tc.breakIt)
			a := pipewright.Action{Kind: "postgres.remap", Target: orders}
			plan, err := c.prepareRemap(t.Context(), a)
			require.NoError(t, err)
			require.Empty(t, plan.Doomed)
			require.Empty(t, plan.Ambiguous)
			assert.Contains(t, plan.DryRun, `GRANT SELECT ON "pipewright"."orders" TO "etl"`)
			var views int
			require.NoError(t, s.admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_views WHERE schemaname = 'pipewright'").Scan(&views))
			assert.Zero(t, views, "a preparation changes nothing")

			a = plan.Action
			a.Key = "pw-0004"
			r, err := c.doRemap(t.Context(), a)
			require.NoError(t, err)
			again, err := c.doRemap(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, r, again)

			etl := s.connect("etl", s.name)
			_, err = etl.Exec(t.Context(), "SET search_path = pipewright, shop")
			require.NoError(t, err)
			var got string
			require.NoError(t, etl.QueryRow(t.Context(), tc.read).Scan(&got))
			assert.Equal(t, tc.want, got)

			undo := *c.remap().Inverse(a, r)
			plan, err = c.prepareRollback(t.Context(), undo)
			require.NoError(t, err)
			assert.Contains(t, plan.DryRun, `DROP VIEW "pipewright"."orders"`)
			undo = plan.Action
			undo.Key = "pw-0005"
			dropped, err := c.doRollback(t.Context(), undo)
			require.NoError(t, err)
			redo := *c.rollback().Inverse(undo, dropped)
			assert.Equal(t, a.Args[tools.MappingArg], redo.Args[tools.MappingArg])
			same, err := c.doRollback(t.Context(), undo)
			require.NoError(t, err)
			assert.Equal(t, dropped, same)
			require.NoError(t, s.admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_views WHERE schemaname = 'pipewright'").Scan(&views))
			assert.Zero(t, views)
		})
	}
}

func TestRemapRefuses(t *testing.T) {
	rename := "ALTER TABLE shop.orders RENAME customer_id TO buyer_id"
	cases := []struct{ name, breakIt, doomed, ambiguous string }{
		{"when nothing changed", "", "no stored snapshot", ""},
		{"when a column is gone for good", "ALTER TABLE shop.orders DROP customer_id", "no column holds the values", ""},
		{"when values do not cast", "ALTER TABLE shop.orders ALTER amount TYPE text; UPDATE shop.orders SET amount = 'n/a' WHERE order_id = 700", "invalid input syntax", ""},
		{"to touch a view that is not ours", rename + "; CREATE VIEW pipewright.orders AS SELECT 1 AS x", "not Pipewright's", ""},
		{"to choose between two columns", rename + "; ALTER TABLE shop.orders ADD payer_id bigint; UPDATE shop.orders SET payer_id = buyer_id", "", "could be"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := newScratch(t)
			c := s.client(nil)
			c.cfg.History = before(t, c)
			if tc.breakIt != "" {
				s.exec(tc.breakIt)
			}
			plan, err := c.prepareRemap(t.Context(), pipewright.Action{Kind: "postgres.remap", Target: orders})
			require.NoError(t, err)
			if tc.doomed != "" {
				assert.Contains(t, plan.Doomed, tc.doomed)
				return
			}
			assert.Empty(t, plan.Doomed)
			assert.Contains(t, plan.Ambiguous, tc.ambiguous)
		})
	}
}

func TestRemapOfATableThatChangedAgainIsRefused(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	c.cfg.History = before(t, c)
	s.exec("ALTER TABLE shop.orders RENAME customer_id TO buyer_id")
	plan, err := c.prepareRemap(t.Context(), pipewright.Action{Kind: "postgres.remap", Target: orders})
	require.NoError(t, err)
	s.exec("ALTER TABLE shop.orders ADD note text")
	a := plan.Action
	a.Key = "pw-0006"
	_, err = c.doRemap(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
	_, found, err := c.find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundNo, found)
}

func TestRemapRunsNothingThatIsNotAMapping(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	c.cfg.History = before(t, c)
	s.exec("ALTER TABLE shop.orders RENAME customer_id TO buyer_id")
	plan, err := c.prepareRemap(t.Context(), pipewright.Action{Kind: "postgres.remap", Target: orders})
	require.NoError(t, err)
	for _, mapping := range []string{
		"order_id, customer_id=buyer_id; DROP TABLE shop.orders", "order_id::bigint from x", `"a"=order_id::no_such_type`, "order_id=missing",
	} {
		a := plan.Action
		a.Key = "pw-" + strings.ReplaceAll(mapping, " ", "")
		a.Args = map[string]string{ArgView: plan.Action.Args[ArgView], ArgTable: plan.Action.Args[ArgTable], tools.MappingArg: mapping}
		_, err := c.doRemap(t.Context(), a)
		assert.Error(t, err, mapping)
	}
	var rows int
	require.NoError(t, s.admin.QueryRow(t.Context(), "SELECT count(*) FROM shop.orders").Scan(&rows))
	assert.Equal(t, 1500, rows)
}

func TestReachableProbe(t *testing.T) {
	s := newScratch(t)
	f, err := s.client(nil).endpointReachable(t.Context(), orders)
	require.NoError(t, err)
	assert.Equal(t, tools.Yes, f.Answer)
	c, err := New(Config{Name: "shop", DSN: "postgres://u:p@127.0.0.1:1/x?sslmode=disable", Schemas: []string{"shop"}})
	require.NoError(t, err)
	f, err = c.endpointReachable(t.Context(), orders)
	require.NoError(t, err)
	assert.Equal(t, tools.No, f.Answer)
	assert.Contains(t, f.Say, "Connection refused")
}
