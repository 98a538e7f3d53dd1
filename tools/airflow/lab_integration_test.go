//go:build integration

package airflow

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// labClient is a client of the lab's Airflow. Without a lab the test is skipped,
// or fails when PIPEWRIGHT_REQUIRE_LAB=1.
func labClient(t *testing.T, password string) *Client {
	t.Helper()
	path := os.Getenv("PIPEWRIGHT_LAB_ENV")
	if path == "" {
		path = filepath.Join("..", "..", ".lab", "env")
	}
	f, err := os.Open(path)
	if err != nil {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the lab is required: %v; run make lab", err)
		}
		t.Skipf("no lab: %v", err)
	}
	defer f.Close()
	env := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			env[k] = strings.Trim(v, "'")
		}
	}
	if password == "" {
		b, err := os.ReadFile(env["LAB_AIRFLOW_PASSWORD_FILE"])
		require.NoError(t, err)
		password = strings.TrimSpace(string(b))
	}
	c, err := New(Config{Name: "lab", URL: env["LAB_AIRFLOW_URL"], User: env["LAB_AIRFLOW_USER"], Password: password})
	require.NoError(t, err)
	return c
}

func TestLabDoctor(t *testing.T) {
	for _, check := range labClient(t, "").Doctor(t.Context()) {
		assert.NoError(t, check.Err, check.Call)
	}
	checks := labClient(t, fakePassword).Doctor(t.Context())
	require.Len(t, checks, 1)
	assert.Equal(t, pipewright.Denied, pipewright.KindOf(checks[0].Err))
	assert.NotContains(t, checks[0].Err.Error(), fakePassword)
}

func TestLabPoll(t *testing.T) {
	c := labClient(t, "")
	b, err := c.Source().Poll(t.Context(), "", time.Now())
	require.NoError(t, err)
	assert.Contains(t, b.Edges, pipewright.Edge{Up: extract, Down: "airflow:task/orders.validate"})
	assert.NotEmpty(t, b.Runs)
	assert.NotEmpty(t, b.Lines)
	for _, r := range b.Runs {
		assert.False(t, r.Started.IsZero(), "%+v", r)
		assert.Equal(t, r.State.Done(), !r.Ended.IsZero(), "%+v", r)
	}
	for _, l := range b.Lines {
		assert.False(t, l.At.IsZero(), "%+v", l)
		assert.NotContains(t, l.Text, "::group::")
	}
	next, err := c.Source().Poll(t.Context(), b.Cursor, time.Now())
	require.NoError(t, err)
	assert.Less(t, len(next.Runs), 60, "only what is new")
}

// until asks twice a second, for at most a minute.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, time.Minute, 500*time.Millisecond, what)
}

// TestLabCancelAndRetry starts a run of the DAG that no fault breaks, cancels it
// and retries it, each under a key and twice.
func TestLabCancelAndRetry(t *testing.T) {
	c := labClient(t, "")
	const dag = pipewright.ResourceID("airflow:dag/customers")
	id := "pipewright_test_" + time.Now().UTC().Format("20060102T150405")
	_, err := c.do(t.Context(), call{method: http.MethodPost, path: []string{"dags", "customers", "dagRuns"}, body: map[string]any{"dag_run_id": id, "logical_date": nil}}, nil)
	require.NoError(t, err)

	cancel := actuator(t, c, "airflow.cancel")
	var plan tools.Plan
	until(t, "the run starts", func() bool {
		plan, err = cancel.Prepare(t.Context(), pipewright.Action{Kind: "airflow.cancel", Target: dag, Args: map[string]string{ArgRun: id}})
		return err == nil && plan.Doomed == ""
	})
	a := plan.Action
	a.Key = "pw-cancel-" + id[len(id)-6:]
	twice(t, cancel, a)
	run, err := c.run(t.Context(), "customers", id)
	require.NoError(t, err)
	assert.Equal(t, "failed", run.State)

	retry := actuator(t, c, "airflow.retry")
	plan, err = retry.Prepare(t.Context(), *cancel.Inverse(a, pipewright.Receipt{Undo: map[string]string{ArgRun: id}}))
	require.NoError(t, err)
	require.Empty(t, plan.Doomed)
	t.Log(plan.DryRun)
	a = plan.Action
	a.Key = "pw-retry-" + id[len(id)-6:]
	twice(t, retry, a)
	until(t, "the run succeeds", func() bool {
		run, err := c.run(t.Context(), "customers", id)
		return err == nil && run.State == "success"
	})
	tries, err := c.instances(t.Context(), "customers", id, nil)
	require.NoError(t, err)
	for _, i := range tries {
		assert.Equal(t, "success", i.state(), "%s", i.Task)
		assert.LessOrEqual(t, i.Try, 2, "%s was cleared once", i.Task)
	}
	run, err = c.run(t.Context(), "customers", id)
	require.NoError(t, err)
	t.Log(deref(run.Note))
	_, found, err := retry.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundYes, found, "the key outlives the run's end")
}

