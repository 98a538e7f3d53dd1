//go:build unix

package killtest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
	"github.com/pipewright/pipewright/internal/sqlite"
)

var (
	slackThings = flag.Int("slack-things", 100, "how many things people do in Slack while the loop is killed")
	slackKills  = flag.Int("slack-kills", 2, "how often it is killed meanwhile")
)

// slackSettings asks about everything, and lets Ana alone decide.
const slackSettings = `
store: {path: %s}
listen: 127.0.0.1:0
poll: 50ms
systems: {plant: [{name: shop, url: %q}]}
heal:
  modes: [{risk: R0, rung: ask}, {risk: R1, rung: ask}, {risk: R2, rung: ask}]
  limits: {cooldown: 1s, per_hour: 1000, at_once: 50, max_radius: 50}
  debounce: 0s
  soak: 2m
  approval_ttl: 12h
  may_approve: [ana]
slack: {channel: C1, bot_token: {env: KILLTEST_BOT}, app_token: {env: KILLTEST_APP}, api_url: %q, people: {UANA: ana}, storm: 100000}
`

// workspace is a Slack that outlives every life of the loop, and what people did there.
type workspace struct {
	*slackfake.Server
	home
	world    *world
	rng      *rand.Rand
	asked    []string        // ts of questions, each to be answered once
	wished   []string        // ts of Ana's wishes, each to be filed once
	refused  int             // clicks of Eve's, each to be refused once
	homes    int             // home tabs opened
	commands int             // commands, answered to one person alone
	approved map[string]bool // cards whose button Ana pressed
}

// TestKillInSlack kills the loop with SIGKILL while people ask, click and approve in
// Slack: each thing delivered twice and in random order, over connections that drop,
// with answers of Slack that say "too many" or that it failed when it did not. Nothing
// may be said twice or lost, and nothing may run that Ana did not approve.
func TestKillInSlack(t *testing.T) {
	ws := openWorkspace(t)
	l := ws.live(t)
	require.True(t, l.hear(t, soon, func(e pipewright.Event) bool { return e.To == pipewright.Waiting }), "nothing waits for a person: %s", l.stderr())
	require.Eventually(t, func() bool { return len(ws.waiting()) > 0 }, soon, 50*time.Millisecond, "no card: %s", l.stderr())
	ws.trouble()
	ws.bustle(*slackThings)
	for i := range *slackKills {
		ws.Release()
		l.hear(t, time.Duration(300+ws.rng.IntN(2200))*time.Millisecond, nil)
		ws.approve(3)
		if i%2 == 0 {
			ws.Disconnect(ws.rng.IntN(2) == 0)
		}
		l.hear(t, time.Duration(ws.rng.IntN(700))*time.Millisecond, nil)
		l.kill(t)
		l = ws.live(t)
		l.awaitServing(t)
	}
	ws.drain(t, l)
	ws.approve(10)
	ws.drain(t, l)
	l.stop(t)
	ws.judge(t)
}

func openWorkspace(t *testing.T) *workspace {
	t.Helper()
	w := startWorld(t, *seed, "--latency", latency.String(), "--faults", "5m")
	ws := &workspace{Server: slackfake.New(), home: makeHome(t, w.url), world: w, rng: rand.New(rand.NewPCG(uint64(*seed), 0x51ac)), approved: map[string]bool{}}
	t.Cleanup(ws.Close)
	ws.AddUser(slackfake.User{ID: "UANA", Name: "ana"})
	ws.AddUser(slackfake.User{ID: "UEVE", Name: "ana"})
	t.Setenv("KILLTEST_BOT", slackfake.BotToken)
	t.Setenv("KILLTEST_APP", slackfake.AppToken)
	require.NoError(t, os.WriteFile(ws.config, fmt.Appendf(nil, slackSettings, ws.db, w.url, ws.URL), 0o600))
	return ws
}

// trouble is what goes wrong in Slack from now on.
func (ws *workspace) trouble() {
	ws.Trouble(true, uint64(*seed))
	ws.Hold()
	for n := range 6 {
		ws.Fail(slackfake.Fault{Method: "chat.postMessage", AfterEffect: true, Times: 3}.After(10 + 60*n))
		ws.Fail(slackfake.Fault{Method: "chat.update", AfterEffect: true, Times: 2}.After(3 + 20*n))
		ws.Fail(slackfake.Fault{Method: "chat.postMessage", RetryAfter: 1}.After(40 + 70*n))
		ws.Fail(slackfake.Fault{Method: "chat.postMessage", Status: 503, Times: 2}.After(55 + 60*n))
	}
}

// bustle is n things that people do, in no order; Ana's approvals come on top.
func (ws *workspace) bustle(n int) {
	cards := ws.waiting()
	for range n {
		switch k := ws.rng.IntN(20); {
		case k == 0:
			ws.wished = append(ws.wished, ws.Say("UANA", "C1", "", "<@"+slackfake.BotUser+"> restart "+string(wishable[ws.rng.IntN(len(wishable))].Target)))
		case k < 8:
			ws.asked = append(ws.asked, ws.Say("UEVE", "C1", "", "<@"+slackfake.BotUser+"> what incidents are open?"))
		case k < 14:
			ws.Click("UEVE", cards[ws.rng.IntN(len(cards))], "pw1.approve")
			ws.refused++
		case k < 18:
			ws.OpenHome("UEVE")
			ws.homes++
		default:
			ws.Slash("UEVE", "C1", "help")
			ws.commands++
		}
	}
}

