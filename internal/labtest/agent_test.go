//go:build integration

package labtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// binary builds the program once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pipewright-labtest")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "pipewright")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "./cmd/pipewright")
	cmd.Dir, cmd.Env = checkout, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin)) // a left-over in the folder for temporary files
	}
	os.Exit(code)
}

// agent is `pipewright serve` with a store of its own.
type agent struct {
	t      *testing.T
	bin    string
	config string
	db     string
	listen string
	serve  *exec.Cmd
	log    *bytes.Buffer
}

// soak is short, so that a test sees the end of an incident.
const soak = "20s"

// newAgent starts the agent with one of the lab's configurations. Only where it
// keeps its store, where it listens and how long it soaks differ from the file, and
// what changed says, old text and new in turn.
func newAgent(t *testing.T, l lab, file string, changed ...string) *agent {
	t.Helper()
	bin, err := binary()
	require.NoError(t, err)
	dir := t.TempDir()
	a := &agent{t: t, bin: bin, db: filepath.Join(dir, "pipewright.db"), config: filepath.Join(dir, file), listen: freePort(t), log: &bytes.Buffer{}}
	raw, err := os.ReadFile(filepath.Join(checkout, "deploy", "lab", file))
	require.NoError(t, err)
	text := string(raw)
	for old, fresh := range map[string]string{
		"../../.lab/pipewright.db": a.db, "../../.lab/pipewright-aws.db": a.db,
		"listen: 127.0.0.1:9464": "listen: " + a.listen, "listen: 127.0.0.1:9465": "listen: " + a.listen,
		"soak: 90s":       "soak: " + soak,
		"127.0.0.1:18080": "127.0.0.1:" + l.env["LAB_AIRFLOW_PORT"], "127.0.0.1:15433": "127.0.0.1:" + l.env["LAB_SOURCE_PORT"],
		"127.0.0.1:15432": "127.0.0.1:" + l.env["LAB_PG_PORT"], "127.0.0.1:15555": "127.0.0.1:" + l.env["LAB_AWS_PORT"],
	} {
		text = strings.ReplaceAll(text, old, fresh)
	}
	text = strings.ReplaceAll(text, "../../.lab/", l.env["LAB_DIR"]+"/")
	text = strings.NewReplacer(changed...).Replace(text)
	require.NotContains(t, text, "../..", "every path of the file leads somewhere")
	require.Contains(t, text, a.db)
	require.Contains(t, text, a.listen)
	require.NoError(t, os.WriteFile(a.config, []byte(text), 0o600))
	a.start()
	t.Cleanup(func() {
		a.end(syscall.SIGTERM)
		if t.Failed() {
			journal, _ := a.try("incidents", "--json", "--db", a.db) // its error is printed with it
			t.Logf("the agent said:\n%s\nits journal:\n%s", a.log, journal)
		}
	})
	return a
}

func freePort(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer free.Close()
	return free.Addr().String()
}

// start starts serving and waits until every source was read.
func (a *agent) start() {
	a.t.Helper()
	a.serve = exec.Command(a.bin, "serve", "-c", a.config)
	a.serve.Env = environ()
	a.serve.Stdout, a.serve.Stderr = a.log, a.log
	a.serve.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(a.t, a.serve.Start())
	await(a.t, time.Minute, "readiness", func() bool {
		res, err := http.Get("http://" + a.listen + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// end ends the process by a signal and waits for its end.
func (a *agent) end(with syscall.Signal) {
	_ = a.serve.Process.Signal(with) // it may have ended by itself
	_ = a.serve.Wait()               // the signal makes it an error
}

// environ is the environment with credentials that the stand-in for AWS takes.
func environ() []string {
	return append(os.Environ(), "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any", "AWS_EC2_METADATA_DISABLED=true")
}

// run runs a command beside the agent and returns what it printed.
func (a *agent) run(args ...string) string {
	a.t.Helper()
	out, err := a.try(args...)
	require.NoError(a.t, err, "pipewright %s: %s", strings.Join(args, " "), out)
	return out
}

func (a *agent) try(args ...string) (string, error) {
	cmd := exec.Command(a.bin, args...)
	cmd.Env = environ()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	return string(out) + errs.String(), err
}

// ask asks a question as a person at the terminal does.
func (a *agent) ask(question string) (answer pipewright.Answer) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal([]byte(a.run("ask", "--json", "-c", a.config, question)), &answer))
	return answer
}

// journal reads the journal as any other program would.
func (a *agent) journal() (events []pipewright.Event) {
	a.t.Helper()
	for dec := json.NewDecoder(strings.NewReader(a.run("incidents", "--json", "--db", a.db))); dec.More(); {
		var e pipewright.Event
		require.NoError(a.t, dec.Decode(&e))
		events = append(events, e)
	}
	return events
}

// incidents folds the journal, oldest first.
func (a *agent) incidents() (found []pipewright.Incident) {
	a.t.Helper()
	at := map[string]int{}
	for _, e := range a.journal() {
		i, ok := at[e.Incident]
		if !ok {
			i = len(found)
			at[e.Incident], found = i, append(found, pipewright.Incident{})
		}
		next, err := found[i].Apply(e)
		require.NoError(a.t, err, "the journal folds")
		found[i] = next
	}
	return found
}

// incident is the one with the id, a zero one when there is none.
func (a *agent) incident(id string) pipewright.Incident {
	a.t.Helper()
	for _, inc := range a.incidents() {
		if inc.ID == id {
			return inc
		}
	}
	return pipewright.Incident{}
}

// events are those of one incident.
func (a *agent) events(id string) (out []pipewright.Event) {
	a.t.Helper()
	for _, e := range a.journal() {
		if e.Incident == id {
			out = append(out, e)
		}
	}
	return out
}
