//go:build unix

package killtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/postgres"
)

// home is where the loop lives: its configuration and its store, a file or a database.
type home struct{ config, db string }

// shared reports whether the store is a database.
func (h home) shared() bool { return postgres.IsURL(h.db) }

// exists reports whether there is a store. In a database, whoever was killed is gone then.
func (h home) exists(t *testing.T) bool {
	t.Helper()
	if !h.shared() {
		_, err := os.Stat(h.db)
		return err == nil
	}
	require.Eventually(t, func() bool { return h.sessions(t) == 0 }, soon, 20*time.Millisecond, "a session of the killed loop stays")
	s, err := postgres.Open(context.Background(), h.db, postgres.Options{Existing: true})
	if err != nil {
		require.Equal(t, pipewright.NotFound, pipewright.KindOf(err), "%v", err)
		return false
	}
	require.NoError(t, s.Close())
	return true
}

// sessions counts those of others on the database.
func (h home) sessions(t *testing.T) (n int) {
	t.Helper()
	h.query(t, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`, &n)
	return n
}

// loseConnections breaks every connection to the database.
func (h home) loseConnections(t *testing.T) {
	t.Helper()
	var n int
	h.query(t, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`, &n)
}

func (h home) query(t *testing.T, query string, into any) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, h.db)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	require.NoError(t, conn.QueryRow(ctx, query).Scan(into))
}

// settings let as much happen as possible: low bars, wide limits. Two classes
// are asked about, so that people's answers are killed too.
const settings = `
store: {path: %q}
listen: 127.0.0.1:0
poll: 20ms
systems:
  plant:
  - {name: shop, url: %q}
heal:
  modes:
  - {class: contention, rung: ask}
  - {class: model_serving, rung: ask}
  - {risk: R0, rung: auto}
  - {risk: R1, rung: auto}
  - {risk: R2, rung: ask}
  bars: {R0: 0.0, R1: 0.0}
  verified_runs: {R1: 0}
  breaker_fails: 5
  harm_bounds: {R0: 1.0, R1: 1.0}
  limits: {cooldown: 1s, per_hour: 1000, at_once: 50, max_radius: 50}
  debounce: 0s
  soak: 2m
  approval_ttl: 1h
  may_approve: ["*"]
`

// asked are the classes that settings wants a person's word for.
var asked = map[pipewright.FaultClass]bool{pipewright.FaultClass("contention"): true, pipewright.FaultClass("model_serving"): true}

func makeHome(t *testing.T, url string) home {
	t.Helper()
	dir := t.TempDir()
	h := home{config: filepath.Join(dir, "pipewright.yaml"), db: filepath.Join(dir, "store.db")}
	h.move(t, url)
	return h
}

// move points the configuration at another plant.
func (h home) move(t *testing.T, url string) {
	t.Helper()
	require.NoError(t, os.WriteFile(h.config, fmt.Appendf(nil, settings, h.db, url), 0o600))
}

// life is one run of `serve`, from its start to its death.
type life struct {
	*process
	told []string // the events it printed, each after it was journaled
}

func (h home) live(t *testing.T) *life {
	t.Helper()
	return &life{process: start(t, binary, "serve", "-c", h.config, "--json")}
}

// hear takes in what the life prints for a while, or until an event satisfies
// enough; nil waits out the whole time. It reports whether one did.
func (l *life) hear(t *testing.T, d time.Duration, enough func(pipewright.Event) bool) bool {
	t.Helper()
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case line, ok := <-l.lines:
			if !ok {
				return false
			}
			if e := l.take(t, line); enough != nil && enough(e) {
				return true
			}
		case <-end.C:
			return false
		}
	}
}

func (l *life) take(t *testing.T, line string) pipewright.Event {
	t.Helper()
	var e pipewright.Event
	require.NoError(t, json.Unmarshal([]byte(line), &e), "serve --json printed %s", line)
	l.told = append(l.told, line)
	return e
}

// serves reports whether the life got as far as serving, past its recovery.
func (l *life) serves() bool { return strings.Contains(l.stderr(), "pipewright serves") }

// awaitServing waits until it does.
func (l *life) awaitServing(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		l.hear(t, time.Millisecond, nil)
		return l.serves()
	}, soon, 5*time.Millisecond, "serve does not start: %s", l.stderr())
}

// kill ends the life without warning and takes in its last words.
func (l *life) kill(t *testing.T) {
	t.Helper()
	_ = l.end(syscall.SIGKILL)
	for line := range l.lines {
		l.take(t, line)
	}
	require.Equal(t, -1, exitCode(l.ended), "serve ended by itself: %s", l.stderr())
}

// stop asks the life to end, as a supervisor does.
func (l *life) stop(t *testing.T) {
	t.Helper()
	err := l.end(syscall.SIGTERM)
	for line := range l.lines {
		l.take(t, line)
	}
	require.Equal(t, 0, exitCode(err), "serve did not end in order: %s", l.stderr())
}
