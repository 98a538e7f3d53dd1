package airflow

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const shopPool = pipewright.ResourceID("airflow:pool/shop_db")

// crowded is an Airflow whose pool has slots, with tasks that ran in it at once and some
// that still do.
func crowded(t *testing.T, slots, ran, running int) *fake {
	f := newFake(t)
	text := "Sessions on the shop's database."
	f.pools = []pool{{Name: "shop_db", Slots: slots, Description: &text}}
	for n := range ran + running {
		i := map[string]any{"id": itoa(n), "task_id": "extract", "dag_id": "orders", "dag_run_id": "r1", "map_index": n, "state": "failed", "try_number": 1,
			"start_date": f.now.Add(-20 * time.Minute), "end_date": f.now.Add(-19 * time.Minute), "pool": "shop_db", "pool_slots": 1}
		if n >= ran {
			i["state"], i["start_date"], i["end_date"] = "running", f.now.Add(-time.Minute), nil
		}
		f.tries = append(f.tries, i)
	}
	return f
}

func (f *fake) poolNow() pool { return f.pools[0] }

// do prepares an action and does it under a key.
func do(t *testing.T, act tools.Actuator, a pipewright.Action, key string) (pipewright.Action, pipewright.Receipt) {
	t.Helper()
	plan, err := act.Prepare(t.Context(), a)
	require.NoError(t, err)
	require.Empty(t, plan.Doomed)
	a = plan.Action
	a.Key = key
	r := twiceIn(t, act, a)
	return a, r
}

// twiceIn does an action under one key two times and looks for it.
func twiceIn(t *testing.T, act tools.Actuator, a pipewright.Action) pipewright.Receipt {
	t.Helper()
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, tools.FoundNo, found)
	r, err := act.Do(t.Context(), a)
	require.NoError(t, err)
	same, err := act.Do(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, r, same, "the same key acts once")
	got, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundYes, found)
	assert.Equal(t, r, got)
	return r
}

func TestAPoolIsHeldBackStepByStepAndGetsBackWhatItHad(t *testing.T) {
	for name, was := range map[string]*string{"nothing": nil, "an empty text": new(string), "its own text": ptr("a\nb")} {
		t.Run(name, func(t *testing.T) {
			f := crowded(t, 10, 8, 3)
			f.pools[0].Description, f.pools[0].Deferred = was, true
			before := f.poolNow()
			c := f.client(t)
			throttle, release := actuator(t, c, "airflow.throttle"), actuator(t, c, "airflow.release")

			plan, err := throttle.Prepare(t.Context(), pipewright.Action{Kind: "airflow.throttle", Target: shopPool})
			require.NoError(t, err)
			assert.Equal(t, &tools.Rate{Asked: 8, Least: 1, Unit: "slots"}, plan.Rate, "what was in use at once, not the slots that nobody takes")
			assert.Contains(t, plan.DryRun, "pool shop_db has 10 slots now and lets in 4 afterwards")
			assert.Contains(t, plan.DryRun, "felt by the DAGs that use it: orders")
			assert.Equal(t, before, f.poolNow(), "a preparation changes nothing")

			first, r := do(t, throttle, plan.Action, "pw-1")
			assert.Equal(t, map[string]string{"slots before": "10", "slots after": "4"}, r.Detail)
			assert.Equal(t, 4, f.poolNow().Slots)
			assert.Contains(t, *f.poolNow().Description, "pipewright pw-1 lets in 4 of 10 slots since")

			f.now = f.now.Add(time.Minute)
			_, r = do(t, throttle, pipewright.Action{Kind: "airflow.throttle", Target: shopPool, Args: map[string]string{tools.RateArg: "6"}}, "pw-2")
			assert.Equal(t, "10", r.Detail["slots before"], "what it had, not the limit before")
			plan, err = release.Prepare(t.Context(), *throttle.Inverse(first, r))
			require.NoError(t, err)
			assert.InDelta(t, 6, plan.Rate.Limit, 0)

			f.now = f.now.Add(time.Minute)
			freed, r := do(t, release, plan.Action, "pw-3")
			assert.Equal(t, before, f.poolNow())
			assert.Equal(t, map[string]string{"slots before": "6", "slots after": "10"}, r.Detail)
			back := release.Inverse(freed, r)
			assert.Equal(t, map[string]string{tools.RateArg: "6"}, back.Args)

			_, found, err := throttle.Find(t.Context(), first)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundUnknown, found, "it was set and is gone")
			_, err = throttle.Do(t.Context(), first)
			assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "and is not set again under its old key")
			assert.Equal(t, before, f.poolNow())
		})
	}
}

