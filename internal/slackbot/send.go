package slackbot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// metadataType marks the messages of Pipewright; their payload holds the delivery's key.
const metadataType = "pipewright_delivery"

// callWithin bounds one call of Slack. Calls are not cut off by a shutdown: what
// happened to them would be uncertain.
const callWithin = 15 * time.Second

// send puts one delivery into Slack.
func (b *Bot) send(ctx context.Context, d pipewright.Delivery) {
	if b.whoAmI(ctx) != nil {
		b.giveBack(ctx, d, time.Second, "the bot does not know itself yet")
		return
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), callWithin)
	defer cancel()
	var m message
	if err := json.Unmarshal(d.Body, &m); err != nil {
		b.settle(b.parts.Outbox.Drop(call, d, "cannot be read: "+err.Error()))
		return
	}
	ready, err := b.thread(call, &m)
	if err != nil || !ready {
		b.giveBack(call, d, b.cfg.Poll, "waits for its thread")
		return
	}
	did, ref, err := b.put(call, d, m)
	b.finish(ctx, d, m, did, ref, b.note(ctx, did, m.Channel, err), err)
}

// thread finds the message in whose thread m goes. It is not ready before that
// message is in the channel; when it never will be, m goes into the channel.
func (b *Bot) thread(ctx context.Context, m *message) (ready bool, err error) {
	if m.Parent == "" {
		return true, nil
	}
	parent, err := b.parts.Outbox.Delivery(ctx, outQueue, m.Parent)
	switch {
	case pipewright.KindOf(err) == pipewright.NotFound || err == nil && parent.State == pipewright.DeliveryDropped && parent.Ref == "":
		return true, nil
	case err != nil || parent.Ref == "":
		return false, err
	}
	m.Channel, m.Thread = placeOf(parent.Ref)
	return true, nil
}

// ref names a message: channel and ts.
func refOf(channel, ts string) string { return channel + "/" + ts }

func placeOf(ref string) (channel, ts string) {
	channel, ts, _ = strings.Cut(ref, "/")
	return channel, ts
}

// put makes the call that a delivery needs, and names it.
func (b *Bot) put(ctx context.Context, d pipewright.Delivery, m message) (call, ref string, err error) {
	switch m.Kind {
	case ephemeralKind:
		_, err = b.api.PostEphemeralContext(ctx, m.Channel, m.User, b.content(ctx, m, "")...)
		return "chat.postEphemeral", "", err
	case homeKind:
		_, err = b.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: m.User, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: m.Blocks}})
		return "views.publish", "", err
	case fileKind:
		return b.upload(ctx, d, m)
	}
	if d.Ref == "" && d.Tries > 1 {
		if d.Ref, err = b.lookFor(ctx, d, m); err != nil {
			return historyCall(m), "", err
		}
	}
	if b.streaming(ctx, m) {
		if call, ref, ok, err := b.grow(ctx, d.Ref, m); ok || err != nil {
			return call, ref, err
		}
	}
	if d.Ref != "" {
		return "chat.update", d.Ref, b.edit(ctx, d.Ref, b.content(ctx, m, d.Key))
	}
	options := b.content(ctx, m, d.Key)
	if m.Thread != "" {
		options = append(options, slack.MsgOptionTS(m.Thread))
	}
	channel, ts, err := b.api.PostMessageContext(ctx, m.Channel, options...)
	return "chat.postMessage", refOf(channel, ts), err
}

// content is what a message consists of. Links and media are not unfolded.
func (b *Bot) content(ctx context.Context, m message, key string) []slack.MsgOption {
	text := cut(m.Text, maxText)
	if len(m.Charts) > 0 && len(m.Blocks.BlockSet) > 0 && b.charting(ctx) == ChartsNative {
		m.Blocks.BlockSet = frame{zone: b.cfg.Zone}.withCharts(m.Blocks.BlockSet, m.Charts)
	}
	options := []slack.MsgOption{slack.MsgOptionText(text, false), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(), slack.MsgOptionParse(false)}
	if len(m.Blocks.BlockSet) > 0 {
		options = append(options, slack.MsgOptionBlocks(m.Blocks.BlockSet...))
	}
	if key != "" {
		options = append(options, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: metadataType, EventPayload: map[string]any{"id": key}}))
	}
	return options
}

func historyCall(m message) string {
	if m.Thread != "" {
		return "conversations.replies"
	}
	return "conversations.history"
}

// lookFor finds the message that an earlier try may have posted: one of our own with
// the delivery's key in its metadata. Empty when it is not there.
func (b *Bot) lookFor(ctx context.Context, d pipewright.Delivery, m message) (ref string, err error) {
	oldest := strconv.FormatInt(d.Made.Add(-time.Minute).Unix(), 10)
	for cursor := ""; ; {
		found, next, err := b.history(ctx, m, oldest, cursor)
		if err != nil {
			return "", err
		}
		for _, msg := range found {
			known := msg.Metadata.EventType == metadataType && msg.Metadata.EventPayload["id"] == d.Key
			if b.ours(msg) && (known || strings.Contains(msg.Text, streamName(d.Key))) {
				return refOf(m.Channel, msg.Timestamp), nil
			}
		}
		if next == "" {
			return "", nil
		}
		cursor = next
	}
}

