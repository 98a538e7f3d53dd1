package ask_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestRecall(t *testing.T) {
	for name, c := range map[string]struct {
		question string
		intent   pipewright.Intent
		tool     string
		says     string
	}{
		"the incident before":            {"has this happened before on orders_etl?", "incident", "similar_incidents", "Not on the same resource"},
		"like it":                        {"any similar incidents to inc-0003?", "incident", "similar_incidents", "inc-0001"},
		"a metric":                       {"when did the cpu of etl-worker-1 last look like this?", "metric", "similar_windows", "looked like this from"},
		"a message":                      {"how often does orders_etl log UndefinedColumn", "count", "get_template", "logged 1 record like"},
		"a message in quotation marks":   {`how often did orders_etl log "run started" in the past 24 hours`, "count", "get_template", "every 1h0m0s on average"},
		"a message that was never there": {"how often does orders_etl log zebra", "count", "get_template", `No log record with "zebra"`},
		"no runbooks":                    {"what does the runbook say about memory", "policy", "read_runbook", "runbooks: in the configuration"},
		"a count of runs is none":        {"how often did orders_etl fail today", "count", "list_runs", "failed run"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := newShop(nil).asker(t).Ask(t.Context(), pipewright.Question{Text: c.question, Asker: "ann", Thread: "t", At: now, Zone: time.UTC})
			require.NoError(t, err)
			assert.Equal(t, c.intent, a.Intent)
			assert.Contains(t, a.Answer, c.says)
			var called []string
			for _, call := range a.ToolCalls {
				called = append(called, call.Tool)
			}
			assert.Contains(t, called, c.tool)
		})
	}
}