func ptr(s string) *string { return &s }

func TestWhatSomebodyChangedIsLeftAlone(t *testing.T) {
	f := crowded(t, 10, 8, 3)
	c := f.client(t)
	throttle, release := actuator(t, c, "airflow.throttle"), actuator(t, c, "airflow.release")
	plan, err := throttle.Prepare(t.Context(), pipewright.Action{Kind: "airflow.throttle", Target: shopPool})
	require.NoError(t, err)
	stale := plan.Action
	stale.Key = "pw-0"
	f.pools[0].Slots = 12
	_, err = throttle.Do(t.Context(), stale)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	require.ErrorContains(t, err, "gave pool shop_db 12 slots since this was proposed, when it had 10")

	f.pools[0].Slots = 10
	do(t, throttle, plan.Action, "pw-1")
	f.pools[0].Slots = 5
	for _, act := range []tools.Actuator{throttle, release} {
		plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: act.Kind, Target: shopPool})
		require.NoError(t, err)
		assert.Contains(t, plan.Doomed, "somebody gave pool shop_db 5 slots while it was held to 4 of 10")
		assert.InDelta(t, 5, plan.Rate.Limit, 0, "and it is still read")
		a := plan.Action
		a.Key, a.Args[tools.RateArg] = "pw-2", "3"
		_, err = act.Do(t.Context(), a)
		assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	}
	assert.Equal(t, 5, f.poolNow().Slots)

	f.pools[0].Slots, f.pools[0].Description = 4, ptr("mine") // the line was taken out
	plan, err = release.Prepare(t.Context(), pipewright.Action{Kind: "airflow.release", Target: shopPool})
	require.NoError(t, err)
	assert.Equal(t, "no limit is in force", plan.Doomed)
	assert.Zero(t, plan.Rate.Limit)
}

func TestWhatCannotBeHeldBack(t *testing.T) {
	for name, tt := range map[string]struct {
		slots, ran, running int
		change              func(*fake)
		rate, doomed        string
		ambiguous           string
		kind                pipewright.ErrorKind
	}{
		"one slot in use":           {slots: 10, ran: 1, doomed: "1 of its slots are in use at most"},
		"nothing in use":            {slots: 10, doomed: "0 of its slots are in use at most"},
		"a task of four slots":      {slots: 10, running: 1, change: func(f *fake) { f.tries[0]["pool_slots"] = 4 }, doomed: "no limit under 4 lets a task run"},
		"no slots":                  {slots: 0, ran: 4, doomed: "has no slots"},
		"no bound":                  {slots: unlimited, ran: 4},
		"a DAG that is not watched": {slots: 10, ran: 4, change: func(f *fake) { f.tries[0]["dag_id"] = "payroll" }, ambiguous: "payroll"},
		"more than it has":          {slots: 10, ran: 4, rate: "11", kind: pipewright.Invalid},
		"less than one":             {slots: 10, ran: 4, rate: "0", kind: pipewright.Invalid},
		"words":                     {slots: 10, ran: 4, rate: "half", kind: pipewright.Invalid},
		"a pool that is gone":       {slots: 10, change: func(f *fake) { f.pools = nil }, kind: pipewright.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			f := crowded(t, tt.slots, tt.ran, tt.running)
			if tt.change != nil {
				tt.change(f)
			}
			c := f.client(t)
			c.cfg.DAGs = []string{"orders"}
			a := pipewright.Action{Kind: "airflow.throttle", Target: shopPool}
			if tt.rate != "" {
				a.Args = map[string]string{tools.RateArg: tt.rate}
			}
			plan, err := actuator(t, c, "airflow.throttle").Prepare(t.Context(), a)
			assert.Equal(t, tt.kind, pipewright.KindOf(err))
			assert.Contains(t, plan.Doomed, tt.doomed)
			assert.Equal(t, tt.doomed == "", plan.Doomed == "")
			assert.Contains(t, plan.Ambiguous, tt.ambiguous)
			assert.Equal(t, tt.ambiguous == "", plan.Ambiguous == "")
		})
	}
	c := crowded(t, 10, 8, 3).client(t)
	assert.False(t, actuator(t, c, "airflow.throttle").ActsOn("airflow:pool/"+defaultPool))
	_, err := actuator(t, c, "airflow.throttle").Prepare(t.Context(), pipewright.Action{Kind: "airflow.throttle", Target: "airflow:pool/" + defaultPool})
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
}

