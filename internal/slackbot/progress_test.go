package slackbot_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// slow answers a question when it is let go, and says meanwhile what it does.
type slow struct {
	asked atomic.Int32
	said  chan pipewright.Progress
	end   chan struct{}
}

func newSlow() *slow { return &slow{said: make(chan pipewright.Progress), end: make(chan struct{})} }

func (s *slow) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	s.asked.Add(1)
	for {
		select {
		case p := <-s.said:
			q.Watch(p)
		case <-s.end:
			return pipewright.Answer{Answer: "the heap was full [e1].", Filed: nil}, nil
		case <-ctx.Done():
			return pipewright.Answer{}, ctx.Err()
		}
	}
}

func (s *slow) does(tool string) {
	s.said <- pipewright.Progress{Kind: pipewright.ProgressStep, Text: tool}
}

func (s *slow) claims(text string) {
	s.said <- pipewright.Progress{Kind: pipewright.ProgressClaim, Text: text}
}

func hasty(c *slackbot.Config) {
	c.Patience, c.EditEvery = 5*time.Millisecond, 5*time.Millisecond
}

const mention = "<@" + slackfake.BotUser + "> "

// ways are the two kinds of workspaces: one streams messages, the other only edits them.
func ways(t *testing.T, do func(t *testing.T, w *world, s *slow)) {
	t.Helper()
	for name, streams := range map[string]bool{"a workspace that streams": true, "a workspace that only edits": false} {
		t.Run(name, func(t *testing.T) {
			w, s := newWorld(t, hasty), newSlow()
			w.slack.Streams(streams)
			w.asker = s
			do(t, w.start(), s)
		})
	}
}

func TestAnAnswerIsSeenComing(t *testing.T) {
	ways(t, func(t *testing.T, w *world, s *slow) {
		ts := w.slack.Say(ana, "C1", "", mention+"why did orders_etl fail?")
		busy := w.saying("C1", ts, "ooking into it")
		assert.Equal(t, strings.HasSuffix(t.Name(), "streams"), busy.Streaming)
		s.does("search_logs on glue:job/orders_etl")
		w.saying("C1", ts, "ooking at the logs of glue:job/orders")
		s.claims("See https://evil.example.net/ and <!channel>")
		w.saying("C1", ts, "See https")
		for _, m := range w.slack.Thread("C1", ts) {
			assert.NotContains(t, m.Text, "<!channel>")
			if m.Streaming {
				assert.NotContains(t, m.Text, "https://", "nothing becomes a link")
			}
		}
		close(s.end)
		done := w.saying("C1", ts, "the heap was full")
		assert.Equal(t, busy.TS, done.TS, "in the same message")
		w.quiet()
		all := w.slack.Thread("C1", ts)
		require.Len(t, all, 1)
		assert.False(t, all[0].Streaming)
		_, still := all[0].Button("pw1.stop")
		assert.False(t, still, "there is nothing left to stop")
	})
}

func TestTheAnswerOfThePlannerDoesNotFlicker(t *testing.T) {
	w := newWorld(t, nil).start()
	w.failure(1)
	ts := w.slack.Say(ana, "C1", "", mention+"what incidents are open?")
	w.saying("C1", ts, "inc-0001")
	w.quiet()
	all := w.slack.Thread("C1", ts)
	require.Len(t, all, 1)
	assert.Zero(t, all[0].Edits)
	assert.Zero(t, w.slack.Calls("chat.startStream"))
}

func TestStopByButtonAndByWord(t *testing.T) {
	for name, stop := range map[string]func(w *world, ts string, busy slackfake.Message){
		"the button":                     func(w *world, _ string, busy slackfake.Message) { w.slack.Click(ana, busy, "pw1.stop") },
		"the word in the thread":         func(w *world, ts string, _ slackfake.Message) { w.slack.Say(ana, "C1", ts, "stop") },
		"a mention, with other words":    func(w *world, ts string, _ slackfake.Message) { w.slack.Say(ana, "C1", ts, mention+"please stop it.") },
		"another message in the channel": func(w *world, _ string, _ slackfake.Message) { w.slack.Say(ana, "C1", "", mention+"never mind") },
	} {
		t.Run(name, func(t *testing.T) {
			w, s := newWorld(t, hasty), newSlow()
			w.slack.Streams(strings.HasPrefix(name, "the"))
			w.asker = s
			w.start()
			ts := w.slack.Say(ana, "C1", "", mention+"why did orders_etl fail?")
			busy := w.saying("C1", ts, "ooking")
			w.slack.Say(eve, "C1", ts, mention+"stop")
			stop(w, ts, busy)
			done := w.saying("C1", ts, "Stopped, as <@UANA> asked")
			assert.Equal(t, busy.TS, done.TS)
			close(s.end) // for what eve's word became: a question
			w.quiet()
			said := 0
			for _, m := range w.slack.Messages("C1") {
				said += strings.Count(m.Text, "the heap was full")
			}
			assert.LessOrEqual(t, said, 1, "the stopped question is not answered")
		})
	}
}

func TestARestartInTheMiddleAnswersInTheSameMessageOnce(t *testing.T) {
	ways(t, func(t *testing.T, w *world, s *slow) {
		ts := w.slack.Say(ana, "C1", "", mention+"why did orders_etl fail?")
		s.does("list_runs on glue:job/orders_etl")
		busy := w.saying("C1", ts, "ooking at the runs")
		w.kill()
		w.start()
		w.until("it is asked again", func() bool { return s.asked.Load() == 2 })
		close(s.end)
		done := w.saying("C1", ts, "the heap was full")
		assert.Equal(t, busy.TS, done.TS)
		w.quiet()
		assert.Len(t, w.slack.Thread("C1", ts), 1)
	})
}

func TestAStreamOfWhichNobodyKnowsWhetherItBeganIsLookedForFirst(t *testing.T) {
	w, s := newWorld(t, hasty), newSlow()
	w.asker = s
	w.slack.Fail(slackfake.Fault{Method: "chat.startStream", AfterEffect: true})
	w.start()
	ts := w.slack.Say(ana, "C1", "", mention+"why did orders_etl fail?")
	s.does("list_runs on glue:job/orders_etl")
	w.until("it began", func() bool { return len(w.slack.Thread("C1", ts)) == 1 })
	close(s.end)
	w.saying("C1", ts, "the heap was full")
	w.quiet()
	assert.Len(t, w.slack.Thread("C1", ts), 1, "posted once")
}

func TestAPersonalAnswerThatTakesLongIsAnnounced(t *testing.T) {
	w, s := newWorld(t, hasty), newSlow()
	w.asker = s
	w.start()
	w.slack.Slash(ana, "C1", "ask why did orders_etl fail?")
	w.until("it is announced", func() bool { return len(w.slack.Ephemeral(ana)) == 1 })
	w.slack.Click(ana, w.slack.Ephemeral(ana)[0], "pw1.stop")
	w.until("it was stopped", func() bool {
		all := w.slack.Ephemeral(ana)
		return len(all) == 2 && strings.Contains(all[1].Text, "Stopped")
	})
	w.quiet()
}
