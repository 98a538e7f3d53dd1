package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// lost is a store whose server is gone.
type lost struct{}

var errGone = pipewright.Errorf(pipewright.Unavailable, "read: postgres at db.example cannot be reached, check the server and the network and try again")

func (lost) Logs(context.Context, pipewright.LogQuery) ([]pipewright.LogLine, error) {
	return nil, errGone
}
func (lost) SearchLogs(context.Context, pipewright.LogQuery) ([]pipewright.LogHit, error) {
	return nil, errGone
}
func (lost) CountLogs(context.Context, pipewright.LogQuery) (int, error) { return 0, errGone }
func (lost) Points(context.Context, pipewright.PointQuery) ([]pipewright.Point, error) {
	return nil, errGone
}
func (lost) Series(context.Context, pipewright.ResourceID) ([]pipewright.SeriesName, error) {
	return nil, errGone
}
func (lost) Runs(context.Context, pipewright.RunQuery) ([]pipewright.Run, error) {
	return nil, errGone
}
func (lost) Changes(context.Context, pipewright.ChangeQuery) ([]pipewright.Change, error) {
	return nil, errGone
}
func (lost) Schemas(context.Context, pipewright.ResourceID, pipewright.Window, int) ([]pipewright.Schema, error) {
	return nil, errGone
}
func (lost) Resources(context.Context) ([]pipewright.Resource, error) { return nil, errGone }
func (lost) Lineage(context.Context) (pipewright.Topology, error) {
	return pipewright.Topology{}, errGone
}
func (lost) Incidents(context.Context, pipewright.IncidentQuery) ([]pipewright.Incident, error) {
	return nil, errGone
}
func (lost) Incident(context.Context, string) (pipewright.Incident, error) {
	return pipewright.Incident{}, errGone
}
func (lost) Events(context.Context, pipewright.EventQuery) ([]pipewright.Event, error) {
	return nil, errGone
}
func (lost) Approvals(context.Context, ...pipewright.ApprovalState) ([]pipewright.Approval, error) {
	return nil, errGone
}

func TestALostStoreIsNotAnEmptyOne(t *testing.T) {
	for _, tool := range telemetry.New(lost{}, lost{}) {
		if tool.Name == "read_runbook" {
			continue // it reads no store
		}
		t.Run(tool.Name, func(t *testing.T) {
			for _, args := range []map[string]any{hits[tool.Name], misses[tool.Name]} {
				res, err := tool.Call(t.Context(), args)
				assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), "%v", err)
				assert.ErrorContains(t, err, tool.Name+": ")
				assert.ErrorContains(t, err, "check the server and the network and try again")
				assert.NotContains(t, err.Error(), "\n")
				assert.Empty(t, res.Empty)
			}
		})
	}
}

// deaf is an embedder whose endpoint is dead.
type deaf struct{}

func (deaf) Name() string { return "openai/small" }
func (deaf) Embed(context.Context, []string) ([][]float32, error) {
	return nil, pipewright.Errorf(pipewright.Invalid, "llm openai: embed by small at https://llm.example/v1: status 404: check llm.url and llm.embeddings")
}

func TestASearchWithoutItsEmbeddingsFindsAndSaysSo(t *testing.T) {
	s := stored(t)
	reg := tools.NewRegistry()
	require.NoError(t, telemetry.Register(reg, s, s, telemetry.WithEmbedder(deaf{})))
	tool, _ := reg.Tool("search_logs")
	res, err := tool.Call(t.Context(), map[string]any{"resource": string(job), "text": "boom"})
	require.NoError(t, err)
	logs, ok := res.Data.(telemetry.Logs)
	require.True(t, ok)
	assert.NotEmpty(t, logs.Lines)
	assert.Contains(t, logs.Degraded, "llm.embeddings")
	res, err = tool.Call(t.Context(), map[string]any{"resource": string(job), "text": "zebra"})
	require.NoError(t, err)
	assert.Contains(t, res.Empty, "llm.embeddings")
}

// emptiness is, for every tool, what an empty result says was searched, and why it may be empty. The
// arguments are those of misses.
var emptiness = map[string][]string{
	"search_logs":       {"no log record of glue:job/orders_etl since 2026-11-19T10:00:00Z", "the newest one is from 2026-11-19T00:59:00Z"},
	"count_logs":        {"no error log record of glue:job/silent", "none was ever stored"},
	"log_rate":          {"no error log record of glue:job/orders_etl between", "the newest one is from"},
	"get_template":      {"no log record with \"zebra\" of glue:job/orders_etl", "there are others in the window"},
	"get_metric":        {"glue:job/orders_etl has no series memory_percent", "it has cpu_percent"},
	"list_series":       {"no metric series of glue:job/silent", "none was ever stored"},
	"search_metrics":    {"none of the 0 metric series with samples between", "rising cpu"},
	"similar_windows":   {"cpu_percent of glue:job/orders_etl never looked like this before", "samples are stored since 2026-11-19T00:00:00Z"},
	"similar_incidents": {"no earlier incident is like it", "0 were looked at"},
	"read_runbook":      {"none of the 2 sections of the 1 runbooks has a word of \"zebra\""},
	"list_runs":         {"no run of any airflow:dag", "none was ever stored"},
	"last_good_run":     {"no run of glue:job/silent", "none was ever stored"},
	"recent_changes":    {"no change since", "the newest one is from 2026-11-19T00:20:00Z"},
	"schema_history":    {"no schema snapshot of postgres:table/none", "was never observed"},
	"list_resources":    {"no observed resource has the words \"nowhere\"", "3 of that kind were observed"},
	"lineage":           {"no edge of lineage of glue:job/silent", "none was ever stored"},
	"list_incidents":    {"glue:job/silent"},
	"get_incident":      {"inc-0099", "the newest one is inc-0001"},
	"list_events":       {"inc-0099"},
	"list_approvals":    {"denied"},
}

func TestEveryEmptyResultSaysWhatWasSearchedAndWhy(t *testing.T) {
	for _, tool := range registry(t, stored(t)).Tools() {
		t.Run(tool.Name, func(t *testing.T) {
			res, err := tool.Call(t.Context(), misses[tool.Name])
			require.NoError(t, err)
			require.NotEmpty(t, emptiness[tool.Name])
			for _, part := range emptiness[tool.Name] {
				assert.Contains(t, res.Empty, part)
			}
		})
	}
}
