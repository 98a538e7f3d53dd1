package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func runLimits(t *testing.T, b Backend) {
	allowed := func(t *testing.T, s Store, n int) *story { return tell(t, s, n).to(untilAllowed...) }
	refused := func(t *testing.T, st *story, kind pipewright.ErrorKind, limit string) {
		t.Helper()
		err := st.attempt(pipewright.Acting)
		assert.Equal(t, kind, pipewright.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, limit)
	}

	t.Run("each limit that is zero permits nothing", func(t *testing.T) {
		s := b.fresh(t)
		for limit, zero := range map[string]func(*heal.Limits){
			"cooldown":   func(l *heal.Limits) { l.Cooldown = 0 },
			"per_hour":   func(l *heal.Limits) { l.PerHour = 0 },
			"at_once":    func(l *heal.Limits) { l.AtOnce = 0 },
			"max_radius": func(l *heal.Limits) { l.MaxRadius = 0 },
		} {
			st := tell(t, s, len(contents(t, s).Incidents)+1).to(untilAllowed...)
			zero(&st.limits)
			refused(t, st, pipewright.Denied, limit+":")
		}
		assert.Empty(t, contents(t, s).Reservations)
	})

	t.Run("a key is reserved once, ever", func(t *testing.T) {
		s := b.fresh(t)
		first := allowed(t, s, 1).to(pipewright.Acting).to(settled...)
		second := allowed(t, s, 2)
		e := second.entry(pipewright.Acting)
		e.Reserve.Key, e.Events[0].Action.Key = first.action.Key, first.action.Key
		_, err := s.Commit(context.Background(), e)
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, first.action.Key)
	})

	t.Run("cooldown holds on one target, across incidents, until it is over", func(t *testing.T) {
		s := b.fresh(t)
		allowed(t, s, 1).to(pipewright.Acting).to(settled...)
		st := allowed(t, s, 2)
		st.action.Target, st.limits.Cooldown = "glue:job/job_1", 10*time.Minute
		refused(t, st, pipewright.Denied, "cooldown: glue:job/job_1")
		st.at = start.Add(11 * time.Minute)
		assert.NoError(t, st.attempt(pipewright.Acting))
	})

	t.Run("cooldown holds when the clock has jumped back", func(t *testing.T) {
		s := b.fresh(t)
		allowed(t, s, 1).to(pipewright.Acting).to(settled...)
		st := allowed(t, s, 2)
		st.action.Target, st.at = "glue:job/job_1", start.Add(-24*time.Hour)
		refused(t, st, pipewright.Denied, "cooldown")
	})

	t.Run("another target does not wait for the cooldown", func(t *testing.T) {
		s := b.fresh(t)
		allowed(t, s, 1).to(pipewright.Acting).to(settled...)
		st := allowed(t, s, 2)
		st.limits.Cooldown = time.Hour
		assert.NoError(t, st.attempt(pipewright.Acting))
	})

	again := []pipewright.State{pipewright.Acted, pipewright.Verifying, pipewright.Diagnosed, pipewright.Decided, pipewright.Allowed}
	t.Run("tries of one back-off macro do not wait for the cooldown", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1)
		st.action.Kind, st.limits.Cooldown = "glue.backoff_retry", time.Hour
		st.to(untilAllowed...).to(pipewright.Acting).to(again...)
		assert.NoError(t, st.attempt(pipewright.Acting))
		st.to(again...)
		st.action.Args = map[string]string{"run": "another"}
		refused(t, st, pipewright.Denied, "cooldown")
	})

	t.Run("steps of one macro-action neither wait for the cooldown nor count for the hour", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1)
		st.limits.Cooldown, st.limits.PerHour = time.Hour, 1
		st.to(untilAllowed...).to(pipewright.Acting)
		first := st.action.Key
		st.to(again...)
		e := st.entry(pipewright.Acting)
		e.Reserve.Macro = first
		_, err := s.Commit(context.Background(), e)
		require.NoError(t, err)
		stored, err := s.Reservations(context.Background(), time.Time{})
		require.NoError(t, err)
		assert.Equal(t, first, stored[len(stored)-1].Macro)
		other := allowed(t, s, 2)
		other.limits.PerHour = 2
		assert.NoError(t, other.attempt(pipewright.Acting), "the hour has one action, of two steps")
	})

	t.Run("a plain retry of the same action waits for the cooldown", func(t *testing.T) {
		s := b.fresh(t)
		st := tell(t, s, 1)
		st.limits.Cooldown = time.Hour
		st.to(untilAllowed...).to(pipewright.Acting).to(again...)
		refused(t, st, pipewright.Denied, "cooldown")
	})

	t.Run("another incident's back-off macro on the target waits", func(t *testing.T) {
		s := b.fresh(t)
		first, second := tell(t, s, 1), tell(t, s, 2)
		first.action.Kind, second.action.Kind = "glue.backoff_retry", "glue.backoff_retry"
		second.action.Target = first.action.Target
		second.limits.Cooldown = time.Hour
		first.to(untilAllowed...).to(pipewright.Acting)
		second.to(untilAllowed...)
		refused(t, second, pipewright.Denied, "cooldown")
	})

	t.Run("per hour counts the last hour only", func(t *testing.T) {
		s := b.fresh(t)
		for n := range 2 {
			allowed(t, s, 1+n).to(pipewright.Acting).to(settled...)
		}
		st := allowed(t, s, 3)
		st.limits.PerHour = 2
		refused(t, st, pipewright.Denied, "per_hour: 2")
		st.at = start.Add(62 * time.Minute)
		assert.NoError(t, st.attempt(pipewright.Acting))
	})

	for _, end := range [][]pipewright.State{
		{pipewright.Escalated},
		{pipewright.Acted, pipewright.Verifying, pipewright.Resolved},
		{pipewright.Acted, pipewright.Verifying, pipewright.Diagnosed},
		{pipewright.Acted, pipewright.Verifying, pipewright.Escalated},
	} {
		t.Run("an action counts as running until its incident is "+string(end[len(end)-1]), func(t *testing.T) {
			s := b.fresh(t)
			first := allowed(t, s, 1).to(pipewright.Acting)
			st := allowed(t, s, 2)
			st.limits.AtOnce = 1
			for _, to := range end {
				refused(t, st, pipewright.Denied, "at_once: 1")
				first.to(to)
			}
			assert.NoError(t, st.attempt(pipewright.Acting))
		})
	}

	t.Run("a radius at the limit passes, one over it does not", func(t *testing.T) {
		s := b.fresh(t)
		st := allowed(t, s, 1)
		e := st.entry(pipewright.Acting)
		e.Reserve.Touches = []pipewright.ResourceID{"a:b/c", "a:b/d", "a:b/e"}
		e.Reserve.Limits.MaxRadius = 2
		_, err := s.Commit(context.Background(), e)
		assert.Equal(t, pipewright.Denied, pipewright.KindOf(err), "%v", err)
		assert.ErrorContains(t, err, "max_radius")
		e.Reserve.Limits.MaxRadius = 3
		_, err = s.Commit(context.Background(), e)
		assert.NoError(t, err)
	})

	t.Run("of many who want the last place, one gets it", func(t *testing.T) {
		name := b.Fresh(t)
		stores := []Store{b.open(t, name), b.open(t, name)}
		stories := make([]*story, 12)
		for i := range stories {
			stories[i] = allowed(t, stores[i%2], 1+i)
			stories[i].limits.AtOnce = 1
		}
		var got atomic.Int32
		var wg sync.WaitGroup
		for _, st := range stories {
			wg.Go(func() {
				if st.attempt(pipewright.Acting) == nil {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		assert.EqualValues(t, 1, got.Load())
		assert.Len(t, contents(t, stores[0]).Reservations, 1)
	})

	t.Run("a reservation reads back whole", func(t *testing.T) {
		s := b.fresh(t)
		st := allowed(t, s, 1)
		e := st.entry(pipewright.Acting)
		_, err := s.Commit(context.Background(), e)
		require.NoError(t, err)
		got, err := s.Reservations(context.Background(), e.Reserve.At)
		require.NoError(t, err)
		assert.Equal(t, []heal.Reservation{*e.Reserve}, got)
		got, err = s.Reservations(context.Background(), e.Reserve.At.Add(1))
		require.NoError(t, err)
		assert.Empty(t, got)
	})
}
