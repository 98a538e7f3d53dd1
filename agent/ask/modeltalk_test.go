package ask_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// reply is one line of a scripted model.
type reply = func(ask.Prompt) (ask.Reply, error)

// answers is an answer in the agreed form: claims as "text | e1 e2".
func answers(verdict string, claims ...string) *form {
	return (&form{verdict: verdict}).claim(claims...)
}

// form writes an answer in the agreed form.
type form struct {
	verdict    string
	claims     []any
	hypotheses []any
	proposals  []any
	unknown    []string
	resources  []string
	choices    []string
}

func (f *form) claim(claims ...string) *form {
	for _, c := range claims {
		text, ids, _ := strings.Cut(c, " | ")
		f.claims = append(f.claims, map[string]any{"text": text, "evidence": strings.Fields(ids)})
	}
	return f
}

func (f *form) suspects(cause, where string, confidence any) *form {
	f.hypotheses = append(f.hypotheses, map[string]any{"cause": cause, "resource": where, "evidence": []string{"e1"}, "confidence": confidence})
	return f
}

func (f *form) proposes(action, target string) *form {
	f.proposals = append(f.proposals, map[string]any{"action": action, "target": target})
	return f
}

func (f *form) line() reply { return says(f.json()) }

func (f *form) json() string {
	b, _ := json.Marshal(map[string]any{"verdict": f.verdict, "claims": f.claims, "hypotheses": f.hypotheses, "proposals": f.proposals, "unknown": f.unknown, "resources": f.resources, "choices": f.choices})
	return string(b)
}

const (
	job   = "glue:job/orders_etl"
	table = "postgres:table/shop.orders"
)

var (
	readFailure = calls("search_logs", `{"resource":"glue:job/orders_etl","level":"error"}`, "list_incidents", `{"live":true}`, "recent_changes", `{"resource":"glue:job/orders_etl","hops":6}`)
	dropped     = "UndefinedColumn: the column customer_id does not exist. | e1"
	renamedAt   = `The column "customer_id" was renamed to "buyer_id" at 02:20. | e3`
	slow        = func(ask.Prompt) (ask.Reply, error) { return ask.Reply{}, context.DeadlineExceeded }
	down        = fails(pipewright.Errorf(pipewright.Unavailable, "sk-secret: connection refused"))
)

// chatter is one golden transcript: a question, the model's lines over the real tools, and
// what the answer must mean.
type chatter struct {
	ask     string
	lines   []reply
	limits  ask.Limits
	planner string // "model" unless said
	verdict pipewright.AnswerVerdict
	tools   string // called, in order
	holds   []string
	lacks   []string
	says    string // in what is unknown
	believe float64
	offers  string // proposals, as kind target
	sends   string // in the last prompt
}

