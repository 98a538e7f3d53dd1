package telemetry_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// What is new since the last good run is counted by template, over all that is stored.
func TestWhatIsNewSinceTheLastGoodRun(t *testing.T) {
	ctx, s := context.Background(), stored(t)
	of := func(id, text string) pipewright.LogTemplate {
		return pipewright.LogTemplate{ID: id, Text: text, Meaning: text, Terms: text}
	}
	b := pipewright.Batch{Mined: pipewright.Mined{Templates: []pipewright.LogTemplate{of("a", "old trouble"), of("b", "fresh trouble")}}}
	for minute, template := range []string{"a", "a", "", "", "", "", "a", "b", "b", "b"} { // the good run ended at minute 5
		if template != "" {
			b.Lines = append(b.Lines, pipewright.LogLine{Resource: job, At: at(minute), Level: pipewright.Err, Text: template + " trouble", UID: string(rune('0' + minute)), Template: template})
		}
	}
	b.Changes = []pipewright.Change{{ID: "c9", Resource: job, At: at(1), Kind: pipewright.ChangeConfig, Summary: "before"}, {ID: "c10", Resource: job, At: at(9), Kind: pipewright.ChangeConfig, Summary: "after"}}
	_, err := s.Ingest(ctx, b)
	require.NoError(t, err)
	reg := tools.NewRegistry()
	require.NoError(t, telemetry.Register(reg, s, s, telemetry.WithArchive(retrieval.NewArchive(s, nil))))
	call := func(tool string, args map[string]any) tools.Result {
		found, ok := reg.Tool(tool)
		require.True(t, ok)
		res, err := found.Call(ctx, args)
		require.NoError(t, err)
		return res
	}
	window := func(more map[string]any) map[string]any {
		more["resource"], more["new"], more["end"] = string(job), true, at(12)
		return more
	}
	res := call("count_logs", window(map[string]any{}))
	require.Equal(t, telemetry.Count{Total: 3, ByResource: []telemetry.ResourceCount{{Resource: job, Count: 3}}}, res.Data)
	assert.Equal(t, "b trouble", res.Evidence[0].Excerpt)
	changes, ok := call("recent_changes", window(map[string]any{})).Data.([]pipewright.Change)
	require.True(t, ok)
	require.Len(t, changes, 1)
	assert.Equal(t, "after", changes[0].Summary)
	res = call("count_logs", map[string]any{"resource": string(silent), "new": true})
	assert.Contains(t, res.Empty, "no run that succeeded")
}
