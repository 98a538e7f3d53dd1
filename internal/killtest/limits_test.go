//go:build unix

package killtest

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/plant"
)

// ask writes a person's wish beside the loop, as a surface does.
func (h home) ask(t *testing.T, actions ...pipewright.Action) {
	t.Helper()
	ctx := context.Background()
	s := openBooks(t, h.db)
	defer func() { assert.NoError(t, s.Close()) }()
	for _, a := range actions {
		_, err := s.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestAct, Who: "ana", Surface: "test", At: time.Now(), Action: &a})
		require.NoError(t, err)
	}
}

// settle lives once until the history is in, and ends in order.
func (h home) settle(t *testing.T) ledger {
	t.Helper()
	l := h.live(t)
	require.True(t, l.hear(t, soon, func(pipewright.Event) bool { return true }), "nothing happens: %s", l.stderr())
	l.stop(t)
	return readLedger(t, h.db)
}

// TestAFullDisk gives the loop a disk on which nothing more fits: it stops with
// one sentence, and the next one goes on from what was kept.
func TestAFullDisk(t *testing.T) {
	w := startWorld(t, 5)
	h := makeHome(t, w.url)
	before := h.settle(t)
	h.ask(t, wishable...)

	// No file of the store's may grow past 256 KiB, the log of what is written least of all.
	full := &life{process: start(t, "sh", "-c", `ulimit -f 512; exec "$@"`, "sh", binary, "serve", "-c", h.config, "--json")}
	ended := make(chan error, 1)
	go func() { ended <- full.wait() }()
	for i := 0; ; i++ {
		select {
		case err := <-ended:
			assert.Equal(t, 1, exitCode(err))
		case <-time.After(soon):
			t.Fatalf("the loop goes on without a journal: %s", full.stderr())
		case <-time.After(300 * time.Millisecond):
			h.ask(t, wishable[i%len(wishable)])
			continue
		}
		break
	}
	for line := range full.lines {
		full.take(t, line)
	}
	lines := strings.Split(strings.TrimSpace(full.stderr()), "\n")
	assert.Regexp(t, `^pipewright: .*(disk is full|cannot be read or written)`, lines[len(lines)-1])
	assert.NotContains(t, full.stderr(), "goroutine ", "it crashed")
	kept := readLedger(t, h.db)
	requireGrown(t, before, kept, full.told)

	c := &campaign{home: h, world: w, ledger: kept}
	c.quiet(t)
	requireAtMostOnce(t, c.ledger, w.acts(t))
	requireAllTelemetry(t, w, h.db)
}

// TestAClockThatJumpsBack replaces the plant by one that lives a day earlier:
// nothing that was journaled is touched, and what was reserved "later" keeps its hold.
func TestAClockThatJumpsBack(t *testing.T) {
	w := startWorld(t, 6, "--start", "2026-11-19T03:00:00Z")
	h := makeHome(t, w.url)
	h.settle(t)
	h.ask(t, wishable[0])
	c := &campaign{home: h, world: w, ledger: readLedger(t, h.db)}
	c.quiet(t) // the wish is heard, and waits for a person
	c.approve(t, wishable[0].Target)
	c.quiet(t)
	acted := requireAtMostOnce(t, c.ledger, w.acts(t)).Acts
	onTarget := func(a plant.Recorded) bool { return a.Target == wishable[0].Target }
	require.True(t, slices.ContainsFunc(w.acts(t), onTarget), "what was approved ran")
	require.NoError(t, w.process.end(syscall.SIGTERM))

	earlier := startWorld(t, 6, "--start", "2026-11-18T03:00:00Z")
	h.move(t, earlier.url)
	h.ask(t, wishable[0])
	c.quiet(t)
	assert.Equal(t, acted+len(earlier.acts(t)), requireAtMostOnce(t, c.ledger, append(w.acts(t), earlier.acts(t)...)).Acts)
	for _, a := range earlier.acts(t) {
		assert.NotEqual(t, wishable[0].Target, a.Target, "the cooldown of an action that lies ahead does not hold")
	}
}

// approve gives every waiting action on a target a person's word, on the command line.
func (c *campaign) approve(t *testing.T, target pipewright.ResourceID) {
	t.Helper()
	said := 0
	for _, inc := range c.ledger.in(pipewright.Waiting) {
		if inc.Action.Target != target {
			continue
		}
		out, errs, code := run(t, binary, "approve", inc.Approval, "--db", c.db)
		require.Equal(t, 0, code, "%s%s", out, errs)
		said++
	}
	require.Positive(t, said, "nothing waits on %s", target)
}
