package ask

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

func TestWhoAsksWhenItIsOver(t *testing.T) {
	for text, want := range map[string]bool{
		"what is the ETA for orders?": true, "when will the warehouse be back?": true, "how long until it is fixed?": true,
		"when is inc-0003 over": true, "how much longer?": true, "how long will it take?": true,
		"when did orders last fail?": false, "how long did orders take?": false, "roll it back when you can": false, "why did beta fail?": false,
	} {
		assert.Equal(t, want, etaAsked.MatchString(text), text)
	}
}

func TestAnETAIsWhatIsKnownOfIt(t *testing.T) {
	turn := &turn{now: charted, q: pipewright.Question{Zone: time.UTC}}
	mid := 0.87
	a := &pipewright.Action{Kind: "glue.scale_up"}
	d := &pipewright.Decision{Expected: 300, Recovery: &mid}
	inc := pipewright.Incident{ID: "inc-0009", Class: "contention", Action: a, Decision: d, Approval: "ap-0004"}
	over := func(id string, class pipewright.FaultClass, took time.Duration) pipewright.Incident {
		return pipewright.Incident{ID: id, Class: class, State: pipewright.Closed, OpenedAt: charted, EndedAt: charted.Add(took), Attempts: []pipewright.Attempt{{}}}
	}
	past := []pipewright.Incident{over("inc-0001", "contention", 4*time.Minute), over("inc-0002", "contention", 12*time.Minute), over("inc-0003", "contention", time.Hour), over("inc-0004", "stuck", time.Second)}
	for name, c := range map[string]struct {
		edit func(*pipewright.Incident)
		past []pipewright.Incident
		want string
	}{
		"waits for a person": {func(i *pipewright.Incident) { i.State = pipewright.Waiting }, nil,
			"No time can be given for inc-0009: it waits for a person (ap-0004); once that is approved, glue.scale_up takes about 5 min and is predicted to help with 0.87"},
		"needs a person": {func(i *pipewright.Incident) { i.State = pipewright.Escalated }, nil, "No time can be given for inc-0009: it needs a person, and nothing is being tried"},
		"under way": {func(i *pipewright.Incident) {
			i.State, i.Attempts = pipewright.Verifying, []pipewright.Attempt{{Action: *a, At: charted, Decision: d}}
		}, past, "inc-0009: glue.scale_up runs since Fri 20 Nov 03:00 UTC and should show by Fri 20 Nov 03:05 UTC; 3 incidents of contention before took 12 min in the middle"},
		"backs off":   {func(i *pipewright.Incident) { i.State, i.Due = pipewright.Decided, charted.Add(time.Minute) }, nil, "inc-0009: the next step is due at Fri 20 Nov 03:01 UTC; glue.scale_up takes about 5 min and is predicted to help with 0.87"},
		"just opened": {func(i *pipewright.Incident) { i.State, i.Action = pipewright.Open, nil }, nil, "inc-0009 is being looked into, nothing is decided yet"},
	} {
		i := inc
		c.edit(&i)
		assert.Equal(t, c.want, turn.etaWords(i, c.past), name)
	}
}
