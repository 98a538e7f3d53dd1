package airflow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

func poll1(t *testing.T, f *fake, s *Source, cursor string) pipewright.Batch {
	t.Helper()
	b, err := s.Poll(t.Context(), cursor, f.now)
	require.NoError(t, err)
	return b
}

// runOf finds the last observation of an attempt.
func runOf(b pipewright.Batch, id pipewright.ResourceID, run string, attempt int) (r pipewright.Run, ok bool) {
	for _, o := range b.Runs {
		if o.Resource == id && o.ID == run && o.Attempt == attempt {
			r, ok = o, true
		}
	}
	return r, ok
}

const (
	ordersDAG = pipewright.ResourceID("airflow:dag/orders")
	extract   = pipewright.ResourceID("airflow:task/orders.extract")
	load      = pipewright.ResourceID("airflow:task/orders.load")
)

func TestPollBringsTheDAGAndItsLineage(t *testing.T) {
	f := newFake(t)
	c := f.client(t)
	c.cfg.Labels = map[string]string{"env": "lab"}
	b := poll1(t, f, c.Source(), "")
	labels := map[pipewright.ResourceID]map[string]string{}
	for _, r := range b.Resources {
		labels[r.ID] = r.Labels
	}
	assert.Equal(t, map[string]string{"env": "lab", "schedule": "15m", "team": "data-platform", "tags": "shop"}, labels[ordersDAG])
	assert.Equal(t, map[string]string{"env": "lab", "team": "data-platform"}, labels[extract])
	for _, e := range []pipewright.Edge{{Up: extract, Down: load}, {Up: extract, Down: ordersDAG}, {Up: load, Down: ordersDAG}, {Up: c.Server(), Down: ordersDAG}} {
		assert.Contains(t, b.Edges, e)
	}
	assert.Equal(t, []pipewright.Point{{Resource: c.Server(), Metric: "heartbeat_age_seconds", At: f.now, Value: 7}}, b.Points)

	f.paused = true
	for _, r := range poll1(t, f, c.Source(), b.Cursor).Resources {
		if r.ID == ordersDAG {
			assert.Equal(t, "true", r.Labels["paused"])
			assert.Empty(t, r.Labels["schedule"], "no run is due while it is paused")
		}
	}
}

func TestPollExplainsAFailedRun(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "upstream_failed")
	f.logs["r1/extract/1"] = failureLog
	f.now = f.now.Add(time.Minute)
	b := poll1(t, f, f.client(t).Source(), "")
	why := `UndefinedColumn: column "customer_id" does not exist`
	r, ok := runOf(b, extract, "r1", 1)
	require.True(t, ok)
	assert.Equal(t, pipewright.RunFailed, r.State)
	assert.Equal(t, why, r.Error)
	assert.False(t, r.Ended.IsZero())
	d, _ := runOf(b, ordersDAG, "r1", 1)
	assert.Equal(t, "task extract: "+why, d.Error)
	u, _ := runOf(b, load, "r1", 0)
	assert.Equal(t, pipewright.RunCancelled, u.State, "it never ran and is not to blame")
	require.Len(t, b.Lines, 2)
	assert.Equal(t, "r1", b.Lines[1].Run)
	assert.Equal(t, extract, b.Lines[1].Resource)
	assert.NotEqual(t, b.Lines[0].UID, b.Lines[1].UID)
}

func TestALogIsReadOnceAndItsCauseKept(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "upstream_failed")
	f.logs["r1/extract/1"] = failureLog
	f.now = f.now.Add(time.Minute)
	c := f.client(t)
	b := poll1(t, f, c.Source(), "")
	f.reads = nil
	again := poll1(t, f, c.Source(), b.Cursor) // another process, the same cursor
	assert.Empty(t, again.Lines)
	assert.False(t, slices.ContainsFunc(f.reads, func(p string) bool { return strings.Contains(p, "/logs/") }))
	for _, id := range []pipewright.ResourceID{extract, ordersDAG} {
		was, _ := runOf(b, id, "r1", 1)
		is, ok := runOf(again, id, "r1", 1)
		require.True(t, ok, "rows are read again for a minute")
		assert.Equal(t, was, is, "and never lose their cause")
	}
}