// A call whose answer is lost is found by its key, done or not.
func TestALimitWhoseAnswerWasLost(t *testing.T) {
	for name, arrived := range map[string]bool{"it arrived": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			f := crowded(t, 10, 8, 3)
			c := f.client(t)
			throttle := actuator(t, c, "airflow.throttle")
			plan, err := throttle.Prepare(t.Context(), pipewright.Action{Kind: "airflow.throttle", Target: shopPool})
			require.NoError(t, err)
			a := plan.Action
			a.Key = "pw-1"
			f.answer = func(r *http.Request) (int, string) {
				if r.Method != http.MethodPatch {
					return 0, ""
				}
				if arrived {
					f.pools[0].Slots, f.pools[0].Description = 4, limit{Key: "pw-1", Slots: 4, Of: 10, At: f.now}.under(f.pools[0].Description)
				}
				return 502, ""
			}
			_, err = throttle.Do(t.Context(), a)
			assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
			f.answer = nil
			_, found, err := throttle.Find(t.Context(), a)
			require.NoError(t, err)
			if arrived {
				assert.Equal(t, tools.FoundYes, found)
				_, err := throttle.Do(t.Context(), a)
				require.NoError(t, err)
				assert.Equal(t, 4, f.poolNow().Slots)
			} else {
				assert.Equal(t, tools.FoundNo, found)
			}
		})
	}
}

func TestAPoolIsUpstreamOfTheTasksThatUseIt(t *testing.T) {
	f := crowded(t, 10, 0, 0)
	f.inPool = "shop_db"
	f.pools = append(f.pools, pool{Name: "unused", Slots: 1})
	b, err := f.client(t).Source().Poll(t.Context(), "", f.now)
	require.NoError(t, err)
	assert.Contains(t, b.Edges, pipewright.Edge{Up: shopPool, Down: extract})
	slots := pipewright.Setting{Resource: shopPool, At: f.now, Key: "slots", Value: "10", Kind: pipewright.ChangeConfig}
	assert.Contains(t, b.Settings, slots)
	for _, r := range b.Resources {
		assert.NotEqual(t, pipewright.ResourceID("airflow:pool/unused"), r.ID)
		assert.NotEqual(t, pipewright.ResourceID("airflow:pool/"+defaultPool), r.ID)
	}
	f.pools[0].Slots, f.pools[0].Description = 4, limit{Key: "pw-1", Slots: 4, Of: 10, At: f.now}.under(nil)
	b, err = f.client(t).Source().Poll(t.Context(), "", f.now)
	require.NoError(t, err)
	for _, s := range b.Settings {
		assert.NotEqual(t, shopPool, s.Resource, "a limit of ours is no change of the configuration")
	}
}

func FuzzReadLimit(f *testing.F) {
	f.Add("text\npipewright pw-1 lets in 4 of -1 slots since 2026-11-20T10:00:00Z")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		l, was, ok := readLimit(&text)
		if !ok {
			assert.Equal(t, text, *was)
			return
		}
		again, before, ok := readLimit(l.under(was))
		assert.True(t, ok)
		assert.Equal(t, was, before)
		assert.Equal(t, l.Of, again.Of)
	})
}
