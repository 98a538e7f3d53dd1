package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/pipewright/pipewright/agent/ask"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runSpend(t *testing.T, b Backend) {
	ctx := context.Background()
	one := ask.Used{Calls: 1, Tokens: 100, Cost: 0.25}

	t.Run("a day's spending is summed, and begins anew at midnight in UTC", func(t *testing.T) {
		s := b.fresh(t)
		none, err := s.Spent(ctx, start)
		require.NoError(t, err)
		assert.Zero(t, none)
		_, err = s.AddSpend(ctx, start, one)
		require.NoError(t, err)
		sum, err := s.AddSpend(ctx, start.In(time.FixedZone("", 3600)), one)
		require.NoError(t, err)
		assert.Equal(t, ask.Used{Calls: 2, Tokens: 200, Cost: 0.5}, sum)
		tomorrow, err := s.Spent(ctx, start.Add(24*time.Hour))
		require.NoError(t, err)
		assert.Zero(t, tomorrow)
	})

	t.Run("what two stores on one database add at once is all counted", func(t *testing.T) {
		name := b.Fresh(t)
		stores := []Store{b.open(t, name), b.open(t, name)}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				_, err := stores[i%2].AddSpend(ctx, start, one)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		for _, s := range stores {
			sum, err := s.Spent(ctx, start)
			require.NoError(t, err)
			assert.Equal(t, ask.Used{Calls: 40, Tokens: 4000, Cost: 10}, sum)
		}
	})
}