func (b *Bot) history(ctx context.Context, m message, oldest, cursor string) ([]slack.Message, string, error) {
	if m.Thread != "" {
		msgs, _, next, err := b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: m.Channel, Timestamp: m.Thread, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
		return msgs, next, err
	}
	h, err := b.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: m.Channel, Oldest: oldest, Cursor: cursor, Limit: 200, IncludeAllMetadata: true})
	if err != nil {
		return nil, "", err
	}
	return h.Messages, h.ResponseMetaData.NextCursor, nil
}

// ours reports whether the bot itself posted the message: anybody can write metadata.
func (b *Bot) ours(m slack.Message) bool {
	user, bot, _ := b.me()
	return user != "" && m.User == user || bot != "" && m.BotID == bot
}

// upload adds a file to a thread, unless an earlier try did.
func (b *Bot) upload(ctx context.Context, d pipewright.Delivery, m message) (call, ref string, err error) {
	if d.Tries > 1 {
		found, _, err := b.history(ctx, m, strconv.FormatInt(d.Made.Add(-time.Minute).Unix(), 10), "")
		if err != nil {
			return historyCall(m), "", err
		}
		for _, msg := range found {
			for _, f := range msg.Files {
				if f.Name == m.Name && b.ours(msg) {
					return "files.upload", refOf(m.Channel, msg.Timestamp), nil
				}
			}
		}
	}
	file := slack.UploadFileParameters{Filename: m.Name, Title: m.Name, Channel: m.Channel, ThreadTimestamp: m.Thread}
	body := []byte(m.Text)
	if len(m.Charts) == 1 {
		if body, err = b.parts.Draw(m.Charts[0]); err != nil {
			return "files.upload", "", slack.SlackErrorResponse{Err: "invalid_arguments"} // no picture will come of it
		}
		file.AltTxt, file.Title = cut(m.Text, maxAlt), cut(titleOf(m.Charts[0]), maxText)
	}
	file.Reader, file.FileSize = bytes.NewReader(body), len(body)
	_, err = b.api.UploadFileContext(ctx, file)
	return "files.upload", "", err
}

// longestWait bounds the time between two tries.
const longestWait = 5 * time.Minute

// finish settles a delivery after a call. fault is the call's error as a sentence.
func (b *Bot) finish(ctx context.Context, d pipewright.Delivery, m message, did, ref string, fault, err error) {
	keep := context.WithoutCancel(ctx)
	now := b.parts.Now()
	switch t, wait := judge(err); t {
	case none:
		b.settle(b.parts.Outbox.Done(keep, d, ref))
	case limited:
		b.giveBack(ctx, d, wait, fault.Error())
		b.sleep(ctx, wait)
	case refused:
		b.giveBack(ctx, d, min(wait, b.cfg.refusedWait()), fault.Error())
	case gone:
		b.replace(keep, d, m, did)
	case malformed, expired:
		b.simplify(keep, d, m, fault)
	default:
		b.settle(b.parts.Outbox.Later(keep, d, now.Add(min(b.cfg.Poll<<min(d.Tries, 10), longestWait)), fault.Error()))
	}
}

// replace posts anew what somebody deleted. What has lost its thread goes into the
// channel.
func (b *Bot) replace(ctx context.Context, d pipewright.Delivery, m message, did string) {
	if did == "chat.update" {
		b.settle(b.parts.Outbox.Forget(ctx, d, b.parts.Now()))
		return
	}
	m.Thread, m.Parent = "", ""
	b.again(ctx, d, m)
}

// simplify sends as plain text what Slack does not take as it is, and gives up on
// plain text that it does not take either.
func (b *Bot) simplify(ctx context.Context, d pipewright.Delivery, m message, fault error) {
	if b.refusedCharts(ctx, d, m) {
		return
	}
	if len(m.Blocks.BlockSet) == 0 || m.Kind == homeKind {
		b.log.Error("slack: a message is given up", "key", d.Key, "err", fault)
		b.settle(b.parts.Outbox.Drop(ctx, d, fault.Error()))
		return
	}
	b.log.Error("slack: a message is sent without its blocks", "key", d.Key, "err", fault)
	m.Blocks = slack.Blocks{}
	b.again(ctx, d, m)
}

// again stores another body for the same version and tries it at once.
func (b *Bot) again(ctx context.Context, d pipewright.Delivery, m message) {
	did, ref, err := b.put(ctx, d, m)
	if fault := b.note(ctx, did, m.Channel, err); fault != nil {
		if t, _ := judge(err); t == malformed || t == gone || t == expired {
			b.settle(b.parts.Outbox.Drop(ctx, d, fault.Error()))
			return
		}
		b.settle(b.parts.Outbox.Later(ctx, d, b.parts.Now().Add(min(b.cfg.Poll<<min(d.Tries, 10), longestWait)), fault.Error()))
		return
	}
	b.settle(b.parts.Outbox.Done(ctx, d, ref))
}

// giveBack returns a delivery for which nothing was done.
func (b *Bot) giveBack(ctx context.Context, d pipewright.Delivery, wait time.Duration, why string) {
	d.Tries--
	b.settle(b.parts.Outbox.Later(context.WithoutCancel(ctx), d, b.parts.Now().Add(wait), why))
}

// settle reports that the outcome of a delivery could not be stored. It is handed out
// again when its lease ends.
func (b *Bot) settle(err error) {
	if err != nil {
		b.log.Warn("slack: " + fmt.Sprintf("the store did not keep what happened to a delivery: %s", err))
	}
}

func (c Config) refusedWait() time.Duration { return max(60*c.Poll, 3*time.Second) }
