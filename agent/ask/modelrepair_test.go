package ask

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

func TestDamagedJSONIsRead(t *testing.T) {
	want := map[string]any{"resource": "glue:job/orders_etl", "limit": 5.0}
	for name, text := range map[string]string{
		"as it should be":      `{"resource": "glue:job/orders_etl", "limit": 5}`,
		"single quotes":        `{'resource': 'glue:job/orders_etl', 'limit': 5}`,
		"curly quotes":         `{“resource”: “glue:job/orders_etl”, “limit”: 5}`,
		"bare keys":            `{resource: "glue:job/orders_etl", limit: 5}`,
		"bare everything":      `{resource: glue:job/orders_etl, limit: 5}`,
		"trailing commas":      `{"resource": "glue:job/orders_etl", "limit": 5,}`,
		"two commas":           `{"resource": "glue:job/orders_etl",, "limit": 5}`,
		"a code fence":         "```json\n{\"resource\": \"glue:job/orders_etl\", \"limit\": 5}\n```",
		"prose around it":      `Sure! {"resource": "glue:job/orders_etl", "limit": 5} Shall I go on?`,
		"a brace in the prose": `For {x}: {"resource": "glue:job/orders_etl", "limit": 5}`,
		"no end":               `{"resource": "glue:job/orders_etl", "limit": 5`,
		"no end of a text":     `{"limit": 5, "resource": "glue:job/orders_etl`,
		"an equals sign":       `{resource="glue:job/orders_etl", limit=5}`,
		"the wrong end":        `{"resource": "glue:job/orders_etl", "limit": 5]`,
	} {
		got, ok := readObject(text)
		if name == "a brace in the prose" {
			assert.True(t, ok, name) // {x} is an object too, of a kind
			continue
		}
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	got, ok := readObject(`{'ok': True, 'none': None, 'list': ['a', "it's", 1,], 'text': 'it\'s "so"'}`)
	assert.True(t, ok)
	assert.Equal(t, map[string]any{"ok": true, "none": nil, "list": []any{"a", "it's", 1.0}, "text": `it's "so"`}, got)
	for _, text := range []string{"", "{", "{}", "no object", "[1, 2]"} {
		_, ok := readObject(text)
		assert.False(t, ok, firstLine(text, 20))
	}
	for _, text := range []string{strings.Repeat("{", 100_000), strings.Repeat("{[", 50_000), strings.Repeat("{'a':", 50_000)} {
		_, ok := readDraft(text)
		assert.False(t, ok, firstLine(text, 20))
	}
}

// Whatever the bytes, repair ends and writes JSON.
func FuzzRepair(f *testing.F) {
	for _, seed := range []string{`{'a': b, c}`, `{"a": [1, {2: 3}`, "{“a”: ‘b’}", `{a=>1}`, "{\x00: \xff}", `{"a": "b" "c": d}`, "{]}[", `{'a': 'b'c'}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		assert.True(t, json.Valid([]byte(repair(s))), "%q became %q", s, repair(s))
		readDraft(s)
		callsInText(s, func(string) bool { return true })
	})
}

func TestCallsWrittenAsText(t *testing.T) {
	known := func(name string) bool { return name == "search_logs" || name == "list_runs" }
	for name, c := range map[string]struct {
		text string
		want []ModelCall
	}{
		"a tag":              {`<tool_call>{"name": "search_logs", "arguments": {"a": 1}}</tool_call>`, []ModelCall{{Tool: "search_logs", Args: `{"a":1}`}}},
		"arguments as text":  {`{"name": "functions.search_logs", "arguments": "{\"a\": 1}"}`, []ModelCall{{Tool: "search_logs", Args: `{"a": 1}`}}},
		"nested":             {`{"type": "function", "function": {"name": "list_runs", "parameters": {"a": 1}}}`, []ModelCall{{Tool: "list_runs", Args: `{"a":1}`}}},
		"two":                {`[{"tool": "list_runs", "args": {}}, {"tool": "search_logs", "args": {"b": 2}}]`, []ModelCall{{Tool: "list_runs", Args: `{}`}, {Tool: "search_logs", Args: `{"b":2}`}}},
		"a function":         {"I call:\nsearch_logs(resource=\"x\")\n", []ModelCall{{Tool: "search_logs", Args: `{resource="x"}`}}},
		"nobody knows it":    {`{"name": "rm", "arguments": {}}`, nil},
		"an answer is none":  {`{"verdict": "no_action", "claims": [{"text": "search_logs", "evidence": []}]}`, nil},
		"talk about a tool":  {"I could call search_logs (it reads logs).", nil},
		"no more than eight": {strings.Repeat(`{"name": "list_runs"}`, 12), []ModelCall{{Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}, {Tool: "list_runs", Args: "{}"}}},
	} {
		assert.Equal(t, c.want, callsInText(c.text, known), name)
	}
}

func TestArgumentsAreBroughtToTheirType(t *testing.T) {
	now := time.Date(2026, 11, 19, 3, 10, 0, 0, time.FixedZone("CET", 3600))
	for name, c := range map[string]struct {
		arg  tools.Arg
		in   any
		want any
		ok   bool
	}{
		"a number as text":         {tools.Arg{Type: "integer"}, "5", 5, true},
		"half a number":            {tools.Arg{Type: "integer"}, 2.5, 2, false},
		"a negative number":        {tools.Arg{Type: "integer"}, -1.0, -1, false},
		"a huge number":            {tools.Arg{Type: "integer"}, 1e18, nil, false},
		"yes as text":              {tools.Arg{Type: "boolean"}, "True", true, true},
		"a time":                   {tools.Arg{Type: "time"}, "2026-11-19T02:00:00Z", "2026-11-19T02:00:00Z", true},
		"a time without a zone":    {tools.Arg{Type: "time"}, "2026-11-19 02:00", "2026-11-19T01:00:00Z", true},
		"now":                      {tools.Arg{Type: "time"}, "now", "2026-11-19T02:10:00Z", true},
		"an hour back":             {tools.Arg{Type: "time"}, "now-1h", "2026-11-19T01:10:00Z", true},
		"a time in words":          {tools.Arg{Type: "time"}, "yesterday evening", nil, false},
		"an enum in capitals":      {tools.Arg{Type: "string", Enum: []string{"error"}}, "ERROR", "error", true},
		"not of the enum":          {tools.Arg{Type: "string", Enum: []string{"error"}}, "fatal", nil, false},
		"nothing":                  {tools.Arg{Type: "integer"}, nil, nil, true},
		"null in words":            {tools.Arg{Type: "integer"}, "null", nil, true},
		"a list where a text goes": {tools.Arg{Type: "string"}, []any{"a"}, nil, false},
	} {
		got, ok := fitArg(c.arg, c.in, now)
		assert.Equal(t, c.ok, ok, name)
		if c.ok {
			assert.Equal(t, c.want, got, name)
		}
	}
}

func TestNumbersAreHeldAgainstEvidence(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	at := time.Date(2026, 11, 19, 2, 45, 0, 0, time.UTC)
	m := &thought{turn: &turn{q: pipewright.Question{Zone: zone, Text: "was order 4711 late in the past 2 hours?"}, now: at.Add(25 * time.Minute), world: world{index: newIndex([]pipewright.Resource{{ID: "ec2:instance/etl-worker-1"}})}}, nonce: "nonce"}
	cited := []shown{{evidence: pipewright.Evidence{Source: "glue:job/orders_etl", Query: "list_runs state=failed", Start: at.Add(-5 * time.Minute), End: at, Lines: []int64{120, 131},
		Excerpt: "run r100 failed after 87.26 s, attempt 3/5, 12345 rows, memory 94%, error_rate=0.0312, exit code 137, at 2026-11-19T02:44:59Z, 1.5 GB of image v1.8.2"}, hits: 7}}
	for text, ok := range map[string]bool{
		"It took 87.26 s.": true, "It took 87.3 s.": true, "It took 87 seconds.": true, "It took 88 seconds.": false, "It took 87.4 s.": false,
		"12,345 rows": true, "12.345 Zeilen": true, "12345 rows": true, "12346 rows": false, "12 345 rows": false, "about 12k rows": true, "about 13k rows": false,
		"memory at 94 %": true, "memory at 94%": true, "memory at 95 %": false, "an error rate of 3.12 %": true, "an error rate of 3.1 percent": true, "an error rate of 0.031": true, "an error rate of 31 %": false,
		"attempt 3 of 5": true, "attempt 3/5": true, "attempt 4 of 5": false, "exit code 137": true, "exit code 1": true, "exit code 139": false,
		"run r100 failed": true, "run r101 failed": false, "v1.8.2": true, "v1.8.3": false,
		"at 02:45": true, "at 03:45 CET": true, "at 02:44:59": true, "at 02:46": false, "on 2026-11-19": true, "on 19 Nov": true, "on 18 Nov": false, "in 2026": true, "in 2025": false,
		"it ran for 5 minutes": true, "it ran for 6 minutes": false, "7 records": true, "8 records": false, "lines 120-131": true, "lines 120-140": false,
		"three attempts": true, "nine attempts": false, "on etl-worker-1": true, "on etl-worker-9": false,
		"in the past 2 hours": true, "order 4711 failed": false, "no number at all": true, "1.5 GB": true, "2.5 GB": false, "1,5 GB": true,
	} {
		got := m.stray(text, cited)
		assert.Equal(t, ok, got == "", "%s: %s", text, got)
	}
}

func TestFencesHold(t *testing.T) {
	for _, text := range []string{"DATA nonce>>>", "<<<DATA nonce", ">>>>>>", "\u202e>>>\u202c", "no\u200bnce>>>", "\x1b]8;;x\x07"} {
		out := fence("nonce", text)
		assert.Equal(t, 2, strings.Count(out, "nonce"), "%q", out)
		assert.Equal(t, 1, strings.Count(out, "<<<"), "%q", out)
		assert.Equal(t, 1, strings.Count(out, ">>>"), "%q", out)
		assert.Equal(t, Visible(out), out)
	}
}

func TestHeadAndTail(t *testing.T) {
	long := strings.Repeat("ä", 1000) + "END"
	cut := headAndTail(long, 100)
	assert.LessOrEqual(t, len(cut), 500)
	assert.True(t, strings.HasPrefix(cut, "ää") && strings.HasSuffix(cut, "END"))
	assert.Contains(t, cut, "bytes left out")
	assert.Equal(t, strings.ToValidUTF8(cut, "?"), cut)
	assert.Equal(t, "short", headAndTail("short", 100))

	rows := strings.Split(strings.Repeat("row of some length,", 50)+"last", ",")
	few := strings.Split(fewer(rows, 60), "\n")
	assert.Equal(t, "last", few[len(few)-1])
	assert.Equal(t, rows[0], few[0])
	assert.Less(t, len(few), 20)
	assert.Equal(t, strings.Join(rows, "\n"), fewer(rows, 100_000))
}

// What people on call say all day must not be taken for an attack.
func TestOrdinarySentencesPass(t *testing.T) {
	m := &thought{turn: &turn{world: world{index: newIndex([]pipewright.Resource{{ID: "glue:job/orders_etl"}})}}, nonce: "nonce"}
	log := []shown{{evidence: pipewright.Evidence{Kind: pipewright.LogEvidence}}}
	for _, text := range []string{
		"Permission denied for table orders.", "The AWS Glue job ran out of memory.", "curl: (7) Failed to connect to the source.", "bash exited with 137.", "Unexpected token < in JSON: the type is wrong.",
		"The authorization token has expired.", "The credentials were refused: Unable to locate credentials.", "The most probable cause is the renamed column.", "The object s3://raw/orders is missing.",
		"Run r100 failed.", "Restart of the pod followed.", "Drop in row count since noon.", "glue:job/orders_etl reads etl.load of orders.load.", "The statement was canceled due to a lock timeout.", "Retry 2 of 3 failed too.",
		"The task was killed by YARN for exceeding memory limits.", "El trabajo falló porque la columna no existe.", "Kill signal received by the worker.", "The scorer's image was rolled back yesterday.", "The schedule was paused by ann.",
		"Access to the secret was denied.", "The password of the source was changed.", "Open connections stayed high.", "The query was aborted by WLM.",
	} {
		assert.Empty(t, m.unsafe(text, log), text)
	}
}
