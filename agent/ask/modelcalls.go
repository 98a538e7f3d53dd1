package ask

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Bounds of one round of tool calls.
const (
	callsAtOnce  = 8 // more are refused
	callsAbreast = 4 // run at the same time
)

// asked is one tool call on its way: read, checked, run, answered.
type asked struct {
	call  ModelCall
	tool  tools.Tool
	args  map[string]any
	query string // the call as one line
	note  string // why it is not run
	res   tools.Result
	err   error
}

// read runs the calls of one reply and adds their results to the conversation. It
// returns false when the model is to call no more.
func (m *thought) read(reply Reply) (more bool) {
	for i := range reply.Calls {
		if reply.Calls[i].ID == "" {
			reply.Calls[i].ID = fmt.Sprintf("call_%d_%d", len(m.messages), i)
		}
	}
	m.messages = append(m.messages, Message{Role: Assistant, Text: reply.Text, Calls: reply.Calls})
	more = true
	batch := make([]*asked, len(reply.Calls))
	running := 0
	for i, c := range reply.Calls {
		batch[i] = m.check(c)
		if batch[i].note == "" {
			if running++; running > callsAtOnce {
				batch[i].note = fmt.Sprintf("not run: at most %d calls at once", callsAtOnce)
			} else if len(m.ans.ToolCalls)+running > m.a.deps.Budget.Calls {
				batch[i].note, more = "not run: the budget of tool calls is used up; answer with what you have", false
			}
		}
		if m.repeats > repeatsBorne {
			more = false
		}
	}
	m.run(batch)
	for _, a := range batch {
		m.messages = append(m.messages, Message{Role: ToolReply, CallID: a.call.ID, Text: m.tell1(a)})
	}
	return more
}

// repeatsBorne is how often a model is told that it repeats itself.
const repeatsBorne = 1

// check reads a call's arguments and holds them against the tool's declaration. A
// call that was made before is not made again.
func (m *thought) check(c ModelCall) *asked {
	a := &asked{call: c, args: map[string]any{}}
	name := toolName(c.Tool)
	tool, ok := m.a.deps.Tools.Tool(name)
	if !ok || tool.Effect != tools.Read {
		a.query, a.note = firstLine(Visible(name), 60), "error: there is no tool of that name; they are "+strings.Join(m.names(), ", ")
	} else {
		a.tool, a.query = tool, name
		a.args, a.note = m.arguments(tool, c.Args)
		a.query = queryLine(tool, a.args)
	}
	key := a.query
	if a.note != "" {
		key = name + " " + c.Args
	}
	if m.seen[key]++; m.seen[key] > 1 {
		m.repeats++
		a.note = "not run: you made this very call before, and its result stands above; use it, ask something else, or answer"
	}
	return a
}

func (m *thought) names() []string {
	var out []string
	for _, t := range m.offered {
		out = append(out, t.Name)
	}
	return out
}

// arguments reads and checks the arguments of a call. note says what is wrong.
func (m *thought) arguments(tool tools.Tool, text string) (args map[string]any, note string) {
	args = map[string]any{}
	if strings.TrimSpace(text) == "" || strings.TrimSpace(text) == "{}" || strings.TrimSpace(text) == "null" {
		text = ""
	}
	given := map[string]any{}
	if text != "" {
		var ok bool
		if given, ok = readObject(text); !ok {
			return args, fmt.Sprintf("error: the arguments of %s are not a JSON object such as {%s}", tool.Name, example(tool))
		}
	}
	for _, name := range sortedKeys(given) {
		i := slices.IndexFunc(tool.Args, func(a tools.Arg) bool { return a.Name == strings.ToLower(name) })
		if i < 0 {
			return args, fmt.Sprintf("error: %s has no argument %q; it has %s", tool.Name, firstLine(Visible(name), 40), argNames(tool))
		}
		v, ok := fitArg(tool.Args[i], given[name], m.now)
		if !ok {
			return args, fmt.Sprintf("error: %s of %s must be %s, not %s", name, tool.Name, argForm(tool.Args[i]), firstLine(Visible(fmt.Sprint(given[name])), 60))
		}
		if v != nil {
			args[tool.Args[i].Name] = v
		}
	}
	for _, a := range tool.Args {
		if _, there := args[a.Name]; a.Required && !there {
			return args, fmt.Sprintf("error: %s needs %s: %s", tool.Name, a.Name, a.Purpose)
		}
	}
	m.bound(tool, args)
	return args, ""
}

