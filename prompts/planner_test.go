package prompts_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

var now = time.Date(2026, 11, 19, 3, 10, 0, 0, time.UTC)

// shop is a small platform in a store: a job that failed, with an incident.
func shop(t *testing.T) *sqlite.Store {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "pw.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	require.NoError(t, store.Own(ctx))
	const job, table = "glue:job/orders_etl", "postgres:table/shop.orders"
	b := pipewright.Batch{Source: "test"}
	for _, id := range []pipewright.ResourceID{job, table, "k8s:deployment/fraud-scorer"} {
		b.Resources = append(b.Resources, pipewright.Resource{ID: id, FirstSeen: now.Add(-48 * time.Hour), LastSeen: now})
	}
	b.Edges = []pipewright.Edge{{Up: table, Down: job}}
	failed := pipewright.Run{Resource: job, ID: "r2", State: pipewright.RunFailed, Started: now.Add(-time.Hour), Ended: now.Add(-50 * time.Minute), Error: "column does not exist"}
	good := pipewright.Run{Resource: job, ID: "r1", State: pipewright.RunSucceeded, Started: now.Add(-3 * time.Hour), Ended: now.Add(-170 * time.Minute)}
	b.Runs = []pipewright.Run{good, failed}
	b.Lines = []pipewright.LogLine{{Resource: job, At: failed.Ended, Level: pipewright.Err, Text: "column does not exist", Run: "r2"}}
	for _, m := range []string{"memory_percent", "cpu_percent", "duration_seconds"} {
		b.Points = append(b.Points, pipewright.Point{Resource: job, Metric: m, At: now.Add(-2 * time.Hour), Value: 40})
	}
	b.Changes = []pipewright.Change{{ID: "c1", Resource: table, At: now.Add(-2 * time.Hour), Kind: pipewright.ChangeSchema, Summary: "a column was renamed"}}
	_, err = store.Ingest(ctx, b)
	require.NoError(t, err)
	_, err = store.Commit(ctx, heal.Entry{Events: []pipewright.Event{{At: now.Add(-50 * time.Minute), Incident: "inc-0003", To: pipewright.Open, Resource: job, Class: "schema_drift", Severity: pipewright.SevCritical, Title: "glue:job/orders_etl failed"}}})
	require.NoError(t, err)
	return store
}

type undecided struct{}

func (undecided) Diagnose(context.Context, pipewright.Incident, time.Time) (pipewright.Diagnosis, error) {
	return pipewright.Diagnosis{Inconclusive: true}, nil
}

// Every prompt works with no model: the built-in planner takes its question as
// what the prompt says it is, about the resource that was given, and files nothing.
func TestTheBuiltInPlannerUnderstandsEveryQuestion(t *testing.T) {
	store := shop(t)
	reg := tools.NewRegistry()
	require.NoError(t, telemetry.Register(reg, store, store))
	asker := ask.New(ask.Deps{Tools: reg, Ledger: store, Diagnoser: undecided{}})
	questions := map[string][]map[string]string{}
	for name, values := range given {
		questions[name] = append(questions[name], values)
	}
	for _, action := range []string{"restart", "retry", "roll_back", "scale_up", "cancel"} {
		questions["what-if"] = append(questions["what-if"], map[string]string{"resource": "glue:job/orders_etl", "action": action})
	}
	for _, since := range []string{"1h", "45m", "1w"} {
		for _, name := range []string{"what-changed", "weekly-digest"} {
			questions[name] = append(questions[name], map[string]string{"since": since})
		}
		for _, name := range []string{"root-cause", "cost", "drift-review", "explain-action", "capacity"} {
			questions[name] = append(questions[name], map[string]string{"resource": "glue:job/orders_etl", "since": since})
		}
	}
	questions["anomaly-scan"] = append(questions["anomaly-scan"], map[string]string{"resource": "glue:job/orders_etl"})
	questions["capacity"] = append(questions["capacity"], map[string]string{"resource": "glue:job/orders_etl", "metric": "cpu_percent"})
	for _, p := range library(t).Prompts() {
		for _, values := range questions[p.Name] {
			r, err := p.Render(values)
			require.NoError(t, err)
			t.Run(r.Question, func(t *testing.T) {
				a, err := asker.Ask(context.Background(), pipewright.Question{Text: r.Question, Asker: "kim", At: now})
				require.NoError(t, err)
				assert.Equal(t, p.Intent, a.Intent, a.Answer)
				assert.NotEqual(t, pipewright.Unsupported, a.Verdict, a.Answer)
				assert.NotEqual(t, pipewright.Clarify, a.Verdict, a.Answer)
				if id := values["resource"]; id != "" {
					assert.Contains(t, a.Resources, pipewright.ResourceID(id), a.Answer)
				}
				if since := values["since"]; since == "1h" {
					assert.Equal(t, now.Add(-time.Hour), a.Window.Start.UTC(), "%s %s", r.Question, a.Answer)
				}
			})
		}
	}
	requests, err := store.PendingRequests(context.Background())
	require.NoError(t, err)
	assert.Empty(t, requests)
}