func TestALogThatMayStillGrowIsReadAgain(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "success", "success", "success")
	f.logs["r1/extract/1"] = goodLog
	f.now = f.now.Add(3 * time.Second) // the tasks ended a second ago
	c := f.client(t)
	b := poll1(t, f, c.Source(), "")
	require.Len(t, b.Lines, 1)
	f.logs["r1/extract/1"] = goodLog + `{"timestamp":"2026-11-20T10:00:02Z","event":"late","level":"info"}`
	f.now = f.now.Add(10 * time.Second)
	later := poll1(t, f, c.Source(), b.Cursor)
	require.Len(t, later.Lines, 2)
	assert.Equal(t, b.Lines[0], later.Lines[0], "a record keeps its name")
	f.now = f.now.Add(10 * time.Second)
	assert.Empty(t, poll1(t, f, c.Source(), later.Cursor).Lines)
}

func TestACompleteBackfillTakesSeveralPolls(t *testing.T) {
	f := newFake(t)
	for _, id := range []string{"r1", "r2", "r3"} {
		f.addRun(id, "success", "success", "success")
		f.logs[id+"/extract/1"] = goodLog
	}
	f.addRun("r4", "failed", "failed", "upstream_failed")
	f.logs["r4/extract/1"] = failureLog
	f.now = f.now.Add(time.Minute)
	c := f.client(t)
	c.cfg.LogsPoll = 2
	first := poll1(t, f, c.Source(), "")
	require.NotEmpty(t, first.Lines)
	assert.Equal(t, "r4", first.Lines[0].Run, "failures first")
	lines, cursor := len(first.Lines), first.Cursor
	for range 4 {
		b := poll1(t, f, c.Source(), cursor)
		lines, cursor = lines+len(b.Lines), b.Cursor
	}
	assert.Equal(t, 2+3, lines)
}

func TestALateLogStillExplainsItsRun(t *testing.T) {
	f := newFake(t)
	for _, id := range []string{"r1", "r2"} {
		f.addRun(id, "failed", "failed", "upstream_failed")
		f.logs[id+"/extract/1"] = failureLog
	}
	f.now = f.now.Add(time.Minute)
	c := f.client(t)
	c.cfg.LogsPoll = 1
	b := poll1(t, f, c.Source(), "")
	f.answer = func(r *http.Request) (int, string) { // the rows are too old to be listed again
		if r.URL.Query().Has("updated_at_gte") {
			return 200, `{"dag_runs":[],"task_instances":[]}`
		}
		return 0, ""
	}
	later := poll1(t, f, c.Source(), b.Cursor)
	for _, id := range []pipewright.ResourceID{extract, ordersDAG} {
		var errs []string
		for _, run := range later.Runs {
			if run.Resource == id {
				errs = append(errs, run.Error)
			}
		}
		require.Len(t, errs, 1)
		assert.Contains(t, errs[0], "UndefinedColumn")
	}
}

func TestALogThatCannotBeReadStopsNothing(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "success", "success", "success")
	f.logs["r1/load/1"] = goodLog
	f.now = f.now.Add(time.Minute)
	f.answer = func(r *http.Request) (int, string) {
		if strings.Contains(r.URL.Path, "/extract/logs/") {
			return 500, ""
		}
		return 0, ""
	}
	c := f.client(t)
	cursor, lines := "", []pipewright.LogLine{}
	for range 5 {
		b := poll1(t, f, c.Source(), cursor)
		cursor, lines = b.Cursor, append(lines, b.Lines...)
	}
	require.Len(t, lines, 2)
	assert.Equal(t, load, lines[0].Resource)
	assert.Contains(t, lines[1].Text, "could not be read")
}

func TestARunThatIsClearedAndSucceedsIsItsSecondAttempt(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "upstream_failed")
	f.logs["r1/extract/1"] = failureLog
	c := f.client(t)
	b := poll1(t, f, c.Source(), "")
	_, err := c.clear(t.Context(), "orders", clearing{Run: "r1", OnlyFailed: true})
	require.NoError(t, err)
	b = poll1(t, f, c.Source(), b.Cursor)
	d, ok := runOf(b, ordersDAG, "r1", 2)
	require.True(t, ok)
	assert.Equal(t, pipewright.RunQueued, d.State)
	old, ok := runOf(b, extract, "r1", 1)
	require.True(t, ok, "the try that was stays")
	assert.Equal(t, pipewright.RunFailed, old.State)
	for _, i := range f.tries {
		i["state"], i["try_number"] = "success", i["try_number"].(int)+1
	}
	f.runs[0]["state"] = "success"
	b = poll1(t, f, c.Source(), b.Cursor)
	d, _ = runOf(b, ordersDAG, "r1", 2)
	assert.Equal(t, pipewright.RunSucceeded, d.State)
	e, _ := runOf(b, extract, "r1", 2)
	assert.Equal(t, pipewright.RunSucceeded, e.State)
}

