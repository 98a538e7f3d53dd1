package ask_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestWhyAPersonIsAskedIsAnsweredWithTheGuard(t *testing.T) {
	s := newShop(nil)
	for _, text := range []string{"why do you ask me?", "why are you asking me", "why didn't you just fix it yourself", "why do you need my approval", "why is it waiting for me?", "why does ap-0002 need a person"} {
		s.threads = map[string][]byte{}
		ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: text, Asker: "kim", At: now})
		require.NoError(t, err)
		assert.Equal(t, pipewright.Intent("explain"), ans.Intent, text)
		assert.Contains(t, ans.Answer, "I ask in inc-0003", text)
		assert.Contains(t, ans.Answer, "ap-0002", text)
		assert.NotContains(t, ans.Answer, "Ruled out", text)
	}
}

func TestHowThingsGoOn(t *testing.T) {
	s := newShop(nil)
	for _, c := range []struct{ thread, text, holds string }{
		{"eta", "eta on inc-0003?", "No time can be given for inc-0003"},
		{"takes", "how long does the remap take usually", "postgres.remap takes about"},
		{"since", "why did orders_etl fail?", "inc-0003"},
		{"since", "since when?", "since Thu 19 Nov"},
		{"fix", "why did orders_etl fail?", "inc-0003"},
		{"fix", "fix it", `say "approve ap-0002"`},
		{"ben", "ben thinks orders_etl is broken, why?", "customer_id"},
	} {
		ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: c.text, Asker: "kim", Thread: c.thread, At: now})
		require.NoError(t, err)
		assert.Contains(t, ans.Answer, c.holds, c.text)
		assert.NotContains(t, ans.Answer, "There is no resource", c.text)
	}
	assert.Empty(t, s.requests)
}

func TestReadingsOfAWindowThatIsOverAreOfThatWindow(t *testing.T) {
	s := newShop(nil)
	ans, err := s.asker(t).Ask(context.Background(), pipewright.Question{Text: "how was the warehouse doing between 00:00 and 01:00", Asker: "kim", At: now})
	require.NoError(t, err)
	for _, c := range ans.ToolCalls {
		if c.Tool == "get_metric" {
			assert.Equal(t, "2026-11-19T01:00:00Z", c.Args["end"])
		}
	}
}
