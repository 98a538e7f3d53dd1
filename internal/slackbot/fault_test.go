package slackbot_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
)

func (w *world) faulty(say string) {
	w.t.Helper()
	w.until("the bot says "+say, func() bool { return strings.Contains(strings.Join(w.bot.Faults(), "\n"), say) })
}

func (w *world) well() {
	w.t.Helper()
	w.until("nothing is wrong any more", func() bool { return len(w.bot.Faults()) == 0 })
}

func TestWhatGoesWrongWithSlackIsSaidOnceAndOverAgain(t *testing.T) {
	for name, c := range map[string]struct {
		breaks, mends func(*world)
		say           string
	}{
		"the channel is archived": {func(w *world) { w.slack.Archive("C1", true) }, func(w *world) { w.slack.Archive("C1", false) }, "the channel C1 is archived: unarchive it"},
		"the token is revoked":    {func(w *world) { w.slack.Revoke(true) }, func(w *world) { w.slack.Revoke(false) }, "Slack refuses the token (token_revoked)"},
		"a scope is missing": {func(w *world) {
			w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", Code: "missing_scope", Needed: "chat:write"})
		}, func(*world) {}, "lacks the scope chat:write for chat.postMessage"},
		"too many calls":    {func(w *world) { w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", RetryAfter: 1}) }, func(*world) {}, "takes no more calls of chat.postMessage for 1s"},
		"Slack is down":     {func(w *world) { w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", Status: 503, Times: 3}) }, func(*world) {}, "503"},
		"an unknown answer": {func(w *world) { w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", Code: "moon_phase"}) }, func(*world) {}, "Slack refuses chat.postMessage: moon_phase"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits seconds for Slack to be asked again
			w := newWorld(t, nil).start()
			w.failure(1)
			w.card("inc-0001")
			w.quiet()
			c.breaks(w)
			inc, _ := w.failure(2)
			w.faulty(c.say)
			c.mends(w)
			w.card(inc)
			w.well()
			w.quiet()
			assert.LessOrEqual(t, strings.Count(w.log.String(), c.say), 1, "said once")
			assert.Equal(t, 1, strings.Count(w.said("C1"), "inc-0002 Your word"), "posted once")
		})
	}
}

func TestACardThatSomebodyDeletedIsPostedAgain(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, _ := w.failure(1)
	card := w.card(inc)
	w.quiet()
	w.slack.Delete("C1", card.TS)
	w.slack.ClickOld(ana, card, "pw1.approve", mustButton(t, card, "pw1.approve"))
	w.requested(1)
	w.loop()
	w.until("a new card", func() bool { return w.card(inc).TS != card.TS })
	w.quiet()
}

func TestAMessageThatMayHaveBeenPostedIsLookedForFirst(t *testing.T) {
	w := newWorld(t, nil)
	w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", AfterEffect: true, Times: 2})
	w.start()
	w.failure(1)
	w.failure(2)
	w.quiet()
	assert.Equal(t, 1, strings.Count(w.said("C1"), "inc-0001 Your word"))
	assert.Equal(t, 1, strings.Count(w.said("C1"), "inc-0002 Your word"))
	assert.Positive(t, w.slack.Calls("conversations.history"))
}

func TestSomebodyElsesMetadataIsNotOurs(t *testing.T) {
	w := newWorld(t, nil)
	w.slack.Fail(slackfake.Fault{Method: "chat.postMessage", Status: 500})
	w.slack.SayWith(eve, "C1", "", "card", map[string]any{"metadata": map[string]any{"event_type": "pipewright_delivery", "event_payload": map[string]any{"id": "card/inc-0001"}}})
	w.start()
	w.failure(1)
	w.card("inc-0001")
}

func TestAClickBeforeACrashCountsAfterIt(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, ap := w.failure(1)
	card := w.card(inc)
	w.slack.Click(ana, card, "pw1.approve")
	w.until("the click was acknowledged", func() bool { return w.slack.Unacknowledged() == 0 })
	w.kill()
	w.start()
	w.until("it is filed", func() bool { return len(w.pending()) == 1 })
	w.loop()
	w.quiet()
	got, err := w.store.Approval(context.Background(), ap)
	require.NoError(t, err)
	assert.Equal(t, pipewright.ApprovalUsed, got.State)
}

func TestAnApproverWhoLeft(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, _ := w.failure(1)
	card := w.card(inc)
	w.slack.AddUser(slackfake.User{ID: ana, Name: "ana", Deleted: true})
	w.slack.Click(ana, card, "pw1.approve")
	w.saying("C1", card.TS, "deactivated")
	w.quiet()
	assert.Empty(t, w.pending())
}

func TestALongQuestionAndALongAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.asker = lengthy{}
	w.start()
	w.slack.Say(ana, "DANA", "", strings.Repeat("why? ", 8000))
	w.until("a file", func() bool {
		for _, m := range w.slack.Messages("DANA") {
			if len(m.Files) == 1 && len(m.Files[0].Content) > 30_000 {
				return true
			}
		}
		return false
	})
	w.quiet()
}

type lengthy struct{}

func (lengthy) Ask(context.Context, pipewright.Question) (pipewright.Answer, error) {
	return pipewright.Answer{Answer: strings.Repeat("because <!channel> of `this` & that ", 1000)}, nil
}

func TestQuietHoursHoldWhatCanWait(t *testing.T) {
	start := time.Now().UTC().Truncate(24 * time.Hour)
	w := newWorld(t, func(c *slackbot.Config) {
		c.Quiet = []slackbot.Quiet{{Start: time.Since(start) - time.Minute, Length: time.Hour}}
	}).start()
	w.failure(1)
	w.until("the card is made", func() bool {
		d, err := w.store.Delivery(context.Background(), "slack.out", "card/inc-0001")
		return err == nil && d.Due.After(time.Now().Add(50*time.Minute))
	})
	assert.Empty(t, w.slack.Messages("C1"))
}

func TestRoutesByTeamAndSeverity(t *testing.T) {
	w := newWorld(t, func(c *slackbot.Config) {
		c.Routes = []slackbot.Route{{Team: "other", Channel: "C3"}, {Team: "shop", Severity: "warning", Resource: "glue:*", Channel: "C2", Notify: oncall}}
	})
	w.slack.AddChannel("C2")
	w.start()
	w.failure(1)
	w.saying("C2", "", "Your word is needed")
	w.saying("C2", "", "<!subteam^"+oncall+">")
	assert.Empty(t, w.slack.Messages("C1"))
}

func TestEventsOverHTTP(t *testing.T) {
	w := newWorld(t, func(c *slackbot.Config) { c.Mode = slackbot.HTTP }).start()
	web := httptest.NewServer(w.bot.Handler())
	defer web.Close()
	w.slack.Events(web.URL)
	inc, _ := w.failure(1)
	w.slack.Click(ana, w.card(inc), "pw1.approve")
	w.requested(1)
	w.slack.Slash(ana, "C1", "incidents")
	w.until("an answer", func() bool { return len(w.slack.Ephemeral(ana)) == 1 })
	ts := w.slack.Say(ana, "C1", "", "<@"+slackfake.BotUser+"> help")
	w.until("an answer", func() bool { return len(w.slack.Thread("C1", ts)) == 1 })
	assert.Zero(t, w.slack.Unacknowledged())

	hello := []byte(`{"type":"url_verification","challenge":"abc"}`)
	for name, c := range map[string]struct {
		request *http.Request
		want    int
	}{
		"signed now":             {slackfake.Sign(web.URL, "application/json", hello, slackfake.Secret, time.Now()), 200},
		"signed six minutes ago": {slackfake.Sign(web.URL, "application/json", hello, slackfake.Secret, time.Now().Add(-6*time.Minute)), 401},
		"signed in the future":   {slackfake.Sign(web.URL, "application/json", hello, slackfake.Secret, time.Now().Add(6*time.Minute)), 401},
		"another secret":         {slackfake.Sign(web.URL, "application/json", hello, "guess", time.Now()), 401},
		"no signature":           {mustRequest(t, web.URL, hello), 401},
		"no JSON":                {slackfake.Sign(web.URL, "application/json", []byte("{"), slackfake.Secret, time.Now()), 400},
		"no form of Slack's":     {slackfake.Sign(web.URL, "application/x-www-form-urlencoded", []byte("a=b"), slackfake.Secret, time.Now()), 400},
	} {
		resp, err := web.Client().Do(c.request)
		require.NoError(t, err, name)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, c.want, resp.StatusCode, name)
	}
}

func mustRequest(t *testing.T, url string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func TestDoctorNamesWhatIsMissing(t *testing.T) {
	w := newWorld(t, func(c *slackbot.Config) { c.Routes = []slackbot.Route{{Channel: "C9"}} }).start()
	checks := func() string {
		var b strings.Builder
		for _, c := range w.bot.Doctor(context.Background()) {
			b.WriteString(c.Call + ": " + c.Say)
			if c.Err != nil {
				b.WriteString(c.Err.Error())
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	assert.Contains(t, checks(), "pipewright in Shop")
	assert.Contains(t, checks(), "there is no channel C9")
	assert.Contains(t, checks(), "1 people in "+oncall)
	w.slack.Grant("chat:write,users:read")
	assert.Contains(t, checks(), "lacks the scopes app_mentions:read, channels:history")
	w.slack.Archive("C1", true)
	assert.Contains(t, checks(), "the channel C1 is archived")
	w.slack.Archive("C1", false)
	w.slack.Revoke(true)
	assert.Contains(t, checks(), "token_revoked")
	w.slack.Revoke(false)
}
