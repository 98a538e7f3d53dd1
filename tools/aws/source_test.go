package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	pipewright "github.com/pipewright/pipewright"
)

const (
	orders   = pipewright.ResourceID("glue:job/orders_etl")
	errGroup = "/aws-glue/jobs/error"
	outGroup = "/aws-glue/jobs/output"
)

// shop is a fake with a job, a good run and a failed one.
func shop(t *testing.T) *fakeAWS {
	f := newFake(t)
	f.Jobs = []map[string]any{fakeJob("orders_etl")}
	failed := fakeRun("orders_etl", "jr_2", "FAILED", 3600, 1127)
	failed["ErrorMessage"], failed["TriggerName"] = "Job aborted due to stage failure", "hourly"
	f.Runs["orders_etl"] = []map[string]any{failed, fakeRun("orders_etl", "jr_1", "SUCCEEDED", 0, 400)}
	f.Groups[errGroup] = []fakeEvent{
		{"jr_1", "10", "2026-11-20 03:00:04,000 INFO [main] com.amazonaws.services.glue.ProcessLauncher: Launching driver", at(4), at(4)},
		{"jr_2", "20", "2026-11-20 04:00:04,000 INFO [main] com.amazonaws.services.glue.ProcessLauncher: Launching driver", at(3604), at(3604)},
		{"jr_2", "21", "2026-11-20 04:11:55,000 WARN [main] TaskSetManager: Lost task 17.0 in stage 9.0 (TID 389)", at(4315), at(4315)},
		{"jr_2", "22", "java.lang.OutOfMemoryError: Java heap space", at(4315), at(4315)},
		{"jr_2", "23", "\tat java.util.Arrays.copyOf(Arrays.java:3332)", at(4315), at(4315)},
		{"jr_2", "24", "\t... 12 more", at(4315), at(4315)},
		{"jr_2_g-1f", "25", "2026-11-20 04:12:00,000 ERROR Executor: Exception in task 17.1", at(4320), at(4320)},
		{"jr_2_attempt_1", "26", "2026-11-20 04:12:00,000 INFO of another run", at(4320), at(4320)},
	}
	f.Groups[outGroup] = []fakeEvent{{"jr_2", "30", "orders_etl: reading from s3://shop-raw/orders/", at(3605), at(3605)}}
	return f
}

func TestAPollBringsJobsRunsSettingsAndLogs(t *testing.T) {
	f := shop(t)
	f.Triggers = []map[string]any{{
		"Name": "hourly", "Type": "SCHEDULED", "State": "ACTIVATED", "Schedule": "cron(0 * * * ? *)", "Actions": []any{map[string]any{"JobName": "orders_etl"}},
	}}
	f.Tags["arn:aws:glue:eu-west-1:"+account+":job/orders_etl"] = map[string]string{"Environment": "staging", "team": "orders", "cost": "7"}
	b, err := f.client().Source().Poll(t.Context(), "", at(6000))
	require.NoError(t, err)

	require.Len(t, b.Resources, 1)
	assert.Equal(t, orders, b.Resources[0].ID)
	assert.Equal(t, map[string]string{
		"worker_type": "G.1X", "workers": "4", "timeout": "45m", "schedule": "1h", "env": "staging", "team": "orders",
	}, b.Resources[0].Labels)

	require.Len(t, b.Runs, 2)
	assert.Equal(t, pipewright.Run{
		Resource: orders, ID: "jr_2", Attempt: 1, State: pipewright.RunFailed, Started: at(3600), Ended: at(4727), Error: "Job aborted due to stage failure",
		Detail: map[string]string{
			"state": "FAILED", "worker_type": "G.1X", "workers": "4", "execution_seconds": "1127", "dpu_seconds": "4508",
			"log_group": "/aws-glue/jobs", "trigger": "hourly",
		},
	}, b.Runs[1])

	settings := map[string]string{}
	for _, s := range b.Settings {
		settings[s.Key] = s.Value
		assert.Equal(t, at(-8e5), s.At)
	}
	assert.Equal(t, map[string]string{
		"worker_type": "G.1X", "number_of_workers": "4", "max_concurrent_runs": "1", "timeout": "45m", "glue_version": "4.0", "script": "s3://shop-code/orders_etl.py",
	}, settings)

	lines := map[string]pipewright.LogLine{}
	for _, l := range b.Lines {
		assert.Equal(t, orders, l.Resource)
		lines[l.UID] = l
	}
	assert.ElementsMatch(t, []string{"jr_1/10", "jr_2/20", "jr_2/21", "jr_2_g-1f/25", "jr_2/30"}, slices.Collect(maps.Keys(lines)))
	trace := lines["jr_2/21"]
	assert.Equal(t, "2026-11-20 04:11:55,000 WARN [main] TaskSetManager: Lost task 17.0 in stage 9.0 (TID 389)\n"+
		"java.lang.OutOfMemoryError: Java heap space\n\tat java.util.Arrays.copyOf(Arrays.java:3332)\n\t... 12 more", trace.Text)
	assert.Equal(t, pipewright.Warn, trace.Level)
	assert.Equal(t, "jr_2", trace.Run)
	assert.Equal(t, at(4315), trace.At)
}

