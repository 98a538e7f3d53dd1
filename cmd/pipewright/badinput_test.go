package main

import (
	"bytes"
	"context"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// said is what one command line came to.
type said struct {
	code     int
	out, err string
}

// say runs one command line in this process.
func say(ctx context.Context, args ...string) said {
	var out, errs safeBuffer
	p := program{in: strings.NewReader(""), out: &out, err: &errs, now: time.Now, env: func(string) string { return "" }}
	code := run(ctx, p, args)
	return said{code, out.String(), errs.String()}
}

// refuses wants one line on the error output, nothing beside it, and exit code 1.
func refuses(t *testing.T, want string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // what is not refused may go on for ever
	defer cancel()
	s := say(ctx, args...)
	assert.Equal(t, 1, s.code, "%q: %s", args, s.out)
	assert.Regexp(t, `^pipewright: [^\n]+\n$`, s.err, "%q", args)
	assert.Contains(t, s.err, want, "%q", args)
	assert.Empty(t, s.out, "%q", args)
}

// safeBuffer may be read while it is written to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// keep writes a file into a folder of its own.
func keep(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// emptyStore is a store in which nothing has happened.
func emptyStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pw.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return path
}

// alter changes a database behind everybody's back.
func alter(t *testing.T, path, statement string) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	return path
}

func TestEveryCommandHasHelp(t *testing.T) {
	var walk func(c *cobra.Command, path []string)
	walk = func(c *cobra.Command, path []string) {
		s := say(t.Context(), append(path, "--help")...)
		assert.Zero(t, s.code, "%q", path)
		assert.Contains(t, s.out, "Usage:", "%q", path)
		assert.Empty(t, s.err, "%q", path)
		for _, sub := range c.Commands() {
			walk(sub, append(append([]string(nil), path...), sub.Name()))
		}
	}
	walk(program{}.root(), nil)
}

func TestCommandLinesThatMakeNoSense(t *testing.T) {
	db := emptyStore(t)
	for want, line := range map[string]string{
		"`pipewright --help`":                          "nonsense",
		"did you mean incidents?":                      "incidens",
		"`pipewright policy --help`":                   "policy shwo",
		"`pipewright demo --help`":                     "demo --seed -1",
		"unknown flag":                                 "ask --frobnicate x",
		"`pipewright undo --help`":                     "undo",
		"invalid duration":                             "demo --for soon",
		"--for and --speed must be positive":           "demo --speed 0",
		"must be positive":                             "demo --speed NaN",
		"more than ten years":                          "demo --for 1s --speed 1e300",
		"positive":                                     "demo --for -5s",
		`write it as pipewright ask "QUESTION"; 0`:     "ask",
		`--seed "x" is not a whole number from 0 on`:   "demo --seed x",
		`--speed "fast" is not a number such as 0.5`:   "demo --speed fast",
		`"nix" is neither right, wrong nor a cause`:    "feedback inc-0001 nix --db " + db,
		`--start "yesterday" is not a time`:            "demo --start yesterday",
		"between 1980 and 2200":                        "demo --start 0001-01-01T00:00:00Z",
		`--rename "orders" is neither`:                 "demo --rename orders",
		"changes nothing":                              "demo --rename nosuchword=other",
		"the one name":                                 "demo --rename orders=customers",
		"serve needs a configuration":                  "serve",
		"doctor needs a configuration":                 "doctor",
		"loopback only":                                "plant --listen 0.0.0.0:0",
		"--lines needs --source":                       "search --lines 9-3 --db " + db,
		"say what to search for":                       "search --db " + db,
		"--limit must be at least 1":                   "search word --limit 0 --db " + db,
		`--until "yesterday" is neither`:               "pause --until yesterday --db " + db,
		"has passed: it is":                            "pause --until 2020-01-01T00:00:00Z --db " + db,
		"glue:job/never was never observed":            "pause glue:job/never --db " + db,
		"there is no approval ap-9999":                 "approve ap-9999 --db " + db,
		"nothing waits for an approval":                "approve --db " + db,
		"there is no incident inc-9999":                "incidents inc-9999 --db " + db,
		"there is no incident inc-9998":                "incidents inc-9998 --json --db " + db,
		"there is no incident inc-9997":                "undo inc-9997 --db " + db,
		`"nix" is neither a cause nor a fault class`:   "policy show nix --db " + db,
		`--zone "Mars/Olympus" is not a time zone`:     "ask why --zone Mars/Olympus --db " + db,
		"read the configuration: open /nonexistent/pw": "serve -c /nonexistent/pw.yaml",
	} {
		refuses(t, want, strings.Fields(line)...)
	}
	refuses(t, "is not a resource", "demo", "--rename", "orders=two words")
}

func TestAPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	refuses(t, "another program listens there: stop it, or give another address with --listen", "plant", "--listen", taken.Addr().String())
}

