package slackbot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// source is what kind of thing came from Slack.
type source string

const (
	fromEvents source = "events_api"
	fromClick  source = "interactive"
	fromSlash  source = "slash_commands"
)

// arrival is the body of a delivery on its way in: what Slack sent, as it was sent.
type arrival struct {
	Source  source          `json:"source"`
	Payload json.RawMessage `json:"payload"`
}

// arrived is what came from Slack as a delivery on its way in. What came before, under
// whatever envelope, has the same key. Without a key it is nothing that can be read.
func (b *Bot) arrived(from source, payload []byte) (pipewright.Delivery, error) {
	p, ok := read[probe](payload)
	if !ok {
		b.log.Warn("slack: something came that cannot be read", "source", string(from))
		return pipewright.Delivery{}, nil // it would come again and again
	}
	key := p.key(from, payload)
	if b.parts.Redact != nil {
		payload = redacted(payload, b.parts.Redact)
	}
	body, err := json.Marshal(arrival{from, payload})
	if err != nil {
		return pipewright.Delivery{}, pipewright.Errorf(pipewright.Internal, "encode arrival: %w", err)
	}
	now := b.parts.Now()
	return pipewright.Delivery{Queue: inQueue, Key: key, Lane: p.lane(from), Version: 1, Body: body, Made: now, Due: now}, nil
}

// redacted is a payload with secrets taken out of what people wrote: the texts of
// messages and commands, and what was typed into forms.
func redacted(payload []byte, clean func(string) string) []byte {
	var tree any
	if json.Unmarshal(payload, &tree) != nil {
		return payload
	}
	out, err := json.Marshal(scrub(tree, "", clean))
	if err != nil {
		return payload
	}
	return out
}

func scrub(v any, under string, clean func(string) string) any {
	switch v := v.(type) {
	case map[string]any:
		_, pressed := v["action_ts"] // a button's value is ours
		for k := range v {
			if !pressed {
				v[k] = scrub(v[k], k, clean)
			}
		}
	case []any:
		for i := range v {
			v[i] = scrub(v[i], under, clean)
		}
	case string:
		if under == "text" || under == "value" {
			return clean(v)
		}
	}
	return v
}

// receive stores what came from Slack, before Slack is told that it arrived.
func (b *Bot) receive(ctx context.Context, from source, payload []byte) error {
	d, err := b.arrived(from, payload)
	if err != nil || d.Key == "" {
		return err
	}
	return b.push(ctx, d)
}

// probe reads from a payload what tells it from others.
type probe struct {
	EventID   string `json:"event_id"`
	TriggerID string `json:"trigger_id"`
	UserID    string `json:"user_id"` // slash command
	User      struct {
		ID string `json:"id"`
	} `json:"user"` // click
	Event struct {
		Type    string `json:"type"`
		Subtype string `json:"subtype"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
		Thread  string `json:"thread_ts"`
		User    string `json:"user"`
		Text    string `json:"text"`
	} `json:"event"`
}

// key is the same for the same thing, however often and in whatever envelope it is
// delivered. A mention comes as two events, which are one message.
func (p probe) key(from source, payload []byte) string {
	switch {
	case from == fromEvents && p.isMessage():
		return "message/" + p.Event.Channel + "/" + p.Event.TS
	case from == fromEvents && p.EventID != "":
		return "event/" + p.EventID
	case p.TriggerID != "":
		return string(from) + "/" + p.TriggerID
	}
	sum := sha256.Sum256(payload)
	return string(from) + "/" + hex.EncodeToString(sum[:])
}

func (p probe) isMessage() bool {
	return (p.Event.Type == "message" && p.Event.Subtype == "" || p.Event.Type == "app_mention") && p.Event.TS != ""
}

var mentions = regexp.MustCompile(`<@[A-Z0-9]+(?:\|[^>]*)?>`)

// lane keeps the order of what one person says in one thread.
func (p probe) lane(from source) string {
	if from != fromEvents || !p.isMessage() || stops.MatchString(mentions.ReplaceAllString(p.Event.Text, "")) {
		return "" // who wants something to stop does not wait for it to end
	}
	root := p.Event.Thread
	if root == "" && p.Event.Channel != "" && p.Event.Channel[0] != 'D' {
		root = p.Event.TS
	}
	return p.Event.Channel + "/" + root + "/" + p.Event.User
}

// tooOften is how many times a thing that came may fail to be handled.
const tooOften = 8

// tooLate is how long what somebody wanted is kept while something is out of reach.
const tooLate = time.Hour

// handle does what something that came from Slack means.
func (b *Bot) handle(ctx context.Context, d pipewright.Delivery) {
	var a arrival
	if err := json.Unmarshal(d.Body, &a); err != nil {
		b.settle(b.parts.Outbox.Drop(ctx, d, "cannot be read"))
		return
	}
	if b.whoAmI(ctx) != nil {
		b.giveBack(ctx, d, b.cfg.Poll, "the bot does not know itself yet")
		return
	}
	keep := context.WithoutCancel(ctx)
	switch err := b.dispatch(ctx, d.Key, a); {
	case err == nil:
		b.settle(b.parts.Outbox.Done(keep, d, ""))
	case ctx.Err() != nil:
		b.giveBack(ctx, d, 0, "the bot stopped")
	case d.Tries >= tooOften && (pipewright.KindOf(err) != pipewright.Unavailable || b.parts.Now().Sub(d.Made) > tooLate):
		b.log.Error("slack: given up on what somebody wanted", "key", d.Key, "err", err)
		b.settle(b.parts.Outbox.Drop(keep, d, err.Error()))
	default:
		b.log.Warn("slack: what somebody wanted could not be done yet", "key", d.Key, "err", err)
		b.settle(b.parts.Outbox.Later(keep, d, b.parts.Now().Add(min(b.cfg.Poll<<min(d.Tries, 10), longestWait)), err.Error()))
	}
}

// read decodes what has the shape that we know. What has another means nothing to us.
func read[T any](payload []byte) (v T, ok bool) {
	err := json.Unmarshal(payload, &v)
	return v, err == nil
}

// dispatch hands what came to who knows what it means.
func (b *Bot) dispatch(ctx context.Context, key string, a arrival) error {
	switch a.Source {
	case fromEvents:
		if e, ok := read[outer](a.Payload); ok {
			return b.event(ctx, key, e.Event)
		}
	case fromClick:
		if c, ok := read[interaction](a.Payload); ok {
			return b.interact(ctx, key, c)
		}
	case fromSlash:
		if c, ok := read[command](a.Payload); ok {
			return b.slash(ctx, key, c)
		}
	}
	return nil
}