func TestNothingIsReadTwiceWithoutNeed(t *testing.T) {
	f := shop(t)
	s := f.client().Source()
	b, err := s.Poll(t.Context(), "", at(6000))
	require.NoError(t, err)
	calls := f.calls["FilterLogEvents"]
	b, err = s.Poll(t.Context(), b.Cursor, at(6010))
	require.NoError(t, err)
	assert.Empty(t, b.Runs)
	assert.Empty(t, b.Lines)
	assert.Equal(t, calls, f.calls["FilterLogEvents"])
	assert.Equal(t, 1, f.calls["GetTags"])
	assert.Equal(t, 1, f.calls["GetTriggers"])
}

func TestARunIsFollowedToItsEndAcrossARestart(t *testing.T) {
	f := shop(t)
	run := fakeRun("orders_etl", "jr_3", "RUNNING", 7200, -1)
	f.Runs["orders_etl"] = append([]map[string]any{run}, f.Runs["orders_etl"]...)
	f.Groups[errGroup] = append(f.Groups[errGroup], fakeEvent{"jr_3", "40", "2026-11-20 05:00:04,000 INFO Launching driver", at(7204), at(7204)})
	b, err := f.client().Source().Poll(t.Context(), "", at(7300))
	require.NoError(t, err)
	require.Len(t, b.Runs, 3)
	assert.Equal(t, pipewright.RunRunning, b.Runs[2].State)
	assert.Zero(t, b.Runs[2].Ended)
	require.Len(t, ofRun(b, "jr_3"), 1, "a run's log is read while it runs")

	f.Runs["orders_etl"][0] = fakeRun("orders_etl", "jr_3", "TIMEOUT", 7200, 2700)
	f.Groups[errGroup] = append(f.Groups[errGroup], fakeEvent{"jr_3", "41", "2026-11-20 05:45:00,000 ERROR timed out", at(9900), at(9900)})
	again := f.client().Source() // nothing but the cursor survives
	b, err = again.Poll(t.Context(), b.Cursor, at(9920))
	require.NoError(t, err)
	require.Len(t, b.Runs, 1)
	assert.Equal(t, pipewright.RunFailed, b.Runs[0].State)
	assert.Equal(t, "TIMEOUT", b.Runs[0].Detail["state"])
	assert.Contains(t, b.Runs[0].Error, "TIMEOUT")
	assert.Equal(t, []string{"40", "41"}, eventIDs(ofRun(b, "jr_3")), "a failed run's log is read from its beginning")

	f.Groups[errGroup] = append(f.Groups[errGroup], fakeEvent{"jr_3", "42", "2026-11-20 05:45:01,000 ERROR late", at(9901), at(9960)})
	b, err = again.Poll(t.Context(), b.Cursor, at(9961))
	require.NoError(t, err)
	assert.Contains(t, eventIDs(ofRun(b, "jr_3")), "42", "what arrives after the end is read a minute later")
	b, err = again.Poll(t.Context(), b.Cursor, at(9900+301))
	require.NoError(t, err)
	assert.Empty(t, parseCursor(b.Cursor).Logs, "and then the log is complete")
}

