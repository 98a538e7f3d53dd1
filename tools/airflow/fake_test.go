package airflow

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	fakeUser     = "pipewright"
	fakePassword = "hunter2secret"
)

// fake is a small Airflow 3.3 with one DAG, orders, of two tasks. Its answers
// have the shapes that the real one gave.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	now      time.Time
	runs     []map[string]any // oldest first
	tries    []map[string]any
	history  []map[string]any // tries that were cleared
	logs     map[string]string
	audit    []map[string]any
	imports  []map[string]any
	versions []map[string]any
	paused   bool
	pools    []pool
	events   []assetEvent
	inPool   string // of the task extract; empty: the default pool
	tokens   int
	expired  bool                                // the next call's token is refused once
	answer   func(r *http.Request) (int, string) // status 0: as usual
	writes   []string
	cleared  int // clearings that were no dry run
	reads    []string
}

func newFake(t *testing.T) *fake {
	f := &fake{now: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), logs: map[string]string{}}
	f.versions = []map[string]any{{"id": "01a1-1", "version_number": 1, "dag_id": "orders", "bundle_version": nil, "created_at": "2026-11-20T09:49:44Z"}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Name: "lab", URL: f.URL, User: fakeUser, Password: fakePassword, Now: func() time.Time { return f.now }})
	require.NoError(t, err)
	c.retries = retryExecutor(time.Millisecond, 2*time.Millisecond)
	return c
}

// addRun adds a run of the DAG with its two tasks; a state "" is a task not begun.
func (f *fake) addRun(id, state, extract, load string) {
	f.runs = append(f.runs, map[string]any{
		"dag_run_id": id, "dag_id": "orders", "state": state, "run_type": "scheduled", "start_date": f.stamp(), "end_date": f.endOf(state),
		"queued_at": f.stamp(), "run_after": f.stamp(), "note": nil, "dag_versions": []any{f.versions[0]},
	})
	for task, s := range map[string]string{"extract": extract, "load": load} {
		try := 1
		if s == "" || s == "upstream_failed" {
			try = 0
		}
		f.tries = append(f.tries, map[string]any{
			"id": id + task, "task_id": task, "dag_id": "orders", "dag_run_id": id, "map_index": -1, "state": orNil(s), "try_number": try, "max_tries": 0,
			"queued_when": f.stamp(), "start_date": f.stamp(), "end_date": f.endOf(s), "hostname": "worker-1",
		})
	}
	slices.SortStableFunc(f.tries, func(a, b map[string]any) int { return strings.Compare(a["id"].(string), b["id"].(string)) })
}

func (f *fake) stamp() string { return f.now.Format(time.RFC3339Nano) }

