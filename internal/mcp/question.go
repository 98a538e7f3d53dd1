package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/prompts"
)

const surface = "mcp"

var (
	askInput = json.RawMessage(`{"type":"object","properties":{
"question":{"type":"string","minLength":1,"maxLength":4000,"description":"in plain English: why did the glue job fail last night; what is wrong now"},
"thread":{"type":"string","maxLength":80,"description":"any word: questions with the same one are one conversation"}},
"required":["question"],"additionalProperties":false}`)
	answerSchema = json.RawMessage(`{"type":"object","properties":{"verdict":{"type":"string"},"intent":{"type":"string"},"answer":{"type":"string"},
"confidence":{"type":"number"},"evidence":{"type":"array","items":{"type":"object"}}},"required":["verdict","intent","answer","evidence"]}`)
)

func (s *Server) addAsk() {
	s.add(offer{name: "ask", purpose: "ask Pipewright a question about the pipelines it watches; the answer cites its evidence and changes nothing", input: askInput, output: answerSchema},
		func(ctx context.Context, args map[string]any) (reply, error) {
			stale, err := s.deps.Fresh(ctx)
			if err != nil {
				return reply{}, err
			}
			now, err := s.deps.Now(ctx)
			if err != nil {
				return reply{}, err
			}
			q := pipewright.Question{Text: text(args, "question"), Asker: s.deps.Who, Thread: text(args, "thread"), Surface: surface, At: now}
			a, err := s.asker.Ask(ctx, q)
			if err != nil {
				return reply{}, err
			}
			if stale != "" {
				a.Unknown, a.Answer = append(a.Unknown, stale), a.Answer+"\n"+stale
			}
			return s.answered(a)
		})
}

// answered is an answer as a reply: its words first, then what it rests on, fenced.
func (s *Server) answered(a pipewright.Answer) (reply, error) {
	tree, err := s.plain(a)
	if err != nil {
		return reply{}, err
	}
	obj, _ := tree.(map[string]any)
	r, err := bounded(obj, "", "")
	if err != nil {
		return r, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n", a.Verdict, a.Intent, cut(s.clean(a.Answer), 8000))
	for i, e := range a.Evidence {
		if b.Len() > maxResult/2 {
			fmt.Fprintf(&b, "\n%d more pieces of evidence are in the structured result\n", len(a.Evidence)-i)
			break
		}
		fmt.Fprintf(&b, "\n[%s] %s, %s\n%s\n", e.ID, s.clean(string(e.Source)), cut(s.clean(e.Query), 300), prompts.Fence(e.ID, cut(s.clean(e.Excerpt), 2000)))
	}
	r.text = b.String()
	return r, nil
}

func text(args map[string]any, name string) string { v, _ := args[name].(string); return v }

// unfiled lets a question learn what the guards would say, and files nothing: no
// words that come over MCP approve, deny, pause or act.
type unfiled struct{ guards ask.Proposer }

func (u unfiled) Propose(context.Context, pipewright.Request) (pipewright.Request, error) {
	return pipewright.Request{}, pipewright.Errorf(pipewright.Denied, "over MCP a question files nothing; a person approves, denies and pauses in Slack or with pipewright's commands")
}

func (u unfiled) Rule(ctx context.Context, a pipewright.Action) (pipewright.Proposal, error) {
	return u.guards.Rule(ctx, a)
}

// maxThreads bounds the conversations kept; the one not used longest goes first.
const maxThreads = 256

// threads keeps conversations for as long as the server runs.
type threads struct {
	mu    sync.Mutex
	state map[string][]byte
	order []string
}

func newThreads() *threads { return &threads{state: map[string][]byte{}} }

// Thread implements ask.Threads. A question without a thread is on its own.
func (t *threads) Thread(_ context.Context, _, thread string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state[thread], nil
}

// SaveThread implements ask.Threads.
func (t *threads) SaveThread(_ context.Context, _, thread string, state []byte) error {
	if thread == "" {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, name := range t.order {
		if name == thread {
			t.order = append(t.order[:i], t.order[i+1:]...)
			break
		}
	}
	t.order = append(t.order, thread)
	t.state[thread] = state
	if len(t.order) > maxThreads {
		delete(t.state, t.order[0])
		t.order = t.order[1:]
	}
	return nil
}