var talks = map[string]chatter{
	"a diagnosis": {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped, renamedAt).suspects("schema_column_renamed", table, nil).line()},
		verdict: pipewright.ActionRequired, tools: "search_logs list_incidents recent_changes list_approvals", holds: []string{"customer_id does not exist", "buyer_id", "confidence 0.91", "approve ap-0002"}, believe: 0.91, offers: "postgres.remap " + table},
	"in Spanish": {ask: "¿por qué falló glue:job/orders_etl?", lines: []reply{readFailure, answers("action_required", `La columna customer_id fue renombrada a buyer_id a las 02:20. | e3`).suspects("schema_column_renamed", table, nil).line()},
		verdict: pipewright.ActionRequired, holds: []string{"fue renombrada a buyer_id a las 02:20 ["}, believe: 0.91},
	"in German, with a wish to act, which only proposes": {ask: "Kannst du orders_etl bitte neu anstoßen?", lines: []reply{calls("list_runs", `{"resource":"glue:job/orders_etl","state":"failed"}`), answers("action_suggested", "Der Lauf r100 ist fehlgeschlagen. | e1").proposes("glue.retry", job).line()},
		verdict: pipewright.ActionSuggested, holds: []string{"Der Lauf r100 ist fehlgeschlagen", `Say "retry glue:job/orders_etl" to file it.`}, offers: "glue.retry " + job},
	"a number from the evidence": {ask: "how full was the memory of orders_etl today?", lines: []reply{calls("get_metric", `{"resource":"glue:job/orders_etl","metric":"memory_percent","start":"2026-11-19T00:00:00Z","end":"2026-11-19T03:10:00Z"}`), answers("no_action", "Its memory was 50 % on average and 80 percent at most. | e1", "The maximum was 81 %. | e1").line()},
		verdict: pipewright.NoAction, holds: []string{"80 percent at most"}, lacks: []string{"81"}, says: "a number in it is not in the evidence"},
	"a number made up in words": {ask: "how often did orders_etl fail today?", lines: []reply{calls("list_runs", `{"resource":"glue:job/orders_etl","state":"failed"}`), answers("no_action", "It failed seven times. | e1", "It failed 1 time. | e1").line()},
		holds: []string{"It failed 1 time"}, lacks: []string{"seven"}},
	"a sentence without evidence": {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped, "Somebody was careless. | ", "It will pass. | e99").line()},
		lacks: []string{"careless", "will pass"}, says: "2 sentences of the model left out: no evidence is cited for it"},
	"it may lower its confidence": {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped).suspects("schema_column_renamed", table, 0.4).line()}, believe: 0.4},
	"it may not raise it":         {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped).suspects("schema_column_renamed", table, 1.0).suspects("code_bug_deployed", job, 0.99).line()}, believe: 0.91},
	"a cause that nothing measured": {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped).suspects("disk_full", job, 0.9).suspects("aliens", job, 0.9).line()},
		believe: 0.91, says: "the model also suspects disk_full", lacks: []string{"aliens"}},
	"a target that was never observed": {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("action_required", dropped).proposes("glue.retry", "glue:job/payroll").proposes("glue.explode", job).proposes("ec2.restart", "ec2:instance/etl-worker-1").line()},
		offers: "postgres.remap " + table, says: "3 sentences of the model left out: its proposal"},
	"two rounds": {ask: "what changed before orders_etl failed?", lines: []reply{calls("last_good_run", `{"resource":"glue:job/orders_etl"}`), calls("recent_changes", `{"resource":"glue:job/orders_etl","hops":6,"start":"-3h","end":"now"}`), answers("no_action", `customer_id was renamed to buyer_id by ann. | e2`).line()},
		tools: "last_good_run recent_changes", holds: []string{"renamed to buyer_id by ann"}},
	"it must ask which": {ask: "why did the job fail?", lines: []reply{answers("clarify").line()}, planner: "builtin"},
	"it asks which": {ask: "¿cómo va el trabajo de glue?", lines: []reply{func() reply {
		f := answers("clarify")
		f.choices = []string{job, "glue:job/customers_etl", "glue:job/nothing"}
		return f.line()
	}()}, verdict: pipewright.Clarify, holds: []string{"Which one do you mean: glue:job/customers_etl, glue:job/orders_etl?"}},

	"arguments as small models write them": {ask: "why did orders_etl fail?", lines: []reply{calls("functions.search-logs", "```json\n{'resource': 'glue:job/orders_etl', 'level': 'ERROR', 'limit': '5',}\n```", "get_metric", `{resource: "glue:job/orders_etl", metric: "memory_percent", start: "-1h", end: None`), answers("no_action", dropped).line()},
		tools: "search_logs get_metric list_incidents list_approvals", holds: []string{"customer_id does not exist"}},
	"a call written as text": {ask: "why did orders_etl fail?", lines: []reply{says("I will look.\n<tool_call>\n{\"name\": \"search_logs\", \"arguments\": {\"resource\": \"glue:job/orders_etl\", \"level\": \"error\"}}\n</tool_call>"), says("list_runs(resource=\"glue:job/orders_etl\", state=\"failed\")"), answers("no_action", dropped).line()},
		tools: "search_logs list_runs list_incidents list_approvals", holds: []string{"customer_id does not exist"}},
	"an answer in prose, then as asked": {ask: "why did orders_etl fail?", lines: []reply{readFailure, says("The job failed because a column is gone."), says("Sure! Here it is:\n```json\n" + answers("action_required", dropped).json() + "\n```\nAnything else?")},
		holds: []string{"customer_id does not exist"}, sends: "Reply now with the one JSON object"},
	"a wrong argument is explained": {ask: "why did orders_etl fail?", lines: []reply{calls("search_logs", `{"resource":"glue:job/orders_etl","level":"fatal"}`, "search_logs", `{"resource":7}`, "drop_table", `{}`, "get_metric", `{"resource":"glue:job/orders_etl"}`, "search_logs", `{"colour":"red"}`), answers("no_action", dropped).line()},
		planner: "builtin", sends: "level of search_logs must be one of error, warn, info, debug, all, not fatal"},
	"an unknown tool is named no further": {ask: "why did orders_etl fail?", lines: []reply{calls("delete_everything", `{}`), answers("no_action", dropped).line()}, planner: "builtin", sends: "there is no tool of that name"},
	"a failed call gives its query back":  {ask: "why did orders_etl fail?", lines: []reply{calls("search_logs", `{"resource":"orders etl"}`), answers("no_action", dropped).line()}, planner: "builtin", sends: `search_logs resource="orders etl"`},
	"nothing found says what was searched": {ask: "why did customers_etl fail?", lines: []reply{calls("search_logs", `{"resource":"glue:job/customers_etl","level":"error"}`), answers("no_action", "Nothing. | e1").line()},
		sends: "level=error start=2026-11-18T03:10:00Z end=2026-11-19T03:10:00Z"},
	"many results are cut in the middle": {ask: "show the memory of orders_etl", lines: []reply{calls("get_metric", `{"resource":"glue:job/orders_etl","metric":"memory_percent","limit":500}`), answers("no_action", "At most it was 80 %. | e1").line()}, limits: ask.Limits{Small: true}, sends: "bytes left out"},

	"it repeats a call":             {ask: "why did orders_etl fail?", lines: []reply{readFailure, calls("search_logs", `{"level":"error","resource":"glue:job/orders_etl"}`), answers("action_required", dropped).line()}, tools: "search_logs list_incidents recent_changes list_approvals", sends: "you made this very call before"},
	"it never stops calling":        {ask: "why did orders_etl fail?", lines: []reply{readFailure}, planner: "builtin", says: "it kept calling tools instead of answering"},
	"it returns nothing":            {ask: "why did orders_etl fail?", lines: []reply{says("")}, planner: "builtin", says: "it returned nothing"},
	"it talks nonsense":             {ask: "why did orders_etl fail?", lines: []reply{says("🦆🦆🦆 {{{{ quack")}, planner: "builtin", says: "it did not answer in the agreed form"},
	"it is down":                    {ask: "why did orders_etl fail?", lines: []reply{down}, planner: "builtin", says: "it could not be reached", lacks: []string{"sk-secret"}},
	"it goes down in the middle":    {ask: "why did orders_etl fail?", lines: []reply{readFailure, down}, planner: "builtin", says: "it could not be reached", believe: 0.91},
	"it is slow":                    {ask: "why did orders_etl fail?", lines: []reply{slow}, planner: "builtin", says: "it did not answer within 30s"},
	"its key is refused":            {ask: "why did orders_etl fail?", lines: []reply{fails(pipewright.Errorf(pipewright.Denied, "401"))}, planner: "builtin", says: "refused the key"},
	"its answer is cut off":         {ask: "why did orders_etl fail?", lines: []reply{func(ask.Prompt) (ask.Reply, error) { return ask.Reply{Text: `{"cla`, Finish: ask.FinishLength}, nil }}, planner: "builtin", says: "cut off"},
	"its provider filters":          {ask: "why did orders_etl fail?", lines: []reply{func(ask.Prompt) (ask.Reply, error) { return ask.Reply{Finish: ask.FinishFilter}, nil }}, planner: "builtin", says: "filter"},
	"nothing that it says holds":    {ask: "why did orders_etl fail?", lines: []reply{readFailure, answers("no_action", "All is well. | ").line()}, planner: "builtin", says: "nothing that it said was supported"},
	"one question's money":          {ask: "why did orders_etl fail?", limits: ask.Limits{Cost: 0.015}, lines: []reply{readFailure, calls("list_runs", `{}`), answers("no_action", dropped).line()}, planner: "builtin", says: "$0.015 for one question"},
	"one question's tokens":         {ask: "why did orders_etl fail?", limits: ask.Limits{Tokens: 300}, lines: []reply{readFailure}, planner: "builtin", says: "300 tokens for one question"},
	"the last call must answer":     {ask: "why did orders_etl fail?", limits: ask.Limits{Calls: 2}, lines: []reply{readFailure, answers("action_required", dropped).line()}, holds: []string{"customer_id does not exist"}},
	"a second look takes away":      {ask: "why did orders_etl fail?", limits: ask.Limits{Review: true}, lines: []reply{readFailure, answers("action_required", dropped, renamedAt).line(), says(`{"unsupported": [2], "confidence": 0.5}`)}, holds: []string{"does not exist"}, lacks: []string{"at 02:20"}, believe: 0.5},
	"a second look cannot add":      {ask: "why did orders_etl fail?", limits: ask.Limits{Review: true}, lines: []reply{readFailure, answers("action_required", dropped).line(), says(`{"unsupported": [], "confidence": 1, "claims": [{"text": "More.", "evidence": ["e1"]}]}`)}, lacks: []string{"More."}, believe: 0.91},
	"a second look that breaks":     {ask: "why did orders_etl fail?", limits: ask.Limits{Review: true}, lines: []reply{readFailure, answers("action_required", dropped).line(), says(`hm`)}, believe: 0.91},
	"an act stays with the grammar": {ask: "restart airflow:task/orders.load", lines: []reply{answers("no_action", "Done. | e1").line()}, planner: "builtin", tools: "-"},
	"help stays with the grammar":   {ask: "help", lines: []reply{answers("no_action", "Done. | e1").line()}, planner: "builtin"},
	"a small model sees few tools":  {ask: "why did orders_etl fail?", limits: ask.Limits{Small: true}, lines: []reply{calls("search_logs", `{"resource":"glue:job/orders_etl"}`), answers("no_action", "A run failed: r100. | e1").line()}, holds: []string{"r100"}},
	"a time in the asker's own words": {ask: "did orders_etl fail in the past 2 hours?", lines: []reply{calls("list_runs", `{"resource":"glue:job/orders_etl","state":"failed"}`), answers("no_action", "In the past 2 hours it failed once, with run r100. | e1").line()},
		holds: []string{"In the past 2 hours"}},
}

