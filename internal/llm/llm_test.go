package llm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/llm"
	"github.com/pipewright/pipewright/internal/llm/llmtest"
)

const key = "sk-very-secret-0123456789"

// quick retries without waiting.
var quick = llm.Retry{First: time.Millisecond, Longest: 5 * time.Millisecond}

func engine(t *testing.T, s *llmtest.Server, change func(*llm.Config)) *llm.Engine {
	t.Helper()
	cfg := llm.Config{Vendor: "openai", URL: s.URL + "/v1", Model: "m", Key: key, PriceIn: 2, PriceOut: 10, Retry: quick, Timeout: 5 * time.Second}
	if change != nil {
		change(&cfg)
	}
	e, err := llm.New(cfg)
	require.NoError(t, err)
	return e
}

func serve(t *testing.T, script ...llmtest.Step) *llmtest.Server {
	t.Helper()
	s := llmtest.New(script...)
	t.Cleanup(s.Close)
	return s
}

var prompt = ask.Prompt{
	Messages: []ask.Message{{Role: ask.System, Text: "rules"}, {Role: ask.User, Text: "why?"}},
	Tools:    []ask.ToolSpec{{Name: "search_logs", Purpose: "logs", Schema: json.RawMessage(`{"type":"object","properties":{"resource":{"type":"string"}}}`)}},
}

// twoCalls is the reply with two tool calls at once.
var twoCalls = llmtest.Step{Calls: []llmtest.Call{{Tool: "search_logs", Args: `{"resource": "glue:job/orders_etl"}`}, {Tool: "list_runs", Args: `{"state": "failed"}`}}}

func vendors(t *testing.T, do func(t *testing.T, change func(*llm.Config))) {
	for _, v := range []string{"openai", "azure", "anthropic"} {
		t.Run(v, func(t *testing.T) { do(t, func(c *llm.Config) { c.Vendor = v }) })
	}
}

func TestTwoToolCallsAtOnce(t *testing.T) {
	vendors(t, func(t *testing.T, change func(*llm.Config)) {
		s := serve(t, twoCalls)
		r, err := engine(t, s, change).Chat(context.Background(), prompt)
		require.NoError(t, err)
		require.Len(t, r.Calls, 2)
		assert.Equal(t, "search_logs", r.Calls[0].Tool)
		assert.JSONEq(t, `{"resource": "glue:job/orders_etl"}`, r.Calls[0].Args)
		assert.Equal(t, "list_runs", r.Calls[1].Tool)
		assert.NotEqual(t, r.Calls[0].ID, r.Calls[1].ID)
		assert.Equal(t, ask.FinishCalls, r.Finish)
		assert.Equal(t, 100, r.TokensIn)
		assert.Equal(t, 20, r.TokensOut)
		assert.InDelta(t, (100*2+20*10)/1e6, r.Cost, 1e-12)
		assert.Equal(t, []string{"search_logs"}, s.Requests()[0].Tools)
	})
}

func TestToolResultsGoBackOneMessageEach(t *testing.T) {
	vendors(t, func(t *testing.T, change func(*llm.Config)) {
		s := serve(t, llmtest.Step{Text: "done"})
		p := prompt
		p.Final = true
		p.Messages = append(p.Messages, ask.Message{Role: ask.Assistant, Calls: []ask.ModelCall{{ID: "a", Tool: "search_logs", Args: `{"resource":"x"}`}, {ID: "b", Tool: "search_logs", Args: `{'bad`}}},
			ask.Message{Role: ask.ToolReply, CallID: "a", Text: "first"}, ask.Message{Role: ask.ToolReply, CallID: "b", Text: "second"})
		r, err := engine(t, s, change).Chat(context.Background(), p)
		require.NoError(t, err)
		assert.Equal(t, "done", r.Text)
		got := map[string]string{}
		var calls []llmtest.Call
		for _, m := range s.Requests()[0].Messages {
			if m.CallID != "" {
				got[m.CallID] = m.Text
			}
			calls = append(calls, m.Calls...)
		}
		assert.Equal(t, map[string]string{"a": "first", "b": "second"}, got)
		assert.Equal(t, []llmtest.Call{{Tool: "search_logs", Args: `{"resource":"x"}`}, {Tool: "search_logs", Args: `{}`}}, calls, "a damaged call is not sent back damaged")
	})
}

func TestStreamedCallsArePutTogether(t *testing.T) {
	step := twoCalls
	step.Text = "I look at the logs and the runs."
	s := serve(t, step)
	p := prompt
	var seen []string
	p.OnText = func(d string) { seen = append(seen, d) }
	r, err := engine(t, s, nil).Chat(context.Background(), p)
	require.NoError(t, err)
	assert.Greater(t, len(seen), 2)
	assert.Equal(t, step.Text, strings.Join(seen, ""))
	assert.Equal(t, step.Text, r.Text)
	require.Len(t, r.Calls, 2)
	for i, c := range twoCalls.Calls {
		assert.Equal(t, c.Tool, r.Calls[i].Tool)
		assert.Equal(t, c.Args, r.Calls[i].Args)
	}
	assert.Equal(t, 120, r.TokensIn+r.TokensOut)
	assert.Equal(t, ask.FinishCalls, r.Finish)
}

