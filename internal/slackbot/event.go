package slackbot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// event does what an event means.
func (b *Bot) event(ctx context.Context, key string, e event) error {
	switch e.Type {
	case "message", "app_mention":
		return b.said(ctx, key, e)
	case "app_home_opened":
		if e.Tab == "" || e.Tab == "home" {
			return b.home(ctx, e.User)
		}
	case "reaction_added":
		return b.reacted(ctx, key, e)
	case "assistant_thread_started", "assistant_thread_context_changed":
		return b.paneOpened(ctx, e)
	case "tokens_revoked", "app_uninstalled":
		return ignore(b.note(ctx, "auth.test", "", slack.SlackErrorResponse{Err: "token_revoked"}))
	}
	return nil
}

func ignore(error) error { return nil }

// spoken reports whether a person said this now, in their own words: not a bot, not an
// edit, not a deletion, not a system message.
func (b *Bot) spoken(e event) bool {
	user, bot, _ := b.me()
	return e.User != "" && e.User != user && e.BotID == "" && (bot == "" || e.BotID != bot) && e.User != "USLACKBOT" &&
		!e.Hidden && e.Edited == nil && slices.Contains([]string{"", "thread_broadcast", "file_share"}, e.Subtype)
}

// said answers a message that is meant for the bot.
func (b *Bot) said(ctx context.Context, key string, e event) error {
	if !b.spoken(e) {
		return nil
	}
	self, _, _ := b.me()
	t := talk{key: key, user: e.User, channel: e.Channel, thread: e.Thread, text: own(e.Text, self)}
	direct := e.ChannelType == "im" || direct(e.Channel)
	addressed := direct || e.Type == "app_mention" || strings.Contains(e.Text, "<@"+self+">")
	if t.thread == "" && !direct {
		t.thread = e.TS
	}
	incident, err := b.incidentOf(ctx, e.Channel, e.Thread)
	if err != nil {
		return err
	}
	t.incident = incident
	if !addressed {
		if listens, err := b.listens(ctx, e, t); err != nil || !listens {
			return err
		}
	}
	if stops.MatchString(t.text) {
		here := func(run talk) bool { return run.channel == t.channel && (run.thread == t.thread || e.Thread == "") }
		if done, err := b.halt(ctx, t.user, here); err != nil || done {
			return err
		}
	}
	if err := b.inPane(ctx, &t); err != nil {
		return err
	}
	if t.text == "" {
		return b.reply(ctx, t, "Ask me something: *why did orders fail?*, *what changed since yesterday?*, *what waits for me?*")
	}
	if bare.MatchString(t.text) {
		if !addressed {
			return nil
		}
		return b.reply(ctx, t, "I take no short word for a yes. Say *approve* with the id, or press the button.")
	}
	if unsure.MatchString(t.text) {
		return b.reply(ctx, t, "That is no clear yes, so nothing was approved. Say *approve* with the id and nothing else, or press the button.")
	}
	if fault := b.called(&t, false); fault != nil {
		return b.reply(ctx, t, plain(fault.Error())+".")
	}
	return b.ask(ctx, t)
}

// direct reports whether a channel is somebody's direct messages.
func direct(channel string) bool { return strings.HasPrefix(channel, "D") }

// listens reports whether a message in a thread that does not name the bot is meant
// for it: a decision under a card, or a further question of somebody who asked there.
func (b *Bot) listens(ctx context.Context, e event, t talk) (bool, error) {
	if e.Thread == "" {
		return false, nil
	}
	if t.incident != "" && settles.MatchString(t.text) {
		return true, nil
	}
	return b.hasAsked(ctx, t)
}

// hasAsked reports whether somebody asked in a thread before.
func (b *Bot) hasAsked(ctx context.Context, t talk) (bool, error) {
	var askers []string
	err := b.recall(ctx, talkNote(t.channel, t.thread), &askers)
	return slices.Contains(askers, t.user), err
}

func talkNote(channel, thread string) string { return "talk/" + channel + "/" + thread }

// joined remembers who asked in a thread, so that further messages there need no mention.
func (b *Bot) joined(ctx context.Context, t talk) error {
	var askers []string
	if err := b.recall(ctx, talkNote(t.channel, t.thread), &askers); err != nil || slices.Contains(askers, t.user) {
		return err
	}
	return b.remember(ctx, talkNote(t.channel, t.thread), append(askers, t.user))
}

// incidentOf is the incident whose card began a thread, empty when none did.
func (b *Bot) incidentOf(ctx context.Context, channel, thread string) (string, error) {
	if thread == "" {
		return "", nil
	}
	d, err := b.parts.Outbox.DeliveryAt(ctx, outQueue, refOf(channel, thread))
	if pipewright.KindOf(err) == pipewright.NotFound {
		return "", nil
	}
	id, _ := strings.CutPrefix(d.Key, cardKey(""))
	if id == d.Key {
		id = ""
	}
	return id, err
}

// reacted investigates what a magnifying glass was put on, and files thumbs. No
// reaction approves anything.
func (b *Bot) reacted(ctx context.Context, key string, e event) error {
	self, _, _ := b.me()
	if e.User == self || e.Item.Type != "message" {
		return nil
	}
	switch strings.SplitN(e.Reaction, "::", 2)[0] {
	case "mag", "mag_right":
		return b.investigateAt(ctx, key, e)
	case "+1", "thumbsup":
		return b.thumbed(ctx, key, e, saidRight)
	case "-1", "thumbsdown":
		return b.thumbed(ctx, key, e, saidWrong)
	}
	return nil
}

// investigateAt reads the message that was reacted to and looks into it.
func (b *Bot) investigateAt(ctx context.Context, key string, e event) error {
	msgs, _, _, err := b.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
		ChannelID: e.Item.Channel, Timestamp: e.Item.TS, Inclusive: true, Limit: 1})
	t := talk{key: key, user: e.User, channel: e.Item.Channel, thread: e.Item.TS}
	if err := b.note(ctx, "conversations.replies", e.Item.Channel, err); err != nil {
		return b.reply(ctx, t, plain(fmt.Sprintf("I cannot read that message: %s.", err)))
	}
	if len(msgs) == 0 {
		return nil
	}
	if msgs[0].ThreadTimestamp != "" {
		t.thread = msgs[0].ThreadTimestamp
	}
	return b.investigate(ctx, t, msgs[0].Text)
}

// investigate looks into somebody else's message. Its words are material: they stand
// in quotation marks, where the asker's grammar reads names and no wishes.
func (b *Bot) investigate(ctx context.Context, t talk, text string) error {
	self, _, _ := b.me()
	material := strings.Join(strings.Fields(strings.NewReplacer(`"`, " ", "“", " ", "”", " ", "`", " ", "'", " ", "’", " ", "«", " ", "»", " ").Replace(own(text, self))), " ")
	known, err := b.parts.Ledger.Resources(ctx)
	if err != nil {
		return err
	}
	var found []string
	for _, r := range known {
		if name := r.ID.Name(); len(name) > 3 && (strings.Contains(material, string(r.ID)) || slices.Contains(strings.FieldsFunc(material, between), name)) {
			found = append(found, string(r.ID))
		}
	}
	slices.Sort(found)
	switch len(found) {
	case 0:
		t.text = fmt.Sprintf("what failed recently? \"%s\"", cut(material, 500))
	default:
		t.text = "why did " + found[0] + " fail?"
	}
	return b.ask(ctx, t)
}

// between separates names in running text.
func between(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:", r))
}
