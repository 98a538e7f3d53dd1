package slackbot

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// Ledger is what the bot reads of the journal, and where it files what people want.
type Ledger interface {
	Incident(ctx context.Context, id string) (pipewright.Incident, error)
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	Approval(ctx context.Context, id string) (pipewright.Approval, error)
	Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error)
	Pauses(ctx context.Context) ([]pipewright.Pause, error)
	Modes(ctx context.Context) ([]pipewright.ModeChange, error)
	Resources(ctx context.Context) ([]pipewright.Resource, error)
	AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error)
	Request(ctx context.Context, id string) (pipewright.Request, error)
	RequestByKey(ctx context.Context, key string) (pipewright.Request, error)
}

// Outbox keeps due work durably: see pipewright.Delivery.
type Outbox interface {
	Push(ctx context.Context, d pipewright.Delivery) (fresh bool, err error)
	PushAll(ctx context.Context, ds []pipewright.Delivery) error
	Lease(ctx context.Context, queue string, now, until time.Time, n int) ([]pipewright.Delivery, error)
	Done(ctx context.Context, d pipewright.Delivery, ref string) error
	Later(ctx context.Context, d pipewright.Delivery, due time.Time, note string) error
	Forget(ctx context.Context, d pipewright.Delivery, due time.Time) error
	Drop(ctx context.Context, d pipewright.Delivery, note string) error
	Hold(ctx context.Context, d pipewright.Delivery, until time.Time) error
	Prune(ctx context.Context, queue string, before time.Time) error
	Delivery(ctx context.Context, queue, key string) (pipewright.Delivery, error)
	DeliveryAt(ctx context.Context, queue, ref string) (pipewright.Delivery, error)
}

// Notes keeps small things by name, such as how far the journal was read.
type Notes interface {
	Thread(ctx context.Context, asker, thread string) ([]byte, error)
	SaveThread(ctx context.Context, asker, thread string, body []byte) error
}

// Asker answers questions.
type Asker interface {
	Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error)
}

// Parts is what a Bot works with.
type Parts struct {
	Ledger Ledger
	Outbox Outbox
	Notes  Notes
	Asker  Asker
	// World is the time of the systems watched: requests and questions carry it.
	World func(ctx context.Context) (time.Time, error)
	// Now is the time of day, for due work and Slack.
	Now func() time.Time
	Log *slog.Logger
	// Redact takes secrets out of what people write, before it is stored. May be nil.
	Redact func(string) string
	// Charts are the metrics that an incident is about, before and after what was done. May be nil.
	Charts func(ctx context.Context, inc pipewright.Incident) ([]pipewright.Chart, error)
	// Draw makes a picture (PNG) of a chart, for workspaces that take none as blocks. May be nil.
	Draw func(c pipewright.Chart) ([]byte, error)
	// Templates are what can be asked for by name. May be nil.
	Templates Templates
	// Causes are those that people may name as the real one of an incident.
	Causes []Cause
	// Autonomy is how far each action that was tried may go alone. May be nil.
	Autonomy func(ctx context.Context) ([]Autonomy, error)
	// Moves are those of the learned policy's versions, oldest first. May be nil.
	Moves func(ctx context.Context) ([]pipewright.PolicyMove, error)
	// Figures are how well it does, for the week's digest. May be nil.
	Figures func(ctx context.Context) ([]pipewright.Figure, error)
	// HTTP calls Slack; http.DefaultClient's kind with a time limit unless set.
	HTTP *http.Client
}

// Queues of the outbox.
const (
	outQueue  = "slack.out"
	inQueue   = "slack.in"
	waitQueue = "slack.wait" // requests whose answer somebody waits for
)

// Bot is Pipewright in one workspace.
type Bot struct {
	cfg     Config
	parts   Parts
	api     *slack.Client
	log     *slog.Logger
	people  people
	health  health
	running running
	streams streams
	wake    map[string]chan struct{}
	self    self
}

// self is who the bot is in the workspace, once Slack has said so.
type self struct {
	mu          sync.Mutex
	user, bot   string
	team, teamN string
}