func TestStreamedBlocksArePutTogether(t *testing.T) {
	step := llmtest.Step{Text: "I look at the logs and the runs.", Calls: []llmtest.Call{{Tool: "search_logs", Args: `{"resource":"glue:job/orders_etl"}`}, {Tool: "list_runs", Args: ``}}}
	s := serve(t, step)
	p := prompt
	var seen []string
	p.OnText = func(d string) { seen = append(seen, d) }
	r, err := engine(t, s, func(c *llm.Config) { c.Vendor = "anthropic" }).Chat(context.Background(), p)
	require.NoError(t, err)
	assert.Greater(t, len(seen), 2, "as it is written")
	assert.Equal(t, step.Text, strings.Join(seen, ""), "words only, no piece of a call")
	assert.Equal(t, step.Text, r.Text)
	assert.Equal(t, []ask.ModelCall{{ID: "toolu_0", Tool: "search_logs", Args: `{"resource":"glue:job/orders_etl"}`}, {ID: "toolu_1", Tool: "list_runs", Args: `{}`}}, r.Calls)
	assert.Equal(t, 120, r.TokensIn+r.TokensOut)
	assert.Equal(t, ask.FinishCalls, r.Finish)
}

func TestAServerThatDoesNotCountIsEstimated(t *testing.T) {
	s := serve(t, llmtest.Step{Text: strings.Repeat("word ", 100), Uncounted: true})
	r, err := engine(t, s, nil).Chat(context.Background(), prompt)
	require.NoError(t, err)
	assert.InDelta(t, 125, r.TokensOut, 10)
	assert.Positive(t, r.TokensIn)
	assert.Positive(t, r.Cost)
}

func TestAStreamThatBreaksIsAnError(t *testing.T) {
	for _, vendor := range []string{"openai", "anthropic"} {
		s := serve(t, llmtest.Step{Text: "half of a", Cut: true})
		p := prompt
		p.OnText = func(string) {}
		_, err := engine(t, s, func(c *llm.Config) { c.Vendor = vendor }).Chat(context.Background(), p)
		assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), vendor)
	}
}

func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		script []llmtest.Step
		kind   pipewright.ErrorKind
		calls  int
		says   string
	}{
		"too many requests, then well":      {[]llmtest.Step{{Status: 429, RetryAfter: "0.002"}, {Text: "ok"}}, "", 2, ""},
		"a server error, then well":         {[]llmtest.Step{{Status: 500}, {Status: 503}, {Text: "ok"}}, "", 3, ""},
		"a dropped connection, then well":   {[]llmtest.Step{{Drop: true}, {Text: "ok"}}, "", 2, ""},
		"down for good":                     {[]llmtest.Step{{Status: 500, Forever: true}}, pipewright.Unavailable, 3, "status 500"},
		"a wait longer than anybody waits":  {[]llmtest.Step{{Status: 429, RetryAfter: "3600"}}, pipewright.Unavailable, 1, "quota"},
		"a wrong key is not tried again":    {[]llmtest.Step{{Status: 401}}, pipewright.Denied, 1, "llm.key"},
		"no such model":                     {[]llmtest.Step{{Status: 404}}, pipewright.Invalid, 1, "llm.model"},
		"a request that is refused":         {[]llmtest.Step{{Status: 413}}, pipewright.Invalid, 1, "refused"},
		"a redirect does not carry the key": {[]llmtest.Step{{Status: 302}}, pipewright.Invalid, 1, ""},
		"not the API at all":                {[]llmtest.Step{{Raw: "<html>Welcome to nginx " + key + "</html>"}}, pipewright.Unavailable, 1, "llm.url"},
		"JSON of something else":            {[]llmtest.Step{{Raw: `{"hello": "world"}`}}, pipewright.Unavailable, 1, "llm.url"},
		"nothing":                           {[]llmtest.Step{{Raw: " "}}, pipewright.Unavailable, 1, "llm.url"},
	} {
		t.Run(name, func(t *testing.T) {
			vendors(t, func(t *testing.T, change func(*llm.Config)) {
				s := serve(t, c.script...)
				_, err := engine(t, s, change).Chat(context.Background(), prompt)
				assert.Equal(t, c.kind, pipewright.KindOf(err), "%v", err)
				assert.Len(t, s.Requests(), c.calls)
				if err != nil {
					assert.Contains(t, err.Error(), c.says)
					for e := err; e != nil; e = unwrap(e) {
						assert.NotContains(t, fmt.Sprintf("%v %+v %#v", e, e, e), key)
					}
				}
			})
		})
	}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

