package slackbot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	pipewright "github.com/pipewright/pipewright"
)

// talk is one thing said to the bot, and where the answer goes.
type talk struct {
	key      string // of what came in; the reply's key follows from it
	user     string
	channel  string
	thread   string // ts of the thread, empty in a direct message
	text     string
	incident string // of the card that began the thread
	private  bool   // only the asker sees the answer
	asked    bool   // the asker has asked in this thread before
	pane     bool   // in the assistant pane
	template string // by which it was asked, with its inputs
	inputs   map[string]string
}

// ask answers a question. An answer that takes longer is announced and shown as far as
// it is known, with a button that stops it, and then takes the announcement's place.
func (b *Bot) ask(ctx context.Context, t talk) error {
	if done, err := b.replied(ctx, t); err != nil || done {
		return err
	}
	var err error
	if t.asked, err = b.hasAsked(ctx, t); err != nil {
		return err
	}
	q, err := b.question(ctx, t)
	if err != nil {
		if pipewright.KindOf(err) == pipewright.Denied {
			return b.refuse(ctx, t, err)
		}
		return err
	}
	if t.thread != "" && !t.private {
		if err := b.joined(ctx, t); err != nil {
			return err
		}
	}
	answer, ok, err := b.answer(ctx, t, q)
	if !ok {
		return nil
	}
	if err != nil {
		if ctx.Err() != nil || pipewright.KindOf(err) == pipewright.Unavailable {
			return err
		}
		b.log.Warn("slack: a question was not answered", "err", err)
		return b.say(ctx, t, lastWord, view{text: "I could not answer that.", blocks: []slack.Block{section("I could not answer that: " + plain(firstLine(err.Error(), 500)))}})
	}
	return b.deliver(ctx, t, answer)
}

// question says who asks, under the name by which they may approve something.
func (b *Bot) question(ctx context.Context, t talk) (pipewright.Question, error) {
	who, err := b.people.find(ctx, t.user)
	if err != nil {
		return pipewright.Question{}, err
	}
	now, err := b.parts.World(ctx)
	if err != nil {
		return pipewright.Question{}, err
	}
	name, _ := who.as(b.cfg.MayApprove)
	thread := "slack:" + t.channel + "/" + t.thread
	if name != who.name {
		thread += "/" + who.id // what "it" means belongs to the person, not to the group
	}
	text := t.text
	if !t.asked {
		text = meant(text, t.incident)
	}
	return pipewright.Question{Text: text, Asker: name, Person: who.behind(name), Thread: thread, Surface: "slack", At: now, Zone: b.cfg.Zone, ID: t.key, Template: t.template, Inputs: t.inputs}, nil
}

// meant says which incident a decision under its card is about. Who has asked in that
// thread already may mean what they were offered there: that is for the asker's memory.
func meant(text, incident string) string {
	switch {
	case incident == "" || named.MatchString(text):
		return text
	case assents.MatchString(text):
		return "approve " + incident
	case settles.MatchString(text):
		return text + " (" + incident + ")"
	}
	return text
}

// answer asks, and shows how the answer comes about when that takes a while. ok is false
// when somebody stopped it: that was said already.
func (b *Bot) answer(ctx context.Context, t talk, q pipewright.Question) (a pipewright.Answer, ok bool, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b.running.add(t, func() { stop(errStopped) })
	defer b.running.remove(t.key)
	p := new(progress)
	q.Watch = p.note
	done := make(chan struct{})
	go func() {
		defer close(done)
		a, err = b.parts.Asker.Ask(ctx, q)
	}()
	b.watch(context.WithoutCancel(ctx), t, p, done)
	return a, !errors.Is(context.Cause(ctx), errStopped), err
}

// deliver posts an answer, adds what is too long as a file, and waits for the requests
// that it filed. The answer is stored last: once it is, what came counts as answered,
// and after a crash the rest would not be made up for.
func (b *Bot) deliver(ctx context.Context, t talk, a pipewright.Answer) error {
	v, rest := answerView(a, frame{zone: b.cfg.Zone, links: b.cfg.Links})
	for _, id := range a.Filed {
		if err := b.await(ctx, id, t); err != nil {
			return err
		}
	}
	if rest != "" && !t.private {
		whole := message{Kind: fileKind, Channel: t.channel, Thread: t.thread, Text: rest, Name: "answer-" + short(t.key) + ".txt"}
		if err := b.queue(ctx, "file/"+t.key, t.lane(), 1, time.Time{}, whole); err != nil {
			return err
		}
	}
	return b.say(ctx, t, lastWord, v)
}

func (t talk) lane() string { return "talk/" + t.channel + "/" + t.thread + "/" + t.user }

func replyKey(t talk) string { return "reply/" + t.key }

