package slackbot_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// held answers nothing before it is let go.
type held struct {
	letGo    chan struct{}
	answered atomic.Int64
}

func (h *held) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	select {
	case <-h.letGo:
	case <-ctx.Done():
		return pipewright.Answer{}, ctx.Err()
	}
	h.answered.Add(1)
	return pipewright.Answer{Answer: "answer to " + q.Text, Verdict: pipewright.NoAction}, nil
}

// Slack waits three seconds for an acknowledgement. None of them waits for an answer:
// with more questions than are worked on at once, and none answered, everything that
// came is acknowledged, and then everything is answered.
func TestAnAcknowledgementWaitsForNoAnswer(t *testing.T) {
	w := newWorld(t, nil)
	h := &held{letGo: make(chan struct{})}
	w.asker = h
	w.start()
	const questions = 60
	for n := range questions {
		w.slack.Say(ana, "C1", "", fmt.Sprintf("<@%s> question %d", slackfake.BotUser, n))
		w.slack.Slash(ana, "C1", fmt.Sprintf("ask question %d", n))
	}
	w.until("everything is acknowledged", func() bool { return w.slack.Unacknowledged() == 0 })
	assert.Zero(t, h.answered.Load(), "before anything is answered")
	close(h.letGo)
	w.until("everything is answered", func() bool { return h.answered.Load() == 2*questions })
	w.quiet()
}
