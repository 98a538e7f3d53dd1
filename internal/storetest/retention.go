package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

func runRetention(t *testing.T, b Backend) {
	ctx := context.Background()
	const days = 5
	midnight := func(n int) time.Time { return start.Truncate(24*time.Hour).AddDate(0, 0, n) }
	// fill stores two records, two samples and a run on each of five days, and a record
	// without a time.
	fill := func(t *testing.T) Store {
		s := b.fresh(t)
		batch := pipewright.Batch{Lines: []pipewright.LogLine{{Resource: orders, Text: "when was this"}}}
		for n := range days {
			for _, at := range []time.Time{midnight(n), midnight(n + 1).Add(-1)} {
				batch.Lines = append(batch.Lines, pipewright.LogLine{Resource: orders, At: at, Text: fmt.Sprintf("word%d", n)})
				batch.Points = append(batch.Points, pipewright.Point{Resource: orders, Metric: "cpu_percent", At: at, Value: 1})
			}
			batch.Runs = append(batch.Runs, pipewright.Run{Resource: orders, ID: fmt.Sprintf("jr_%d", n), State: pipewright.RunSucceeded, Started: midnight(n)})
		}
		ingest(t, s, batch)
		return s
	}
	left := func(t *testing.T, s Store) (lines, points, runs int) {
		l, err := s.CountLogs(ctx, pipewright.LogQuery{Window: pipewright.Window{Start: midnight(0)}})
		require.NoError(t, err)
		p, err := s.Points(ctx, pipewright.PointQuery{Resource: orders})
		require.NoError(t, err)
		r, err := s.Runs(ctx, pipewright.RunQuery{})
		require.NoError(t, err)
		return l, len(p), len(r)
	}

	t.Run("what is older goes by whole days, and can no longer be found", func(t *testing.T) {
		s := fill(t)
		gone, err := s.Retain(ctx, sqlstore.Keep{Since: midnight(2).Add(time.Hour)})
		require.NoError(t, err)
		assert.Equal(t, 2, gone)
		lines, points, runs := left(t, s)
		assert.Equal(t, []int{6, 6, 3}, []int{lines, points, runs})
		found, err := s.SearchLogs(ctx, pipewright.LogQuery{Text: "word1"})
		require.NoError(t, err)
		assert.Empty(t, found)
		found, err = s.SearchLogs(ctx, pipewright.LogQuery{Text: "word2"})
		require.NoError(t, err)
		assert.Len(t, found, 2)
		undated, err := s.CountLogs(ctx, pipewright.LogQuery{Text: "when"})
		require.NoError(t, err)
		assert.Equal(t, 1, undated, "what has no time stays")
		gone, err = s.Retain(ctx, sqlstore.Keep{Since: midnight(2)})
		require.NoError(t, err)
		assert.Zero(t, gone)
	})

	t.Run("records that come later are numbered on", func(t *testing.T) {
		s := fill(t)
		_, err := s.Retain(ctx, sqlstore.Keep{Since: midnight(50)})
		require.NoError(t, err)
		fresh := ingest(t, s, pipewright.Batch{Lines: []pipewright.LogLine{{Resource: orders, At: midnight(60), Text: "next"}}})
		require.Len(t, fresh.Lines, 1)
		assert.EqualValues(t, 2*days+2, fresh.Lines[0].Line)
	})

	t.Run("a store that is too large loses its oldest days, but not its last", func(t *testing.T) {
		s := fill(t)
		size, err := s.Size(ctx)
		require.NoError(t, err)
		gone, err := s.Retain(ctx, sqlstore.Keep{Bytes: 2 * size})
		require.NoError(t, err)
		assert.Zero(t, gone)
		gone, err = s.Retain(ctx, sqlstore.Keep{Bytes: 1})
		require.NoError(t, err)
		assert.Equal(t, days-1, gone)
		lines, points, _ := left(t, s)
		assert.Equal(t, []int{2, 2}, []int{lines, points})
	})

	t.Run("an empty store has nothing to lose", func(t *testing.T) {
		gone, err := b.fresh(t).Retain(ctx, sqlstore.Keep{Since: start, Bytes: 1})
		require.NoError(t, err)
		assert.Zero(t, gone)
	})
}
