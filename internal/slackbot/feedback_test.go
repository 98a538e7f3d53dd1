package slackbot_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/slackfake"
)

// healed is an incident that was approved and recovered, with its card.
func (w *world) healed(n int) (incident string, card slackfake.Message) {
	w.t.Helper()
	inc, _ := w.failure(n)
	w.slack.Click(ana, w.card(inc), "pw1.approve")
	w.requested(1)
	w.loop()
	w.heals(n)
	w.until("it can be judged", func() bool { _, ok := w.card(inc).Button("pw1.good"); return ok })
	return inc, w.card(inc)
}

func (w *world) feedback() (said []string) {
	w.t.Helper()
	for _, rq := range w.pending() {
		require.Equal(w.t, pipewright.RequestFeedback, rq.Kind)
		said = append(said, rq.By()+" "+rq.Incident+" "+rq.Reason)
	}
	return said
}

func TestPeopleSayWhetherTheCauseWasRight(t *testing.T) {
	w := newWorld(t, nil)
	w.more = func(p *slackbot.Parts) {
		for n := range 120 {
			p.Causes = append(p.Causes, slackbot.Cause{Name: fmt.Sprintf("cause_%d", n), Class: pipewright.FaultClasses[n%5]})
		}
	}
	w.start()
	inc, card := w.healed(1)
	w.slack.Click(ana, card, "pw1.good")
	w.slack.Click(eve, card, "pw1.bad")
	w.saying("C1", card.TS, "you may not do that here")
	w.slack.React(ben, "C1", card.TS, "-1")
	w.requested(2)
	w.slack.Click(ana, card, "pw1.bad")
	w.saying("C1", card.TS, "you said *right* about `inc-0001` already")
	w.slack.React(ana, "C1", card.TS, "+1::skin-tone-3")
	w.slack.Click(ben, card, "pw1.really")
	w.until("the form", func() bool { return len(w.slack.Modals()) == 1 })
	for range 2 {
		w.slack.Submit(ben, w.slack.Modals()[0], map[string]map[string]string{"cause": {"chosen": "cause_7"}})
	}
	w.requested(3)
	w.quiet()
	assert.ElementsMatch(t, []string{"ana " + inc + " right", "slack:UBEN " + inc + " wrong", "slack:UBEN " + inc + " cause_7"}, w.feedback(), "each says each once; nobody's name is a group's")
}

func TestAThumbOnAnAnswerUnderACardIsAboutItsIncident(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, card := w.healed(1)
	ts := w.slack.Say(eve, "C1", card.TS, mention+"why did "+inc+" happen?")
	_ = ts
	w.until("an answer", func() bool { return strings.Contains(w.said("C1"), "memory_exhausted") })
	w.quiet()
	all := w.slack.Thread("C1", card.TS)
	answer := all[len(all)-1]
	w.slack.React(ana, "C1", answer.TS, "thumbsdown")
	w.requested(1)
	assert.Equal(t, []string{"ana " + inc + " wrong"}, w.feedback())
	other := w.slack.Say(eve, "C1", "", "an ordinary message")
	w.slack.React(ana, "C1", other, "thumbsdown")
	w.quiet()
	assert.Len(t, w.pending(), 1, "what others wrote is nobody's diagnosis")
}

func TestWhoIsNextIsCalledByName(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, ap := w.failure(1)
	card := w.card(inc)
	w.commit(heal.Entry{Events: []pipewright.Event{{At: time.Now(), Incident: inc, Approval: ap, Note: ap + " is still open until 03:40, then it counts as denied"}}})
	w.saying("C1", card.TS, "⏰ ap-0001 is still open")
	w.commit(heal.Entry{Events: []pipewright.Event{{At: time.Now(), Incident: inc, To: pipewright.Escalated, Note: "nobody answered", Call: []string{"oncall", "nobody-known"}}}})
	w.saying("C1", card.TS, "<!subteam^"+oncall+"> 🚨")
}

func TestALongDryRunIsAFile(t *testing.T) {
	w := newWorld(t, nil).start()
	now, a := time.Now(), action(1)
	w.commit(heal.Entry{Events: []pipewright.Event{
		{At: now, Incident: "inc-0001", To: pipewright.Open, Resource: orders, Title: "run jr_7 failed", Severity: pipewright.SevWarning, Signal: &pipewright.Signal{Kind: pipewright.RunFailedSignal, Resource: orders, At: now, Fingerprint: "x"}},
		{At: now, Incident: "inc-0001", To: pipewright.Diagnosed, Diagnosis: &pipewright.Diagnosis{At: now}},
		{At: now, Incident: "inc-0001", To: pipewright.Decided, Action: &a, Decision: &pipewright.Decision{DryRun: strings.Repeat("ALTER TABLE orders RENAME COLUMN a TO b;\n", 200)}}}})
	card := w.card("inc-0001")
	w.until("the file", func() bool {
		for _, m := range w.slack.Thread("C1", card.TS) {
			if len(m.Files) == 1 && strings.Count(m.Files[0].Content, "ALTER TABLE") == 200 {
				return true
			}
		}
		return false
	})
	assert.Contains(t, fmt.Sprint(card.Blocks), "in the file in the thread")
}
