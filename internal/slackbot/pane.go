package slackbot

import (
	"context"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// The assistant pane is a conversation beside whatever a person looks at. It is a thread
// of their direct messages, with suggestions, a title and a line that says what is done.

const (
	mostPrompts  = 4  // suggestions that Slack shows
	maxPrompt    = 75 // characters of one; not documented, what fits on a line
	maxPaneTitle = 60
)

// paneNote is what is known of a conversation in the pane.
type paneNote struct {
	Looking string `json:"looking,omitempty"` // channel the person looks at
	Titled  bool   `json:"titled,omitempty"`
}

func paneKey(channel, thread string) string { return "pane/" + channel + "/" + thread }

// paneOpened suggests what to ask: about what is live, first about what has its card in
// the channel that the person looks at.
func (b *Bot) paneOpened(ctx context.Context, e event) error {
	at := e.Assistant
	if at.Channel == "" || at.Thread == "" {
		return nil
	}
	var note paneNote
	if err := b.recall(ctx, paneKey(at.Channel, at.Thread), &note); err != nil {
		return err
	}
	note.Looking = at.Context.Channel
	if err := b.remember(ctx, paneKey(at.Channel, at.Thread), note); err != nil {
		return err
	}
	asks, err := b.suggestions(ctx, note.Looking)
	if err != nil {
		return err
	}
	p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: at.Channel, ThreadTS: at.Thread, Title: "What would you like to know?"}
	for _, ask := range asks {
		p.AddPrompt(cut(visible(ask), maxPrompt), visible(ask))
	}
	err = b.api.SetAssistantThreadsSuggestedPromptsContext(ctx, p)
	return b.retry(b.note(ctx, "assistant.threads.setSuggestedPrompts", at.Channel, err), err)
}

// retry is the fault of a call that may do better later; what Slack refuses it refuses
// again.
func (b *Bot) retry(fault, err error) error {
	if t, _ := judge(err); t == limited || t == uncertain {
		return pipewright.Errorf(pipewright.Unavailable, "%w", fault)
	}
	return nil
}

func (b *Bot) suggestions(ctx context.Context, looking string) ([]string, error) {
	open, err := b.open10(ctx)
	if err != nil {
		return nil, err
	}
	var near, far, waits []string
	for _, inc := range open {
		ask := fmt.Sprintf("Why did %s break (%s)?", inc.Resource.Name(), inc.ID)
		m, _, err := b.cardOf(ctx, inc.ID)
		switch {
		case err != nil:
			return nil, err
		case m != nil && looking != "" && m.Channel == looking:
			near = append(near, ask)
		default:
			far = append(far, ask)
		}
		if inc.State == pipewright.Waiting && len(waits) == 0 {
			waits = []string{"What waits for me?"}
		}
	}
	about := slices.Concat(near, far)
	out := slices.Concat(about[:min(2, len(about))], waits)
	for _, ask := range []string{"What changed since yesterday?", "What failed this week?", "What are you allowed to do alone?", "Is anything unusual right now?"} {
		if len(out) < mostPrompts {
			out = append(out, ask)
		}
	}
	return out, nil
}

// inPane says what is being done in the pane, and gives the conversation its title.
func (b *Bot) inPane(ctx context.Context, t *talk) error {
	if t.thread == "" || !direct(t.channel) {
		return nil
	}
	body, err := b.parts.Notes.Thread(ctx, me, paneKey(t.channel, t.thread))
	if err != nil || len(body) == 0 {
		return err
	}
	t.pane = true
	b.status(ctx, *t, "is looking into it...")
	note, ok := read[paneNote](body)
	if note.Titled || !ok || t.text == "" {
		return nil
	}
	err = b.api.SetAssistantThreadsTitleContext(ctx, slack.AssistantThreadsSetTitleParameters{ChannelID: t.channel, ThreadTS: t.thread, Title: cut(visible(firstLine(t.text, maxPaneTitle)), maxPaneTitle)})
	_ = b.note(ctx, "assistant.threads.setTitle", t.channel, err) // said there; a conversation may go without
	note.Titled = true
	return b.remember(ctx, paneKey(t.channel, t.thread), note)
}

// status shows what is being done until the next message takes its place.
func (b *Bot) status(ctx context.Context, t talk, say string) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	err := b.api.SetAssistantThreadsStatusContext(ctx, slack.AssistantThreadsSetStatusParameters{ChannelID: t.channel, ThreadTS: t.thread, Status: cut(visible(say), maxPrompt)})
	_ = b.note(ctx, "assistant.threads.setStatus", t.channel, err) // said there; the answer comes all the same
}
