package telemetry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

const (
	job    = pipewright.ResourceID("glue:job/orders_etl")
	table  = pipewright.ResourceID("postgres:table/shop.orders")
	silent = pipewright.ResourceID("glue:job/silent")
)

var start = time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }

// stored opens a store with an hour of one job's life.
func stored(t *testing.T) *sqlite.Store {
	t.Helper()
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "t.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	b := pipewright.Batch{Source: "test", Cursor: "1", Edges: []pipewright.Edge{{Up: table, Down: job}}}
	for _, id := range []pipewright.ResourceID{job, table, silent} {
		b.Resources = append(b.Resources, pipewright.Resource{ID: id, FirstSeen: start, LastSeen: at(60)})
	}
	for i := range 60 {
		level, text := pipewright.Info, fmt.Sprintf("step %d", i)
		if i%10 >= 8 {
			level, text = pipewright.Err, fmt.Sprintf("boom %d\n\tat line %d", i, i)
		}
		b.Lines = append(b.Lines, pipewright.LogLine{Resource: job, At: at(i), Level: level, Text: text})
		b.Points = append(b.Points, pipewright.Point{Resource: job, Metric: "cpu_percent", At: at(i), Value: float64(i)})
	}
	b.Runs = []pipewright.Run{{Resource: job, ID: "r1", Attempt: 1, State: pipewright.RunSucceeded, Started: at(0), Ended: at(5)},
		{Resource: job, ID: "r2", Attempt: 1, State: pipewright.RunFailed, Started: at(30), Ended: at(35), Error: "boom"}}
	b.Changes = []pipewright.Change{{ID: "c1", Resource: table, At: at(20), Kind: pipewright.ChangeSchema, Summary: `column "a" renamed to "b"`, By: "ann"}}
	b.Schemas = []pipewright.Schema{{Resource: table, At: at(1), Columns: []pipewright.Column{{Name: "a", Type: "text"}, {Name: "n", Type: "integer"}}},
		{Resource: table, At: at(20), Columns: []pipewright.Column{{Name: "b", Type: "text"}, {Name: "n", Type: "bigint"}}}}
	_, err = s.Ingest(ctx, b)
	require.NoError(t, err)
	require.NoError(t, s.Own(ctx))
	_, err = s.Commit(ctx, heal.Entry{
		Events:    []pipewright.Event{{At: at(36), Incident: "inc-0001", To: pipewright.Open, Resource: job, Severity: pipewright.SevCritical, Title: "the job failed"}},
		Approvals: []pipewright.Approval{{ID: "ap-0001", Incident: "inc-0001", Action: pipewright.Action{Kind: "glue.retry", Target: job}, State: pipewright.ApprovalPending, AskedAt: at(37), Expires: at(90)}}})
	require.NoError(t, err)
	return s
}

func registry(t *testing.T, s *sqlite.Store) *tools.Registry {
	t.Helper()
	reg := tools.NewRegistry()
	books, err := telemetry.NewRunbooks([]telemetry.Runbook{{Name: "orders.md", Text: "# Orders\n\nOwned by ann.\n\n## Memory\n\nGive the job more workers.\n\n"}})
	require.NoError(t, err)
	require.NoError(t, telemetry.Register(reg, s, s, telemetry.WithRunbooks(books)))
	return reg
}

// hits and misses hold, for every tool, arguments that find something and arguments
// that find nothing.
var hits = map[string]map[string]any{
	"search_logs": {"resource": string(job), "level": "error"}, "count_logs": {"resource": string(job)},
	"log_rate":   {"resource": string(job), "start": at(0), "end": at(60)},
	"get_metric": {"resource": string(job), "metric": "cpu_percent"}, "list_series": {},
	"list_runs": {"kind": "glue:job", "state": "failed"}, "last_good_run": {"resource": string(job)},
	"recent_changes": {"resource": string(job), "hops": 2}, "schema_history": {"resource": string(table)},
	"list_resources": {"kind": "glue:job"}, "lineage": {"resource": string(job)},
	"list_incidents": {"live": true}, "get_incident": {"incident": "inc-0001"}, "list_events": {"incident": "inc-0001"}, "list_approvals": {"state": "pending"},
	"get_template": {"resource": string(job), "text": "boom"}, "search_metrics": {"text": "rising cpu", "start": at(0), "end": at(60)},
	"similar_windows":   {"resource": string(job), "metric": "cpu_percent", "start": at(50), "end": at(60)},
	"similar_incidents": {"text": "the job failed"}, "read_runbook": {"text": "more memory for the job"},
}