// waiting are the cards that can be approved and were not yet.
func (ws *workspace) waiting() (out []slackfake.Message) {
	for _, m := range ws.Messages("C1") {
		if _, ok := m.Button("pw1.approve"); ok && !ws.approved[m.TS] {
			out = append(out, m)
		}
	}
	return out
}

// approve presses the button of at most n cards as Ana, once each.
func (ws *workspace) approve(n int) {
	cards := ws.waiting()
	for _, m := range cards[:min(n, len(cards))] {
		ws.approved[m.TS] = true
		ws.Click("UANA", m, "pw1.approve")
	}
}

// drain waits until everything that came is handled and everything to be said is said.
// How long that takes is up to the disk; that nothing moves for this long is a fault.
func (ws *workspace) drain(t *testing.T, l *life) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), ws.db, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	ws.Release()
	left, moved := ws.left(t, s), time.Now()
	for left != (backlog{}) {
		require.Less(t, time.Since(moved), 2*soon, "left: %+v: %s", left, l.stderr())
		l.hear(t, 100*time.Millisecond, nil)
		ws.Again()
		if now := ws.left(t, s); now != left {
			left, moved = now, time.Now()
		}
	}
}

// backlog is what is not done yet.
type backlog struct{ unacknowledged, in, out, wait int }

func (ws *workspace) left(t *testing.T, s *sqlite.Store) backlog {
	t.Helper()
	due := func(queue string) int {
		n, err := s.Deliveries(context.Background(), queue)
		require.NoError(t, err)
		return n[pipewright.DeliveryDue]
	}
	return backlog{ws.Unacknowledged(), due("slack.in"), due("slack.out"), due("slack.wait")}
}

// judge compares what stands in Slack and in the store with what people did.
func (ws *workspace) judge(t *testing.T) {
	t.Helper()
	said, answers, refusals, results := map[string]int{}, map[string]int{}, 0, 0
	wish := map[string]bool{}
	for _, ts := range ws.wished {
		wish[ts] = true
	}
	for _, m := range ws.Messages("C1") {
		if m.BotID == "" {
			continue
		}
		payload, _ := m.Metadata["event_payload"].(map[string]any)
		said[fmt.Sprint(payload["id"])]++
		answers[m.Thread]++
		if strings.HasPrefix(m.Text, "<@UEVE>:") {
			refusals++
		}
		if strings.Contains(m.Text, "<@UANA>:") && !wish[m.Thread] {
			results++
		}
	}
	for id, n := range said {
		assert.Equal(t, 1, n, "%s was said %d times", id, n)
	}
	for _, ts := range ws.asked {
		assert.Equal(t, 1, answers[ts], "answers to the question at %s", ts)
	}
	for _, ts := range ws.wished {
		assert.Equal(t, 2, answers[ts], "answers to the wish at %s: that it is filed, and what came of it", ts)
	}
	assert.Equal(t, ws.refused, refusals, "every click of Eve's is refused once")
	assert.Equal(t, len(ws.approved), results, "every click of Ana's has one answer")
	assert.GreaterOrEqual(t, len(ws.Ephemeral("UEVE")), ws.commands, "what one person alone sees may come twice after a crash, and is not lost")
	assert.Empty(t, ws.Violations(), "what the real Slack would not have taken")

	l := readLedger(t, ws.db)
	sum := requireAtMostOnce(t, l, ws.world.acts(t))
	for _, e := range l.events {
		if e.To == pipewright.Allowed {
			assert.NotEmpty(t, e.Approval, "event %d allows what nobody approved", e.Seq)
		}
	}
	for _, ap := range l.approvals {
		assert.Contains(t, []string{"", "ana"}, ap.By, ap.ID)
	}
	filed := map[pipewright.RequestKind]int{}
	for _, rq := range l.requests {
		filed[rq.Kind]++
	}
	assert.Equal(t, len(ws.wished), filed[pipewright.RequestAct], "every wish is filed once")
	assert.LessOrEqual(t, filed[pipewright.RequestApprove], len(ws.approved), "no click is filed twice")
	if *slackKills >= 5 {
		assert.Positive(t, sum.Approved, "nothing that was approved ran")
	}
	ws.handledOnce(t)
	t.Logf("%d kills; %d questions, %d wishes, %d clicks of Eve's, %d of Ana's, %d commands, %d home tabs, each delivered twice; %d messages; actions: %+v",
		*slackKills, len(ws.asked), len(ws.wished), ws.refused, len(ws.approved), ws.commands, ws.homes, len(said), sum)
}

// handledOnce: what came twice was stored once, and nothing was given up.
func (ws *workspace) handledOnce(t *testing.T) {
	t.Helper()
	path := copyStore(t, ws.db)
	s, err := sqlite.Open(context.Background(), path, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	in, err := s.Deliveries(context.Background(), "slack.in")
	require.NoError(t, err)
	assert.Zero(t, in[pipewright.DeliveryDropped])
	assert.Equal(t, len(ws.asked)+len(ws.wished)+ws.refused+ws.homes+ws.commands+len(ws.approved), in[pipewright.DeliveryDone])
}
