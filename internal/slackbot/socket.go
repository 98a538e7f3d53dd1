package slackbot

import (
	"context"
	"errors"
	"io"
	"log"
	"sync"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	pipewright "github.com/pipewright/pipewright"
)

// listen keeps a Socket Mode connection. The library reconnects by itself; what it
// gives up on, such as a revoked token, is tried again more slowly.
func (b *Bot) listen(ctx context.Context) {
	for wait := b.cfg.Poll; ctx.Err() == nil; wait = min(2*wait, longestWait) {
		began := b.parts.Now()
		err := b.connection(ctx)
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			_ = b.note(ctx, "apps.connections.open", "", asResponse(err)) // logged once there
		}
		if b.parts.Now().Sub(began) > time.Minute {
			wait = b.cfg.Poll
		}
		b.sleep(ctx, wait)
	}
}

// asResponse gives an error that the library knows only by its text its type back.
func asResponse(err error) error {
	if codeOf(err) == "" {
		if _, known := troubles[err.Error()]; known || len(err.Error()) < 40 {
			return slack.SlackErrorResponse{Err: err.Error()}
		}
	}
	return err
}

// unsent bounds the acknowledgements that wait to be sent. One that finds no room is
// left out: Slack delivers again, and what came is known already.
const unsent = 1000

// connection serves one client until it gives up. What came is read by one goroutine
// and acknowledged by another: the client stops reading acknowledgements while nobody
// reads its events, so that one goroutine for both would wait for itself.
func (b *Bot) connection(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := listener{bot: b, client: socketmode.New(b.api, socketmode.OptionLog(log.New(io.Discard, "", 0))), acks: make(chan string, unsent)}
	var wg sync.WaitGroup
	wg.Go(func() { l.read(ctx) })
	wg.Go(func() { l.acknowledge(ctx) })
	err := l.client.RunContext(ctx)
	cancel()
	wg.Wait()
	return err
}

// listener is one Socket Mode client and what it has to acknowledge.
type listener struct {
	bot    *Bot
	client *socketmode.Client
	acks   chan string // envelope ids
}

// together bounds how many envelopes are stored in one transaction: a burst is
// acknowledged in time only when not each of them waits for the disk.
const together = 64

func (l listener) read(ctx context.Context) {
	for {
		var b batch
		select {
		case <-ctx.Done():
			return
		case e := <-l.client.Events:
			l.event(ctx, e, &b)
		}
		for more := true; more && len(b.envelopes) < together; {
			select {
			case e := <-l.client.Events:
				l.event(ctx, e, &b)
			default:
				more = false
			}
		}
		l.store(ctx, b)
	}
}

// batch is what came and is not stored yet.
type batch struct {
	deliveries []pipewright.Delivery
	envelopes  []string
}

// store keeps a batch and then has it acknowledged. What could not be stored is not
// acknowledged: Slack delivers it again.
func (l listener) store(ctx context.Context, b batch) {
	if len(b.envelopes) == 0 {
		return
	}
	if err := l.bot.parts.Outbox.PushAll(ctx, b.deliveries); err != nil {
		if ctx.Err() == nil {
			l.bot.log.Warn("slack: what came could not be stored, Slack will send it again", "err", err)
		}
		return
	}
	l.bot.nudge(inQueue)
	for _, id := range b.envelopes {
		select {
		case l.acks <- id:
		default:
		}
	}
}

func (l listener) acknowledge(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-l.acks:
			if err := l.client.AckCtx(ctx, id, nil); err != nil && ctx.Err() == nil {
				l.bot.log.Warn("slack: an acknowledgement was not sent", "err", err)
			}
		}
	}
}

// event adds what came to a batch.
func (l listener) event(ctx context.Context, e socketmode.Event, into *batch) {
	b := l.bot
	switch e.Type {
	case socketmode.EventTypeConnected:
		_ = b.note(ctx, "apps.connections.open", "", nil)
	case socketmode.EventTypeConnectionError:
		if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			_ = b.note(ctx, "apps.connections.open", "", failed.ErrorObj)
		}
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			l.unread(bad.Message, into)
		}
	default:
		if e.Request != nil && e.Request.EnvelopeID != "" {
			l.take(source(e.Request.Type), e.Request.EnvelopeID, e.Request.Payload, into)
		}
	}
}

func (l listener) take(from source, envelope string, payload []byte, into *batch) {
	d, err := l.bot.arrived(from, payload)
	if err != nil {
		return
	}
	if d.Key != "" {
		into.deliveries = append(into.deliveries, d)
	}
	into.envelopes = append(into.envelopes, envelope)
}