var misses = map[string]map[string]any{
	"search_logs": {"resource": string(job), "start": at(600)}, "count_logs": {"resource": string(silent)},
	"log_rate":   {"resource": string(job), "start": at(600), "end": at(660)},
	"get_metric": {"resource": string(job), "metric": "memory_percent"}, "list_series": {"resource": string(silent)},
	"list_runs": {"kind": "airflow:dag"}, "last_good_run": {"resource": string(silent)},
	"recent_changes": {"start": at(600)}, "schema_history": {"resource": "postgres:table/none"},
	"list_resources": {"text": "nowhere"}, "lineage": {"resource": string(silent)},
	"list_incidents": {"resource": string(silent)}, "get_incident": {"incident": "inc-0099"}, "list_events": {"incident": "inc-0099"}, "list_approvals": {"state": "denied"},
	"get_template": {"resource": string(job), "text": "zebra"}, "search_metrics": {"text": "rising cpu", "start": at(600), "end": at(660)},
	"similar_windows":   {"resource": string(job), "metric": "cpu_percent", "start": at(0), "end": at(10)},
	"similar_incidents": {"incident": "inc-0001"}, "read_runbook": {"text": "zebra"},
}

func TestEveryToolKeepsItsPromises(t *testing.T) {
	s := stored(t)
	for _, tool := range registry(t, s).Tools() {
		t.Run(tool.Name, func(t *testing.T) {
			require.Equal(t, tools.Read, tool.Effect)
			require.NotEmpty(t, tool.Purpose)
			ctx := context.Background()
			before := fingerprint(t, s)
			found, err := tool.Call(ctx, hits[tool.Name])
			require.NoError(t, err)
			assert.Positive(t, found.Hits)
			assert.NotNil(t, found.Data)
			assert.Empty(t, found.Empty)
			_, err = json.Marshal(found.Data)
			assert.NoError(t, err)
			none, err := tool.Call(ctx, misses[tool.Name])
			require.NoError(t, err)
			assert.Zero(t, none.Hits)
			assert.NotEmpty(t, none.Empty, "an empty result explains itself")
			_, err = tool.Call(ctx, map[string]any{"nonsense": 1})
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
			gone, cancel := context.WithCancel(ctx)
			cancel()
			_, err = tool.Call(gone, hits[tool.Name])
			assert.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, before, fingerprint(t, s), "a read tool writes nothing")
		})
	}
}

// fingerprint sums up what is stored.
func fingerprint(t *testing.T, s *sqlite.Store) string {
	t.Helper()
	ctx := context.Background()
	lines, err := s.CountLogs(ctx, pipewright.LogQuery{})
	require.NoError(t, err)
	events, err := s.Events(ctx, pipewright.EventQuery{})
	require.NoError(t, err)
	report, err := s.AuditVerify(ctx)
	require.NoError(t, err)
	return fmt.Sprint(lines, len(events), report.Head)
}

func TestSchemasOfTheArgumentsAreGolden(t *testing.T) {
	var b strings.Builder
	for _, tool := range registry(t, stored(t)).Tools() {
		fmt.Fprintf(&b, "%s\n  %s\n  %s\n", tool.Name, tool.Purpose, tool.Schema())
	}
	golden := filepath.Join("testdata", "schemas.golden")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String())
}

func call(t *testing.T, name string, args map[string]any) tools.Result {
	t.Helper()
	tool, ok := registry(t, stored(t)).Tool(name)
	require.True(t, ok)
	res, err := tool.Call(context.Background(), args)
	require.NoError(t, err)
	return res
}