func TestLabPauseAndResume(t *testing.T) {
	c := labClient(t, "")
	const dag = pipewright.ResourceID("airflow:dag/customers")
	stamp := time.Now().UTC().Format("150405")
	pause, resume := actuator(t, c, "airflow.pause"), actuator(t, c, "airflow.resume")
	t.Cleanup(func() {
		_, err := c.do(context.Background(), pauseCall("customers", false, "test-cleanup"), nil)
		assert.NoError(t, err)
	})
	plan, err := pause.Prepare(t.Context(), pipewright.Action{Kind: "airflow.pause", Target: dag})
	require.NoError(t, err)
	require.Empty(t, plan.Doomed)
	a := plan.Action
	a.Key = "pw-pause-" + stamp
	r := twice(t, pause, a)
	back := *pause.Inverse(a, r)
	plan, err = resume.Prepare(t.Context(), back)
	require.NoError(t, err)
	require.Empty(t, plan.Doomed)
	back = plan.Action
	back.Key = "pw-resume-" + stamp
	twice(t, resume, back)
}

// twice does an action under one key two times and looks for it.
func twice(t *testing.T, act tools.Actuator, a pipewright.Action) pipewright.Receipt {
	t.Helper()
	_, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, tools.FoundNo, found)
	r, err := act.Do(t.Context(), a)
	require.NoError(t, err)
	same, err := act.Do(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, r, same)
	got, found, err := act.Find(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, tools.FoundYes, found)
	assert.Equal(t, r, got)
	return r
}

// TestLabThrottleAndRelease holds the lab's pool back twice and gives it back what it
// had, each under a key and twice.
func TestLabThrottleAndRelease(t *testing.T) {
	c := labClient(t, "")
	stamp := time.Now().UTC().Format("150405")
	before, err := c.pool(t.Context(), "shop_db")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := c.do(context.Background(), poolCall(before, nil), nil)
		assert.NoError(t, err)
	})
	throttle, release := actuator(t, c, "airflow.throttle"), actuator(t, c, "airflow.release")
	for _, rate := range []string{"3", "1"} {
		a, r := do(t, throttle, pipewright.Action{Kind: "airflow.throttle", Target: shopPool, Args: map[string]string{tools.RateArg: rate}}, "pw-"+stamp+"-"+rate)
		assert.Equal(t, itoa(before.Slots), r.Detail["slots before"], "%v", a)
	}
	held, err := c.pool(t.Context(), "shop_db")
	require.NoError(t, err)
	assert.Equal(t, 1, held.Slots)
	t.Log(deref(held.Description))
	do(t, release, pipewright.Action{Kind: "airflow.release", Target: shopPool}, "pw-"+stamp+"-release")
	after, err := c.pool(t.Context(), "shop_db")
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

// TestLabEvidenceOfARerun lets a run announce its output and then fail: the announcement
// and who was started by it are what a rerun is judged by.
func TestLabEvidenceOfARerun(t *testing.T) {
	c := labClient(t, "")
	id := "pipewright_test_rerun_" + time.Now().UTC().Format("20060102T150405")
	begun := time.Now()
	_, err := c.do(t.Context(), call{method: http.MethodPost, path: []string{"dags", "customers", "dagRuns"}, body: map[string]any{"dag_run_id": id, "logical_date": nil}}, nil)
	require.NoError(t, err)
	until(t, "the run succeeds", func() bool {
		run, err := c.run(t.Context(), "customers", id)
		return err == nil && run.State == "success"
	})
	_, err = c.do(t.Context(), failCall(place{dag: "customers", task: "load", run: id}), nil)
	require.NoError(t, err)

	retry := actuator(t, c, "airflow.retry")
	var plan tools.Plan
	until(t, "segments was started by it", func() bool {
		plan, err = retry.Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: "airflow:task/customers.load", Args: map[string]string{ArgRun: id, ArgTask: "load"}})
		return err == nil && plan.Doomed == "" && plan.Writes != nil && len(plan.Writes.Readers) > 0
	})
	w := plan.Writes
	assert.Equal(t, tools.Yes, w.Marker)
	assert.Equal(t, pipewright.ResourceID("airflow:dag/segments"), w.Readers[0].Resource)
	require.NotEmpty(t, w.Evidence)
	assert.Contains(t, w.Evidence[0].Excerpt, "run "+id+" updated dim_customers")
	assert.False(t, w.Began.Before(begun.Add(-time.Second)), "%s", w.Began)
	t.Log(w.Evidence[0].Excerpt, w.Readers)

	plan.Action.Key = "pw-rerun-" + id[len(id)-6:]
	_, err = retry.Do(t.Context(), plan.Action) // the lab is left as it was
	require.NoError(t, err)
}
