//go:build integration

package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// emptyDatabase is the URL of a new database on the server that PIPEWRIGHT_TEST_POSTGRES
// names.
func emptyDatabase(t *testing.T, name string) string {
	t.Helper()
	server := os.Getenv("PIPEWRIGHT_TEST_POSTGRES")
	if server == "" {
		require.Empty(t, os.Getenv("PIPEWRIGHT_REQUIRE_LAB"), "PIPEWRIGHT_TEST_POSTGRES names no server")
		t.Skip("PIPEWRIGHT_TEST_POSTGRES names no server")
	}
	execute := func(statement string) {
		conn, err := pgx.Connect(t.Context(), server)
		require.NoError(t, err)
		defer func() { _ = conn.Close(t.Context()) }()
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
	execute("CREATE DATABASE " + name)
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

// Everything that a command says of a file it says of the database that the file was
// moved to.
func TestAFileMovesIntoADatabaseAndNothingIsLost(t *testing.T) {
	file, team := filepath.Join(t.TempDir(), "demo.db"), emptyDatabase(t, "pw_test_migrate")
	r := say(t.Context(), "demo", "--headless", "--for", "2s", "--db", file)
	require.Zero(t, r.code, r.err)

	r = say(t.Context(), "migrate", "--db", file, "--to", team, "--json")
	require.Zero(t, r.code, r.err)
	var m migration
	require.NoError(t, json.Unmarshal([]byte(r.out), &m))
	assert.Positive(t, m.Records)
	for _, command := range [][]string{{"incidents", "--json"}, {"audit", "export"}, {"search", "Executor", "--json"}, {"search", "--source", "glue:job/orders_etl", "--lines", "5-9"}} {
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