func ofRun(b pipewright.Batch, run string) (out []pipewright.LogLine) {
	for _, l := range b.Lines {
		if l.Run == run {
			out = append(out, l)
		}
	}
	return out
}

func eventIDs(lines []pipewright.LogLine) (out []string) {
	for _, l := range lines {
		out = append(out, l.UID[len(l.Run)+1:])
	}
	return out
}

func TestStates(t *testing.T) {
	for state, want := range map[string]pipewright.RunState{
		"WAITING": pipewright.RunQueued, "STARTING": pipewright.RunRunning, "RUNNING": pipewright.RunRunning, "STOPPING": pipewright.RunRunning,
		"SUCCEEDED": pipewright.RunSucceeded, "FAILED": pipewright.RunFailed, "ERROR": pipewright.RunFailed, "TIMEOUT": pipewright.RunFailed,
		"EXPIRED": pipewright.RunFailed, "STOPPED": pipewright.RunCancelled, "SOMETHING_NEW": "",
	} {
		f := newFake(t)
		f.Jobs = []map[string]any{fakeJob("orders_etl")}
		f.Runs["orders_etl"] = []map[string]any{fakeRun("orders_etl", "jr_1", state, 0, 60)}
		b, err := f.client().Source().Poll(t.Context(), "", at(100))
		require.NoError(t, err, state)
		require.Len(t, b.Runs, 1, state)
		assert.Equal(t, want, b.Runs[0].State, state)
		assert.Equal(t, state, b.Runs[0].Detail["state"])
	}
}

func TestWhatGlueForgotIsCancelled(t *testing.T) {
	f := shop(t)
	f.Runs["orders_etl"] = []map[string]any{fakeRun("orders_etl", "jr_9_attempt_2", "RUNNING", 0, -1)}
	b, err := f.client().Source().Poll(t.Context(), "", at(60))
	require.NoError(t, err)
	for _, gone := range []func(){
		func() { f.Runs["orders_etl"] = nil },
		func() { f.Jobs = nil },
	} {
		gone()
		next, err := f.client().Source().Poll(t.Context(), b.Cursor, at(120))
		require.NoError(t, err)
		require.Len(t, next.Runs, 1)
		assert.Equal(t, pipewright.RunCancelled, next.Runs[0].State)
		assert.Equal(t, 3, next.Runs[0].Attempt)
		assert.Equal(t, at(0), next.Runs[0].Started)
		assert.Empty(t, parseCursor(next.Cursor).Logs)
	}
}

func TestAPartThatCannotBeReadHoldsUpNothingElse(t *testing.T) {
	for operation, says := range map[string]string{
		"GetTriggers": "add glue:GetTriggers", "GetTags": "add glue:GetTags", "DescribeLogGroups": "add logs:DescribeLogGroups",
		"FilterLogEvents": "add logs:FilterLogEvents",
	} {
		f := shop(t)
		f.Refuse[operation] = deny("x:"+operation, "*")
		c := f.client()
		b, err := c.Source().Poll(t.Context(), "", at(6000))
		require.NoError(t, err, operation)
		assert.Len(t, b.Runs, 2, operation)
		notes := linesOf(b, c.Account())
		require.NotEmpty(t, notes, operation)
		assert.Contains(t, notes[0].Text, says)

		delete(f.Refuse, operation)
		b, err = c.Source().Poll(t.Context(), b.Cursor, at(6010))
		require.NoError(t, err, operation)
		if operation == "FilterLogEvents" {
			assert.Len(t, linesOf(b, orders), 5, "the logs waited")
		}
	}
}

func TestRunsThatCannotBeReadFailThePoll(t *testing.T) {
	f := shop(t)
	f.Refuse["GetJobRuns"] = deny("glue:GetJobRuns", "arn:aws:glue:eu-west-1:"+account+":job/orders_etl")
	_, err := f.client().Source().Poll(t.Context(), "", at(6000))
	require.Equal(t, pipewright.Denied, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), "glue:GetJobRuns JobName=orders_etl")
	assert.Contains(t, err.Error(), "add glue:GetJobRuns")
}