func (f *fake) endOf(state string) any {
	if state == "failed" || state == "success" || state == "upstream_failed" {
		return f.now.Add(2 * time.Second).Format(time.RFC3339Nano)
	}
	return nil
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Date", f.now.Format(http.TimeFormat))
	if f.answer != nil {
		if status, body := f.answer(r); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	if r.URL.Path == "/auth/token" {
		f.token(w, r)
		return
	}
	if r.URL.Path != "/api/v2/monitor/health" && !f.knows(r) {
		reply(w, 403, map[string]any{"detail": "Invalid JWT token"})
		return
	}
	if r.Method == http.MethodGet {
		f.reads = append(f.reads, r.URL.Path)
	} else {
		f.writes = append(f.writes, r.Method+" "+r.URL.Path)
	}
	f.route(w, r, strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v2/"), "/"))
}

func (f *fake) token(w http.ResponseWriter, r *http.Request) {
	var login map[string]string
	_ = json.NewDecoder(r.Body).Decode(&login)
	if login["password"] != fakePassword {
		reply(w, 401, map[string]any{"detail": "Invalid credentials"})
		return
	}
	f.tokens++
	claims := base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"exp":%d}`, f.now.Add(time.Hour).Unix())))
	reply(w, 201, map[string]any{"access_token": fmt.Sprintf("head.%s.tok%d", claims, f.tokens)})
}

func (f *fake) knows(r *http.Request) bool {
	if f.expired {
		f.expired = false
		return false
	}
	return strings.HasSuffix(r.Header.Get("Authorization"), fmt.Sprintf(".tok%d", f.tokens))
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (f *fake) route(w http.ResponseWriter, r *http.Request, p []string) {
	at := func(shape string) bool {
		want := strings.Split(shape, "/")
		return len(want) == len(p) && !slices.ContainsFunc(want, func(s string) bool { i := slices.Index(want, s); return s != "*" && p[i] != s })
	}
	switch {
	case at("monitor/health"):
		reply(w, 200, map[string]any{"scheduler": map[string]any{"status": "healthy", "latest_scheduler_heartbeat": f.now.Add(-7 * time.Second)}})
	case at("version"):
		reply(w, 200, map[string]any{"version": "3.3.2"})
	case at("assets/events"):
		reply(w, 200, map[string]any{"asset_events": f.events})
	case at("pools"):
		reply(w, 200, map[string]any{"pools": append([]pool{{Name: defaultPool, Slots: 128}}, f.pools...), "total_entries": 1 + len(f.pools)})
	case at("pools/*"):
		f.onePool(w, r, p[1])
	case at("importErrors"):
		reply(w, 200, map[string]any{"import_errors": f.imports, "total_entries": len(f.imports)})
	case at("eventLogs"):
		reply(w, 200, map[string]any{"event_logs": f.auditOf(r), "total_entries": 0})
	case at("dags/~/dagVersions"):
		newest := slices.Clone(f.versions)
		slices.Reverse(newest)
		reply(w, 200, map[string]any{"dag_versions": newest})
	case at("dags"):
		reply(w, 200, map[string]any{"dags": []any{f.dag()}, "total_entries": 1})
	case p[0] == "dags" && p[1] != "orders" && p[1] != "~":
		reply(w, 404, map[string]any{"detail": "The Dag with ID: `" + p[1] + "` was not found"})
	case len(p) == 2 && r.Method == http.MethodPatch:
		var body struct {
			Paused bool `json:"is_paused"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		extra, _ := json.Marshal(map[string]string{"method": "PATCH", keyParam: r.URL.Query().Get(keyParam)})
		f.audit = append([]map[string]any{{"event_log_id": len(f.audit) + 1, "when": f.now, "event": "patch_dag", "extra": string(extra)}}, f.audit...)
		f.paused = body.Paused
		reply(w, 200, f.dag())
	case len(p) == 2:
		reply(w, 200, f.dag())
	case len(p) == 3 && p[2] == "tasks":
		reply(w, 200, map[string]any{"tasks": []any{
			map[string]any{"task_id": "extract", "pool": f.inPool, "downstream_task_ids": []string{"load"}}, map[string]any{"task_id": "load", "downstream_task_ids": []string{}},
		}})
	case len(p) == 4 && p[2] == "tasks":
		if p[3] != "extract" && p[3] != "load" {
			reply(w, 404, map[string]any{"detail": "Task with id " + p[3] + " was not found"})
			return
		}
		reply(w, 200, map[string]any{"task_id": p[3]})
	case at("dags/orders/clearTaskInstances"):
		f.clear(w, r)
	case len(p) == 3 && p[2] == "dagRuns":
		f.listRuns(w, r)
	case len(p) == 4 && p[2] == "dagRuns":
		f.oneRun(w, r, p[3])
	case len(p) == 5 && p[4] == "taskInstances":
		f.listTries(w, r, p[3])
	case len(p) == 6 && r.Method == http.MethodPatch:
		for _, i := range f.tries {
			if i["dag_run_id"] == p[3] && i["task_id"] == p[5] {
				i["state"], i["end_date"] = "failed", f.stamp()
			}
		}
		reply(w, 200, map[string]any{})
	case len(p) == 7 && p[6] == "tries":
		reply(w, 200, map[string]any{"task_instances": f.triesOf(p[3], p[5])})
	case len(p) == 8 && p[6] == "logs":
		text, ok := f.logs[p[3]+"/"+p[5]+"/"+p[7]]
		if !ok {
			reply(w, 404, map[string]any{"detail": "TaskInstance not found"})
			return
		}
		w.Header().Set("Content-Type", "application/x-ndjson")
		fmt.Fprint(w, text)
	default:
		reply(w, 404, map[string]any{"error": "API route not found"})
	}
}

func (f *fake) onePool(w http.ResponseWriter, r *http.Request, name string) {
	i := slices.IndexFunc(f.pools, func(p pool) bool { return p.Name == name })
	if r.Method == http.MethodPatch {
		body := map[string]any{}
		_ = json.NewDecoder(r.Body).Decode(&body)
		for k, v := range r.URL.Query() {
			body[k] = v[len(v)-1]
		}
		extra, _ := json.Marshal(body)
		f.audit = append([]map[string]any{{"event_log_id": len(f.audit) + 1, "when": f.now, "event": "patch_pool", "extra": string(extra)}}, f.audit...)
		if i >= 0 {
			f.pools[i].Slots = int(body["slots"].(float64))
			f.pools[i].Description = nil
			if text, ok := body["description"].(string); ok {
				f.pools[i].Description = &text
			}
		}
	}
	if i < 0 {
		reply(w, 404, map[string]any{"detail": "The Pool with name: `" + name + "` was not found"})
		return
	}
	reply(w, 200, f.pools[i])
}

func (f *fake) dag() map[string]any {
	return map[string]any{
		"dag_id": "orders", "is_paused": f.paused, "timetable_summary": "*/15 * * * *", "owners": []string{"data-platform"}, "relative_fileloc": "orders.py",
		"tags": []any{map[string]any{"name": "shop"}}, "max_active_runs": 1,
	}
}

func (f *fake) auditOf(r *http.Request) []map[string]any {
	out := []map[string]any{}
	for _, e := range f.audit {
		q := r.URL.Query()
		task, event := q.Get("task_id"), q.Get("event")
		if (task == "" || e["task_id"] == task) && (event == "" || e["event"] == event) {
			out = append(out, e)
		}
	}
	return out
}