func TestAnOpenRunThatIsDeletedEnds(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "running", "running", "")
	c := f.client(t)
	b := poll1(t, f, c.Source(), "")
	f.runs, f.tries = nil, nil
	b = poll1(t, f, c.Source(), b.Cursor)
	d, ok := runOf(b, ordersDAG, "r1", 1)
	require.True(t, ok)
	assert.Equal(t, pipewright.RunCancelled, d.State)
	e, ok := runOf(b, extract, "r1", 1)
	require.True(t, ok)
	assert.Equal(t, pipewright.RunCancelled, e.State)
	assert.Empty(t, poll1(t, f, c.Source(), b.Cursor).Runs)
}

func TestASilentFailureAsksTheAuditLog(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "upstream_failed")
	f.logs["r1/extract/1"] = goodLog
	f.audit = []map[string]any{
		{"event_log_id": 9, "when": f.now, "event": "heartbeat timeout", "task_id": "extract", "extra": "no heartbeat for 300s"},
		{"event_log_id": 8, "when": f.now, "event": "running", "task_id": "extract"},
	}
	f.now = f.now.Add(time.Minute)
	b := poll1(t, f, f.client(t).Source(), "")
	r, _ := runOf(b, extract, "r1", 1)
	assert.Equal(t, "heartbeat timeout: no heartbeat for 300s", r.Error)
	assert.Equal(t, "audit/9", b.Lines[len(b.Lines)-1].UID)
}

func TestVersionsAndImportErrors(t *testing.T) {
	f := newFake(t)
	f.imports = []map[string]any{
		{"import_error_id": 1, "timestamp": f.now, "filename": "orders.py", "stack_trace": "Traceback (most recent call last):\n  x\nSyntaxError: bad"},
		{"import_error_id": 2, "timestamp": f.now, "filename": "new.py", "stack_trace": "ImportError: no"},
	}
	c := f.client(t)
	s := c.Source()
	b := poll1(t, f, s, "")
	versions := func(b pipewright.Batch) (out []string) {
		for _, set := range b.Settings {
			if set.Key == "dag_version" {
				out = append(out, set.Value)
			}
		}
		return out
	}
	assert.Equal(t, []string{"1"}, versions(b))
	require.Len(t, b.Lines, 2)
	assert.Equal(t, ordersDAG, b.Lines[0].Resource)
	assert.Contains(t, b.Lines[0].Text, "Broken DAG: [orders.py]\nTraceback")
	assert.Equal(t, c.Server(), b.Lines[1].Resource)
	f.versions = append(f.versions, map[string]any{"id": "01a1-2", "version_number": 2, "dag_id": "orders", "created_at": f.now, "bundle_version": "abc"})
	next := poll1(t, f, s, b.Cursor)
	assert.Equal(t, []string{"2"}, versions(next))
	assert.Equal(t, b.Lines[0].UID, next.Lines[0].UID)
}

func TestWhatMayNotBeReadIsSaidAndTheRestGoesOn(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "success", "success", "success")
	f.answer = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/importErrors") || strings.HasSuffix(r.URL.Path, "/dagVersions") {
			return 403, `{"detail":"Forbidden"}`
		}
		return 0, ""
	}
	b := poll1(t, f, f.client(t).Source(), "")
	assert.NotEmpty(t, b.Runs)
	require.Len(t, b.Lines, 2)
	assert.Contains(t, b.Lines[1].Text, "import errors are not watched")
}

func TestOnlyConfiguredDAGsAreRead(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "success", "success", "success")
	c := f.client(t)
	c.cfg.DAGs = []string{"shop_*"}
	b := poll1(t, f, c.Source(), "")
	assert.Empty(t, b.Runs)
	assert.Len(t, b.Resources, 1, "the server alone")
}

func TestAFailedPollKeepsTheCursor(t *testing.T) {
	f := newFake(t)
	f.answer = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/taskInstances") {
			return 500, ""
		}
		return 0, ""
	}
	b, err := f.client(t).Source().Poll(t.Context(), "", f.now)
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.True(t, b.Empty())
}

func TestHeartbeatProbe(t *testing.T) {
	f := newFake(t)
	c := f.client(t)
	got, err := c.Heartbeat().Run(t.Context(), c.Server())
	require.NoError(t, err)
	assert.Equal(t, tools.Yes, got.Answer)
	assert.Len(t, got.Evidence, 1)
	got, err = c.Heartbeat().Run(t.Context(), "airflow:server/other")
	require.NoError(t, err)
	assert.Equal(t, tools.CouldNotTell, got.Answer)
}
