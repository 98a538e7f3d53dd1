package slackbot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/slackbot"
)

// home opens the home tab until it holds a text.
func (w *world) home(user, text string) string {
	w.t.Helper()
	shown := ""
	w.slack.OpenHome(user)
	w.until("the home tab with "+text, func() bool {
		v, ok := w.slack.Home(user)
		shown = fmt.Sprint(v.Blocks)
		return ok && strings.Contains(shown, text)
	})
	return shown
}

func earned(p *slackbot.Parts) {
	p.Autonomy = func(context.Context) ([]slackbot.Autonomy, error) {
		return []slackbot.Autonomy{{Class: "resource_exhaustion", Action: "glue.scale_up", Env: "prod", Rung: pipewright.Auto, Held: 9, Tried: 10},
			{Class: "stuck", Action: "airflow.retry", Rung: pipewright.AskRung, Held: 3, Tried: 5, Harm: true, By: "ana"}}, nil
	}
}

func TestHomeShowsWhatWaitsWhatIsOpenAndWhatWasEarned(t *testing.T) {
	w := newWorld(t, nil)
	w.more = earned
	w.start()
	_, ap := w.failure(1)
	w.failure(2)
	shown := w.home(ana, "*Waits for a word: 2*")
	assert.Contains(t, shown, "*Open now: 2*")
	assert.Contains(t, shown, "*auto* `glue.scale_up` for resource exhaustion in prod: 9 of 10 held")
	assert.Contains(t, shown, "*ask* `airflow.retry` for stuck: 3 of 5 held, and it did harm, so it asks, set by ana")
	assert.Contains(t, shown, "*Last 7 days* 2 incidents")
	assert.Contains(t, shown, "Stop everything?", "the kill switch asks first")
	w.slack.ClickHome(ana, "pw1.approve")
	rq := w.requested(1)[0]
	assert.Equal(t, ap, rq.Approval)
	w.loop()
	w.saying("DUANA", "", "approved")
	w.home(ana, "*Waits for a word: 1*")
	w.slack.ClickHome(ana, "pw1.deny")
	w.until("the form", func() bool { return len(w.slack.Modals()) == 1 })
	w.slack.Submit(ana, w.slack.Modals()[0], map[string]map[string]string{"reason": {"reason": "not today"}})
	assert.Equal(t, pipewright.RequestDeny, w.requested(1)[0].Kind)
	w.quiet()
}

func TestTheDigestComesOnceAWeekAlsoAfterARestart(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC) // a Sunday
	for name, c := range map[string]struct {
		at   slackbot.Weekly
		when []time.Duration // since that Sunday: the bot is started anew each time
		want int
	}{
		"not before its time":                     {slackbot.Weekly{}, []time.Duration{0, 9 * time.Hour}, 0},
		"at nine on Monday, once":                 {slackbot.Weekly{}, []time.Duration{9 * time.Hour, 10*time.Hour + time.Minute, 12 * time.Hour, 30 * time.Hour}, 1},
		"late, after a standstill":                {slackbot.Weekly{}, []time.Duration{33 * time.Hour}, 1},
		"too late is left out":                    {slackbot.Weekly{}, []time.Duration{90 * time.Hour}, 0},
		"each week":                               {slackbot.Weekly{}, []time.Duration{11 * time.Hour, 7*24*time.Hour + 11*time.Hour}, 2},
		"on the day and time that were asked for": {slackbot.Weekly{Day: time.Friday, At: 16 * time.Hour}, []time.Duration{11 * time.Hour, 112 * time.Hour, 114 * time.Hour}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c2 *slackbot.Config) { c2.Digest, c2.DigestAt = true, c.at })
			w.failure(1)
			for _, since := range c.when {
				at, began := now.Add(since), time.Now()
				w.more = func(p *slackbot.Parts) {
					earned(p)
					p.Now = func() time.Time { return at.Add(time.Since(began)) }
				}
				w.start()
				w.until("it has looked", func() bool {
					note, err := w.store.Thread(context.Background(), "slackbot", "cursor")
					return err == nil && len(note) > 0
				})
				w.home(ana, "Pipewright") // what came is handled after the journal was followed
				w.quiet()
				w.end()
			}
			w.start()
			digests := func() (got []string) {
				for _, m := range w.slack.Messages("C1") {
					if text := fmt.Sprint(m.Blocks); strings.Contains(text, "The week in the pipelines") {
						got = append(got, text)
					}
				}
				return got
			}
			w.until("the digests", func() bool { return len(digests()) >= c.want })
			w.quiet()
			for _, d := range digests() {
				assert.Contains(t, d, "*Most often* resource exhaustion (1)")
				assert.Contains(t, d, "*auto* `glue.scale_up`")
			}
			assert.Len(t, digests(), c.want)
		})
	}
}

func TestAMoveOfThePolicyIsPostedOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.more = func(p *slackbot.Parts) {
		p.Moves = func(ctx context.Context) ([]pipewright.PolicyMove, error) {
			now, err := p.World(ctx)
			return []pipewright.PolicyMove{{Stage: pipewright.PolicyActive, Version: "sha256:old", At: now.Add(-72 * time.Hour)},
				{Stage: pipewright.PolicyShadow, Version: "sha256:new", At: now.Truncate(time.Hour)}, {Stage: pipewright.PolicyActive, Version: "sha256:new", Episodes: 40, At: now.Truncate(time.Hour)}}, err
		}
	}
	w.start()
	w.saying("C1", "", "Policy `sha256:new` decides from now on, learned from 40 incidents")
	w.failure(1)
	w.quiet()
	n := 0
	for _, m := range w.slack.Messages("C1") {
		if strings.Contains(fmt.Sprint(m.Text, m.Blocks), "decides from now on") {
			n++
		}
	}
	assert.Equal(t, 1, n, "not again, and not what is long past")
}
