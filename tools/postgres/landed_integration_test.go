//go:build integration

package postgres

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRowsThatCameSinceAreCounted(t *testing.T) {
	s := newScratch(t)
	s.exec(`CREATE TABLE shop.fact (id bigint, loaded_at timestamptz DEFAULT now()); GRANT SELECT ON shop.fact TO pipewright;
		INSERT INTO shop.fact SELECT i, '2026-01-01'::timestamptz + i * interval '1 min' FROM generate_series(1, 100) i`)
	c := s.client(nil)
	l, known, err := c.landed(t.Context(), "postgres:table/shop.fact", time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.True(t, known)
	assert.InDelta(t, 41, l.Rows, 0)
	assert.False(t, l.Exact)
	_, known, err = c.landed(t.Context(), orders, time.Now())
	require.NoError(t, err)
	assert.False(t, known, "created_at is not when a row was loaded")
}