func TestLogEvidenceIsTheRecordsWordForWord(t *testing.T) {
	res := call(t, "search_logs", map[string]any{"resource": string(job), "level": "error", "start": at(0), "end": at(20)})
	assert.Equal(t, 4, res.Hits)
	require.Len(t, res.Evidence, 2, "two stretches of consecutive records")
	e := res.Evidence[0]
	assert.Equal(t, []int64{19, 20}, e.Lines)
	assert.Equal(t, "boom 18\n\tat line 18\nboom 19\n\tat line 19", e.Excerpt)
	assert.Equal(t, "pipewright search --source glue:job/orders_etl --lines 19-20", e.Link)
	assert.Equal(t, "search_logs resource=glue:job/orders_etl level=error start=2026-11-19T00:00:00Z end=2026-11-19T00:20:00Z", e.Query)
}

func TestAnEmptySearchSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name, tool string
		args       map[string]any
		want       string
	}{
		{"later than the newest record", "count_logs", map[string]any{"resource": string(job), "start": at(600)}, "the newest one is from 2026-11-19T00:59:00Z"},
		{"a resource that was never seen", "search_logs", map[string]any{"resource": "glue:job/other"}, "glue:job/other was never observed"},
		{"a level that does not occur", "search_logs", map[string]any{"resource": string(job), "level": "warn"}, "others in the window"},
		{"a metric that is not stored", "get_metric", map[string]any{"resource": string(job), "metric": "rows"}, "it has cpu_percent"},
		{"an incident that does not exist", "get_incident", map[string]any{"incident": "inc-0009"}, "the newest one is inc-0001"},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Contains(t, call(t, tt.tool, tt.args).Empty, tt.want) })
	}
}

func TestAMetricIsSummedUp(t *testing.T) {
	m, ok := call(t, "get_metric", map[string]any{"resource": string(job), "metric": "cpu_percent", "start": at(10), "end": at(21), "limit": 4}).Data.(telemetry.Metric)
	require.True(t, ok)
	assert.Equal(t, []float64{10, 15, 20, 20, 20}, []float64{m.Min, m.Avg, m.Max, m.P95, m.Last})
	assert.Equal(t, 11, m.Samples)
	assert.Len(t, m.Points, 4)
	assert.Equal(t, at(20), m.Points[3].At.UTC())
}

func TestRunsThatEndInTheWindowBelongToIt(t *testing.T) {
	res := call(t, "list_runs", map[string]any{"resource": string(job), "start": at(33), "end": at(40)})
	assert.Equal(t, 1, res.Hits)
	good, ok := call(t, "last_good_run", map[string]any{"resource": string(job)}).Data.(telemetry.LastGood)
	require.True(t, ok)
	assert.Equal(t, "r1", good.Run.ID)
	assert.Len(t, good.Since, 1)
}

func TestChangesUpstreamAreFound(t *testing.T) {
	assert.Zero(t, call(t, "recent_changes", map[string]any{"resource": string(job)}).Hits)
	res := call(t, "recent_changes", map[string]any{"resource": string(job), "hops": 1})
	require.Equal(t, 1, res.Hits)
	assert.Contains(t, res.Evidence[0].Excerpt, "(by ann)")
	schema := call(t, "schema_history", map[string]any{"resource": string(table)})
	assert.Contains(t, schema.Evidence[0].Excerpt, "- a text\n+ b text\n~ n bigint, was integer")
}

func TestResultsAreBounded(t *testing.T) {
	res := call(t, "search_logs", map[string]any{"resource": string(job), "limit": 5000})
	assert.Equal(t, 60, res.Hits)
	rate, ok := call(t, "log_rate", map[string]any{"resource": string(job), "start": at(0), "end": at(60), "limit": 1000}).Data.(telemetry.Rate)
	require.True(t, ok)
	assert.Len(t, rate.Buckets, 48)
	total := 0
	for _, b := range rate.Buckets {
		total += b.Count
	}
	assert.Equal(t, 12, total)
}

