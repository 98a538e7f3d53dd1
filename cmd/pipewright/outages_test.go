package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// told is a source that says what its function says.
type told func(now time.Time) (pipewright.Batch, error)

func (told) Name() string { return "told" }

func (f told) Poll(_ context.Context, _ string, now time.Time) (pipewright.Batch, error) {
	return f(now)
}

// listener is a healer over a new store that listens to one source.
func listener(t *testing.T, source intake.Source, log io.Writer) (h *healer, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pw.db")
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	require.NoError(t, store.Own(t.Context()))
	red, err := redact.New([]byte("sixteen bytes of salt"))
	require.NoError(t, err)
	h, err = newHealer(t.Context(), setup{
		store: store, cfg: demoConfig(1), know: knowledge{catalogue: catalogue.Default()}, redactor: red,
		systems: systems{sources: sourcesOf(source)}, log: slog.New(slog.NewTextHandler(log, nil)), now: noon,
	})
	require.NoError(t, err)
	return h, path
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestAnOutageIsSaidOnce(t *testing.T) {
	var log safeBuffer
	fails := true
	h, _ := listener(t, told(func(time.Time) (b pipewright.Batch, err error) {
		if fails {
			err = errors.New("connection refused")
		}
		return b, err
	}), &log)
	for i := range 20 {
		fails = i < 10 || i == 15
		require.NoError(t, h.tick(t.Context(), noon.Add(time.Duration(i)*time.Minute)))
	}
	assert.Equal(t, 2, strings.Count(log.String(), "cannot be read"), log.String())
	assert.Equal(t, 2, strings.Count(log.String(), "can be read again"), log.String())
	assert.Contains(t, log.String(), "connection refused")
}

func TestALineOfTenMegabytesThatIsNotText(t *testing.T) {
	line := "ERROR needle " + strings.Repeat("0123456789 \xff\xfe \x1b[31m ", 10<<20/22)
	h, path := listener(t, told(func(now time.Time) (pipewright.Batch, error) {
		id := pipewright.ResourceID("glue:job/loud")
		return pipewright.Batch{Resources: []pipewright.Resource{{ID: id}}, Lines: []pipewright.LogLine{
			{Resource: id, At: noon, Level: pipewright.Err, Text: line}, {Resource: id, At: noon, Level: pipewright.Info, Text: "after it"}}}, nil
	}), io.Discard)
	require.NoError(t, h.tick(t.Context(), noon.Add(time.Second)))
	lines, err := h.store.Logs(t.Context(), pipewright.LogQuery{Resources: []pipewright.ResourceID{"glue:job/loud"}, Limit: 10})
	require.NoError(t, err)
	require.Len(t, lines, 2, "both are kept, once")
	assert.LessOrEqual(t, len(lines[0].Text), 1<<20+100)
	assert.True(t, utf8.ValidString(lines[0].Text))

	found := say(t.Context(), "search", "needle", "--json", "--db", path)
	assert.Contains(t, found.out, `"lines":[1,1]`)
	cited := say(t.Context(), "search", "--source", "glue:job/loud", "--lines", "1-2", "--db", path)
	assert.Zero(t, cited.code, cited.err)
	assert.True(t, strings.HasPrefix(cited.out, "ERROR needle 0123456789 "))
	assert.True(t, strings.HasSuffix(cited.out, "\nafter it\n"))
	assert.NotContains(t, cited.out, "\x1b")
	refuses(t, `--lines "9-3" is not a range`, "search", "--source", "glue:job/loud", "--lines", "9-3", "--db", path)
	refuses(t, "has no records 7-9", "search", "--source", "glue:job/loud", "--lines", "7-9", "--db", path)
}

// TestAClockThatJumps moves the clock back by a day and on by a year between the
// steps of a loop that has work to do.
func TestAClockThatJumps(t *testing.T) {
	d := shortDemo(t)
	now := d.start
	for range 120 {
		now = now.Add(demoTick)
		require.NoError(t, d.tick(t.Context(), now))
	}
	before, err := d.store.Events(t.Context(), pipewright.EventQuery{Limit: 100_000})
	require.NoError(t, err)
	require.NotEmpty(t, before)
	for _, jump := range []time.Duration{-24 * time.Hour, 365 * 24 * time.Hour, 0} {
		for i := range 20 {
			require.NoError(t, d.healer.tick(t.Context(), now.Add(jump+time.Duration(i)*demoTick)), "%s", jump)
		}
	}
	after, err := d.store.Events(t.Context(), pipewright.EventQuery{Limit: 100_000})
	require.NoError(t, err)
	assert.Equal(t, before, after[:len(before)], "nothing journaled is touched")
	keys, acted := map[string]bool{}, 0
	for i, e := range after {
		if e.To != pipewright.Acting {
			continue
		}
		assert.False(t, keys[e.Action.Key], "%s twice", e.Action.Key)
		keys[e.Action.Key] = true
		if i >= len(before) {
			acted++
		}
	}
	assert.LessOrEqual(t, acted, d.cfg.Limits.AtOnce, "no storm of actions")
	report, err := d.store.AuditVerify(t.Context())
	require.NoError(t, err)
	assert.True(t, report.OK(), report.Fault)
}

// shortDemo is a demo that nobody has stepped yet.
func shortDemo(t *testing.T) *demo {
	t.Helper()
	p := program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now, env: func(string) string { return "" }}
	f := demoFlags{length: time.Minute, speed: 600, seed: 7, start: demoStart}
	f.db, f.json = filepath.Join(t.TempDir(), "pw.db"), true
	store, _, done, err := p.demoStore(t.Context(), f)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, done()) })
	spec, err := demoSpec(t.Context(), store, f, false)
	require.NoError(t, err)
	d, err := p.newDemo(t.Context(), f, store, spec, false)
	require.NoError(t, err)
	require.NoError(t, d.healer.catchUp(t.Context(), d.start))
	return d
}

