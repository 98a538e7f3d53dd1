package slackbot_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

func TestACommandThatTakesItselfBackApprovesNothing(t *testing.T) {
	for _, words := range []string{"approve ap-0001 not yet", "approve ap-0001 later", "approve ap-0001?", "approve not ap-0001", "approve ap-0001 after lunch"} {
		t.Run(words, func(t *testing.T) {
			w := newWorld(t, nil).start()
			w.failure(1)
			w.slack.Slash(ana, "C1", words)
			w.until("an answer for ana alone", func() bool { return len(w.slack.Ephemeral(ana)) == 1 })
			w.quiet()
			assert.Empty(t, w.pending())
		})
	}
}

func TestACommandApprovesWithItsReason(t *testing.T) {
	w := newWorld(t, nil).start()
	w.failure(1)
	w.slack.Slash(ana, "C1", "approve ap-0001 because it worked last week")
	assert.Equal(t, "it worked last week", w.requested(1)[0].Reason)
}

func TestWhoMayNotDenyIsToldBeforeTheyWriteAReason(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, _ := w.failure(1)
	w.slack.Click(eve, w.card(inc), "pw1.deny")
	w.saying("C1", w.card(inc).TS, "may not approve or deny")
	assert.Empty(t, w.slack.Modals())
}

func TestWhatIsOverCallsNobody(t *testing.T) {
	w := newWorld(t, nil).start()
	inc, _ := w.failure(1)
	w.card(inc)
	w.commit(heal.Entry{Events: []pipewright.Event{{At: time.Now(), Incident: inc, To: pipewright.Escalated, Note: "for information: the fault is gone"}}})
	told := w.saying("C1", w.card(inc).TS, "the fault is gone")
	assert.NotContains(t, told.Text, "needs a person")
}
