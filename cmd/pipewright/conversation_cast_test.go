package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools/plant"
)

// ground is what a conversation says of its world.
type ground struct {
	seed   uint64
	faults time.Duration // between faults after the start
	storm  int
	expiry time.Duration
	alone  bool // what the bars let through runs alone
	shown  bool // the conversation begins with the card
}

func worldOf(lines []string) ground {
	g := ground{seed: 2, faults: 1000 * time.Hour, expiry: 12 * time.Hour}
	for _, line := range lines {
		said, ok := strings.CutPrefix(line, "world:")
		if !ok {
			continue
		}
		for _, part := range strings.Split(said, ",") {
			word, value, _ := strings.Cut(strings.TrimSpace(part), " ")
			switch word {
			case "seed":
				g.seed, _ = strconv.ParseUint(value, 10, 64)
			case "faults":
				g.faults, _ = time.ParseDuration(value)
			case "storm":
				g.storm, _ = strconv.Atoi(value)
			case "expiry":
				g.expiry, _ = time.ParseDuration(value)
			case "alone":
				g.alone = true
			case "shown":
				g.shown = true
			}
		}
	}
	return g
}

// cast is everybody in a conversation: the people, the workspace, the bot, the loop
// and the shop that it watches. Ana may approve, and Ben, who is on call; Eve may not.
type cast struct {
	t      *testing.T
	ground ground
	slack  *slackfake.Server
	store  *sqlite.Store
	world  plant.World
	heal   heal.Config
	sys    systems
	know   knowledge
	red    *redact.Redactor
	healer *healer
	gate   *gated
	stop   func()
	log    safeBuffer

	clock  *creeping
	mu     sync.Mutex
	lines  []pipewright.LogLine // that a script makes a system write, until they are read
	last   place                // of the last message of a person
	seen   map[string]string    // what was shown already, by what it is
	asked  map[string]slackfake.Message
	modals int
	names  map[string]string // of people, by id
	held   bool              // Slack keeps back what people do
	homes  map[string]bool   // people whose home tab was opened
}

type place struct{ channel, ts, thread, text string }

// creeping is the time of the plant, and within the same second a little later each
// time that somebody looks: due work becomes due, and no second depends on the machine.
type creeping struct {
	base  atomic.Int64
	looks atomic.Int64
}

func (c *creeping) set(t time.Time) {
	c.base.Store(t.UnixNano())
	c.looks.Store(0)
}

func (c *creeping) now() time.Time {
	ahead := min(time.Duration(c.looks.Add(1))*20*time.Microsecond, 900*time.Millisecond)
	return time.Unix(0, c.base.Load()).Add(ahead).UTC()
}

func (c *creeping) plant() time.Time { return time.Unix(0, c.base.Load()).UTC() }

// gated is an asker that can be made to take for ever.
type gated struct {
	slackbot.Asker
	hang    atomic.Bool
	entered chan struct{}
}

func (g *gated) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	if g.hang.Load() {
		g.entered <- struct{}{}
		<-ctx.Done()
		return pipewright.Answer{}, ctx.Err()
	}
	return g.Asker.Ask(ctx, q)
}

