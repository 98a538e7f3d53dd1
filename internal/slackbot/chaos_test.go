package slackbot_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// brisk answers every question with one line, and counts how often it was asked.
type brisk struct{ *filing }

func (b brisk) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	if strings.Contains(q.Text, "approve") {
		return b.filing.Ask(ctx, q)
	}
	return pipewright.Answer{Answer: "answer to " + q.Text, Verdict: pipewright.NoAction}, nil
}

// A thousand things that people do, each delivered twice and in random order, while
// connections drop, Slack answers 500 after it did what it was asked, and the bot is
// killed and started again.
func TestNothingIsLostAndNothingIsSaidTwice(t *testing.T) {
	t.Parallel() // it waits more than it works
	incidents, questions, commands, homes := 200, 350, 200, 250
	if testing.Short() {
		incidents, questions, commands, homes = 40, 70, 40, 50
	}
	w := newWorld(t, nil)
	real, ok := w.asker.(*filing)
	require.True(t, ok)
	w.asker = brisk{real}
	w.start()
	for n := 1; n <= incidents; n++ {
		w.failure(n)
	}
	w.quiet()

	dice := rand.New(rand.NewPCG(7, 7))
	w.slack.Trouble(true, 7)
	w.slack.Hold()
	w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", AfterEffect: true, Times: 12}.After(5))
	w.slack.Fail(slackfake.Fault{Method: "chat.update", AfterEffect: true, Times: 6}.After(9))
	w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", Status: 503, Times: 8}.After(60))
	w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", RetryAfter: 1, Times: 2}.After(90))
	approved := map[string]bool{}
	var asked []string
	for n := 1; n <= incidents; n++ {
		id, ap := fmt.Sprintf("inc-%04d", n), fmt.Sprintf("ap-%04d", n)
		user := []string{ana, eve}[n%2]
		approved[ap] = user == ana
		w.slack.Click(user, w.card(id), "pw1.approve")
	}
	for n := range questions {
		asked = append(asked, w.slack.Say(eve, "C1", "", fmt.Sprintf("<@%s> question %d", slackfake.BotUser, n)))
	}
	for n := range commands {
		w.slack.Slash(eve, "C1", fmt.Sprintf("approve ap-%04d", n+1)) // she may not
	}
	for range homes {
		w.slack.OpenHome(ana)
	}
	w.slack.Release()
	for round := range 12 {
		w.loop()
		target := questions / 6 * (round + 1)
		eventually(700*time.Millisecond, func() bool { return len(w.slack.Messages("C1")) > 2*incidents+target })
		switch round % 4 {
		case 0:
			w.kill()
			w.start()
		case 1:
			w.slack.Disconnect(dice.IntN(2) == 0)
		case 2:
			w.slack.Disconnect(true)
		}
		w.slack.Again()
	}
	w.until("the bot is connected", func() bool { return w.slack.Connections() > 0 })
	require.True(t, eventually(90*time.Second, func() bool {
		w.loop()
		w.slack.Again()
		in, err := w.store.Deliveries(context.Background(), "slack.in")
		require.NoError(t, err)
		out, err := w.store.Deliveries(context.Background(), "slack.out")
		require.NoError(t, err)
		wait, err := w.store.Deliveries(context.Background(), "slack.wait")
		require.NoError(t, err)
		return w.slack.Unacknowledged()+in[pipewright.DeliveryDue]+out[pipewright.DeliveryDue]+wait[pipewright.DeliveryDue]+len(w.pending()) == 0
	}), "everything is handled; %v", w.bot.Faults())

	seen := map[string]int{}
	replied := map[string]int{}
	for _, m := range w.slack.Messages("C1") {
		if m.BotID == "" {
			continue
		}
		payload, _ := m.Metadata["event_payload"].(map[string]any)
		seen[fmt.Sprint(payload["id"])]++
		replied[m.Thread]++
	}
	for id, n := range seen {
		assert.Equal(t, 1, n, "%s was said %d times", id, n)
	}
	for _, ts := range asked {
		assert.Equal(t, 1, replied[ts], "the question at %s has one answer", ts)
	}
	for ap, want := range approved {
		got, err := w.store.Approval(context.Background(), ap)
		require.NoError(t, err)
		if want {
			assert.Equal(t, pipewright.ApprovalUsed, got.State, ap)
			assert.Equal(t, "ana approve;", w.acted[ap])
			continue
		}
		assert.Equal(t, pipewright.ApprovalPending, got.State, ap)
		assert.Empty(t, w.acted[ap])
	}
	for n := 1; n <= incidents; n++ {
		assert.Equal(t, 1, seen[fmt.Sprintf("card/inc-%04d", n)])
	}
	in, err := w.store.Deliveries(context.Background(), "slack.in")
	require.NoError(t, err)
	assert.Zero(t, in[pipewright.DeliveryDropped])
	assert.Equal(t, incidents+questions+commands+homes, in[pipewright.DeliveryDone])
	home, ok := w.slack.Home(ana)
	assert.True(t, ok && home.User == ana)
	t.Logf("%d things done, each twice; %d messages; slowest acknowledgement %s", incidents+questions+commands+homes, len(w.slack.Messages("C1")), w.slack.SlowestAck())
}