func TestASlowServerEndsWithTheTime(t *testing.T) {
	vendors(t, func(t *testing.T, change func(*llm.Config)) {
		s := serve(t, llmtest.Step{Hang: true, Forever: true})
		e := engine(t, s, func(c *llm.Config) { change(c); c.Timeout = 30 * time.Millisecond })
		_, err := e.Chat(context.Background(), prompt)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
		s.CloseClientConnections()
	})
}

func TestAServerThatKeepsFailingIsLeftAlone(t *testing.T) {
	s := serve(t, llmtest.Step{Status: 500, Forever: true})
	e := engine(t, s, func(c *llm.Config) { c.Retry.Trips, c.Retry.Rest = 4, time.Hour })
	for range 3 {
		_, err := e.Chat(context.Background(), prompt)
		require.Error(t, err)
	}
	assert.Len(t, s.Requests(), 4, "after four failures in a row nobody asks")
	_, err := e.Chat(context.Background(), prompt)
	assert.ErrorContains(t, err, "left alone")
}

func TestARateIsKept(t *testing.T) {
	s := serve(t, llmtest.Step{Text: "ok", Forever: true})
	e := engine(t, s, func(c *llm.Config) { c.PerMinute = 2 })
	for range 2 {
		_, err := e.Chat(context.Background(), prompt)
		require.NoError(t, err)
	}
	_, err := e.Chat(context.Background(), prompt)
	assert.ErrorContains(t, err, "llm.per_minute")
	assert.Len(t, s.Requests(), 2)
}

func TestStrictForm(t *testing.T) {
	schema := json.RawMessage(`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"object","properties":{"c":{"type":"integer","enum":[1]}}}}},"required":["a"]}`)
	want := `{"type":"object","additionalProperties":false,"required":["a","b"],"properties":{"a":{"type":"string"},"b":{"type":["array","null"],"items":{"type":"object","additionalProperties":false,"required":["c"],"properties":{"c":{"type":["integer","null"],"enum":[1,null]}}}}}}`
	assert.JSONEq(t, want, string(llm.Strict(schema)))
	assert.JSONEq(t, want, string(llm.Strict(llm.Strict(schema))), "twice is once")

	p := prompt
	p.Schema = schema
	s := serve(t, llmtest.Step{Text: "{}"}, llmtest.Step{Status: 400}, llmtest.Step{Text: "{}", Forever: true})
	e := engine(t, s, nil)
	for range 3 {
		_, err := e.Chat(context.Background(), p)
		require.NoError(t, err)
	}
	var strict []bool
	for _, r := range s.Requests() {
		strict = append(strict, r.Strict)
	}
	assert.Equal(t, []bool{true, true, false, false}, strict, "a server that knows no strict form is asked without, from then on")
}

func TestEmbeddingsKeepTheirOrder(t *testing.T) {
	s := serve(t)
	s.Play = func(llmtest.Request) llmtest.Step { return llmtest.Step{} }
	e := engine(t, s, func(c *llm.Config) { c.Embeddings = "small" })
	texts := make([]string, 150)
	for i := range texts {
		texts[i] = strings.Repeat("x", i)
	}
	v, cost, err := e.Embed(context.Background(), texts)
	require.NoError(t, err)
	require.Len(t, v, len(texts))
	for i := range v {
		assert.InDelta(t, math.Max(1, float64(i)), v[i][0], 0, "text %d", i)
	}
	assert.InDelta(t, 150*2/1e6, cost, 1e-12)
	assert.Len(t, s.Requests(), 3)

	_, _, err = engine(t, s, nil).Embed(context.Background(), texts)
	assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
}

func TestWhatCannotBeBuilt(t *testing.T) {
	for name, c := range map[string]llm.Config{
		"a vendor nobody knows": {Vendor: "oracle", Model: "m"},
		"no vendor":             {Model: "m"},
		"no model":              {Vendor: "openai"},
		"no key where one must": {Vendor: "anthropic", Model: "m"},
	} {
		_, err := llm.New(c)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), name)
	}
	assert.Equal(t, []string{"anthropic", "azure", "openai"}, llm.Vendors())
}

func TestAzureAsksItsDeployment(t *testing.T) {
	s := serve(t, llmtest.Step{Text: "ok"})
	e := engine(t, s, func(c *llm.Config) { c.Vendor, c.URL, c.Model = "azure", s.URL, "gpt-4.1-mini" })
	_, err := e.Chat(context.Background(), prompt)
	require.NoError(t, err)
	r := s.Requests()[0]
	assert.Equal(t, "/openai/deployments/gpt-4.1-mini/chat/completions", r.Path)
	assert.Equal(t, key, r.Header.Get("Api-Key"))
}
