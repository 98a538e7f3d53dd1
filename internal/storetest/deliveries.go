package storetest

import (
	"context"
	"testing"

	pipewright "github.com/pipewright/pipewright"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const out = "out"

func runDeliveries(t *testing.T, b Backend) {
	ctx := context.Background()
	push := func(t *testing.T, s Store, key, lane string, version int64, body string) bool {
		t.Helper()
		fresh, err := s.Push(ctx, pipewright.Delivery{Queue: out, Key: key, Lane: lane, Version: version, Body: []byte(body), Made: start, Due: start})
		require.NoError(t, err)
		return fresh
	}
	lease := func(t *testing.T, s Store, at, until int) []pipewright.Delivery {
		t.Helper()
		got, err := s.Lease(ctx, out, minutes(at), minutes(until), 10)
		require.NoError(t, err)
		return got
	}
	keys := func(ds []pipewright.Delivery) []string {
		names := []string{}
		for _, d := range ds {
			names = append(names, d.Key)
		}
		return names
	}

	t.Run("what is pushed twice is kept once", func(t *testing.T) {
		s := b.fresh(t)
		assert.True(t, push(t, s, "a", "", 1, "one"))
		assert.False(t, push(t, s, "a", "", 1, "again"))
		got := lease(t, s, 0, 1)
		require.Len(t, got, 1)
		assert.Equal(t, "one", string(got[0].Body))
		require.NoError(t, s.Done(ctx, got[0], "C1/1.0"))
		assert.False(t, push(t, s, "a", "", 1, "again"), "after it is done, too")
		assert.Empty(t, lease(t, s, 1, 2))
		at, err := s.DeliveryAt(ctx, out, "C1/1.0")
		require.NoError(t, err)
		assert.Equal(t, "a", at.Key)
		assert.Equal(t, pipewright.DeliveryDone, at.State)
	})

	t.Run("a later version takes the place of what was said and keeps its place", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "card", "", 3, "open")
		got := lease(t, s, 0, 1)
		require.NoError(t, s.Done(ctx, got[0], "C1/1.0"))
		assert.True(t, push(t, s, "card", "", 7, "resolved"))
		assert.False(t, push(t, s, "card", "", 5, "late news"))
		got = lease(t, s, 1, 2)
		require.Len(t, got, 1)
		assert.Equal(t, "resolved", string(got[0].Body))
		assert.Equal(t, "C1/1.0", got[0].Ref)
	})

	t.Run("a version that came while the last was sent stays due", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "card", "", 1, "open")
		first := lease(t, s, 0, 9)
		push(t, s, "card", "", 2, "resolved")
		assert.Empty(t, lease(t, s, 1, 2), "it is in somebody's hands")
		require.NoError(t, s.Done(ctx, first[0], "C1/1.0"))
		got := lease(t, s, 1, 2)
		require.Len(t, got, 1)
		assert.Equal(t, "resolved", string(got[0].Body))
		assert.Equal(t, "C1/1.0", got[0].Ref)
		assert.Equal(t, 1, got[0].Tries)
	})

	t.Run("several at once are kept all or none", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "b", "", 1, "first")
		several := []pipewright.Delivery{{Queue: out, Key: "a", Version: 1, Made: start, Due: start}, {Queue: out, Key: "b", Version: 1, Body: []byte("again"), Made: start, Due: start}}
		require.NoError(t, s.PushAll(ctx, several))
		got := lease(t, s, 0, 1)
		require.Len(t, got, 2)
		assert.Equal(t, "first", string(got[0].Body))
		several[0].Key, several[1].Key = "c", ""
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(s.PushAll(ctx, several)))
		_, err := s.Delivery(ctx, out, "c")
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
	})

	t.Run("a lease keeps others off until it ends, and counts as a try", func(t *testing.T) {
		name := b.Fresh(t)
		one, other := b.open(t, name), b.open(t, name)
		push(t, one, "a", "", 1, "x")
		require.Len(t, lease(t, one, 0, 5), 1)
		assert.Empty(t, lease(t, other, 4, 9))
		require.NoError(t, one.Hold(ctx, pipewright.Delivery{Queue: out, Key: "a"}, minutes(7)))
		assert.Empty(t, lease(t, other, 6, 9), "its holder is still at it")
		again := lease(t, other, 7, 9)
		require.Len(t, again, 1)
		assert.Equal(t, 2, again[0].Tries)
	})

	t.Run("one lane goes in order, one at a time; lanes do not wait for each other", func(t *testing.T) {
		s := b.fresh(t)
		for _, k := range []string{"a1", "b1", "a2"} {
			push(t, s, k, k[:1], 1, k)
		}
		push(t, s, "free1", "", 1, "x")
		push(t, s, "free2", "", 1, "x")
		first := lease(t, s, 0, 5)
		assert.ElementsMatch(t, []string{"a1", "b1", "free1", "free2"}, keys(first))
		assert.Empty(t, lease(t, s, 1, 5))
		for _, d := range first {
			if d.Key == "a1" {
				require.NoError(t, s.Later(ctx, d, minutes(3), "busy"))
			}
		}
		assert.Empty(t, lease(t, s, 2, 5), "a2 waits for a1")
		again := lease(t, s, 3, 6)
		require.Equal(t, []string{"a1"}, keys(again))
		assert.Equal(t, "busy", again[0].Note)
		require.NoError(t, s.Drop(ctx, again[0], "gone"))
		assert.Equal(t, []string{"a2"}, keys(lease(t, s, 3, 6)))
		count, err := s.Deliveries(ctx, out)
		require.NoError(t, err)
		assert.Equal(t, map[pipewright.DeliveryState]int{pipewright.DeliveryDropped: 1, pipewright.DeliveryDue: 4}, count)
	})

	t.Run("who did nothing takes its try back", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "a", "", 1, "x")
		d := lease(t, s, 0, 1)[0]
		d.Tries--
		require.NoError(t, s.Later(ctx, d, minutes(1), "not yet"))
		got := lease(t, s, 1, 2)
		require.Len(t, got, 1)
		assert.Equal(t, 1, got[0].Tries)
	})

	t.Run("a later version is tried anew, unless the earlier may have been delivered unseen", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "card", "", 1, "x")
		d := lease(t, s, 0, 1)[0]
		push(t, s, "card", "", 2, "y")
		require.NoError(t, s.Later(ctx, d, minutes(1), "no answer"))
		second := lease(t, s, 1, 2)[0]
		assert.Equal(t, 2, second.Tries)
		require.NoError(t, s.Done(ctx, second, "C1/1.0"))
		for version := int64(3); version < 9; version++ {
			push(t, s, "card", "", version, "z")
			d := lease(t, s, 2, 3)[0]
			assert.Equal(t, 1, d.Tries, "an edit that fails once is not to wait for as long as one that failed often")
			require.NoError(t, s.Done(ctx, d, ""))
		}
	})

	t.Run("a message that is gone is sent anew", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "card", "", 1, "x")
		d := lease(t, s, 0, 1)[0]
		require.NoError(t, s.Done(ctx, d, "C1/1.0"))
		require.NoError(t, s.Forget(ctx, d, minutes(1)))
		got := lease(t, s, 1, 2)
		require.Len(t, got, 1)
		assert.Empty(t, got[0].Ref)
		assert.Equal(t, 1, got[0].Tries)
	})

	t.Run("what is finished can be forgotten, what is due cannot", func(t *testing.T) {
		s := b.fresh(t)
		push(t, s, "done", "", 1, "x")
		require.NoError(t, s.Done(ctx, lease(t, s, 0, 1)[0], ""))
		push(t, s, "due", "", 1, "x")
		require.NoError(t, s.Prune(ctx, out, start))
		_, err := s.Delivery(ctx, out, "done")
		require.NoError(t, err, "it was due at that moment, not before")
		require.NoError(t, s.Prune(ctx, out, minutes(1)))
		_, err = s.Delivery(ctx, out, "done")
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
		_, err = s.Delivery(ctx, out, "due")
		assert.NoError(t, err)
	})

	t.Run("it survives the store's closing", func(t *testing.T) {
		name := b.Fresh(t)
		s := b.Open(t, name)
		push(t, s, "a", "l", 4, "body")
		require.NoError(t, s.Close())
		got := lease(t, b.open(t, name), 0, 1)
		require.Len(t, got, 1)
		assert.Equal(t, pipewright.Delivery{Queue: out, Key: "a", Lane: "l", Version: 4, Body: []byte("body"), State: pipewright.DeliveryDue, Made: start, Due: start, Tries: 1}, got[0])
	})

	t.Run("what was never pushed is not found", func(t *testing.T) {
		s := b.fresh(t)
		_, err := s.Delivery(ctx, out, "nobody")
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(s.Done(ctx, pipewright.Delivery{Queue: out, Key: "nobody"}, "")))
		_, err = s.Push(ctx, pipewright.Delivery{Key: "k"})
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
	})

	t.Run("a request with a key is added once", func(t *testing.T) {
		s := b.fresh(t)
		rq := pipewright.Request{Kind: pipewright.RequestPause, Who: "ana", At: start, Key: "click-1"}
		first, err := s.AddRequest(ctx, rq)
		require.NoError(t, err)
		again, err := s.AddRequest(ctx, rq)
		require.NoError(t, err)
		assert.Equal(t, first, again)
		pending, err := s.PendingRequests(ctx)
		require.NoError(t, err)
		assert.Len(t, pending, 1)
		found, err := s.RequestByKey(ctx, "click-1")
		require.NoError(t, err)
		assert.Equal(t, first, found)
		_, err = s.RequestByKey(ctx, "click-2")
		assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
		rq.Key = ""
		for range 2 {
			_, err = s.AddRequest(ctx, rq)
			require.NoError(t, err)
		}
	})
}
