//go:build unix

package killtest

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

var (
	kills = flag.Int("kills", 8, "how often the loop is killed")
	seed  = flag.Int("seed", 1, "of the plant and of the moments of the kills")
)

// latency is how long an act takes in the plant: wide enough for kills to land
// before it, and between it and its answer.
const latency = 120 * time.Millisecond

// campaign is one plant and one store through many lives.
type campaign struct {
	home
	world  *world
	rng    *rand.Rand
	ledger ledger
	landed map[string]int // where kills landed
	words  int            // requests of people
}

// TestKill kills the loop again and again and then compares its books with the plant's.
func TestKill(t *testing.T) {
	w := startWorld(t, *seed, "--latency", latency.String())
	killAgainAndAgain(t, w, makeHome(t, w.url))
}

func killAgainAndAgain(t *testing.T, w *world, h home) {
	t.Helper()
	c := &campaign{home: h, world: w, rng: rand.New(rand.NewPCG(uint64(*seed), 0x6b696c6c)), landed: map[string]int{}}
	for i := range *kills {
		c.oneLife(t, i)
	}
	c.quiet(t)
	sum := requireAtMostOnce(t, c.ledger, w.acts(t))
	records := requireAllTelemetry(t, w, c.db)
	c.report(t, sum, records)
	if *kills >= 200 {
		assert.Positive(t, c.landed["acting, not yet done by the plant"], "no kill landed between the reservation and the act")
		assert.Positive(t, c.landed["acting, done by the plant"], "no kill landed between the act and its receipt")
		assert.Positive(t, sum.Approved, "no approved action ran")
	}
}

// oneLife starts the loop, kills it at some moment and looks at what is left.
func (c *campaign) oneLife(t *testing.T, i int) {
	t.Helper()
	l := c.live(t)
	if i%25 == 7 && !c.shared() {
		l.awaitServing(t)
		c.secondIsRefused(t, l)
	}
	var person *process
	if waiting := c.ledger.in(pipewright.Waiting); len(waiting) > 0 && c.rng.IntN(3) == 0 {
		person = start(t, binary, "approve", waiting[0].Approval, "--db", c.db)
	}
	c.await(t, l, i)
	if c.shared() && i%3 == 1 && l.serves() { // its connections break, and it goes on
		c.loseConnections(t)
		c.await(t, l, i)
	}
	serving := l.serves()
	l.kill(t)
	if person != nil {
		_ = person.end(syscall.SIGKILL) // it may have had its answer
	}
	c.look(t, l, serving)
	c.answers(t)
	c.wishes(t)
	if i%16 == 3 {
		c.verify(t)
	}
}

// verify asks the program itself whether the audit holds.
func (c *campaign) verify(t *testing.T) {
	t.Helper()
	out, errs, code := run(t, binary, "audit", "verify", "--db", c.db, "--json")
	require.Equal(t, 0, code, "%s%s", out, errs)
}

// await lets the life go on until the moment of its death.
func (c *campaign) await(t *testing.T, l *life, i int) {
	t.Helper()
	if i > 1 && c.ledger.cursor == "" { // two deaths in the backfill are enough
		require.True(t, l.hear(t, soon, func(pipewright.Event) bool { return true }), "nothing happens: %s", l.stderr())
	}
	switch n := c.rng.IntN(100); {
	case n < 45: // around an act
		l.hear(t, 3*time.Second, func(e pipewright.Event) bool { return e.To == pipewright.Acting })
		l.hear(t, time.Duration(c.rng.Int64N(int64(latency*5/4))), nil)
	case n < 65: // around a commit
		l.hear(t, 2*time.Second, func(e pipewright.Event) bool { return c.rng.IntN(3) == 0 })
		l.hear(t, time.Duration(c.rng.Int64N(int64(20*time.Millisecond))), nil)
	case n < 75: // soon after the start: recovery, backfill
		l.hear(t, time.Duration(30+c.rng.IntN(300))*time.Millisecond, nil)
	default: // anywhere
		l.hear(t, time.Duration(100+c.rng.IntN(1500))*time.Millisecond, nil)
	}
}