func TestWhatWasReadCountsWhenTheTimeOfAPollIsUp(t *testing.T) {
	f := shop(t)
	wait := make(chan struct{})
	f.Refuse["FilterLogEvents"] = refusalOf{Status: 200, Body: "{}", Wait: wait}
	c := f.client()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	b, err := c.Source().Poll(ctx, "", at(6000))
	close(wait)
	require.NoError(t, err)
	assert.Len(t, b.Runs, 2)
	assert.NotEmpty(t, linesOf(b, c.Account()))
	f.mu.Lock()
	delete(f.Refuse, "FilterLogEvents")
	f.mu.Unlock()
	b, err = c.Source().Poll(t.Context(), b.Cursor, at(6010))
	require.NoError(t, err)
	assert.Len(t, linesOf(b, orders), 5, "the logs waited")
}

func TestOneJobThatCannotBeReadLeavesTheOthers(t *testing.T) {
	f := newFake(t)
	f.Jobs = []map[string]any{fakeJob("a"), fakeJob("b")}
	f.Runs["a"], f.Runs["b"] = []map[string]any{fakeRun("a", "jr_a", "SUCCEEDED", 0, 9)}, []map[string]any{fakeRun("b", "jr_b", "SUCCEEDED", 0, 9)}
	f.RefuseJob = map[string]refusalOf{"a": deny("glue:GetJobRuns", "job/a")}
	c := f.client()
	b, err := c.Source().Poll(t.Context(), "", at(100))
	require.NoError(t, err)
	require.Len(t, b.Runs, 1)
	assert.Equal(t, "jr_b", b.Runs[0].ID)
	notes := linesOf(b, c.Account())
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0].Text, "glue:GetJobRuns JobName=a")

	f.RefuseJob = nil
	b, err = c.Source().Poll(t.Context(), b.Cursor, at(110))
	require.NoError(t, err)
	require.Len(t, b.Runs, 1)
	assert.Equal(t, "jr_a", b.Runs[0].ID)
}

func TestMoreJobsThanOnePollReadsTakeTurns(t *testing.T) {
	f := newFake(t)
	for i := range 2*jobsAPoll + 1 {
		name := fmt.Sprintf("job_%03d", i)
		f.Jobs = append(f.Jobs, fakeJob(name))
		f.Runs[name] = []map[string]any{fakeRun(name, "jr_"+name, "SUCCEEDED", 0, 9)}
	}
	seen, cursor := map[string]bool{}, ""
	for i := range 3 {
		b, err := f.client().Source().Poll(t.Context(), cursor, at(100+float64(10*i)))
		require.NoError(t, err)
		for _, r := range b.Runs {
			seen[r.ID] = true
		}
		cursor = b.Cursor
	}
	assert.Len(t, seen, 2*jobsAPoll+1)
}

func TestOnlyTheNamedJobsAreWatched(t *testing.T) {
	f := newFake(t)
	f.PageSize = 2
	for _, n := range []string{"shop_a", "shop_b", "other", "exact [1]", "tail"} {
		f.Jobs = append(f.Jobs, fakeJob(n))
	}
	b, err := f.client(func(c *Config) { c.GlueJobs = []string{"shop_*", "exact [1]"} }).Source().Poll(t.Context(), "", at(0))
	require.NoError(t, err)
	got := []pipewright.ResourceID{}
	for _, r := range b.Resources {
		got = append(got, r.ID)
		_, err := pipewright.ParseResourceID(string(r.ID))
		require.NoError(t, err)
	}
	assert.Equal(t, []pipewright.ResourceID{"glue:job/exact%20[1]", "glue:job/shop_a", "glue:job/shop_b"}, got)
}

func TestALongLogLosesItsMiddleAndSaysSo(t *testing.T) {
	f := shop(t)
	f.PageSize = 500
	f.Groups[errGroup] = nil
	for i := range 1500 {
		f.Groups[errGroup] = append(f.Groups[errGroup], fakeEvent{"jr_2", fmt.Sprint(i), fmt.Sprintf("2026-11-20 04:00:00,000 INFO line %d", i), at(3600 + float64(i)/2), at(0)})
	}
	b, err := f.client().Source().Poll(t.Context(), "", at(6000))
	require.NoError(t, err)
	var said []string
	for _, l := range ofRun(b, "jr_2") {
		said = append(said, l.UID)
	}
	require.Len(t, said, 1+200+1+800)
	assert.Contains(t, said, "jr_2/199")
	assert.Contains(t, said, "left-out/jr_2/200")
	assert.NotContains(t, said, "jr_2/699")
	assert.Contains(t, said, "jr_2/700")
	assert.Contains(t, said, "jr_2/1499")
}

