package storetest

import (
	"bufio"
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
)

var databases atomic.Int64

// Database makes an empty database on a real PostgreSQL and returns its URL; it goes
// with the test. The server is the one that PIPEWRIGHT_TEST_POSTGRES names, as a role
// that may make databases, else the lab's. Without either the test is skipped, or fails
// when PIPEWRIGHT_REQUIRE_LAB is 1.
func Database(t testing.TB) string {
	t.Helper()
	at := server(t)
	name := fmt.Sprintf("pw_test_%d_%d", os.Getpid(), databases.Add(1))
	Execute(t, at, "CREATE DATABASE "+name)
	t.Cleanup(func() { Execute(t, at, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(at)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

// Execute runs one statement on a PostgreSQL database, behind every store's back.
func Execute(t testing.TB, at, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, at)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	require.NoError(t, err)
}

func server(t testing.TB) string {
	t.Helper()
	if at := os.Getenv("PIPEWRIGHT_TEST_POSTGRES"); at != "" {
		return at
	}
	env, err := labEnv()
	if err != nil {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the lab is required: %v; run deploy/lab/lab up", err)
		}
		t.Skipf("no PostgreSQL: PIPEWRIGHT_TEST_POSTGRES names none, and there is no lab: %v", err)
	}
	password, err := os.ReadFile(env["LAB_STORE_PASSWORD_FILE"])
	require.NoError(t, err)
	u, err := url.Parse(env["LAB_STORE_URL"])
	require.NoError(t, err)
	u.User = url.UserPassword(u.User.Username(), strings.TrimSpace(string(password)))
	return u.String()
}

func labEnv() (map[string]string, error) {
	path := os.Getenv("PIPEWRIGHT_LAB_ENV")
	if path == "" {
		path = filepath.Join("..", "..", ".lab", "env")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	env := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			env[k] = strings.Trim(v, "'")
		}
	}
	return env, lines.Err()
}