// replied reports whether what came in was answered already, before a crash.
func (b *Bot) replied(ctx context.Context, t talk) (bool, error) {
	d, err := b.parts.Outbox.Delivery(ctx, outQueue, replyKey(t))
	if pipewright.KindOf(err) == pipewright.NotFound {
		return false, nil
	}
	return d.Version >= lastWord, err
}

// reply says one thing where the asker is.
func (b *Bot) reply(ctx context.Context, t talk, mrkdwn string) error {
	return b.say(ctx, t, lastWord, view{text: mrkdwn, blocks: sections(mrkdwn, 4)})
}

// say stores a version of the reply to what came in.
func (b *Bot) say(ctx context.Context, t talk, version int64, v view) error {
	m := message{Kind: postKind, Channel: t.channel, Thread: t.thread, Text: v.text, Blocks: slack.Blocks{BlockSet: v.blocks}, Charts: v.charts, Phase: "answer", Stream: v.stream, Incident: t.incident}
	if len(m.Stream) > 0 && !direct(t.channel) {
		m.User = t.user // Slack wants to know for whom it streams
	}
	if t.private {
		m.Kind, m.User = ephemeralKind, t.user
	}
	if err := b.queue(ctx, replyKey(t), replyKey(t), version, time.Time{}, m); err != nil {
		return err
	}
	return b.pictures(ctx, replyKey(t), time.Time{}, m)
}

// shownCited bounds the sources beneath an answer.
const shownCited = 8

// shownText bounds an answer in a message; the rest becomes a file.
const shownText = 3

// answerView renders an answer: its words, the evidence that they cite, what could be
// done. What does not fit comes back as the text of a file.
func answerView(a pipewright.Answer, f frame) (v view, rest string) {
	text := plain(strings.TrimSpace(a.Answer))
	if text == "" {
		text = "I found nothing to say to that."
	}
	v.text = cut(text, 300)
	parts := split(text, maxSection-8)
	for _, p := range parts[:min(shownText, len(parts))] {
		v.blocks = append(v.blocks, section(p))
	}
	if len(parts) > shownText {
		v.blocks = append(v.blocks, contextLine("_The whole answer is in the file below._"))
		rest = visible(a.Answer)
	}
	if cited := f.cited(a); cited != "" {
		v.blocks = append(v.blocks, sections(cited, 2)...)
	}
	for _, p := range a.Proposals[:min(5, len(a.Proposals))] {
		v.blocks = append(v.blocks, section(fmt.Sprintf("→ %s on %s (%s): %s, %s", code(string(p.Action)), code(string(p.Target)), riskWords(p.Risk), p.Ruling, plain(firstLine(p.Why, 300)))))
	}
	if len(a.Choices) > 0 {
		v.blocks = append(v.blocks, section(choices(a.Choices)))
	}
	v.blocks = append(v.blocks, contextLine(footing(a)))
	v.blocks, v.charts = within(v.blocks, maxBlocks), kept(a.Charts)
	return v, rest
}

// cited are the sources that the words cite. What the words quote already is listed only
// when it can be followed.
func (f frame) cited(a pipewright.Answer) string {
	var lines, journal []string
	for _, e := range a.Evidence {
		if e.Kind == pipewright.IncidentEvidence && f.links.to(e.Link, "") == "" {
			journal = append(journal, plain(e.ID))
			continue
		}
		quoted := strings.Contains(a.Answer, strings.TrimSpace(keyLine(e.Excerpt))) && strings.TrimSpace(e.Excerpt) != ""
		if line := f.cite(e); len(lines) < shownCited && (!quoted || f.links.to(e.Link, "") != "") {
			lines = append(lines, "• "+line)
		}
	}
	if len(journal) > 0 {
		lines = append(lines, "• ["+strings.Join(journal, ", ")+"] Pipewright's own journal")
	}
	return strings.Join(lines, "\n")
}

func choices(list []string) string {
	var lines []string
	for i, c := range list[:min(10, len(list))] {
		lines = append(lines, fmt.Sprintf("%d. %s", i+1, plain(firstLine(c, 200))))
	}
	return strings.Join(lines, "\n")
}

// footing says how the answer came about and over which time.
func footing(a pipewright.Answer) string {
	parts := []string{strings.ReplaceAll(string(a.Verdict), "_", " ")}
	if a.Confidence > 0 {
		parts = append(parts, percent(a.Confidence)+" sure")
	}
	if !strings.Contains(a.Answer, "Window: ") && !a.Window.Start.IsZero() && !a.Window.End.IsZero() {
		parts = append(parts, fmt.Sprintf("%s to %s", a.Window.Start.Format("2006-01-02 15:04"), a.Window.End.Format("2006-01-02 15:04 MST")))
	}
	planner := a.Planner
	if planner == "" {
		planner = "builtin"
	}
	parts = append(parts, fmt.Sprintf("%s planner, %d calls, %.1f s", planner, a.Usage.Calls, a.Usage.Seconds))
	return plain(strings.Join(parts, " · "))
}
