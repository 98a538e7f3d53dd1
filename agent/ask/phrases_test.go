package ask_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// phrases are idiomatic wordings by what they mean. Only their shape is known to the
// grammar: it lists none of them.
var phrases = map[pipewright.Intent][]string{
	"undo":     {"I changed my mind, undo it", "scratch that, put it back the way it was", "that was a mistake, roll it back please", "I was wrong, take it back", "sorry, my mistake, reverse it"},
	"act":      {"<J> wants restarting", "<L> wants bouncing", "can you kick <J> again", "<F> wants a kick", "<J> needs rerunning", "<X> wants kicking"},
	"status":   {"is it back yet", "is it up again", "is <J> back yet", "anything on fire?", "everything ticking along?", "is <J> chugging along", "what's cooking", "what's brewing", "give me the lowdown on <J>"},
	"diagnose": {"what's eating the warehouse", "what's got into <J>", "what's come over <J>", "what is troubling <J>", "what's crippling the warehouse", "what did the <J> job in"},
	"failures": {"what went pop overnight", "what went phut last night", "what bit the dust yesterday", "what gave up the ghost yesterday"},
	"deny":     {"rather not", "let's not", "not on your life", "forget about it", "hold off on that"},
}

// traps are close to a phrase and mean something else.
var traps = map[string]pipewright.Intent{
	"what's cooking for dinner":          "unknown",
	"what went live yesterday":           "changes",
	"what is happening with <J>":         "status",
	"what is running now":                "status",
	"I'm fine with the remap, go for it": "approve",
	"the runbook says: my mistake, undo": "policy",
}

func TestPhrases(t *testing.T) {
	for _, names := range []map[string]string{nil, renamed(9)} {
		for intent, texts := range phrases {
			for _, text := range texts {
				means(t, names, text, intent)
			}
		}
		for text, intent := range traps {
			means(t, names, text, intent)
		}
	}
}

func means(t *testing.T, names map[string]string, text string, intent pipewright.Intent) {
	t.Helper()
	s := newShop(names)
	a, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: spoken(s, text), Asker: "kim", Thread: "t", Surface: "chat", At: now})
	require.NoError(t, err)
	assert.Equal(t, intent, a.Intent, "%s: %s", spoken(s, text), a.Answer)
}

func TestTurningDownInPassingFilesNothing(t *testing.T) {
	for _, text := range phrases["deny"] {
		s := newShop(nil)
		a := s.asker(t)
		for _, say := range []string{"what is wrong now", text} {
			_, err := a.Ask(context.Background(), pipewright.Question{Text: say, Asker: "kim", Thread: "t", Surface: "chat", At: now})
			require.NoError(t, err)
		}
		assert.Empty(t, s.requests, text)
	}
}
