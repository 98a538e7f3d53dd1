package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func simulated(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	p := program{in: strings.NewReader(""), out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	return run(t.Context(), p, args), out.String()
}

func TestSimulate(t *testing.T) {
	picture, reliability := filepath.Join(t.TempDir(), "curves.png"), filepath.Join(t.TempDir(), "reliability.png")
	code, out := simulated(t, "simulate", "--worlds", "2", "--incidents", "20", "--test", "20", "--policy", "planner", "--json", "-o", picture, "--reliability", reliability)
	require.Zero(t, code, out)
	seen := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var row map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &row))
		for _, key := range []string{"policy", "worlds", "incidents", "return", "score_r", "mttr_minutes", "auto_share", "auto_success", "harm_per_1000_incidents", "asks_per_100", "slo", "ece", "ci95"} {
			assert.Contains(t, row, key)
		}
		seen[row["policy"].(string)] = true
	}
	assert.True(t, seen["planner"] && seen["rules"] && seen["ceiling"])
	assert.FileExists(t, reliability)
	png, err := os.ReadFile(picture)
	require.NoError(t, err)
	assert.Equal(t, "\x89PNG", string(png[:4]))
}

func TestSimulateWithWhatMakesNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no worlds":            {[]string{"--worlds", "0"}, "0 worlds"},
		"no such policy":       {[]string{"--policy", "genius"}, `there is no policy "genius"`},
		"no such catalogue":    {[]string{"--catalogue", "best"}, `the catalogue "best" is not one of shipped, good, poor, misleading`},
		"no such scenario":     {[]string{"--scenario", "/no/such.yaml"}, "read the scenario"},
		"a picture of no kind": {[]string{"-o", "curves.bmp"}, "name a file that ends in .png"},
		"a diagram of no kind": {[]string{"--reliability", "r.bmp"}, "name a file that ends in .png"},
		"a late checkpoint":    {[]string{"--incidents", "10", "--at", "50"}, "the checkpoint 50"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := simulated(t, append([]string{"simulate"}, c.args...)...)
			assert.Equal(t, 1, code)
			assert.Contains(t, out, c.want)
			assert.Equal(t, 1, strings.Count(out, "\n"), "one sentence")
		})
	}
}
