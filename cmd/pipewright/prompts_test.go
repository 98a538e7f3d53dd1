package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/prompts"
)

// command runs one command line in process.
func command(t *testing.T, env map[string]string, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	p := program{in: strings.NewReader(""), out: &o, err: &e, now: time.Now, env: func(k string) string { return env[k] }}
	code = run(context.Background(), p, args)
	return o.String(), e.String(), code
}

// smallStore is a store in which a job failed an hour before its time.
func smallStore(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "pw.db")
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	require.NoError(t, err)
	const job = pipewright.ResourceID("glue:job/orders_etl")
	at := time.Date(2026, 11, 19, 3, 0, 0, 0, time.UTC)
	_, err = store.Ingest(ctx, pipewright.Batch{Source: "test", Resources: []pipewright.Resource{{ID: job, FirstSeen: at, LastSeen: at}},
		Runs:  []pipewright.Run{{Resource: job, ID: "r1", State: pipewright.RunFailed, Started: at.Add(-time.Hour), Ended: at.Add(-50 * time.Minute), Error: "boom"}},
		Lines: []pipewright.LogLine{{Resource: job, At: at.Add(-time.Hour), Level: pipewright.Err, Text: "boom"}}})
	require.NoError(t, err)
	require.NoError(t, store.SetMeta(ctx, metaPlantNow, at.Format(time.RFC3339Nano)))
	require.NoError(t, store.Close())
	return path
}

func requests(t *testing.T, path string) []pipewright.Request {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer store.Close()
	found, err := store.PendingRequests(context.Background())
	require.NoError(t, err)
	return found
}

func TestPromptsOnTheCommandLine(t *testing.T) {
	out, errs, code := command(t, nil, "prompts", "list")
	require.Zero(t, code, errs)
	assert.Contains(t, out, "root-cause      <resource> [since=24h] [note=...]")
	assert.GreaterOrEqual(t, strings.Count(out, "\n"), 12)

	out, _, code = command(t, nil, "prompts", "show", "rca")
	require.Zero(t, code)
	for _, want := range []string{"root-cause: ", "sha256:", "resource (resource, required)", "why did {{.resource}} fail"} {
		assert.Contains(t, out, want)
	}

	out, _, code = command(t, nil, "prompts", "render", "root-cause", "resource=glue:job/orders_etl", "since=2h", "--json")
	require.Zero(t, code)
	var r prompts.Rendered
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	assert.Equal(t, "why did glue:job/orders_etl fail in the past 2 hours?", r.Question)

	_, errs, code = command(t, nil, "prompts", "render", "root-cause")
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "root-cause: resource: is needed")
	_, errs, code = command(t, nil, "prompts", "show", "nothing")
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "there is no prompt \"nothing\"; there are anomaly-scan, ")
}

func TestPromptsOfAFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.md")
	good := "---\nname: mine\npurpose: p\nintent: status\ntools: [list_runs]\nask: what is wrong?\n---\nLook.\n"
	require.NoError(t, os.WriteFile(file, []byte(good), 0o600))
	out, errs, code := command(t, nil, "prompts", "test", dir)
	require.Zero(t, code, errs)
	assert.Equal(t, "13 prompts, no fault\n", out)
	out, _, code = command(t, nil, "prompts", "render", "mine", "--folder", dir)
	require.Zero(t, code)
	assert.Equal(t, "Look.\n", out)

	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(good, "Look.", "{{.x}}", 1)), 0o600))
	_, errs, code = command(t, nil, "prompts", "test", dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "mine.md: body: uses .x, which is not among the inputs (none)")
	_, errs, code = command(t, nil, "prompts", "test", filepath.Join(dir, "nowhere"))
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "is not a folder")
}

func TestPromptsRunWithNoModelAndFileNothing(t *testing.T) {
	db := smallStore(t)
	out, errs, code := command(t, nil, "prompts", "run", "rca", "glue:job/orders_etl", "since=2h", "--db", db, "--json")
	require.Zero(t, code, errs)
	var a pipewright.Answer
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	assert.EqualValues(t, "diagnose", a.Intent)
	assert.Equal(t, []pipewright.ResourceID{"glue:job/orders_etl"}, a.Resources)
	assert.Equal(t, "builtin", a.Planner)
	for _, args := range [][]string{{"handover"}, {"weekly"}, {"what-if", "glue:job/orders_etl", "retry"}} {
		out, errs, code = command(t, nil, append(append([]string{"prompts", "run"}, args...), "--db", db)...)
		require.Zero(t, code, errs)
		assert.NotEmpty(t, out)
	}
	assert.Empty(t, requests(t, db))
}

func TestAskThroughATemplateWithNoModel(t *testing.T) {
	db := smallStore(t)
	for _, words := range [][]string{{"--template", "rca", "glue:job/orders_etl", "since=2h"}, {"rca glue:job/orders_etl since=2h"}} {
		out, errs, code := command(t, nil, append(append([]string{"ask"}, words...), "--db", db, "--json")...)
		require.Zero(t, code, errs)
		var a pipewright.Answer
		require.NoError(t, json.Unmarshal([]byte(out), &a))
		assert.EqualValues(t, "diagnose", a.Intent)
		assert.Equal(t, []pipewright.ResourceID{"glue:job/orders_etl"}, a.Resources)
		assert.Equal(t, 2*time.Hour, a.Window.Span())
		assert.Regexp(t, "^root-cause@sha256:[0-9a-f]{64}$", a.Template)
	}
	_, errs, code := command(t, nil, "ask", "--template", "rca", "--db", db)
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "root-cause: resource: is needed")
	_, errs, code = command(t, nil, "ask", "--template", "nothing", "--db", db)
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, `there is no prompt "nothing"`)
}
