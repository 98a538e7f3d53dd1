package ask_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/llm"
	"github.com/pipewright/pipewright/internal/llm/llmtest"
)

// TestAskOverTheWire asks through the engines, over a server that behaves as servers do.
func TestAskOverTheWire(t *testing.T) {
	read := llmtest.Step{Calls: []llmtest.Call{{Tool: "search_logs", Args: `{"resource":"glue:job/orders_etl","level":"error"}`}, {Tool: "recent_changes", Args: `{"resource":"glue:job/orders_etl","hops":6}`}}}
	say := llmtest.Step{Text: answers("action_required", dropped).json()}
	for name, c := range map[string]struct {
		script  []llmtest.Step
		planner string
		says    string
	}{
		"as it should be":               {[]llmtest.Step{read, say}, "model", ""},
		"too many requests at first":    {[]llmtest.Step{{Status: 429, RetryAfter: "0.001"}, read, {Status: 429, RetryAfter: "0.001"}, say}, "model", ""},
		"too many requests for an hour": {[]llmtest.Step{{Status: 429, RetryAfter: "3600"}}, "builtin", "the model did not serve (its provider takes no more requests for now), so the built-in planner answered"},
		"a server error in between":     {[]llmtest.Step{read, {Status: 502}, say}, "model", ""},
		"a drop in between":             {[]llmtest.Step{read, {Drop: true}, say}, "model", ""},
		"a server that does not count":  {[]llmtest.Step{{Text: read.Text, Calls: read.Calls, Uncounted: true}, {Text: say.Text, Uncounted: true}}, "model", ""},
		"down":                          {[]llmtest.Step{{Status: 500, Forever: true}}, "builtin", "it could not be reached"},
		"down after the tools":          {[]llmtest.Step{read, {Status: 500, Forever: true}}, "builtin", "it could not be reached"},
		"the key is refused":            {[]llmtest.Step{{Status: 403}}, "builtin", "refused the key"},
		"garbage":                       {[]llmtest.Step{{Raw: "<html>", Forever: true}}, "builtin", "it could not be reached"},
		"it hangs":                      {[]llmtest.Step{{Hang: true, Forever: true}}, "builtin", "it did not answer within"},
		"words that are no answer":      {[]llmtest.Step{{Text: "Hello!", Forever: true}}, "builtin", "agreed form"},
		"it loops":                      {[]llmtest.Step{{Calls: read.Calls, Forever: true}}, "builtin", "kept calling tools"},
		"a tool nobody has":             {[]llmtest.Step{{Calls: []llmtest.Call{{Tool: "sudo", Args: `{}`}}}, read, say}, "model", ""},
	} {
		for _, vendor := range []string{"openai", "anthropic"} {
			t.Run(name+"/"+vendor, func(t *testing.T) {
				s := llmtest.New(c.script...)
				defer s.Close()
				defer s.CloseClientConnections()
				e, err := llm.New(llm.Config{Vendor: vendor, URL: s.URL + "/v1", Model: "m", Key: "sk-secret", Retry: llm.Retry{First: time.Millisecond, Longest: 2 * time.Millisecond}})
				require.NoError(t, err)
				limits := ask.Limits{Time: 10 * time.Second}
				if name == "it hangs" {
					limits.Time = 50 * time.Millisecond
				}
				a := modelled(t, newShop(nil), e, limits, "why did glue:job/orders_etl fail?")
				assert.Equal(t, c.planner, a.Planner, "%v", a.Unknown)
				assert.Contains(t, a.Answer, c.says)
				assert.Contains(t, a.Answer, "customer_id")
				assert.InDelta(t, 0.91, a.Confidence, 1e-9, "the diagnosis is there either way")
				assert.NotContains(t, a.Answer, "sk-secret")
				if c.planner == "model" {
					assert.Positive(t, a.Usage.Tokens)
				}
			})
		}
	}
}