// bound gives a call the window of the question when it names none, except where all
// that is open matters.
func (m *thought) bound(tool tools.Tool, args map[string]any) {
	has := func(name string) bool {
		return slices.ContainsFunc(tool.Args, func(a tools.Arg) bool { return a.Name == name })
	}
	_, start := args["start"]
	_, end := args["end"]
	if !start && !end && args["live"] == nil && has("start") && has("end") {
		args["start"], args["end"] = m.ans.Window.Start.UTC().Format(time.RFC3339), m.ans.Window.End.UTC().Format(time.RFC3339)
	}
}

func example(tool tools.Tool) string {
	for _, a := range tool.Args {
		if a.Name == "resource" {
			return `"resource": "glue:job/orders_etl"`
		}
	}
	return ""
}

func argNames(tool tools.Tool) string {
	var out []string
	for _, a := range tool.Args {
		out = append(out, a.Name)
	}
	return strings.Join(out, ", ")
}

func argForm(a tools.Arg) string {
	switch {
	case len(a.Enum) > 0:
		return "one of " + strings.Join(a.Enum, ", ")
	case a.Type == "time":
		return "a time such as 2026-01-31T14:00:00Z"
	}
	return "of type " + a.Type
}

// fitArg brings a value to the argument's type, as far as its meaning is certain. A
// value that says nothing becomes nil.
func fitArg(a tools.Arg, v any, now time.Time) (any, bool) {
	if s, ok := v.(string); ok {
		if s = strings.TrimSpace(s); s == "" || strings.EqualFold(s, "null") || strings.EqualFold(s, "none") {
			return nil, true
		}
		v = s
	}
	if v == nil {
		return nil, true
	}
	switch a.Type {
	case "integer":
		n, ok := numberOf(v)
		return int(n), ok && n == math.Trunc(n) && n >= 0 && n < 1e9
	case "number":
		return numberOf(v)
	case "boolean":
		if s, is := v.(string); is {
			b, err := strconv.ParseBool(strings.ToLower(s))
			return b, err == nil
		}
		b, ok := v.(bool)
		return b, ok
	case "time":
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		return timeOf(s, now)
	}
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	for _, e := range a.Enum {
		if strings.EqualFold(e, s) {
			return e, true
		}
	}
	return s, len(a.Enum) == 0
}

func numberOf(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case string:
		f, err := strconv.ParseFloat(n, 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return 0, false
}

// timeOf reads a time as models write it: RFC 3339, the same without a zone (the
// asker's), a date, "now", or a duration back from now.
func timeOf(s string, now time.Time) (any, bool) {
	if strings.EqualFold(s, "now") {
		return now.UTC().Format(time.RFC3339), true
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(strings.TrimPrefix(s, "now"), "-")); err == nil && d >= 0 {
		return now.Add(-d).UTC().Format(time.RFC3339), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil && at.Year() > 0 {
			return at.UTC().Format(time.RFC3339), true
		}
	}
	return nil, false
}

// queryLine is the call as one line, arguments in the order of their declaration.
func queryLine(tool tools.Tool, args map[string]any) string {
	var b strings.Builder
	b.WriteString(tool.Name)
	for _, a := range tool.Args {
		v, ok := args[a.Name]
		if !ok {
			continue
		}
		if s, is := v.(string); is && strings.ContainsAny(s, " \t\n\"") {
			v = strconv.Quote(s)
		}
		fmt.Fprintf(&b, " %s=%v", a.Name, v)
	}
	return b.String()
}

// run makes the calls that passed, a few at the same time, and records them in the
// order in which the model made them.
func (m *thought) run(batch []*asked) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, callsAbreast)
	for _, a := range batch {
		if a.note != "" {
			continue
		}
		wg.Add(1)
		slots <- struct{}{}
		go func(ctx context.Context) {
			defer wg.Done()
			defer func() { <-slots }()
			a.res, a.err = a.tool.Call(ctx, a.args)
		}(m.ctx)
	}
	wg.Wait()
	for _, a := range batch {
		if a.note == "" && a.err == nil {
			m.ans.ToolCalls = append(m.ans.ToolCalls, pipewright.ToolCall{Tool: a.tool.Name, Args: a.args, Hits: a.res.Hits})
			m.ans.Usage.Calls = len(m.ans.ToolCalls)
			m.learn(a.res.Data)
		}
	}
}

