package airflow

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

func actuator(t *testing.T, c *Client, kind pipewright.ActionKind) tools.Actuator {
	t.Helper()
	r := tools.NewRegistry()
	require.NoError(t, c.Register(r))
	for _, a := range r.Declared() {
		if a.Kind == kind {
			return a
		}
	}
	require.Fail(t, "not declared", kind)
	return tools.Actuator{}
}

// stage brings the fake into the state that each action wants.
var stages = []struct {
	kind    pipewright.ActionKind
	target  pipewright.ResourceID
	stage   func(*fake)
	acts    string // the one call that changes something
	dryRun  string
	inverse pipewright.ActionKind
}{
	{"airflow.retry", extract, failed, "POST /api/v2/dags/orders/clearTaskInstances", `{"dry_run":false,"dag_run_id":"r2","task_ids":["extract"],"include_downstream":true,"only_failed":true`, ""},
	{"airflow.retry", ordersDAG, failed, "POST /api/v2/dags/orders/clearTaskInstances", `{"dry_run":false,"dag_run_id":"r2","include_downstream":false,"only_failed":true`, ""},
	{"airflow.backoff_retry", extract, failed, "POST /api/v2/dags/orders/clearTaskInstances", "clears extract (failed, try 1), load (upstream_failed) in run r2", ""},
	{"airflow.restart", extract, running, "POST /api/v2/dags/orders/clearTaskInstances", `"only_running":true`, ""},
	{"airflow.cancel", ordersDAG, running, "PATCH /api/v2/dags/orders/dagRuns/r2", `{"state":"failed"}`, "airflow.retry"},
	{"airflow.cancel", extract, running, "PATCH /api/v2/dags/orders/dagRuns/r2/taskInstances/extract", `{"new_state":"failed"}`, "airflow.retry"},
	{"airflow.pause", ordersDAG, failed, "PATCH /api/v2/dags/orders", `{"is_paused":true}`, "airflow.resume"},
	{"airflow.resume", ordersDAG, func(f *fake) { f.paused = true }, "PATCH /api/v2/dags/orders", `{"is_paused":false}`, "airflow.pause"},
}

func failed(f *fake) {
	f.addRun("r1", "success", "success", "success")
	f.addRun("r2", "failed", "failed", "upstream_failed")
	f.runs[1]["note"] = "a person's words"
}

func running(f *fake) {
	f.addRun("r1", "success", "success", "success")
	f.addRun("r2", "running", "running", "")
}

func (f *fake) acted(call string) int {
	n := 0
	for _, w := range f.writes {
		if w == call {
			n++
		}
	}
	return n
}

func TestEveryActuator(t *testing.T) {
	for _, tc := range stages {
		t.Run(string(tc.kind)+" on "+string(tc.target), func(t *testing.T) {
			f := newFake(t)
			tc.stage(f)
			act := actuator(t, f.client(t), tc.kind)

			plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: tc.kind, Target: tc.target})
			require.NoError(t, err)
			require.Empty(t, plan.Doomed)
			require.Empty(t, plan.Ambiguous)
			assert.Contains(t, plan.DryRun, tc.dryRun)
			assert.Contains(t, plan.DryRun, tc.acts)
			again, err := act.Prepare(t.Context(), plan.Action)
			require.NoError(t, err)
			assert.Equal(t, plan, again, "prepared again, with its arguments filled in")

			a := plan.Action
			a.Key = "pw-0123456789"
			_, found, err := act.Find(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundNo, found, "a preparation changes nothing")
			before := f.acted(tc.acts)

			r, err := act.Do(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, a.Key, r.Key)
			assert.NotEmpty(t, r.Say)
			same, err := act.Do(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, r, same, "the same key acts once")
			got, found, err := act.Find(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundYes, found)
			assert.Equal(t, r, got)
			marks := 0
			if tc.acts == "PATCH /api/v2/dags/orders/dagRuns/r2" {
				marks = 2 // the note's two lines go to the same address
			}
			if strings.HasSuffix(tc.acts, "/clearTaskInstances") {
				assert.Equal(t, 1, f.cleared)
			} else {
				assert.Equal(t, before+1+marks, f.acted(tc.acts))
			}

			other := a
			other.Key = "pw-other"
			_, found, err = act.Find(t.Context(), other)
			require.NoError(t, err)
			assert.Equal(t, tools.FoundNo, found, "another key did not run")
			if inv := act.Inverse(a, r); tc.inverse == "" {
				assert.Nil(t, inv)
			} else {
				require.NotNil(t, inv)
				assert.Equal(t, tc.inverse, inv.Kind)
				assert.Equal(t, tc.target, inv.Target)
			}
		})
	}
}