func TestModelTalks(t *testing.T) {
	for name, c := range talks {
		t.Run(name, func(t *testing.T) {
			s, m := newShop(nil), plays(c.lines...)
			before := requestsOf(s)
			a := modelled(t, s, m, c.limits, c.ask)
			c.check(t, a, m)
			if !slices.Contains([]pipewright.Intent{"act", "approve"}, a.Intent) {
				assert.Equal(t, before, requestsOf(s), "a question files nothing")
			}
			grounded(t, a)
		})
	}
}

func requestsOf(s *shop) int { return len(s.requests) }

func (c chatter) check(t *testing.T, a pipewright.Answer, m *script) {
	t.Helper()
	want := c.planner
	if want == "" {
		want = "model"
	}
	assert.Equal(t, want, a.Planner, "%s %v", a.Answer, a.Unknown)
	if c.verdict != "" {
		assert.Equal(t, c.verdict, a.Verdict)
	}
	for _, h := range c.holds {
		assert.Contains(t, a.Answer, h)
	}
	for _, l := range c.lacks {
		assert.NotContains(t, a.Answer+strings.Join(a.Unknown, "\n"), l)
	}
	assert.Contains(t, strings.Join(a.Unknown, "\n"), c.says)
	if c.believe > 0 {
		assert.InDelta(t, c.believe, a.Confidence, 1e-9)
	}
	if c.tools != "" && c.tools != "-" {
		assert.Equal(t, c.tools, called(a))
	}
	if c.offers != "" {
		var got []string
		for _, p := range a.Proposals {
			got = append(got, string(p.Action)+" "+string(p.Target))
		}
		assert.Equal(t, c.offers, strings.Join(got, ", "))
	}
	if c.sends != "" {
		assert.Contains(t, textSent(m), c.sends)
	}
}

