package aws

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

const ordersJob = pipewright.ResourceID("glue:job/orders_etl")

// failedJob is a job whose newest run failed at its second attempt, with a good one before.
func failedJob(t *testing.T) *fakeAWS {
	f := newFake(t)
	f.Jobs = []map[string]any{fakeJob("orders_etl")}
	second := fakeRun("orders_etl", "jr_2_attempt_1", "FAILED", 200, 60)
	second["PreviousRunId"], second["Arguments"] = "jr_2", map[string]any{"--day": "2026-11-19", "--token": "hunter2"}
	f.Runs["orders_etl"] = []map[string]any{second, fakeRun("orders_etl", "jr_2", "FAILED", 100, 60), fakeRun("orders_etl", "jr_1", "SUCCEEDED", 0, 60)}
	return f
}

func retryOf(t *testing.T, c *Client) tools.Actuator {
	t.Helper()
	for _, a := range c.Actuators() {
		require.NoError(t, a.Check())
	}
	return c.Actuators()[0]
}

func prepared(t *testing.T, c *Client) tools.Plan {
	t.Helper()
	plan, err := retryOf(t, c).Prepare(t.Context(), pipewright.Action{Kind: "glue.retry", Target: ordersJob})
	require.NoError(t, err)
	return plan
}

func TestAFailedRunIsStartedAgainOnce(t *testing.T) {
	for name, lose := range map[string]bool{"answered": false, "the answer is lost": true} {
		t.Run(name, func(t *testing.T) {
			f := failedJob(t)
			c := f.client()
			plan := prepared(t, c)
			require.Empty(t, plan.Doomed+plan.Later)
			assert.Equal(t, map[string]string{ArgRun: "jr_2_attempt_1"}, plan.Action.Args)
			assert.NotContains(t, plan.DryRun, "hunter2")
			a := plan.Action
			a.Key = "pw-1"
			retry := retryOf(t, c)
			_, found, err := retry.Find(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundNo, found)
			f.Lose = lose
			r, err := retry.Do(t.Context(), a)
			assert.Equal(t, lose, err != nil, "%v", err)
			assert.Equal(t, 1, f.calls["StartJobRun"], "not sent a second time")
			f.Lose = false
			same, err := retry.Do(t.Context(), a)
			require.NoError(t, err)
			if !lose {
				assert.Equal(t, r, same)
			}
			assert.Equal(t, 1, f.calls["StartJobRun"], "the same key acts once")
			assert.Equal(t, map[string]any{"--day": "2026-11-19", "--token": "hunter2", keyArgument: "pw-1"}, f.Runs["orders_etl"][0]["Arguments"])
			assert.Equal(t, "jr_new3", same.ID)
			for range 60 { // it goes on, for longer than what is listed
				f.Runs["orders_etl"] = append(f.Runs["orders_etl"], fakeRun("orders_etl", "jr_0", "SUCCEEDED", -600, 60))
			}
			other := a
			other.Key = "pw-2"
			_, found, err = retry.Find(t.Context(), other)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundNo, found, "another key did not run since the failed run")
			_, err = retry.Do(t.Context(), other)
			assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "there is a newer run")
		})
	}
}

func TestWhatIsNotRunAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		change        func(*fakeAWS)
		later, doomed string
	}{
		"a run is active": {func(f *fakeAWS) { f.Runs["orders_etl"][0]["JobRunState"] = "RUNNING" }, "at most 1 at once may be (MaxConcurrentRuns)", ""},
		"a run is active and three may be": {func(f *fakeAWS) {
			f.Runs["orders_etl"][0]["JobRunState"] = "STARTING"
			f.Jobs[0]["ExecutionProperty"] = map[string]any{"MaxConcurrentRuns": 3}
		}, "at most 3 at once", ""},
		"the newest succeeded": {func(f *fakeAWS) { f.Runs["orders_etl"] = f.Runs["orders_etl"][2:] }, "", "run jr_1 is SUCCEEDED"},
		"somebody stopped it":  {func(f *fakeAWS) { f.Runs["orders_etl"][0]["JobRunState"] = "STOPPED" }, "", "is STOPPED"},
		"it never ran":         {func(f *fakeAWS) { f.Runs["orders_etl"] = nil }, "", "no run yet"},
	} {
		t.Run(name, func(t *testing.T) {
			f := failedJob(t)
			tt.change(f)
			plan := prepared(t, f.client())
			assert.Contains(t, plan.Later, tt.later)
			assert.Contains(t, plan.Doomed, tt.doomed)
			assert.Equal(t, tt.later == "", plan.Later == "")
		})
	}
	f := failedJob(t)
	f.Refuse["StartJobRun"] = refusalOf{Status: 400, Body: `{"__type":"ConcurrentRunsExceededException","Message":"Concurrent runs exceeded for orders_etl"}`}
	c := f.client()
	a := prepared(t, c).Action
	a.Key = "pw-1"
	_, err := retryOf(t, c).Do(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	assert.ErrorContains(t, err, "MaxConcurrentRuns")
}

// The bookmark is the entry of the run that is asked for, as AWS's reference has it; the
// lab's stand-in does not know the call.
func TestWhetherTheBookmarkStandsBehindTheInput(t *testing.T) {
	on := func(f *fakeAWS) {
		f.Jobs[0]["DefaultArguments"] = map[string]any{"--job-bookmark-option": "job-bookmark-enable"}
	}
	for name, tt := range map[string]struct {
		marks  map[string]string
		change func(*fakeAWS)
		want   tools.Answer
		says   string
	}{
		"it keeps none": {marks: map[string]string{"jr_2_attempt_1": "b"}, change: func(*fakeAWS) {}},
		"switched off for the run": {marks: map[string]string{"jr_2_attempt_1": "b"}, change: func(f *fakeAWS) {
			on(f)
			f.Runs["orders_etl"][0]["Arguments"] = map[string]any{"--job-bookmark-option": "job-bookmark-pause"}
		}},
		"the failed run moved it":           {marks: map[string]string{"jr_1": "a", "jr_2_attempt_1": "b"}, change: on, want: tools.Yes, says: "moved the bookmark on"},
		"the failed run left it":            {marks: map[string]string{"jr_1": "a", "jr_2_attempt_1": "a"}, change: on, want: tools.No, says: "where run jr_1 left it"},
		"the failed run has none":           {marks: map[string]string{"jr_1": "a"}, change: on, want: tools.No, says: "is read again"},
		"the run before has none, this one": {marks: map[string]string{"jr_2_attempt_1": "b"}, change: on, want: tools.Yes},
		"it may not be read":                {change: func(f *fakeAWS) { on(f); f.Refuse["GetJobBookmark"] = deny("glue:GetJobBookmark", "orders_etl") }},
	} {
		t.Run(name, func(t *testing.T) {
			f := failedJob(t)
			f.Bookmarks = tt.marks
			tt.change(f)
			w := prepared(t, f.client()).Writes
			assert.Equal(t, tt.want, w.Bookmark)
			assert.Equal(t, at(100), w.Began, "what its first attempt wrote is of this run too")
			assert.Equal(t, tt.want == tools.CouldNotTell, len(w.Evidence) == 0)
			if tt.says != "" {
				assert.Contains(t, w.Evidence[0].Excerpt, tt.says)
			}
		})
	}
}