// New returns a bot that has called nobody yet.
func New(cfg Config, p Parts) (*Bot, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if p.Log == nil {
		p.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.HTTP == nil {
		p.HTTP = &http.Client{Timeout: 20 * time.Second}
	}
	b := &Bot{cfg: cfg, parts: p, log: p.Log, wake: map[string]chan struct{}{}}
	b.api = slack.New(cfg.BotToken, slack.OptionAppLevelToken(cfg.AppToken), slack.OptionAPIURL(cfg.APIURL), slack.OptionHTTPClient(p.HTTP))
	b.people = people{bot: b, cache: map[string]cached{}, members: map[string]membership{}}
	for _, q := range []string{outQueue, inQueue, waitQueue} {
		b.wake[q] = make(chan struct{}, 1)
	}
	return b, nil
}

// Run serves until ctx ends. Slack being out of reach, a revoked token or a missing
// scope ends nothing: the bot says so once, waits longer each time, and goes on.
func (b *Bot) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	parts := []func(context.Context){b.introduce, b.follow, b.forget, b.work(waitQueue, 1, b.awaited)}
	for range inWorkers {
		parts = append(parts, b.work(inQueue, 1, b.handle))
	}
	parts = append(parts, b.work(outQueue, outBatch, b.send))
	if b.cfg.Mode == Socket {
		parts = append(parts, b.listen)
	}
	for _, run := range parts {
		wg.Go(func() { run(ctx) })
	}
	wg.Wait()
	return nil
}

const (
	// inWorkers bounds how much is answered at once: clicks do not wait for questions.
	inWorkers = 12
	outBatch  = 1
	// leaseFor is by how much a crash delays what was in hand.
	leaseFor = 30 * time.Second
)

// work hands out what is due in a queue, again and again.
func (b *Bot) work(queue string, n int, do func(context.Context, pipewright.Delivery)) func(context.Context) {
	return func(ctx context.Context) {
		for ctx.Err() == nil {
			now := b.parts.Now()
			due, err := b.parts.Outbox.Lease(ctx, queue, now, now.Add(b.cfg.lease()), n)
			if err != nil && ctx.Err() == nil {
				b.log.Warn("slack: the store does not hand out due work", "queue", queue, "err", err)
			}
			for _, d := range due {
				b.hold(ctx, d, do)
			}
			if len(due) == 0 {
				b.pause(ctx, queue)
			} else {
				b.nudge(queue) // there may be more for the others
			}
		}
	}
}

// hold does what a delivery is for, and keeps its lease for as long as that takes.
func (b *Bot) hold(ctx context.Context, d pipewright.Delivery, do func(context.Context, pipewright.Delivery)) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(b.cfg.lease() / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				b.settle(b.parts.Outbox.Hold(context.WithoutCancel(ctx), d, b.parts.Now().Add(b.cfg.lease())))
			}
		}
	})
	do(ctx, d)
	close(done)
	wg.Wait()
}

// keptFor is how long what came in is known after it was handled: Slack delivers
// nothing again after an hour.
const keptFor = 7 * 24 * time.Hour

// forget deletes what came in and was handled long ago, every few hours.
func (b *Bot) forget(ctx context.Context) {
	for ctx.Err() == nil {
		for _, q := range []string{inQueue, waitQueue} {
			if err := b.parts.Outbox.Prune(ctx, q, b.parts.Now().Add(-keptFor)); err != nil && ctx.Err() == nil {
				b.log.Warn("slack: what is over could not be deleted", "err", err)
			}
		}
		b.sleep(ctx, 6*time.Hour)
	}
}

// pause waits for news in a queue, or until it is time to look again.
func (b *Bot) pause(ctx context.Context, queue string) {
	t := time.NewTimer(b.cfg.Poll)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-b.wake[queue]:
	}
}

// nudge says that there is news in a queue.
func (b *Bot) nudge(queue string) {
	select {
	case b.wake[queue] <- struct{}{}:
	default:
	}
}

// push stores a delivery and wakes who handles it.
func (b *Bot) push(ctx context.Context, d pipewright.Delivery) error {
	if d.Made.IsZero() {
		d.Made = b.parts.Now()
	}
	if d.Due.IsZero() {
		d.Due = d.Made
	}
	if d.Version == 0 {
		d.Version = 1
	}
	fresh, err := b.parts.Outbox.Push(ctx, d)
	if fresh {
		b.nudge(d.Queue)
	}
	return err
}

// introduce asks Slack who the bot is, until it says so.
func (b *Bot) introduce(ctx context.Context) {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, 5*time.Minute) {
		if b.whoAmI(ctx) == nil {
			return
		}
		b.sleep(ctx, wait)
	}
}

func (b *Bot) whoAmI(ctx context.Context) error {
	b.self.mu.Lock()
	known := b.self.user != ""
	b.self.mu.Unlock()
	if known {
		return nil
	}
	me, err := b.api.AuthTestContext(ctx)
	if b.note(ctx, "auth.test", "", err) != nil {
		return err
	}
	b.self.mu.Lock()
	defer b.self.mu.Unlock()
	b.self.user, b.self.bot, b.self.team, b.self.teamN = me.UserID, me.BotID, me.TeamID, me.Team
	return nil
}

// me is the bot's own user and bot ids, empty before Slack has said them.
func (b *Bot) me() (user, bot, team string) {
	b.self.mu.Lock()
	defer b.self.mu.Unlock()
	return b.self.user, b.self.bot, b.self.team
}

func (b *Bot) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