// matches applies the filters that the client uses.
func matches(r *http.Request, row map[string]any) bool {
	q := r.URL.Query()
	if states := q["state"]; len(states) > 0 {
		s, _ := row["state"].(string)
		if !slices.Contains(states, s) {
			return false
		}
	}
	if task := q.Get("task_id"); task != "" && row["task_id"] != task {
		return false
	}
	if pool := q.Get("pool"); pool != "" && row["pool"] != pool {
		return false
	}
	return true
}

func (f *fake) listRuns(w http.ResponseWriter, r *http.Request) {
	out := []map[string]any{}
	for _, row := range f.runs {
		if matches(r, row) {
			out = append(out, row)
		}
	}
	if strings.HasPrefix(r.URL.Query().Get("order_by"), "-") {
		slices.Reverse(out)
	}
	reply(w, 200, map[string]any{"dag_runs": out, "total_entries": len(out)})
}

func (f *fake) listTries(w http.ResponseWriter, r *http.Request, run string) {
	out := []map[string]any{}
	for _, row := range f.tries {
		if matches(r, row) && (run == "~" || row["dag_run_id"] == run) {
			out = append(out, row)
		}
	}
	if strings.HasPrefix(r.URL.Query().Get("order_by"), "-") {
		slices.Reverse(out)
	}
	reply(w, 200, map[string]any{"task_instances": out, "total_entries": len(out)})
}

func (f *fake) triesOf(run, task string) []map[string]any {
	out := []map[string]any{}
	for _, row := range append(slices.Clone(f.history), f.tries...) {
		if row["dag_run_id"] == run && row["task_id"] == task {
			out = append(out, row)
		}
	}
	return out
}

func (f *fake) oneRun(w http.ResponseWriter, r *http.Request, id string) {
	for _, run := range f.runs {
		if run["dag_run_id"] != id {
			continue
		}
		if r.Method == http.MethodPatch {
			var body map[string]any
			_ = json.NewDecoder(r.Body).Decode(&body)
			for k, v := range body {
				run[k] = v
			}
		}
		reply(w, 200, run)
		return
	}
	reply(w, 404, map[string]any{"detail": "The DagRun with dag_id: `orders` and run_id: `" + id + "` was not found"})
}

func (f *fake) clear(w http.ResponseWriter, r *http.Request) {
	var b struct {
		clearing
		DryRun *bool `json:"dry_run"`
	}
	_ = json.NewDecoder(r.Body).Decode(&b)
	touched := []map[string]any{}
	for _, i := range f.tries {
		state, _ := i["state"].(string)
		wanted := !b.OnlyFailed && !b.OnlyRunning || b.OnlyFailed && (state == "failed" || state == "upstream_failed") || b.OnlyRunning && state == "running"
		named := len(b.Tasks) == 0 || slices.Contains(b.Tasks, i["task_id"].(string)) || b.Downstream && i["task_id"] == "load"
		if i["dag_run_id"] != b.Run || !wanted || !named {
			continue
		}
		if b.DryRun != nil && !*b.DryRun {
			old := map[string]any{}
			for k, v := range i {
				old[k] = v
			}
			if i["try_number"] != 0 {
				f.history = append(f.history, old)
			}
			i["id"], i["state"] = i["id"].(string)+"'", nil
		}
		touched = append(touched, i)
	}
	if b.DryRun != nil && !*b.DryRun && len(touched) > 0 {
		f.cleared++
		for _, run := range f.runs {
			if run["dag_run_id"] == b.Run {
				run["state"], run["start_date"], run["end_date"] = "queued", f.now.Add(time.Minute).Format(time.RFC3339Nano), nil
			}
		}
	}
	reply(w, 200, map[string]any{"task_instances": touched, "total_entries": len(touched)})
}

// failureLog is a short form of what the real server gave for a renamed column.
const failureLog = `{"timestamp":null,"event":"::group::Log message source details"}
{"timestamp":null,"event":"/opt/airflow/logs/dag_id=orders/run_id=r1/task_id=extract/attempt=1.log"}
{"timestamp":null,"event":"::endgroup::"}
{"timestamp":"2026-11-20T10:00:00.714Z","event":"::group::Pre Execute","level":"info","logger":"task"}
{"timestamp":"2026-11-20T10:00:00.725Z","event":"DAG bundles loaded: dags-folder","level":"info","run_id":"r1","logger":"bundles"}
{"timestamp":"2026-11-20T10:00:00.814Z","event":"::endgroup::","level":"info"}
{"timestamp":"2026-11-20T10:00:00.824Z","event":"Task failed with exception","level":"error","run_id":"r1","logger":"task","error_detail":[{"exc_type":"UndefinedColumn","exc_value":"column \"customer_id\" does not exist\nLINE 1: COPY (SELECT order_id, customer_id\n                             ^\n","exc_notes":[],"is_cause":false,"frames":[{"filename":"/opt/dags/orders.py","lineno":45,"name":"extract"}],"is_group":false,"exceptions":[]}]}
`

const goodLog = `{"timestamp":"2026-11-20T10:00:00.380Z","event":"extracted 28 orders","level":"info","logger":"task.stdout"}
`