// learn keeps the incidents that were read: what the answer says of their causes is
// the diagnosis's word, not the model's.
func (m *thought) learn(data any) {
	keep := func(inc pipewright.Incident) {
		if inc.ID != "" && !slices.ContainsFunc(m.incidents, func(i pipewright.Incident) bool { return i.ID == inc.ID }) {
			m.incidents = append(m.incidents, inc)
		}
	}
	switch d := data.(type) {
	case pipewright.Incident:
		keep(d)
	case []pipewright.Incident:
		for _, inc := range d {
			keep(inc)
		}
	}
}

// tell1 writes the result of one call for the model: what was asked, what was found,
// and the data in a fence.
func (m *thought) tell1(a *asked) string {
	switch {
	case a.note != "":
		return a.note + "\ncall: " + fence(m.nonce, a.query)
	case a.err != nil:
		return "error: the call failed; change it or answer without it\n" + fence(m.nonce, a.query+"\n"+firstLine(a.err.Error(), 300))
	case a.res.Hits == 0 && len(a.res.Evidence) == 0:
		return fmt.Sprintf("%s: nothing found.\n%s", a.query, fence(m.nonce, firstLine(a.res.Empty, 600)))
	}
	ids, text := m.show(a.res)
	lead := fmt.Sprintf("%s: %d found", a.query, a.res.Hits)
	if len(ids) > 0 {
		lead += fmt.Sprintf(", evidence %s to %s", ids[0], ids[len(ids)-1])
	}
	return lead + "\n" + fence(m.nonce, text)
}

// show numbers the evidence of a result and writes it within the budget of one
// result: the beginning and the end, with what is left out between them.
func (m *thought) show(res tools.Result) (ids []string, text string) {
	if len(res.Evidence) == 0 {
		b, err := json.Marshal(res.Data)
		if err != nil {
			return nil, "the result cannot be shown"
		}
		return nil, headAndTail(string(b), m.room())
	}
	each := max(60, m.room()/min(len(res.Evidence), 6))
	var rows []string
	for _, e := range res.Evidence {
		id := m.number(e, res.Hits)
		ids = append(ids, id)
		rows = append(rows, fmt.Sprintf("[%s] %s %s %s%s\n%s", id, e.Kind, e.Source, m.spanUTC(e), linesOf(e), headAndTail(e.Excerpt, each)))
	}
	if res.Hits == 0 && res.Empty != "" {
		rows = append(rows, res.Empty)
	}
	return ids, fewer(rows, m.room())
}

func linesOf(e pipewright.Evidence) string {
	if len(e.Lines) == 2 {
		return fmt.Sprintf(" lines %d-%d", e.Lines[0], e.Lines[1])
	}
	return ""
}

func (m *thought) spanUTC(e pipewright.Evidence) string {
	switch {
	case e.Start.IsZero():
		return ""
	case e.End.IsZero() || e.End.Equal(e.Start):
		return e.Start.UTC().Format(time.RFC3339)
	}
	return e.Start.UTC().Format(time.RFC3339) + " to " + e.End.UTC().Format(time.RFC3339)
}

// fewer keeps rows from both ends until the budget in tokens is used up.
func fewer(rows []string, tokens int) string {
	left := tokens
	head, tail := 0, len(rows)
	for head < tail {
		if left -= tokensOf(rows[head]); left < 0 && head > 0 {
			break
		}
		if head++; head == tail || head%2 == 1 {
			continue // two from the beginning for one from the end
		}
		if left -= tokensOf(rows[tail-1]); left < 0 {
			break
		}
		tail--
	}
	if head >= tail {
		return strings.Join(rows, "\n")
	}
	out := append(slices.Clone(rows[:head]), fmt.Sprintf("… %d records left out; narrow the window to see them …", tail-head))
	return strings.Join(append(out, rows[tail:]...), "\n")
}

// shown is a piece of evidence that the model has seen under an id of its own.
type shown struct {
	evidence pipewright.Evidence
	hits     int // of the result that it came with
}

// number gives evidence its id in the conversation; the same evidence keeps its id.
func (m *thought) number(e pipewright.Evidence, hits int) string {
	key := fmt.Sprint(e.Source, "\x00", e.Kind, "\x00", e.Lines, "\x00", e.Excerpt)
	if id, ok := m.ids[key]; ok {
		return id
	}
	m.shown = append(m.shown, shown{e, hits})
	id := "e" + strconv.Itoa(len(m.shown))
	m.ids[key] = id
	return id
}

// room is the budget of one result, in tokens.
func (m *thought) room() int {
	if m.limits.Small {
		return 450
	}
	return 1600
}
