package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
)

func TestPolicyPlotAndVerify(t *testing.T) {
	dir := t.TempDir()
	db, png := filepath.Join(dir, "pw.db"), filepath.Join(dir, "r.png")
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	outcome := pipewright.Outcome{Incident: "inc-0001", Class: "stuck", Verification: pipewright.VerifyRecovered, Soaked: true, Planned: .85}
	record := func(n int) {
		for range n {
			_, err := store.Commit(t.Context(), heal.Entry{Outcome: &outcome})
			require.NoError(t, err)
		}
	}
	record(4)
	code, out := simulated(t, "policy", "plot", "reliability", "--db", db)
	require.Zero(t, code, out)
	assert.Contains(t, out, "4 plans have a verified outcome so far, and 10 are needed")
	code, out = simulated(t, "policy", "plot", "reliability", "--db", db, "--png", png)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "4 plans have a verified outcome so far")
	assert.NoFileExists(t, png, "nothing is drawn of too little")

	record(8)
	code, out = simulated(t, "policy", "plot", "reliability", "--db", db, "--png", png, "--json")
	require.Zero(t, code, out)
	var got struct {
		Data   heal.Calibration  `json:"data"`
		Figure pipewright.Figure `json:"figure"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got))
	assert.Equal(t, 12, got.Data.Plans)
	assert.Equal(t, []int{12}, got.Figure.Counts)
	raw, err := os.ReadFile(png)
	require.NoError(t, err)
	assert.Equal(t, "\x89PNG", string(raw[:4]))
	code, out = simulated(t, "policy", "verify", "--db", db)
	require.Zero(t, code, out)
	assert.Contains(t, out, "there is no version to rebuild")

	for name, args := range map[string][]string{
		`"fortune" is not a figure`:         {"fortune"},
		"name a file that ends in .png":     {"learning", "--png", "r.bmp"},
		`--class "gremlins": name a fault`:  {"autonomy", "--class", "gremlins"},
		`--class "stuck": name a fault cla`: {"learning", "--class", "stuck"},
	} {
		code, out = simulated(t, append([]string{"policy", "plot", "--db", db}, args...)...)
		assert.Equal(t, 1, code, args)
		assert.Contains(t, out, name)
		assert.Equal(t, 1, strings.Count(out, "\n"), "one sentence")
	}
	require.NoError(t, store.Close())
}
