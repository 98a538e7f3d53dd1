package airflow

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

func event(run, task string, readers ...string) assetEvent {
	e := assetEvent{ID: 7, Asset: "fact_orders", Task: task, Run: run, At: time.Date(2026, 11, 20, 10, 1, 0, 0, time.UTC)}
	for _, dag := range readers {
		e.Created = append(e.Created, struct {
			Run   string     `json:"run_id"`
			DAG   string     `json:"dag_id"`
			State string     `json:"state"`
			Start time.Time  `json:"start_date"`
			End   *time.Time `json:"end_date"`
		}{Run: "asset__1", DAG: dag, State: "success", Start: e.At.Add(time.Second), End: &e.At})
	}
	return e
}

func TestWhatAFailedRunLeft(t *testing.T) {
	for name, tt := range map[string]struct {
		events  []assetEvent
		denied  bool
		marker  tools.Answer
		readers []pipewright.ResourceID
		says    string
	}{
		"a task that never says anything":    {},
		"it may not be asked":                {denied: true, events: []assetEvent{event("r2", "extract")}},
		"another task of the run said so":    {events: []assetEvent{event("r2", "report")}},
		"other runs said so, this one not":   {events: []assetEvent{event("r1", "extract", "segments")}, marker: tools.No, says: "no asset event of run r2"},
		"an earlier try of this run said so": {events: []assetEvent{event("r2", "extract", "segments"), event("r1", "extract")}, marker: tools.Yes, readers: []pipewright.ResourceID{"airflow:dag/segments"}, says: "asset event 7: run r2 updated fact_orders"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			failed(f)
			f.events = tt.events
			began := f.now.Add(-time.Hour)
			f.history = []map[string]any{{"task_id": "extract", "dag_id": "orders", "dag_run_id": "r2", "map_index": -1, "state": "failed", "try_number": 1, "start_date": began}}
			f.answer = func(r *http.Request) (int, string) {
				if tt.denied && strings.HasSuffix(r.URL.Path, "/assets/events") {
					return 403, ""
				}
				return 0, ""
			}
			plan, err := actuator(t, f.client(t), "airflow.retry").Prepare(t.Context(), pipewright.Action{Kind: "airflow.retry", Target: extract})
			require.NoError(t, err)
			w := plan.Writes
			assert.Equal(t, "r2", w.Run)
			assert.Equal(t, began, w.Began, "what the first try wrote is of this run too")
			assert.Equal(t, tt.marker, w.Marker)
			var readers []pipewright.ResourceID
			for _, r := range w.Readers {
				readers = append(readers, r.Resource)
				assert.Equal(t, pipewright.RunSucceeded, r.State)
			}
			assert.Equal(t, tt.readers, readers)
			if tt.says == "" {
				assert.Empty(t, w.Evidence)
				return
			}
			require.Len(t, w.Evidence, 1)
			assert.Contains(t, w.Evidence[0].Excerpt, tt.says)
			assert.Contains(t, w.Evidence[0].Query, "GET /api/v2/assets/events?")
		})
	}
}
