package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/llm/llmtest"
)

// askWith asks a configured model's server one question on the command line.
func askWith(t *testing.T, s *llmtest.Server, db, question string) pipewright.Answer {
	t.Helper()
	return askConfigured(t, s, db, "", question)
}

// askConfigured asks with more lines of configuration.
func askConfigured(t *testing.T, s *llmtest.Server, db, more string, question ...string) pipewright.Answer {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "pipewright.yaml")
	text := `
systems: {plant: [{name: shop, url: "http://127.0.0.1:9"}]}
heal: {may_approve: [ana]}
llm: {vendor: openai, url: "` + s.URL + `/v1", model: m, key: {env: LLM_KEY}, price_in: 1, price_out: 1, daily_cost: 0.0002}
` + more
	require.NoError(t, os.WriteFile(conf, []byte(text), 0o600))
	out, errs, code := command(t, map[string]string{"LLM_KEY": "sk-0123456789abcdef0123", "DOCS": "s3cret"}, append(append([]string{"ask"}, question...), "-c", conf, "--db", db, "--json")...)
	require.Zero(t, code, errs)
	assert.NotContains(t, out+errs, "sk-0123456789abcdef0123")
	var a pipewright.Answer
	require.NoError(t, json.Unmarshal([]byte(out), &a))
	return a
}

func TestAskWithAConfiguredModel(t *testing.T) {
	db := smallStore(t)
	s := llmtest.New(
		llmtest.Step{Calls: []llmtest.Call{{Tool: "search_logs", Args: `{"resource":"glue:job/orders_etl","level":"error"}`}, {Tool: "list_runs", Args: `{"state":"failed"}`}}},
		llmtest.Step{Text: `{"verdict":"action_suggested","resources":["glue:job/orders_etl"],"claims":[{"text":"Run r1 failed with boom.","evidence":["e2"]}],"hypotheses":[],"proposals":[{"action":"glue.retry","target":"glue:job/orders_etl"}],"unknown":[],"choices":[]}`})
	defer s.Close()

	a := askWith(t, s, db, "why did glue:job/orders_etl fail? its password is password=hunter2hunter2")
	assert.Equal(t, "model", a.Planner, "%v", a.Unknown)
	assert.Contains(t, a.Answer, "Run r1 failed with boom")
	assert.Equal(t, 240, a.Usage.Tokens)
	assert.InDelta(t, 240/1e6, a.Usage.Cost, 1e-12)
	assert.Empty(t, requests(t, db))
	for _, r := range s.Requests() {
		for _, m := range r.Messages {
			assert.NotContains(t, m.Text, "hunter2hunter2", "a typed secret went to the model")
		}
	}
	first := s.Requests()[1].Messages
	last := first[len(first)-1].Text
	assert.Contains(t, last, "<<<DATA ")
	assert.NotContains(t, last, "redacted", "the fence is not taken for a secret")

	a = askWith(t, s, db, "why did glue:job/orders_etl fail?")
	assert.Equal(t, "builtin", a.Planner)
	assert.Contains(t, a.Answer, "the model did not serve (its budget of $0.0002 for today is used up)")
	assert.Contains(t, a.Answer, "boom")
	assert.Len(t, s.Requests(), 2, "what was spent is known to the next process")
}

func TestAskThroughATemplateOfTheConfiguredFolder(t *testing.T) {
	folder := t.TempDir()
	mine := "---\nname: mine\npurpose: p\nintent: diagnose\ninputs:\n- {name: resource, type: resource, required: true, purpose: what broke}\ntools: [list_runs]\nask: why did {{.resource}} fail?\n---\nLook hard at {{.resource}}.\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "mine.md"), []byte(mine), 0o600))
	for _, words := range [][]string{{"--template", "mine", "glue:job/orders_etl"}, {"mine resource=orders_etl"}} {
		s := llmtest.New(
			llmtest.Step{Calls: []llmtest.Call{{Tool: "list_runs", Args: `{"state":"failed"}`}}},
			llmtest.Step{Text: `{"verdict":"no_action","resources":[],"claims":[{"text":"Run r1 failed with boom.","evidence":["e1"]}],"hypotheses":[],"proposals":[],"unknown":[],"choices":[]}`})
		defer s.Close()
		a := askConfigured(t, s, smallStore(t), "prompts: "+folder+"\n", words...)
		assert.Equal(t, "model", a.Planner, "%v", a.Unknown)
		assert.Regexp(t, "^mine@sha256:[0-9a-f]{64}$", a.Template)
		assert.Contains(t, s.Requests()[0].Messages[0].Text, "Look hard at `glue:job/orders_etl`.")
		assert.Equal(t, []string{"list_runs"}, s.Requests()[0].Tools)
	}
}

func TestAskReadsTheToolsOfOthers(t *testing.T) {
	url, _ := handbook(t)
	s := llmtest.New(
		llmtest.Step{Calls: []llmtest.Call{{Tool: "docs_search", Args: `{}`}}},
		llmtest.Step{Text: `{"verdict":"no_action","resources":[],"claims":[{"text":"Runbook 7 says that a boom passes when the job is retried.","evidence":["e1"]}],"hypotheses":[],"proposals":[],"unknown":[],"choices":[]}`})
	defer s.Close()
	a := askConfigured(t, s, smallStore(t), "mcp_servers: [{name: docs, url: '"+url+"', token: {env: DOCS}, allow: [search]}]\n", "what does the handbook say of glue:job/orders_etl failing with boom?")
	assert.Equal(t, "model", a.Planner, "%v", a.Unknown)
	require.NotEmpty(t, a.Evidence)
	assert.Equal(t, pipewright.OutsideEvidence, a.Evidence[0].Kind)
	assert.Contains(t, a.Answer, "Runbook 7 says that a boom passes when the job is retried [e1].")
}