func TestArgumentsAreChecked(t *testing.T) {
	reg := registry(t, stored(t))
	for name, args := range map[string]map[string]any{
		"get_metric": {"resource": string(job)}, "search_logs": {"level": "loud"}, "list_runs": {"start": "yesterday"}, "lineage": {"resource": "orders"}, "recent_changes": {"hops": -1},
	} {
		tool, _ := reg.Tool(name)
		_, err := tool.Call(context.Background(), args)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), "%s %v: %v", name, args, err)
	}
}

func TestASearchByWordsRanks(t *testing.T) {
	res := call(t, "search_logs", map[string]any{"resource": string(job), "text": "what went boom at 29", "limit": 3})
	require.Equal(t, 3, res.Hits)
	assert.Equal(t, []int64{30, 30}, res.Evidence[0].Lines)
	assert.Equal(t, "boom 29\n\tat line 29", res.Evidence[0].Excerpt)
	assert.Equal(t, "pipewright search --source glue:job/orders_etl --lines 30-30", res.Evidence[0].Link)
	none := call(t, "search_logs", map[string]any{"resource": string(job), "text": "zebra"})
	assert.Zero(t, none.Hits)
	assert.Contains(t, none.Empty, `no log record with "zebra" of glue:job/orders_etl`)
}

func TestFiltersComeBeforeRanking(t *testing.T) {
	assert.Zero(t, call(t, "search_logs", map[string]any{"resource": string(table), "text": "boom"}).Hits)
	assert.Positive(t, call(t, "search_logs", map[string]any{"resource": string(table), "text": "boom", "hops": 1}).Hits, "the job is next to the table")
	fresh := call(t, "search_logs", map[string]any{"resource": string(job), "new": true})
	require.Equal(t, 1, fresh.Hits, "steps were logged before the last good run ended, booms were not")
	assert.Equal(t, "boom 8\n\tat line 8", fresh.Evidence[0].Excerpt)
	none := call(t, "search_logs", map[string]any{"resource": string(table), "new": true, "text": "boom"})
	assert.Contains(t, none.Empty, "no run that succeeded")
}

func TestATemplateHasItsCountAndEnds(t *testing.T) {
	res := call(t, "get_template", map[string]any{"resource": string(job), "text": "boom 8"})
	tpl, ok := res.Data.(telemetry.Template)
	require.True(t, ok)
	assert.Equal(t, []int{12, 60}, []int{tpl.Count, tpl.Of})
	assert.Equal(t, []time.Time{at(8), at(59)}, []time.Time{tpl.First.UTC(), tpl.Last.UTC()})
	require.Len(t, res.Evidence, 2)
	assert.Equal(t, []int64{60, 60}, res.Evidence[0].Lines, "the newest first")
}

func TestARunbookIsCitedWordForWord(t *testing.T) {
	e := call(t, "read_runbook", map[string]any{"text": "memory"}).Evidence[0]
	assert.Equal(t, pipewright.ResourceID("runbook:file/orders.md"), e.Source)
	assert.Equal(t, "## Memory\n\nGive the job more workers.", e.Excerpt)
	assert.Equal(t, []int64{5, 7}, e.Lines)
	bare := telemetry.New(stored(t), nil)
	for _, tool := range bare {
		if tool.Name == "read_runbook" {
			res, err := tool.Call(t.Context(), map[string]any{"text": "memory"})
			require.NoError(t, err)
			assert.Contains(t, res.Empty, "runbooks: in the configuration")
		}
	}
}

func TestEarlierWindowsThatLookAlike(t *testing.T) {
	res := call(t, "similar_windows", map[string]any{"resource": string(job), "metric": "cpu_percent", "start": at(40), "end": at(50)})
	found, ok := res.Data.([]telemetry.SimilarWindow)
	require.True(t, ok)
	require.NotEmpty(t, found)
	assert.False(t, found[0].Window.End.After(at(40)))
	assert.Contains(t, found[0].Say, "rising")
	assert.Len(t, res.Evidence, len(found)+1, "the window asked about is cited as well")
	assert.Equal(t, []string{"inc-0001"}, found[0].Incidents)
}
