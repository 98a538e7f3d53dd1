package slackbot

import (
	"context"
	"strings"
	"sync"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// streams are the messages that Slack shows growing: how much of each was sent. They are
// known to the process that began them; another ends them and edits from there on.
type streams struct {
	mu   sync.Mutex
	sent map[string]string // by ref
}

func (s *streams) get(ref string) (sent string, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, open = s.sent[ref]
	return sent, open
}

func (s *streams) set(ref, sent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sent == nil {
		s.sent = map[string]string{}
	}
	s.sent[ref] = sent
}

func (s *streams) remove(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sent, ref)
}

// streamNote remembers that this workspace streams no messages.
const streamNote = "streams refused"

func (b *Bot) streaming(ctx context.Context, m message) bool {
	if len(m.Stream) == 0 {
		return false
	}
	refused, err := b.wasRefused(ctx, streamNote)
	return m.Thread != "" && err == nil && !refused
}

const maxStream = 11_000 // characters of a streamed message; Slack takes 12,000

// streamed is the text of a message that grows.
func (m message) streamed() string { return cut(strings.Join(m.Stream, "\n\n"), maxStream) }

// beginning is the first text of a streamed message and the button that ends it.
func (m message) beginning(text string) []slack.StreamChunk {
	chunks := []slack.StreamChunk{slack.NewMarkdownTextChunk(text)}
	for _, b := range m.Blocks.BlockSet {
		if b.BlockType() == slack.MBTAction {
			chunks = append(chunks, slack.NewBlocksChunk(b))
		}
	}
	return chunks
}

// streamName is a message's name as its first line holds it. It finds the message again after
// a crash: a stream carries no metadata.
func streamName(key string) string { return "(" + short(key) + ")" }

// grow begins a streamed message or adds to it. ok is false when the message has to be
// posted or edited as any other.
func (b *Bot) grow(ctx context.Context, ref string, m message) (call, at string, ok bool, err error) {
	text := m.streamed()
	if ref == "" {
		options := []slack.MsgOption{slack.MsgOptionTS(m.Thread), slack.MsgOptionChunks(m.beginning(text)...)}
		if _, _, team := b.me(); m.User != "" {
			options = append(options, slack.MsgOptionRecipientUserID(m.User), slack.MsgOptionRecipientTeamID(team))
		}
		channel, ts, err := b.api.StartStreamContext(ctx, m.Channel, options...)
		if t, _ := judge(err); (t == refused || t == malformed) && !elsewhere[codeOf(err)] {
			return "", "", false, b.remember(ctx, streamNote, b.parts.Now())
		}
		if err == nil {
			b.streams.set(refOf(channel, ts), text)
		}
		return "chat.startStream", refOf(channel, ts), true, err
	}
	sent, open := b.streams.get(ref)
	if !open {
		return "", "", false, nil
	}
	rest := strings.TrimPrefix(text, sent)
	if rest == "" || rest == text {
		return "chat.appendStream", ref, true, nil
	}
	channel, ts := placeOf(ref)
	_, _, err = b.api.AppendStreamContext(ctx, channel, ts, slack.MsgOptionChunks(slack.NewMarkdownTextChunk(rest)))
	if t, _ := judge(err); t == refused || t == gone || t == malformed {
		b.streams.remove(ref)
		return "", "", false, nil
	}
	if err == nil {
		b.streams.set(ref, text)
	}
	return "chat.appendStream", ref, true, err
}

// elsewhere are refusals that have nothing to do with streaming: a plain message meets
// them, too, and says so.
var elsewhere = map[string]bool{"is_archived": true, "channel_not_found": true, "not_in_channel": true, "token_revoked": true, "invalid_auth": true,
	"not_authed": true, "account_inactive": true, "token_expired": true}

// edit changes a message, which ends its stream if it has one.
func (b *Bot) edit(ctx context.Context, ref string, options []slack.MsgOption) error {
	channel, ts := placeOf(ref)
	if _, open := b.streams.get(ref); open {
		b.endStream(ctx, ref)
	}
	_, _, _, err := b.api.UpdateMessageContext(ctx, channel, ts, options...)
	if strings.Contains(codeOf(err), "streaming") { // begun by a process that is no more
		b.endStream(ctx, ref)
		_, _, _, err = b.api.UpdateMessageContext(ctx, channel, ts, options...)
	}
	return err
}

// endStream ends a stream; that it has ended already is as good.
func (b *Bot) endStream(ctx context.Context, ref string) {
	channel, ts := placeOf(ref)
	if _, _, err := b.api.StopStreamContext(ctx, channel, ts); err != nil {
		b.log.Debug("slack: a stream could not be ended", "err", err)
	}
	b.streams.remove(ref)
}

// streamLine is outside text as a line of standard Markdown in which nothing works: no
// link, no mention, no emphasis.
func streamLine(text string) string {
	text = strings.NewReplacer("://", "[:]//", "www.", "www[.]").Replace(strings.Join(strings.Fields(visible(text)), " "))
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]()#+-!|~", r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return markup.Replace(out.String())
}

// streamLines are what happened so far as lines that only grow.
func streamLines(key string, history []pipewright.Progress) []string {
	out := []string{"Looking into it; the button or the word \"stop\" ends it " + streamName(key) + "."}
	for _, p := range history {
		line := streamLine(p.Text)
		if p.Kind == pipewright.ProgressStep {
			line = "_" + streamLine(doing(p.Text)) + "_"
		}
		out = append(out, line)
	}
	return out
}
