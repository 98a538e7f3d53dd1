package slackbot

import (
	"context"
	"errors"
	"io"
	"log"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
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

// connection serves one client until it gives up.
func (b *Bot) connection(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(b.api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				b.socketEvent(ctx, client, e)
			}
		}
	}()
	err := client.RunContext(ctx)
	cancel()
	<-done
	return err
}

// socketEvent stores what came and then says so to Slack. What could not be stored is
// not acknowledged: Slack delivers it again.
func (b *Bot) socketEvent(ctx context.Context, client *socketmode.Client, e socketmode.Event) {
	switch e.Type {
	case socketmode.EventTypeConnected:
		_ = b.note(ctx, "apps.connections.open", "", nil)
		return
	case socketmode.EventTypeConnectionError:
		if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
			_ = b.note(ctx, "apps.connections.open", "", failed.ErrorObj)
		}
		return
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			b.unread(ctx, client, bad.Message)
		}
		return
	}
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	b.take(ctx, client, source(e.Request.Type), e.Request.EnvelopeID, e.Request.Payload)
}

func (b *Bot) take(ctx context.Context, client *socketmode.Client, from source, envelope string, payload []byte) {
	if err := b.receive(ctx, from, payload); err != nil {
		b.log.Warn("slack: what came could not be stored, Slack will send it again", "err", err)
		return
	}
	if err := client.AckCtx(ctx, envelope, nil); err != nil && ctx.Err() == nil {
		b.log.Warn("slack: an acknowledgement was not sent", "err", err)
	}
}
