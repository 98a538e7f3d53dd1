package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// pseudoTerminal is a terminal of the kernel's, with a person's hands and eyes at the
// other end.
type pseudoTerminal struct {
	t    *testing.T
	hand *os.File // the person's end
	tty  *os.File // the program's end

	mu   sync.Mutex
	seen bytes.Buffer
	more chan struct{}
}

func newPseudoTerminal(t *testing.T, cols, rows uint16) *pseudoTerminal {
	hand, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals here: ", err)
	}
	fd := int(hand.Fd())
	require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols}))
	require.NoError(t, unix.SetNonblock(fd, true))
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	p := &pseudoTerminal{t: t, hand: hand, tty: tty, more: make(chan struct{}, 1)}
	go p.watch()
	t.Cleanup(func() {
		_ = tty.Close()
		_ = hand.Close()
	})
	return p
}

// watch collects what the program writes.
func (p *pseudoTerminal) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := p.hand.Read(buf)
		p.mu.Lock()
		p.seen.Write(buf[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (p *pseudoTerminal) raw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

// until waits until the terminal has been sent what the expression describes, colours and
// cursor moves left out.
func (p *pseudoTerminal) until(expr string) {
	p.t.Helper()
	want := regexp.MustCompile(expr)
	enough := time.After(2 * time.Minute) // a bound for a machine that is very busy, no measurement
	for !want.MatchString(ansi.Strip(p.raw())) {
		select {
		case <-p.more:
		case <-enough:
			require.Failf(p.t, "never shown", "%s in %q", expr, ansi.Strip(p.raw()))
		}
	}
}

func (p *pseudoTerminal) types(text string) {
	p.t.Helper()
	_, err := io.WriteString(p.hand, text)
	require.NoError(p.t, err)
}

func TestTheDemoOnARealTerminal(t *testing.T) {
	dir := t.TempDir()
	term := newPseudoTerminal(t, 100, 40)
	p := program{in: term.tty, out: term.tty, err: io.Discard, now: time.Now, env: func(k string) string {
		return map[string]string{"XDG_STATE_HOME": dir}[k]
	}}
	code := make(chan int)
	go func() { code <- run(t.Context(), p, []string{"demo", "--db", filepath.Join(dir, "d.db")}) }()

	term.until(`A simulated shop`)
	term.until(`inc-0001\s+diagnosed`)
	term.types("what is wrong now?\r")
	term.until(`Window: `)
	term.types("/pause\r")
	term.until(`all action is paused`)
	term.types("/quit\r")
	assert.Equal(t, 0, <-code)

	all := term.raw()
	assert.Contains(t, all, "\x1b[?1049l", "the screen as it was before comes back")
	_, after, _ := strings.Cut(all, "\x1b[?1049l")
	assert.Contains(t, ansi.Strip(after), "what is wrong now?", "and the conversation stays readable")
	assert.Contains(t, ansi.Strip(after), "of plant time:")
}
