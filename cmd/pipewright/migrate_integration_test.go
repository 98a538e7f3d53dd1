//go:build integration

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pipewright/pipewright/internal/storetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Everything that a command says of a file it says of the database that the file was
// moved to.
func TestAFileMovesIntoADatabaseAndNothingIsLost(t *testing.T) {
	file, team := filepath.Join(t.TempDir(), "demo.db"), storetest.Database(t)
	r := say(t.Context(), "demo", "--headless", "--for", "2s", "--db", file)
	require.Zero(t, r.code, r.err)

	log := filepath.Join(t.TempDir(), "app.log")
	require.NoError(t, os.WriteFile(log, []byte("2026-03-01T00:00:00Z ERROR app: java.lang.OutOfMemoryError: Java heap space at partition 17\n"), 0o600))
	r = say(t.Context(), "ingest", "logs", log, "--db", file)
	require.Zero(t, r.code, r.err)

	r = say(t.Context(), "migrate", "--db", file, "--to", team, "--json")
	require.Zero(t, r.code, r.err)
	var m migration
	require.NoError(t, json.Unmarshal([]byte(r.out), &m))
	assert.Positive(t, m.Records)
	for _, table := range m.Tables {
		if slices.Contains([]string{"templates", "documents", "meanings", "vectors", "spaces", "mined"}, table.Table) {
			assert.Positive(t, table.Rows, table.Table)
		}
	}
	for _, command := range [][]string{{"templates"}, {"search", "memory exhausted", "--kind", "log", "--limit", "1"}, {"incidents", "--json"}, {"audit", "export"}, {"search", "Executor", "--json"}, {"search", "--source", "glue:job/orders_etl", "--lines", "5-9"}} {
		before, after := say(t.Context(), append(command, "--db", file)...), say(t.Context(), append(command, "--db", team)...)
		require.Zero(t, after.code, after.err)
		if command[0] == "search" && command[1] == "Executor" {
			continue // each database ranks in its own way
		}
		assert.NotEmpty(t, after.out)
		assert.Equal(t, before.out, after.out, "%v", command)
	}

	r = say(t.Context(), "migrate", "--db", file, "--to", team)
	assert.Equal(t, 1, r.code, "two stores cannot become one")
	assert.Contains(t, r.err, "is not empty")
	r = say(t.Context(), "demo", "--headless", "--for", "2s", "--db", team)
	assert.Zero(t, r.code, "the demo goes on where it was: %s", r.err)
}