func called(a pipewright.Answer) string {
	var names []string
	for _, c := range a.ToolCalls {
		names = append(names, c.Tool)
	}
	return strings.Join(names, " ")
}

// textSent is all that a model was ever sent.
func textSent(m *script) string {
	var b strings.Builder
	for _, p := range m.sent {
		for _, msg := range p.Messages {
			b.WriteString(msg.Text + "\n")
		}
	}
	return b.String()
}

// grounded checks what holds for every answer: hypotheses and sentences cite evidence
// that is there, and ids are in order.
func grounded(t *testing.T, a pipewright.Answer) {
	t.Helper()
	ids := map[string]bool{}
	for i, e := range a.Evidence {
		assert.Equal(t, "e"+itoa(i+1), e.ID)
		assert.NotEmpty(t, e.Query)
		ids[e.ID] = true
	}
	for _, h := range a.Hypotheses {
		for _, id := range h.Evidence {
			assert.True(t, ids[id], "%s cites %s", h.Cause, id)
		}
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestModelSpendingIsKeptByDay(t *testing.T) {
	s := newShop(nil)
	m := plays(readFailure, answers("action_required", dropped).line())
	a := modelled(t, s, m, ask.Limits{DailyCost: 0.03}, "why did orders_etl fail?")
	assert.Equal(t, "model", a.Planner)
	assert.Equal(t, 220, a.Usage.Tokens)
	assert.InDelta(t, 0.02, a.Usage.Cost, 1e-9)
	assert.Contains(t, a.Answer, "Model: 2 calls, 220 tokens, $0.02, today $0.02 of $0.03.")
	u, err := s.Spent(context.Background(), time.Now())
	assert.NoError(t, err)
	assert.Equal(t, ask.Used{Calls: 2, Tokens: 220, Cost: 0.02}, u)

	m = plays(readFailure, answers("action_required", dropped).line())
	a = modelled(t, s, m, ask.Limits{DailyCost: 0.03}, "why did orders_etl fail?")
	assert.Equal(t, "builtin", a.Planner, "one call more than the day allows")
	assert.Contains(t, a.Answer, "budget of $0.03 for today is used up")
	assert.InDelta(t, 0.01, a.Usage.Cost, 1e-9, "what was spent is shown all the same")
	m = plays(down)
	modelled(t, s, m, ask.Limits{DailyCalls: 3}, "why did orders_etl fail?")
	assert.Empty(t, m.sent)
}

// besides is a Spend that another process uses too: it spends a dollar whenever we do.
type besides struct{ *shop }

func (b besides) AddSpend(ctx context.Context, day time.Time, u ask.Used) (ask.Used, error) {
	return b.shop.AddSpend(ctx, day, u.Plus(ask.Used{Calls: 1, Cost: 1}))
}

func TestWhatAnotherProcessSpendsMeanwhileCounts(t *testing.T) {
	s := newShop(nil)
	d := s.deps(t)
	d.Model, d.Spend, d.Limits = plays(readFailure, answers("action_required", dropped).line()), besides{s}, ask.Limits{DailyCost: 1}
	a, err := ask.New(d).Ask(context.Background(), pipewright.Question{Text: "why did orders_etl fail?", Asker: "ann", Thread: "t", At: now})
	assert.NoError(t, err)
	assert.Equal(t, "builtin", a.Planner)
	assert.Contains(t, a.Answer, "the model did not serve (its budget of $1.00 for today is used up), so the built-in planner answered")
	assert.Contains(t, a.Answer, "Model: 1 call, 110 tokens, $0.01, today $1.01 of $1.00.")
}

func TestASmallModelIsOfferedLittle(t *testing.T) {
	small, large := plays(answers("no_action").line()), plays(answers("no_action").line())
	modelled(t, newShop(nil), small, ask.Limits{Small: true}, "why did orders_etl fail?")
	modelled(t, newShop(nil), large, ask.Limits{}, "why did orders_etl fail?")
	size := func(p ask.Prompt) (n int) {
		for _, tool := range p.Tools {
			n += len(tool.Schema) + len(tool.Purpose)
		}
		return n
	}
	assert.LessOrEqual(t, len(small.sent[0].Tools), 5)
	assert.Len(t, large.sent[0].Tools, 20)
	assert.Less(t, 3*size(small.sent[0]), size(large.sent[0]))
	assert.Nil(t, small.sent[0].Schema)
	assert.NotNil(t, large.sent[0].Schema)
}

func TestWhatATypedSecretMeets(t *testing.T) {
	m := plays(readFailure, answers("action_required", dropped+" ", "The password is hunter2. | e1").line())
	hide := func(s string) string { return strings.ReplaceAll(s, "hunter2", "[redacted]") }
	a := modelled(t, newShop(nil), ask.Redacted(m, hide), ask.Limits{}, "why did orders_etl fail? its password is hunter2")
	assert.NotContains(t, textSent(m), "hunter2")
	assert.NotContains(t, a.Answer, "hunter2")
}

func TestTheModelRemembersTheThread(t *testing.T) {
	s := newShop(nil)
	hide := func(s string) string { return strings.ReplaceAll(s, "hunter2", "[redacted]") }
	modelled(t, s, ask.Redacted(plays(readFailure, answers("action_required", dropped).line()), hide), ask.Limits{}, "why did orders_etl fail? my password is hunter2")
	modelled(t, s, plays(down), ask.Limits{}, "what changed since?")
	m := plays(answers("no_action").line())
	modelled(t, s, ask.Redacted(m, hide), ask.Limits{}, "¿y ayer?")
	sent := m.sent[0].Messages[1].Text
	assert.Contains(t, sent, "asked: why did orders_etl fail?")
	assert.Contains(t, sent, "answered: UndefinedColumn: the column customer_id does not exist")
	assert.Contains(t, sent, "asked: what changed since?")
	for _, row := range s.threads {
		assert.NotContains(t, string(row), "hunter2")
	}
}