// systemsThatFail is a configuration of an Airflow at a URL and a database that refuses.
func systemsThatFail(t *testing.T, airflow string) string {
	t.Helper()
	path := keep(t, "pw.yaml", fmt.Sprintf(`
store: {path: pw.db}
listen: 127.0.0.1:0
poll: 1s
heal: {may_approve: [ana]}
systems:
  airflow: [{name: flow, url: %q, user: ana, password: {file: secret}}]
  postgres: [{name: base, url: "postgres://ana@127.0.0.1:1/shop?sslmode=disable", password: {file: secret}, schemas: [shop]}]
`, airflow))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), "secret"), []byte("s3cret-enough"), 0o600))
	return path
}

// airflows are servers that an Airflow's URL may lead to by mistake.
func airflows(t *testing.T) map[string]string {
	t.Helper()
	serve := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	return map[string]string{
		"unreachable": "http://127.0.0.1:1",
		"401":         serve(http.StatusUnauthorized, `{"detail":"Invalid credentials"}`),
		"garbage":     serve(http.StatusOK, "<html>welcome</html>\n{"),
	}
}

func TestDoctorNamesTheCallThatFails(t *testing.T) {
	for name, url := range airflows(t) {
		s := say(t.Context(), "doctor", "-c", systemsThatFail(t, url))
		assert.Equal(t, 1, s.code, name)
		assert.Contains(t, s.out, "FAIL flow: POST /auth/token: ", name)
		assert.Contains(t, s.out, "FAIL base: ", name)
		assert.Contains(t, s.out, "ok   store: ", name)
		assert.NotContains(t, s.out+s.err, "s3cret-enough", name)
		for _, line := range strings.Split(strings.TrimSpace(s.out), "\n") {
			assert.Regexp(t, "^(ok  |FAIL) ", line, "%s: a line a check", name)
		}
		assert.Regexp(t, `^pipewright: 2 of [0-9]+ checks failed[^\n]*\n$`, s.err, name)
	}
}

func TestServeGoesOnWithoutItsSystems(t *testing.T) {
	for name, url := range airflows(t) {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			var out, log safeBuffer
			p := program{in: strings.NewReader(""), out: &out, err: &log, now: time.Now, env: func(string) string { return "" }}
			config := systemsThatFail(t, url)
			ended := make(chan int, 1)
			go func() { ended <- run(ctx, p, []string{"serve", "-c", config}) }()
			noticed := func() bool { // a database that refuses is a symptom of its own, not a source that fails
				refused := say(ctx, "search", "refused", "--source", "postgres:db/base", "-c", config)
				return refused.code == 0 && strings.Contains(refused.out, "postgres:db/base:") && strings.Contains(log.String(), "cannot be read")
			}
			require.Eventually(t, noticed, 20*time.Second, 50*time.Millisecond, "%s", &log)
			leave()
			assert.Zero(t, <-ended)
			assert.Equal(t, 1, strings.Count(log.String(), "source=airflow/flow"), log.String())
			assert.NotContains(t, log.String(), "s3cret-enough")
			assert.NotContains(t, log.String(), "context canceled")
		})
	}
}
