//go:build unix

package killtest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// TestKillAmidBackPressure kills the loop amid the steps of one action: it goes on with
// the next step, does none twice, and takes the limit off at the end.
func TestKillAmidBackPressure(t *testing.T) {
	onlyAtLength(t)
	w := startWorld(t, 32, "--latency", latency.String(), "--fault", "traffic_surge", "--faults", "1000h", "--speed", "90")
	c := &campaign{home: makeHome(t, w.url), world: w, rng: rand.New(rand.NewPCG(uint64(*seed), 0x6d61)), landed: map[string]int{}}
	step := func(e pipewright.Event) bool {
		return e.To == pipewright.Acting && e.Action.Pressure()
	}
	asks := func(e pipewright.Event) bool {
		return step(e) || e.To == pipewright.Waiting && e.Action.Pressure()
	}
	for range 4 {
		l := c.live(t)
		require.True(t, l.hear(t, soon, asks), "no step of back-pressure: %s", l.stderr())
		l.hear(t, time.Duration(c.rng.Int64N(int64(2*latency))), nil)
		c.dies(t, l)
		for _, inc := range c.ledger.in(pipewright.Waiting) { // one word covers all of its steps
			out, errs, code := run(t, binary, "approve", inc.Approval, "--db", c.db)
			require.Equal(t, 0, code, "%s%s", out, errs)
		}
	}
	l := c.live(t)
	ended := func(e pipewright.Event) bool { return e.To == pipewright.Resolved || e.To == pipewright.Escalated }
	require.True(t, l.hear(t, 3*time.Minute, ended), "it does not end: %s", l.stderr())
	c.dies(t, l)
	c.quiet(t)
	requireAtMostOnce(t, c.ledger, w.acts(t))
	acts := w.acts(t)
	require.NotEmpty(t, acts)
	assert.Equal(t, pipewright.Verb("release"), acts[len(acts)-1].Kind.Verb(), "the limit is taken off at the end")
}

// TestKillAmidABackoff kills the loop while a retry waits: the try comes when it is due.
func TestKillAmidABackoff(t *testing.T) {
	onlyAtLength(t)
	w := startWorld(t, 11, "--latency", latency.String(), "--fault", "network_transient", "--faults", "6m")
	c := &campaign{home: makeHome(t, w.url), world: w, rng: rand.New(rand.NewPCG(uint64(*seed), 0x6261)), landed: map[string]int{}}
	var due pipewright.Event
	waits := func(e pipewright.Event) bool {
		if e.To == pipewright.Decided && e.Action != nil && e.Action.Kind.Verb() == pipewright.BackoffRetry && e.Verdict == nil {
			due = e
		}
		return due.Incident != ""
	}
	l := c.live(t)
	require.True(t, l.hear(t, 2*time.Minute, waits), "nothing backs off: %s", l.stderr())
	c.dies(t, l)
	l = c.live(t)
	moved := func(e pipewright.Event) bool {
		return e.Incident == due.Incident && e.Seq > due.Seq && e.To != ""
	}
	require.True(t, l.hear(t, soon, moved), "the back-off is forgotten: %s", l.stderr())
	c.dies(t, l)
	c.quiet(t)
	requireAtMostOnce(t, c.ledger, w.acts(t))
	for _, e := range c.ledger.events {
		if e.Incident == due.Incident && e.Seq > due.Seq && e.To == pipewright.Acting {
			assert.False(t, e.At.Before(due.Due), "it waits its time, whoever died meanwhile")
			break
		}
	}
}

// onlyAtLength leaves what takes minutes to make kill-test.
func onlyAtLength(t *testing.T) {
	t.Helper()
	if *kills < 50 {
		t.Skip("it takes minutes: make kill-test runs it")
	}
}

// dies kills a life and checks what it left.
func (c *campaign) dies(t *testing.T, l *life) {
	t.Helper()
	serving := l.serves()
	l.kill(t)
	c.look(t, l, serving)
}
