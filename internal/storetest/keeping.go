package storetest

import (
	"context"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runKeeping(t *testing.T, b Backend) {
	ctx := context.Background()

	t.Run("a policy version is kept once, as it was first saved", func(t *testing.T) {
		s := b.fresh(t)
		require.NoError(t, s.SavePolicy(ctx, "sha256:a", []byte("first\x00\xff"), start))
		require.NoError(t, s.SavePolicy(ctx, "sha256:a", []byte("second"), minutes(1)))
		body, err := s.Policy(ctx, "sha256:a")
		require.NoError(t, err)
		assert.Equal(t, []byte("first\x00\xff"), body)
		_, err = s.Policy(ctx, "sha256:b")
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
		assert.Len(t, contents(t, s).Audit, 1)
	})

	t.Run("meta and threads keep the last value", func(t *testing.T) {
		s := b.fresh(t)
		for _, v := range []string{"one", "two", ""} {
			require.NoError(t, s.SetMeta(ctx, "plant.now", v))
			got, err := s.Meta(ctx, "plant.now")
			require.NoError(t, err)
			assert.Equal(t, v, got)
		}
		none, err := s.Thread(ctx, "ana", "t1")
		require.NoError(t, err)
		assert.Nil(t, none)
		require.NoError(t, s.SaveThread(ctx, "ana", "t1", []byte("a")))
		require.NoError(t, s.SaveThread(ctx, "ana", "t1", []byte("b")))
		require.NoError(t, s.SaveThread(ctx, "ben", "t1", []byte("c")))
		got, err := s.Thread(ctx, "ana", "t1")
		require.NoError(t, err)
		assert.Equal(t, "b", string(got))
	})

	t.Run("the store's own keys cannot be set", func(t *testing.T) {
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(b.fresh(t).SetMeta(ctx, "store.salt", "x")))
	})

	t.Run("the salt is made once for each store", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.Open(t, name)
		salt, err := s.Salt(ctx)
		require.NoError(t, err)
		assert.Len(t, salt, 32)
		require.NoError(t, s.Close())
		again, err := b.open(t, name).Salt(ctx)
		require.NoError(t, err)
		assert.Equal(t, salt, again)
		other, err := b.fresh(t).Salt(ctx)
		require.NoError(t, err)
		assert.NotEqual(t, salt, other)
	})
}
