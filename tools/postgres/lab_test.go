//go:build integration

package postgres

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// labEnv reads the lab's env file. Without a lab the test is skipped, or fails
// when PIPEWRIGHT_REQUIRE_LAB=1.
func labEnv(t *testing.T) map[string]string {
	t.Helper()
	path := os.Getenv("PIPEWRIGHT_LAB_ENV")
	if path == "" {
		path = filepath.Join("..", "..", ".lab", "env")
	}
	f, err := os.Open(path)
	if err != nil {
		if os.Getenv("PIPEWRIGHT_REQUIRE_LAB") == "1" {
			t.Fatalf("the lab is required: %v; run make lab", err)
		}
		t.Skipf("no lab: %v", err)
	}
	defer f.Close()
	env := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			env[k] = strings.Trim(v, "'")
		}
	}
	return env
}

func secret(t *testing.T, env map[string]string, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(env["LAB_DIR"], name+".password"))
	require.NoError(t, err)
	return strings.TrimSpace(string(b))
}

func dsn(env map[string]string, user, password, db string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: "127.0.0.1:" + env["LAB_PG_PORT"], Path: db, RawQuery: "sslmode=disable"}
	return u.String()
}

// scratch is a database of the test's own on the lab's server, with a shop in it.
type scratch struct {
	t     *testing.T
	env   map[string]string
	name  string
	admin *pgx.Conn
}

func newScratch(t *testing.T) *scratch {
	env := labEnv(t)
	s := &scratch{t: t, env: env, name: fmt.Sprintf("pwtest_%d_%d", os.Getpid(), time.Now().UnixNano())}
	root := s.connect("postgres", "postgres")
	_, err := root.Exec(t.Context(), "CREATE DATABASE "+s.name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := root.Exec(context.Background(), "DROP DATABASE "+s.name+" WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, root.Close(context.Background()))
	})
	s.admin = s.connect("postgres", s.name)
	s.exec(`
		CREATE SCHEMA shop AUTHORIZATION app; CREATE SCHEMA pipewright AUTHORIZATION pipewright;
		GRANT USAGE ON SCHEMA shop TO etl, pipewright; GRANT USAGE ON SCHEMA pipewright TO etl;
		SET ROLE app;
		CREATE TABLE shop.orders (order_id bigint PRIMARY KEY, customer_id bigint NOT NULL, amount numeric(12,2) NOT NULL, created_at timestamptz NOT NULL);
		INSERT INTO shop.orders SELECT i, 1000 + i % 300, i * 1.25, '2026-01-01'::timestamptz + i * interval '1 min' FROM generate_series(1, 1500) i;
		GRANT SELECT ON shop.orders TO etl, pipewright;
		RESET ROLE`)
	return s
}

func (s *scratch) connect(user, db string) *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), dsn(s.env, user, secret(s.t, s.env, user), db))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) }) // some are ended by the test
	return conn
}

func (s *scratch) exec(sql string) {
	s.t.Helper()
	_, err := s.admin.Exec(s.t.Context(), sql)
	require.NoError(s.t, err)
}

func (s *scratch) client(history SchemaHistory) *Client {
	s.t.Helper()
	c, err := New(Config{
		Name: "shop", DSN: dsn(s.env, "pipewright", secret(s.t, s.env, "pipewright"), s.name), Schemas: []string{"shop"}, History: history,
	})
	require.NoError(s.t, err)
	s.t.Cleanup(c.Close)
	return c
}

// stored is a schema history in memory.
type stored []pipewright.Schema

func (h *stored) Schemas(context.Context, pipewright.ResourceID, pipewright.Window, int) ([]pipewright.Schema, error) {
	return *h, nil
}

const orders = pipewright.ResourceID("postgres:table/shop.orders")