func TestARetryOfACancelledRunClearsWhatItSkipped(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "skipped")
	act := actuator(t, f.client(t), "airflow.retry")
	for _, target := range []pipewright.ResourceID{ordersDAG, extract} {
		plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: target})
		require.NoError(t, err)
		assert.Equal(t, scopeDownstream, plan.Action.Args[ArgScope])
		assert.Contains(t, plan.DryRun, `"task_ids":["extract"],"include_downstream":true,"only_failed":false`)
		assert.Contains(t, plan.DryRun, "load (skipped")
		plan.Action.Key = "pw-1"
		r, err := act.Do(t.Context(), plan.Action)
		require.NoError(t, err)
		assert.Contains(t, r.Say, "cleared extract, load")
		f.runs, f.tries = nil, nil
		f.addRun("r1", "failed", "failed", "skipped")
	}
}

func TestARetryOfARunCancelledBetweenTwoTasks(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "success", "skipped")
	act := actuator(t, f.client(t), "airflow.retry")
	plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: ordersDAG})
	require.NoError(t, err)
	require.Empty(t, plan.Doomed)
	assert.Contains(t, plan.DryRun, `"task_ids":["load"]`)
	a := plan.Action
	a.Key = "pw-1"
	f.runs[0]["state"] = "success" // somebody marked it: its skipped task is no concern any more
	_, err = act.Do(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	assert.Zero(t, f.cleared)
	f.runs[0]["state"] = "failed"
	a.Key = "pw-2"
	_, err = act.Do(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, 1, f.cleared)
}

func TestAPersonsNoteStays(t *testing.T) {
	f := newFake(t)
	failed(f)
	act := actuator(t, f.client(t), "airflow.retry")
	plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
	require.NoError(t, err)
	plan.Action.Key = "pw-1"
	_, err = act.Do(t.Context(), plan.Action)
	require.NoError(t, err)
	assert.Equal(t, "a person's words\npipewright pw-1 done 2026-11-20T10:00:00Z cleared extract, load", f.runs[1]["note"])
}

// crash lets n calls through that change something and loses the later ones.
func crash(f *fake, n int) {
	seen := 0
	f.answer = func(r *http.Request) (int, string) {
		if r.Method == http.MethodGet || r.URL.Path == "/auth/token" {
			return 0, ""
		}
		if seen++; seen > n {
			return 500, ""
		}
		return 0, ""
	}
}

func TestACrashBetweenTheCallsNeverActsTwice(t *testing.T) {
	cases := []struct {
		name   string
		goOn   int // calls that change something before the crash
		found  tools.Found
		second pipewright.ErrorKind // of doing it again
	}{
		{"before the key is in the note", 0, tools.FoundNo, ""},
		{"before the clearing, or with its answer lost", 2, tools.FoundUnknown, pipewright.Conflict},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t)
			failed(f)
			act := actuator(t, f.client(t), "airflow.retry")
			plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
			require.NoError(t, err)
			a := plan.Action
			a.Key = "pw-1"
			f.writes = nil
			crash(f, tc.goOn)
			_, err = act.Do(t.Context(), a)
			assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
			f.answer = nil
			_, found, err := act.Find(t.Context(), a)
			require.NoError(t, err)
			assert.Equal(t, tc.found, found)
			_, err = act.Do(t.Context(), a)
			assert.Equal(t, tc.second, pipewright.KindOf(err))
			assert.LessOrEqual(t, f.cleared, 1)
		})
	}
}

func TestTheLastMarkLostLeavesTheReceipt(t *testing.T) {
	f := newFake(t)
	failed(f)
	act := actuator(t, f.client(t), "airflow.retry")
	plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
	require.NoError(t, err)
	a := plan.Action
	a.Key = "pw-1"
	crash(f, 3)
	r, err := act.Do(t.Context(), a)
	require.NoError(t, err, "it ran, and Airflow said so")
	assert.Equal(t, "pw-1", r.Key)
	f.answer = nil
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundUnknown, found, "after a crash nobody can tell")
	_, err = act.Do(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	assert.Equal(t, 1, f.cleared)
}

func TestARefusalVoidsTheKey(t *testing.T) {
	f := newFake(t)
	failed(f)
	act := actuator(t, f.client(t), "airflow.retry")
	plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
	require.NoError(t, err)
	a := plan.Action
	a.Key = "pw-1"
	f.answer = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/clearTaskInstances") {
			return 403, `{"detail":"Forbidden"}`
		}
		return 0, ""
	}
	_, err = act.Do(t.Context(), a)
	assert.Equal(t, pipewright.Denied, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), "edit task instances")
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundNo, found)
}

func TestNothingLeftToClearIsAConflict(t *testing.T) {
	f := newFake(t)
	failed(f)
	act := actuator(t, f.client(t), "airflow.retry")
	plan, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
	require.NoError(t, err)
	for _, i := range f.tries {
		i["state"] = "success" // somebody else was quicker
	}
	a := plan.Action
	a.Key = "pw-1"
	_, err = act.Do(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundNo, found)
}