func newCast(t *testing.T, g ground) *cast {
	t.Helper()
	ctx := context.Background()
	begin, err := time.Parse(time.RFC3339, demoStart)
	require.NoError(t, err)
	c := &cast{t: t, ground: g, slack: slackfake.New(), clock: &creeping{}, seen: map[string]string{}, asked: map[string]slackfake.Message{}, names: map[string]string{}, homes: map[string]bool{}}
	c.clock.set(begin)
	c.slack.Now = c.clock.now
	for _, u := range []slackfake.User{{ID: "UANA", Name: "ana"}, {ID: "UBEN", Name: "ben"}, {ID: "UEVE", Name: "eve"}, {ID: "UGUS", Name: "gus", Restricted: true}, {ID: "UROB", Name: "robot", Bot: true}} {
		c.slack.AddUser(u)
		c.names[u.ID] = u.Name
	}
	c.names[slackfake.BotUser] = "pipewright"
	c.slack.AddGroup("SONCALL", "UBEN")
	c.store, err = sqlite.Open(ctx, filepath.Join(t.TempDir(), "pw.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, c.store.Own(ctx))
	c.world = plant.Local(sim.New(sim.Options{Seed: g.seed, Start: begin, Live: true, History: 12 * time.Hour, FaultEvery: g.faults}))
	c.heal = heal.Defaults()
	if g.alone {
		c.heal = demoConfig(g.seed)
	}
	c.heal.MayApprove, c.heal.ApprovalTTL, c.heal.Debounce = []string{"ana", "oncall"}, g.expiry, 2*time.Minute
	c.know = knowledge{catalogue: catalogue.Default()}
	c.red, err = redact.New(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	c.sys = systems{sources: sourcesOf(plant.NewSource(c.world), c), probes: plant.Probes(c.world), actuators: plant.Actuators(c.world, c.store)}
	c.healer = c.newHealer()
	require.NoError(t, c.healer.catchUp(ctx, begin))
	t.Cleanup(func() {
		c.end()
		c.slack.Close()
		require.NoError(t, c.store.Close())
		if t.Failed() {
			t.Log(c.log.String())
		}
	})
	return c
}

func (c *cast) newHealer() *healer {
	h, err := newHealer(context.Background(), setup{store: c.store, cfg: c.heal, know: c.know, redactor: c.red, systems: c.sys, now: c.clock.plant(),
		sink: func(pipewright.Event) {}, log: slog.New(slog.NewTextHandler(&c.log, nil))})
	require.NoError(c.t, err)
	return h
}

// Name and Poll make the cast a source of the lines that a script wrote.
func (c *cast) Name() string { return "script" }

func (c *cast) Poll(_ context.Context, cursor string, _ time.Time) (pipewright.Batch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := pipewright.Batch{Source: "script", Cursor: cursor, Lines: c.lines}
	c.lines = nil
	return b, nil
}

// start runs the bot, until end.
func (c *cast) start() {
	c.t.Helper()
	p := program{in: strings.NewReader(""), out: io.Discard, err: &c.log, now: c.clock.now, env: func(string) string { return "" }}
	c.gate = &gated{Asker: slackAsker{p: p, store: c.store, cfg: c.heal, know: c.know, sys: c.sys}, entered: make(chan struct{}, 100)}
	bot, err := slackbot.New(slackbot.Config{AppToken: slackfake.AppToken, BotToken: slackfake.BotToken, APIURL: c.slack.URL, Channel: "C1", Storm: c.ground.storm,
		People: map[string]string{"UANA": "ana"}, Groups: map[string]string{"SONCALL": "oncall"}, MayApprove: c.heal.MayApprove, Poll: 4 * time.Millisecond, Lease: 24 * time.Hour},
		slackbot.Parts{Ledger: c.store, Outbox: c.store, Notes: c.store, Asker: c.gate, Now: c.clock.now, Log: slog.New(slog.NewTextHandler(&c.log, nil)),
			Autonomy: autonomyOf(c.store, c.heal.Modes),
			World:    func(context.Context) (time.Time, error) { return c.clock.plant(), nil },
			Redact:   func(s string) string { s, _ = c.red.Text(s); return s }})
	require.NoError(c.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = bot.Run(ctx)
	}()
	c.stop = func() {
		cancel()
		<-done
	}
	c.until("the bot is connected", func() bool { return c.slack.Connections() > 0 })
	c.settle("slack.in", "slack.out")
	c.pass(5 * time.Minute) // what broke before is noticed and stands in the channel
	c.modals = len(c.slack.Modals())
}

func (c *cast) end() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// leave ends a conversation: nothing may be left over, and Slack must have liked it.
func (c *cast) leave() {
	c.t.Helper()
	if c.stop == nil {
		return
	}
	c.end()
	require.Empty(c.t, c.slack.Violations(), "what the real Slack would not have taken")
	in, err := c.store.Deliveries(context.Background(), "slack.in")
	require.NoError(c.t, err)
	require.Zero(c.t, in[pipewright.DeliveryDropped])
	report, err := c.store.AuditVerify(context.Background())
	require.NoError(c.t, err)
	require.True(c.t, report.OK(), "%+v", report.Fault)
}

const tick = 30 * time.Second

// pass lets the shop and the loop live for a while, and the bot say what it has to.
func (c *cast) pass(d time.Duration) {
	c.t.Helper()
	ctx := context.Background()
	for end := c.clock.plant().Add(d); c.clock.plant().Before(end); {
		now := c.clock.plant().Add(tick)
		c.clock.set(now)
		require.NoError(c.t, c.world.Advance(ctx, now))
		require.NoError(c.t, c.healer.tick(ctx, now))
		c.settle("slack.in", "slack.wait", "slack.out")
	}
}

// settle waits until the bot has done all that it can do without the loop.
func (c *cast) settle(queues ...string) {
	c.t.Helper()
	if c.stop == nil {
		return
	}
	ctx := context.Background()
	c.until("the bot is done", func() bool {
		if !c.held && c.slack.Unacknowledged() > 0 || !c.followed() {
			return false
		}
		for _, q := range queues { // what one queue is done with may be in a later one
			n, err := c.store.Deliveries(ctx, q)
			require.NoError(c.t, err)
			if n[pipewright.DeliveryDue] > 0 {
				return false
			}
		}
		return true
	})
}

// followed reports whether the bot has read the journal to its end.
func (c *cast) followed() bool {
	note, err := c.store.Thread(context.Background(), "slackbot", "cursor")
	require.NoError(c.t, err)
	read, err := strconv.ParseInt(string(note), 10, 64)
	if err != nil {
		return false
	}
	events, err := c.store.Events(context.Background(), pipewright.EventQuery{AfterSeq: read, Limit: 1})
	require.NoError(c.t, err)
	return len(events) == 0
}

func (c *cast) until(what string, cond func() bool) {
	c.t.Helper()
	const patience = 60 * time.Second // no measurement: a machine under load may take it
	if !within(patience, cond) {
		c.t.Fatalf("never: %s\n%s", what, c.log.String())
	}
}

func within(d time.Duration, cond func() bool) bool {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(d); time.Now().Before(end); <-tick.C {
		if cond() {
			return true
		}
	}
	return false
}

func (c *cast) id(name string) string {
	for id, n := range c.names {
		if n == name {
			return id
		}
	}
	c.t.Fatalf("nobody is called %s", name)
	return ""
}

// card is an incident's card as it is now.
func (c *cast) card(incident string) slackfake.Message {
	for _, m := range c.slack.Messages("C1") {
		if keyOf(m) == "card/"+incident {
			return m
		}
	}
	c.t.Fatalf("there is no card of %s", incident)
	return slackfake.Message{}
}

func keyOf(m slackfake.Message) string {
	payload, _ := m.Metadata["event_payload"].(map[string]any)
	return fmt.Sprint(payload["id"])
}
