package ask_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// line is one turn of a conversation and what its answer must mean.
type line struct {
	say     string
	intent  pipewright.Intent
	about   string // keys of the resources, "-" for none, empty for unchecked
	window  string
	verdict pipewright.AnswerVerdict
	files   string // kind of the request filed, empty for none
	holds   string // words that the answer must have
}

var conversations = map[string][]line{
	"errors, then the day before, then another job": {
		{say: "how many errors did <J> log yesterday", intent: "count", about: "J", window: "18T00:00..19T00:00"},
		{say: "and the day before?", intent: "count", about: "J", window: "17T00:00..18T00:00"},
		{say: "what about <C>?", intent: "count", about: "C", window: "17T00:00..18T00:00"},
		{say: "and in the past 2 hours?", intent: "count", about: "C", window: "19T01:10..19T03:10"},
		{say: "show me the logs", intent: "diagnose", about: "C", holds: "log records"},
	},
	"what is wrong, why, do it": {
		{say: "what is wrong now?", intent: "status", about: "J", verdict: pipewright.ActionRequired, holds: "ap-0002"},
		{say: "why?", intent: "diagnose", about: "J", holds: "schema_column_renamed"},
		{say: "do it", intent: "approve", about: "T", files: "approve", holds: "rq-0001"},
	},
	"a proposal that is refused": {
		{say: "why did <J> fail?", intent: "diagnose", about: "J"},
		{say: "no", intent: "deny", files: "deny"},
	},
	"yes without an offer": {
		{say: "yes", intent: "approve", verdict: pipewright.Clarify, holds: "Nothing was proposed in this conversation"},
		{say: "do it", intent: "approve", files: "approve"}, // now that it was shown what waits
	},
	"a question back": {
		{say: "restart the worker", intent: "act", about: "-", verdict: pipewright.Clarify, holds: "Which one"},
		{say: "the second one", intent: "act", about: "W2", files: "act"},
	},
	"a question back, answered by name": {
		{say: "how many errors did the glue job log today", intent: "count", about: "-", verdict: pipewright.Clarify},
		{say: "<C>", intent: "count", about: "C", window: "19T00:00..19T03:10"},
	},
	"a name that does not exist, then a near one": {
		{say: "why did the <J:typo>_v9 job fail", intent: "diagnose", about: "-", verdict: pipewright.Clarify, holds: "There is no resource"},
		{say: "the first one", intent: "diagnose", about: "J"},
	},
	"a metric goes on": {
		{say: "what was the cpu of <W1> between 01:00 and 02:00", intent: "metric", about: "W1", window: "19T01:00..19T02:00"},
		{say: "and <W2>?", intent: "metric", about: "W2", window: "19T01:00..19T02:00"},
		{say: "and the memory?", intent: "metric", about: "W2", window: "19T01:00..19T02:00", holds: "memory_percent"},
		{say: "same time yesterday", intent: "metric", about: "W2", window: "18T01:00..18T02:00"},
	},
	"who did that": {
		{say: "why did you roll back <F>?", intent: "explain", about: "F"},
		{say: "who approved it?", intent: "explain", about: "F", holds: "dana"},
		{say: "undo it", intent: "undo", about: "F", files: "undo"},
	},
	"a resource, then it": {
		{say: "how is <L> doing", intent: "status", about: "L"},
		{say: "restart it", intent: "act", about: "L", files: "act"},
		{say: "why was it restarted yesterday?", intent: "explain", about: "L"},
	},
	"two wishes at once": {
		{say: "why did <J> fail and what changed since the last good run", intent: "diagnose", about: "J", holds: "The last good run"},
		{say: "don't restart <J>, just tell me why it failed", intent: "diagnose", about: "J"},
		{say: "restart <L> and tell me why <J> failed", intent: "act", about: "L J", files: "act", holds: "schema_column_renamed"},
	},
	"a question back, answered by a part of the name": {
		{say: "how many errors did the glue job log today", intent: "count", about: "-", verdict: pipewright.Clarify},
		{say: "the <J:first> one", intent: "count", about: "J", window: "19T00:00..19T03:10"},
	},
	"a wish without a name, then the name": {
		{say: "restart it", intent: "act", about: "-", verdict: pipewright.Clarify},
		{say: "the <D> dag", intent: "act", about: "D", files: "act"},
	},
	"who approved, evidence, how sure": {
		{say: "what did you do in the past two days", intent: "explain", holds: "Pipewright ran"},
		{say: "who approved the rollback", intent: "explain", holds: "dana approved"},
		{say: "show the evidence", intent: "diagnose", holds: "[e1]"},
		{say: "how sure are you", intent: "diagnose", holds: "sure"},
	},
	"the subject stays where the talk is": {
		{say: "how is the <W> doing", intent: "status", about: "W"},
		{say: "why?", intent: "diagnose", about: "W"},
	},
	"only some of it": {
		{say: "what failed in the past two days", intent: "failures"},
		{say: "just the dags", intent: "failures"},
		{say: "more", intent: "failures"},
	},
	"small talk in between": {
		{say: "why did <J> fail?", intent: "diagnose", about: "J"},
		{say: "thanks", intent: "help"},
		{say: "what changed?", intent: "changes", about: "J"},
	},
	"a refusal changes nothing": {
		{say: "what is wrong", intent: "status", about: "J"},
		{say: "do not approve it", intent: "deny", verdict: pipewright.NoAction},
		{say: "don't do it", verdict: pipewright.NoAction},
	},
}

