//go:build integration

package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/internal/storetest"
)

// server is the URL of a database whose role may make others. Without one the tests
// are skipped, or fail when PIPEWRIGHT_REQUIRE_LAB is set.
func server(t testing.TB) string {
	t.Helper()
	at := os.Getenv("PIPEWRIGHT_TEST_POSTGRES")
	if at == "" && os.Getenv("PIPEWRIGHT_REQUIRE_LAB") != "" {
		t.Fatal("PIPEWRIGHT_TEST_POSTGRES names no server: deploy/lab/scratch-postgres starts one")
	}
	if at == "" {
		t.Skip("PIPEWRIGHT_TEST_POSTGRES names no server")
	}
	return at
}

var databases atomic.Int64

// database makes an empty database and returns its URL.
func database(t testing.TB) string {
	t.Helper()
	at := server(t)
	name := fmt.Sprintf("pw_test_%d_%d", os.Getpid(), databases.Add(1))
	execute(t, at, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, at, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(at)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

func execute(t testing.TB, at, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, at)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

// anchors are kept apart for each database, as if on each replica's disk.
func anchorOf(at string) string {
	u, _ := url.Parse(at)
	return filepath.Join(os.TempDir(), strings.Trim(u.Path, "/")+".anchor")
}

func open(t testing.TB, at string) *postgres.Store {
	t.Helper()
	t.Cleanup(func() { _ = os.Remove(anchorOf(at)) })
	s, err := postgres.Open(context.Background(), at, postgres.Options{Anchor: anchorOf(at)})
	require.NoError(t, err)
	return s
}

var backend = storetest.Backend{
	Fresh: func(t testing.TB) string { return database(t) },
	Open:  func(t testing.TB, name string) storetest.Store { return open(t, name) },
	Exec: func(t testing.TB, name, statement string) {
		execute(t, name, strings.ReplaceAll(statement, "AS BLOB)", "AS bytea)"))
	},
}

func TestConformance(t *testing.T) { storetest.Run(t, backend) }
