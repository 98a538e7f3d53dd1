//go:build unix

package killtest

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// soon bounds every wait for another process. It is no measurement: a machine
// under load may take most of it.
const soon = 60 * time.Second

// binary is the program that is killed, built once.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "killtest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "pipewright")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "../../cmd/pipewright")
	cmd.Env, cmd.Stderr = append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	code := 1
	if cmd.Run() == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// process is one child in a process group of its own.
type process struct {
	cmd   *exec.Cmd
	lines chan string // of its standard output, closed at its end
	said  chan struct{}
	mu    sync.Mutex
	err   bytes.Buffer
	once  sync.Once
	ended error
}

// start runs a command. It is killed when the test ends, whatever happens.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), lines: make(chan string, 1<<16), said: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = p
	require.NoError(t, p.cmd.Start())
	go p.read(out)
	t.Cleanup(func() { p.end(syscall.SIGKILL) })
	return p
}

// read passes whole lines on: the last one of a killed process may be cut.
func (p *process) read(out io.Reader) {
	defer close(p.said)
	defer close(p.lines)
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		p.lines <- strings.TrimSuffix(line, "\n")
	}
}

// Write keeps the error output.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err.Write(b)
}

func (p *process) stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err.String()
}

// end signals the process' group, waits for its end and says how it ended.
func (p *process) end(with syscall.Signal) error {
	_ = syscall.Kill(-p.cmd.Process.Pid, with) // it may have ended by itself
	return p.wait()
}

func (p *process) wait() error {
	p.once.Do(func() {
		<-p.said
		p.ended = p.cmd.Wait()
	})
	return p.ended
}

// exitCode is how a process ended by itself, -1 when a signal ended it.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// run runs a command to its end.
func run(t *testing.T, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String(), errs.String(), exitCode(err)
}
