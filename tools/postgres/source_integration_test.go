//go:build integration

package postgres

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func value(b pipewright.Batch, id pipewright.ResourceID, metric string) float64 {
	for _, p := range b.Points {
		if p.Resource == id && p.Metric == metric {
			return p.Value
		}
	}
	return -1
}

func TestPollBringsSchemaSamplesAndPoints(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b, err := c.Source().Poll(t.Context(), "", now)
	require.NoError(t, err)
	assert.Equal(t, []pipewright.Edge{{Up: c.DB(), Down: orders}}, b.Edges)
	assert.Equal(t, 1.0, value(b, c.DB(), "reachable"))
	assert.Equal(t, 0.0, value(b, c.DB(), "lock_waits"))
	assert.Positive(t, value(b, c.DB(), "connections"))
	assert.GreaterOrEqual(t, value(b, orders, "rows"), 0.0)
	require.Len(t, b.Schemas, 1)
	cols := b.Schemas[0].Columns
	require.Len(t, cols, 4)
	assert.Equal(t, pipewright.Column{Name: "amount", Type: "numeric(12,2)", Sample: cols[2].Sample}, cols[2])
	for _, col := range cols {
		assert.Len(t, col.Sample, sampleHashes, col.Name)
		assert.Regexp(t, "^[0-9a-f]{16}$", col.Sample[0])
	}

	again, err := c.Source().Poll(t.Context(), b.Cursor, now.Add(time.Minute))
	require.NoError(t, err)
	assert.Empty(t, again.Schemas, "nothing changed")

	s.exec("ALTER TABLE shop.orders RENAME customer_id TO buyer_id")
	changed, err := c.Source().Poll(t.Context(), again.Cursor, now.Add(2*time.Minute))
	require.NoError(t, err)
	require.Len(t, changed.Schemas, 1)
	assert.Equal(t, "buyer_id", changed.Schemas[0].Columns[1].Name)
	assert.Equal(t, cols[1].Sample, changed.Schemas[0].Columns[1].Sample, "the same values have the same sample")
}

func TestPollSeesColumnsBehindALock(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	holder := s.connect("app", s.name)
	_, err := holder.Exec(t.Context(), "BEGIN; LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	start := time.Now()
	b, err := c.Source().Poll(t.Context(), "", start)
	require.NoError(t, err)
	assert.Less(t, time.Since(start), 3*time.Second)
	require.Len(t, b.Schemas, 1)
	assert.Len(t, b.Schemas[0].Columns, 4)
	assert.Empty(t, b.Schemas[0].Columns[0].Sample)
	assert.Positive(t, value(b, orders, "exclusive_lock_seconds"))

	_, err = holder.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	later, err := c.Source().Poll(t.Context(), b.Cursor, start.Add(2*retryWait))
	require.NoError(t, err)
	require.Len(t, later.Schemas, 1, "the samples are taken as soon as they can be")
	assert.NotEmpty(t, later.Schemas[0].Columns[0].Sample)
}

func TestUnreachableIsAnObservation(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	c, err := New(Config{Name: "shop", DSN: "postgres://u:hunter2secret@" + addr + "/shop?sslmode=disable", Schemas: []string{"shop"}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	b, err := c.Source().Poll(t.Context(), "kept", time.Now())
	require.NoError(t, err)
	assert.Equal(t, "kept", b.Cursor)
	assert.Equal(t, 0.0, value(b, c.DB(), "reachable"))
	require.Len(t, b.Lines, 1)
	assert.Equal(t, pipewright.Err, b.Lines[0].Level)
	assert.Contains(t, b.Lines[0].Text, "Connection refused")
	assert.NotContains(t, b.Lines[0].Text, "hunter2secret")
}

func TestWrongPasswordIsDenied(t *testing.T) {
	s := newScratch(t)
	c, err := New(Config{Name: "shop", DSN: dsn(s.env, "pipewright", "hunter2secret", s.name), Schemas: []string{"shop"}})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.Source().Poll(t.Context(), "", time.Now())
	assert.Equal(t, pipewright.Denied, pipewright.KindOf(err), "%v", err)
	assert.NotContains(t, err.Error(), "hunter2secret")
	checks := c.Doctor(t.Context())
	require.Len(t, checks, 1)
	assert.ErrorContains(t, checks[0].Err, "check user \"pipewright\" and its password")
}

func TestDoctorNamesTheMissingRight(t *testing.T) {
	s := newScratch(t)
	c := s.client(nil)
	for _, check := range c.Doctor(t.Context()) {
		assert.NoError(t, check.Err, check.Say)
	}
	s.exec("REVOKE SELECT ON shop.orders FROM pipewright")
	var wrong []string
	for _, check := range c.Doctor(t.Context()) {
		if check.Err != nil {
			wrong = append(wrong, check.Err.Error())
		}
	}
	require.Len(t, wrong, 1)
	assert.Contains(t, wrong[0], `GRANT SELECT ON ALL TABLES IN SCHEMA "shop" TO "pipewright"`)
}
