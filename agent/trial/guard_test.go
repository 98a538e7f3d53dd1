package trial

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

func TestTheGuardAsksAboutWhatTheHandRulesDoNotSay(t *testing.T) {
	g, c := &guard{}, rl.Case{Advice: []string{"restart"}, Candidates: []rl.Candidate{{Verb: "restart"}, {Verb: "rollback"}}}
	alone := &session{First: move{How: runAlone, Predicted: .95}}
	for range 10 {
		assert.False(t, g.asks(c, 1), "too few plans to say")
		g.settled(alone, gym.Outcome{Escalated: true})
		g.settled(&session{First: move{How: askFirst, Predicted: .5}}, gym.Outcome{})
	}
	assert.Len(t, g.track, 10, "what a person approved says nothing")
	assert.True(t, g.asks(c, 1))
	assert.False(t, g.asks(c, 0), "the rules say the same")
	c.Started = "R1"
	assert.False(t, g.asks(c, 1), "a plan that runs goes on")
	for range 40 {
		g.settled(alone, gym.Outcome{})
	}
	c.Started = ""
	assert.False(t, g.asks(c, 1), "plans enough")
	assert.False(t, (*guard)(nil).asks(c, 1))
}