// look checks what the death left behind, and notes where it struck.
func (c *campaign) look(t *testing.T, l *life, serving bool) {
	t.Helper()
	if !c.exists(t) {
		c.landed["before there was a store"]++
		return
	}
	if c.ledger.cursor == "" { // the file may hardly be a store yet
		c.verify(t)
	}
	before := c.ledger
	c.ledger = readLedger(t, c.db)
	requireGrown(t, before, c.ledger, l.told)
	done := map[string]bool{}
	for _, a := range c.world.acts(t) {
		done[a.Key] = true
	}
	for _, inc := range c.ledger.in(pipewright.Acting) {
		if done[inc.Action.Key] {
			c.landed["acting, done by the plant"]++
		} else {
			c.landed["acting, not yet done by the plant"]++
		}
	}
	if !serving {
		c.landed["before it served (opening, recovering)"]++
	}
	if c.ledger.cursor == "" {
		c.landed["before the first backfill was stored"]++
	}
	if len(c.ledger.lines)-len(before.lines) > len(l.told) {
		c.landed["between a commit and its announcement"]++
	}
	for _, s := range pipewright.States[:len(pipewright.States)-1] {
		if len(c.ledger.in(s)) > 0 {
			c.landed["with an incident "+string(s)]++
		}
	}
	if len(c.ledger.pending) > 0 {
		c.landed["with a person's word not yet heard"]++
	}
}

// wishable are actions that a person may ask for at any time.
var wishable = []pipewright.Action{
	{Kind: "dms.restart", Target: "dms:task/shop_cdc"},
	{Kind: "ec2.restart", Target: "ec2:instance/etl-worker-1"},
	{Kind: "ec2.restart", Target: "ec2:instance/etl-worker-2"},
	{Kind: "k8s.restart", Target: "k8s:deployment/fraud-scorer"},
}

// wishes are what people ask for while no loop runs, as a surface writes it.
func (c *campaign) wishes(t *testing.T) {
	t.Helper()
	if c.ledger.cursor == "" || c.rng.IntN(2) == 0 {
		return
	}
	for range 1 + c.rng.IntN(2) {
		c.ask(t, wishable[c.rng.IntN(len(wishable))])
		c.words++
	}
}

// answers are given to what waits, sometimes twice, through the command line.
func (c *campaign) answers(t *testing.T) {
	t.Helper()
	for _, inc := range c.ledger.in(pipewright.Waiting) {
		verb := ""
		switch n := c.rng.IntN(10); {
		case n < 5:
			verb = "approve"
		case n < 6:
			verb = "deny"
		default:
			continue
		}
		for range 1 + c.rng.IntN(4)/3 {
			out, errs, code := run(t, binary, verb, inc.Approval, "--db", c.db)
			require.Equal(t, 0, code, "%s%s", out, errs)
			assert.Contains(t, out, "is kept")
			c.words++
		}
	}
}

// secondIsRefused: two loops on one file get one sentence.
func (c *campaign) secondIsRefused(t *testing.T, l *life) {
	t.Helper()
	_, errs, code := run(t, binary, "serve", "-c", c.config)
	assert.Equal(t, 1, code)
	assert.Regexp(t, fmt.Sprintf(`^pipewright: store .* already has a loop running on it \(process %d\): stop that one first, or use another file\n$`, l.cmd.Process.Pid), errs)
}

// quiet lets the loop finish what it has begun, ends it in order and reads its
// books.
func (c *campaign) quiet(t *testing.T) {
	t.Helper()
	l := c.live(t)
	l.awaitServing(t)
	require.Eventually(t, func() bool {
		l.hear(t, time.Millisecond, nil)
		return c.heard(t)
	}, soon, 100*time.Millisecond, "a person's word is not heard: %s", l.stderr())
	l.hear(t, 2*time.Second, nil)
	l.stop(t)
	before := c.ledger
	c.ledger = readLedger(t, c.db)
	requireGrown(t, before, c.ledger, l.told)
	assert.Empty(t, c.ledger.in(pipewright.Acting), "an action is still under way")
	assert.Empty(t, c.ledger.pending, "a person's word was not heard")
}

// heard reports, beside the loop, whether it has answered everybody.
func (c *campaign) heard(t *testing.T) bool {
	t.Helper()
	ctx := context.Background()
	s := openBooks(t, c.db)
	defer func() { assert.NoError(t, s.Close()) }()
	pending, err := s.PendingRequests(ctx)
	require.NoError(t, err)
	return len(pending) == 0
}

func (c *campaign) report(t *testing.T, sum tally, records int) {
	t.Helper()
	t.Logf("%d kills, %d events, %d incidents, %d reservations, %d words of people, %d telemetry records", *kills, len(c.ledger.events), len(c.ledger.incidents), len(c.ledger.reservations), c.words, records)
	t.Logf("actions: %+v", sum)
	for _, where := range slices.Sorted(maps.Keys(c.landed)) {
		t.Logf("%5d  %s", c.landed[where], where)
	}
}