func TestConversations(t *testing.T) {
	for _, names := range []map[string]string{nil, renamed(5)} {
		for name, lines := range conversations {
			t.Run(name, func(t *testing.T) { talk(t, newShop(names), lines) })
		}
	}
}

func talk(t *testing.T, s *shop, lines []line) {
	a := s.asker(t)
	for _, l := range lines {
		s.requests = nil
		text := spoken(s, l.say)
		ans, err := a.Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", Thread: "t", Surface: "chat", At: now})
		require.NoError(t, err)
		if l.intent != "" {
			assert.Equal(t, l.intent, ans.Intent, "%s\n%s", text, ans.Answer)
		}
		if l.about != "" {
			want := []pipewright.ResourceID{}
			if l.about != "-" {
				for _, k := range strings.Fields(l.about) {
					want = append(want, s.id(keys[k]))
				}
			}
			assert.Equal(t, want, ans.Resources, "%s\n%s", text, ans.Answer)
		}
		if l.window != "" {
			assert.Equal(t, l.window, window(ans.Window), text)
		}
		if l.verdict != "" {
			assert.Equal(t, l.verdict, ans.Verdict, text)
		}
		var filed []string
		for _, r := range s.requests {
			filed = append(filed, string(r.Kind))
		}
		assert.Equal(t, l.files, strings.Join(filed, " "), "%s\n%s", text, ans.Answer)
		assert.Contains(t, ans.Answer, l.holds, text)
	}
}

func TestTwoAskersDoNotShareAThread(t *testing.T) {
	s := newShop(nil)
	a := s.asker(t)
	ctx := context.Background()
	_, err := a.Ask(ctx, pipewright.Question{Text: "what is wrong now", Asker: "kim", Thread: "t", At: now})
	require.NoError(t, err)
	ans, err := a.Ask(ctx, pipewright.Question{Text: "do it", Asker: "lee", Thread: "t", At: now})
	require.NoError(t, err)
	assert.Empty(t, s.requests)
	assert.Equal(t, pipewright.Clarify, ans.Verdict)
}

func TestAnApprovalThatChangedSinceItWasShownIsNotGiven(t *testing.T) {
	s := newShop(nil)
	a := s.asker(t)
	ctx := context.Background()
	_, err := a.Ask(ctx, pipewright.Question{Text: "what is wrong now", Asker: "kim", Thread: "t", At: now})
	require.NoError(t, err)
	s.approvals[0].ActionHash = "another"
	ans, err := a.Ask(ctx, pipewright.Question{Text: "do it", Asker: "kim", Thread: "t", At: now})
	require.NoError(t, err)
	assert.Empty(t, s.requests)
	assert.Contains(t, ans.Answer, "other arguments")
}