func TestALogGroupBiggerThanOnePollIsReadOverSeveral(t *testing.T) {
	f := newFake(t)
	f.PageSize = 20 // so that a reading takes 100
	const group = "/aws/lambda/score"
	f.Groups[group] = []fakeEvent{}
	for i := range 450 {
		f.Groups[group] = append(f.Groups[group], fakeEvent{"s", fmt.Sprint(i), fmt.Sprintf("[ERROR] %d", i), at(float64(i) / 10), at(0)})
	}
	s := f.client(func(c *Config) { c.LogGroups = []string{group} }).Source()
	seen, cursor := map[string]bool{}, ""
	for i := range 8 {
		b, err := s.Poll(t.Context(), cursor, at(100+float64(i)))
		require.NoError(t, err)
		for _, l := range linesOf(b, "cloudwatch:log_group//aws/lambda/score") {
			seen[l.UID] = true
			assert.Equal(t, pipewright.Err, l.Level)
		}
		cursor = b.Cursor
	}
	assert.Len(t, seen, 450)
}

func TestAFloodAtOneMomentIsPassedAndSaid(t *testing.T) {
	f := newFake(t)
	f.PageSize = 10
	f.Groups["g"] = []fakeEvent{}
	for i := range 300 {
		f.Groups["g"] = append(f.Groups["g"], fakeEvent{"s", fmt.Sprint(i), "INFO flood", at(0), at(0)})
	}
	f.Groups["g"] = append(f.Groups["g"], fakeEvent{"s", "after", "INFO after", at(60), at(0)})
	s := f.client(func(c *Config) { c.LogGroups = []string{"g"} }).Source()
	seen, cursor := map[string]bool{}, ""
	for i := range 10 {
		b, err := s.Poll(t.Context(), cursor, at(100+float64(i)))
		require.NoError(t, err)
		for _, l := range b.Lines {
			seen[l.Text] = true
		}
		cursor = b.Cursor
	}
	assert.Contains(t, seen, "INFO after")
	assert.Contains(t, slices.Collect(maps.Keys(seen)), "more events of g at one moment than can be read: the rest of them is left out; read them in CloudWatch")
}

func TestATraceUnderWayIsNotShownInHalves(t *testing.T) {
	f := newFake(t)
	f.Groups["g"] = []fakeEvent{{"s", "1", "ERROR it broke", at(9.5), at(0)}, {"s", "2", "java.io.IOException: reset", at(9.6), at(0)}}
	s := f.client(func(c *Config) { c.LogGroups = []string{"g"} }).Source()
	b, err := s.Poll(t.Context(), "", at(10))
	require.NoError(t, err)
	assert.Empty(t, b.Lines)
	f.Groups["g"] = append(f.Groups["g"], fakeEvent{"s", "3", "\tat a.B.c(B.java:1)", at(10.2), at(0)})
	b, err = s.Poll(t.Context(), b.Cursor, at(20))
	require.NoError(t, err)
	require.Len(t, b.Lines, 1)
	assert.Equal(t, "ERROR it broke\njava.io.IOException: reset\n\tat a.B.c(B.java:1)", b.Lines[0].Text)
}

func TestAnEventFromTheFutureHidesNothing(t *testing.T) {
	f := newFake(t)
	f.Groups["g"] = []fakeEvent{{"s", "1", "INFO ahead", at(7000), at(0)}}
	s := f.client(func(c *Config) { c.LogGroups = []string{"g"} }).Source()
	b, err := s.Poll(t.Context(), "", at(0))
	require.NoError(t, err)
	f.Groups["g"] = append(f.Groups["g"], fakeEvent{"s", "2", "INFO now", at(20), at(0)})
	b, err = s.Poll(t.Context(), b.Cursor, at(60))
	require.NoError(t, err)
	require.Len(t, b.Lines, 1)
	assert.Equal(t, "INFO now", b.Lines[0].Text)
}

