package ask

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

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
	for _, a := range batch {
		if a.note == "" {
			m.doing(a.tool.Name, a.args)
		}
	}
	m.run(batch)
	for _, a := range batch {
		m.messages = append(m.messages, Message{Role: ToolReply, CallID: a.call.ID, Text: m.resultOf(a)})
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
	tool, ok := m.tool(name)
	if !ok {
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