func TestPreconditions(t *testing.T) {
	cases := []struct {
		name      string
		kind      pipewright.ActionKind
		target    pipewright.ResourceID
		args      map[string]string
		stage     func(*fake)
		doomed    string
		ambiguous string
	}{
		{"a newer success", "airflow.retry", extract, nil, func(f *fake) { failed(f); f.addRun("r3", "success", "success", "success") }, "run r3 succeeded", ""},
		{"a newer success than the run that was asked for", "airflow.retry", ordersDAG, map[string]string{ArgRun: "r2"}, func(f *fake) { failed(f); f.addRun("r3", "success", "success", "success") }, "run r3 succeeded", ""},
		{"a newer run under way is no reason against", "airflow.retry", extract, nil, func(f *fake) { failed(f); f.addRun("r3", "running", "running", "") }, "", ""},
		{"a task that did not run", "airflow.retry", load, nil, failed, "a task upstream of it failed", ""},
		{"a run that has not failed", "airflow.retry", extract, map[string]string{ArgRun: "r2"}, running, "", ""},
		{"nothing ran yet", "airflow.retry", extract, nil, func(*fake) {}, "none of the newest", ""},
		{"an unknown run", "airflow.retry", extract, map[string]string{ArgRun: "r9"}, func(*fake) {}, "not among the newest", ""},
		{"nothing runs", "airflow.restart", extract, nil, failed, "no run of it is running", ""},
		{"two run", "airflow.cancel", ordersDAG, nil, func(f *fake) { running(f); f.addRun("r3", "running", "running", "") }, "", "2 runs are running"},
		{"paused already", "airflow.pause", ordersDAG, nil, func(f *fake) { f.paused = true }, "is paused already", ""},
		{"not paused", "airflow.resume", ordersDAG, nil, func(*fake) {}, "is unpaused already", ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t)
			tc.stage(f)
			plan, err := actuator(t, f.client(t), tc.kind).Prepare(t.Context(), pipewright.Action{Kind: tc.kind, Target: tc.target, Args: tc.args})
			require.NoError(t, err)
			if tc.doomed == "" {
				assert.Empty(t, plan.Doomed)
			} else {
				assert.Contains(t, plan.Doomed, tc.doomed)
			}
			if tc.ambiguous == "" {
				assert.Empty(t, plan.Ambiguous)
			} else {
				assert.Contains(t, plan.Ambiguous, tc.ambiguous)
			}
		})
	}
}

func TestARunThatIsUnderWayIsWaitedFor(t *testing.T) {
	f := newFake(t)
	running(f)
	plan, err := actuator(t, f.client(t), "airflow.retry").Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract, Args: map[string]string{ArgRun: "r2"}})
	require.NoError(t, err)
	assert.Contains(t, plan.Later, "is running")
}

func TestTargetsThatAreNotThere(t *testing.T) {
	f := newFake(t)
	failed(f)
	act := actuator(t, f.client(t), "airflow.retry")
	for target, kind := range map[pipewright.ResourceID]pipewright.ErrorKind{
		"airflow:task/orders.nope": pipewright.NotFound, "airflow:dag/nope": pipewright.NotFound, "airflow:task/nodots": pipewright.NotFound,
		"glue:job/x": pipewright.Invalid, "airflow:dag/..": pipewright.Invalid,
	} {
		_, err := act.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: target})
		assert.Equal(t, kind, pipewright.KindOf(err), target)
	}
	_, err := act.Do(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract, Key: "pw-1"})
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "not prepared")
	_, err = act.Do(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract, Key: "pw-1", Args: map[string]string{ArgRun: "r2", ArgTask: "load"}})
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "the task is another one")
}

func TestPauseFoundButUndoneIsUnknown(t *testing.T) {
	f := newFake(t)
	act := actuator(t, f.client(t), "airflow.pause")
	a := pipewright.Action{Kind: "airflow.pause", Target: ordersDAG, Key: "pw-1"}
	_, err := act.Do(t.Context(), a)
	require.NoError(t, err)
	f.paused = false // somebody resumed it
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundUnknown, found)
	_, err = act.Do(t.Context(), a)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	assert.False(t, f.paused)
}

func TestWriteMark(t *testing.T) {
	old := mark{Key: "pw-0", Word: markDone, At: ended, What: "cleared x"}
	m := mark{Key: "pw-1", Word: markAsked, At: ended, What: "airflow.retry"}
	note, err := writeMark("words of a person\n"+old.String(), m)
	require.NoError(t, err)
	got, ok := readMark(note, "pw-1")
	require.True(t, ok)
	assert.Equal(t, m, got)
	m.Word = markDone
	note, err = writeMark(note, m)
	require.NoError(t, err)
	assert.Equal(t, 3, len(strings.Split(note, "\n")), "one line a key")

	for n := range 200 {
		m.Key = "pw-" + strings.Repeat("é", 10) + itoa(n)
		note, err = writeMark(note, m)
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, utf8.RuneCountInString(note), maxNote)
	assert.True(t, strings.HasPrefix(note, "words of a person\n"))
	_, ok = readMark(note, m.Key)
	assert.True(t, ok)

	_, err = writeMark(strings.Repeat("w", maxNote-5), m)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err))
	waiting := mark{Key: "pw-2", Word: markAsked, At: ended}
	_, err = writeMark(strings.Repeat("w", maxNote-80)+"\n"+waiting.String(), m)
	assert.Equal(t, pipewright.Conflict, pipewright.KindOf(err), "a key whose outcome is unknown is never forgotten")
}