// Polling at any times, with a restart before any poll, brings the same lines
// and the same runs as one poll at the end.
func TestAnySplitOfPollsBringsTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFake(t)
		f.PageSize = pageEvents
		f.Jobs = []map[string]any{fakeJob("orders_etl")}
		f.Groups = generateLogs(rt)
		all := f.Groups
		c := f.client(func(c *Config) { c.LogGroups = []string{"g"} })
		poll := func(s *Source, cursor string, now float64, into map[string]string) string {
			f.Groups, f.Runs["orders_etl"] = visible(all, at(now)), runsAt(now)
			b, err := s.Poll(t.Context(), cursor, at(now))
			require.NoError(rt, err)
			for _, l := range b.Lines {
				key := string(l.Resource) + " " + l.Run + " " + l.UID
				if old, ok := into[key]; ok {
					require.Equal(rt, old, l.Text, "the same record says the same")
				}
				into[key] = l.Text
			}
			for _, r := range b.Runs {
				into[r.ID] = string(r.State)
			}
			return b.Cursor
		}
		once, split := map[string]string{}, map[string]string{}
		poll(c.Source(), "", 1200, once)
		s, cursor, now := c.Source(), "", 0.0
		for now < 1200 {
			now = min(1200, now+rapid.SampledFrom([]float64{9, 61, 130, 400}).Draw(rt, "wait"))
			cursor = poll(s, cursor, now, split)
			if rapid.Bool().Draw(rt, "restart") {
				s = c.Source()
			}
		}
		for key, text := range once {
			require.Equal(rt, text, split[key], "%s", key)
		}
		require.Len(rt, split, len(once))
	})
}

// runsAt is two runs as Glue shows them at a time.
func runsAt(now float64) []map[string]any {
	var out []map[string]any
	for i, ends := range []float64{500, 700} {
		start, id := float64(100+200*i), fmt.Sprintf("jr_%d", i)
		state := []string{"FAILED", "SUCCEEDED"}[i]
		switch {
		case now >= ends:
			out = append([]map[string]any{fakeRun("orders_etl", id, state, start, ends-start)}, out...)
		case now >= start:
			out = append([]map[string]any{fakeRun("orders_etl", id, "RUNNING", start, -1)}, out...)
		}
	}
	return out
}

// generateLogs makes records of one to four lines in several streams. The lines
// of a record arrive together, up to a minute and a half late.
func generateLogs(rt *rapid.T) map[string][]fakeEvent {
	groups, n := map[string][]fakeEvent{errGroup: {}, outGroup: {}, "g": {}}, 0
	for _, stream := range []struct {
		group, name string
		from, to    float64
	}{{errGroup, "jr_0", 101, 499}, {errGroup, "jr_1", 301, 699}, {errGroup, "jr_1_g-2", 301, 699}, {"g", "a", 1, 800}, {"g", "b", 1, 800}} {
		for now := stream.from; now < stream.to; now += rapid.SampledFrom([]float64{0.1, 1.9, 2.1, 45, 120}).Draw(rt, "pause") {
			late := now + rapid.SampledFrom([]float64{0.1, 4, 30, 90}).Draw(rt, "late")
			for i := range rapid.IntRange(1, 4).Draw(rt, "lines") {
				text := []string{"WARN lost a task", "java.io.IOException: reset", "\tat a.B.c(B.java:1)", "Caused by: d.E: f"}[i]
				e := fakeEvent{stream.name, fmt.Sprint(n), text, at(now), at(late)}
				groups[stream.group], n = append(groups[stream.group], e), n+1
				now += 0.003
			}
		}
	}
	return groups
}

func visible(all map[string][]fakeEvent, now time.Time) map[string][]fakeEvent {
	out := map[string][]fakeEvent{}
	for g, events := range all {
		out[g] = slices.DeleteFunc(slices.Clone(events), func(e fakeEvent) bool { return e.Arrived.After(now) })
	}
	return out
}