func TestConfigurationsWithFaults(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string // a line each
	}{
		"not YAML":       {"store: [", []string{"has 1 fault:"}},
		"not a table":    {"just words", []string{"has 1 fault:"}},
		"an unknown key": {"stor: {path: x.db}\nheal: {may_approve: [\"*\"]}\nsystems: {plant: [{name: p, url: http://127.0.0.1:1}]}", []string{"has 1 fault:", "stor:"}},
		"a missing secret": {"heal: {may_approve: [ana]}\nsystems: {airflow: [{name: a, url: http://127.0.0.1:1, user: u, password: {env: NOT_SET}}]}",
			[]string{"has 1 fault:", "systems.airflow[0].password: the environment has no NOT_SET"}},
		"several at once": {"heal: {may_approve: [ana]}\nzone: Mars\npoll: 1ms\nlisten: here\nsystems: {postgres: [{name: p, url: postgres://u:hidden@h/d, schemas: [s]}]}",
			[]string{"has 4 faults:", "listen:", "zone:", "poll:", "systems.postgres[0].url: take the password out"}},
	} {
		for _, verb := range []string{"serve", "doctor", "incidents"} {
			s := say(t.Context(), verb, "-c", keep(t, "pw.yaml", c.text))
			lines := strings.Split(strings.TrimSpace(s.err), "\n")
			assert.Equal(t, 1, s.code, name)
			assert.Empty(t, s.out, name)
			assert.True(t, strings.HasPrefix(s.err, "pipewright: "), "%s: %s", name, s.err)
			assert.NotContains(t, s.err, "hidden", name)
			for _, want := range c.want {
				assert.Contains(t, s.err, want, name)
			}
			if len(c.want) > 1 {
				assert.Len(t, lines, len(c.want), "%s: %s", name, s.err)
			}
		}
	}
}

func TestFilesThatAreNoStore(t *testing.T) {
	newer := alter(t, emptyStore(t), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`)
	foreign := alter(t, filepath.Join(t.TempDir(), "other.db"), `CREATE TABLE songs (name TEXT)`)
	text := keep(t, "notes.txt", strings.Repeat("remember the milk\n", 100))
	for path, want := range map[string]string{
		t.TempDir(): "give the path of a file",
		text:        "is not a database",
		foreign:     "is a database of another program",
		newer:       "was written by a newer pipewright",
	} {
		before, _ := os.ReadFile(path)
		for _, line := range [][]string{{"demo", "--for", "1s"}, {"ask", "what is wrong"}, {"incidents"}, {"approve"}, {"audit", "verify"}, {"search", "word"}} {
			refuses(t, want, append(line, "--db", path)...)
		}
		after, _ := os.ReadFile(path)
		assert.Equal(t, before, after, "%s was written to", path)
	}
}

func TestAFileThatIsNotThereIsNotMade(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "none.db")
	for _, line := range []string{"ask why", "chat", "incidents", "incidents inc-0001", "approve", "deny ap-0001", "undo inc-0001", "pause", "resume", "search word", "audit verify", "audit export", "policy show"} {
		refuses(t, "there is no store at "+path, append(strings.Fields(line), "--db", path)...)
	}
	refuses(t, "make the directory", "demo", "--for", "1s", "--db", filepath.Join(folder, "no", "such", "pw.db"))
	refuses(t, "--start", "demo", "--start", "soon", "--db", path)
	refuses(t, "--rename", "demo", "--rename", "orders", "--db", path)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// readOnly is a folder in which nobody here can make a file.
func readOnly(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o500))
	if f, err := os.Create(filepath.Join(folder, "x")); err == nil { // root may write anywhere but there
		require.NoError(t, f.Close())
		folder = "/proc"
	}
	return folder
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	folder := readOnly(t)
	refuses(t, folder, "demo", "--for", "1s", "--db", filepath.Join(folder, "pw.db"))
}

func TestTwoLoopsOnOneFile(t *testing.T) {
	path := emptyStore(t)
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Own(t.Context()))
	mine := "process " + strconv.Itoa(os.Getpid())
	refuses(t, mine, "demo", "--for", "1s", "--db", path)
	config := keep(t, "pw.yaml", "heal: {may_approve: [\"*\"]}\nsystems: {plant: [{name: p, url: http://127.0.0.1:1}]}")
	refuses(t, mine, "serve", "-c", config, "--db", path)
	assert.Zero(t, say(t.Context(), "incidents", "--db", path).code, "others work beside it")
}

func TestAnApprovalThatIsOver(t *testing.T) {
	path := emptyStore(t)
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Existing: true})
	require.NoError(t, err)
	action := pipewright.Action{Kind: "glue.retry", Target: "glue:job/orders_etl"}
	at := time.Now().Add(-time.Hour)
	approval := func(id string, state pipewright.ApprovalState, ttl time.Duration) pipewright.Approval {
		return pipewright.Approval{ID: id, Incident: "inc-0001", Action: action, ActionHash: action.Hash(), MayApprove: []string{"*"}, State: state, AskedAt: at, Expires: at.Add(ttl)}
	}
	_, err = s.Commit(t.Context(), heal.Entry{Approvals: []pipewright.Approval{
		approval("ap-0001", pipewright.ApprovalUsed, 2*time.Hour), approval("ap-0002", pipewright.ApprovalDenied, 2*time.Hour),
		approval("ap-0003", pipewright.ApprovalExpired, time.Minute),
	}})
	require.NoError(t, err)
	refuses(t, "ap-0001 is already used", "approve", "ap-0001", "--db", path)
	refuses(t, "ap-0002 is already denied", "approve", "ap-0002", "--db", path)
	refuses(t, "ap-0003 is already expired", "deny", "ap-0003", "--db", path)
	pending, err := s.PendingRequests(t.Context())
	require.NoError(t, err)
	assert.Empty(t, pending, "no wish was kept")
	require.NoError(t, s.Close())
}
