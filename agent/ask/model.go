package ask

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Model is a language model that may call tools: an untrusted text generator.
// internal/llm has engines that serve it.
type Model interface {
	// Chat makes one exchange. It honours ctx and puts no secret into an error. An
	// error of kind Unavailable may pass; any other kind will not.
	Chat(ctx context.Context, p Prompt) (Reply, error)
}

// ErrBusy is what an engine's error wraps when the provider turned the request away because
// there were too many.
var ErrBusy = errors.New("too many requests")

// Role says who speaks in a Message.
type Role string

const (
	System    Role = "system"
	User      Role = "user"
	Assistant Role = "assistant"
	ToolReply Role = "tool" // what a tool returned; answers the call named by Message.CallID
)

// Message is one line of the conversation with the model.
type Message struct {
	Role   Role
	Text   string
	Calls  []ModelCall // the assistant's
	CallID string      // of a ToolReply
}

// ModelCall is a tool call as the model wrote it. Args is its text: usually JSON,
// sometimes damaged.
type ModelCall struct {
	ID   string
	Tool string
	Args string
}

// ToolSpec is a tool as the model sees it. Schema is a JSON Schema object.
type ToolSpec struct {
	Name    string
	Purpose string
	Schema  json.RawMessage
}

// Prompt is one request. With Final the model must answer in words and call nothing.
type Prompt struct {
	Messages  []Message
	Tools     []ToolSpec
	Schema    json.RawMessage // strict form of the answer; nil: free text
	Final     bool
	MaxTokens int                // of the reply; 0: the model's own bound
	OnText    func(delta string) // called with each piece of text as it arrives; nil: not streamed
}

// Finish says why a reply ended.
type Finish string

const (
	FinishStop   Finish = "stop"
	FinishCalls  Finish = "calls"
	FinishLength Finish = "length"
	FinishFilter Finish = "filter"
)

// Reply is what the model said. Tokens are 0 when the server does not count them.
type Reply struct {
	Text      string
	Calls     []ModelCall
	TokensIn  int
	TokensOut int
	Cost      float64 // dollars
	Finish    Finish
}

// Used is what the model cost.
type Used struct {
	Calls  int     `json:"calls"`
	Tokens int     `json:"tokens"`
	Cost   float64 `json:"cost"`
}

// Plus is the sum of two.
func (u Used) Plus(o Used) Used {
	return Used{u.Calls + o.Calls, u.Tokens + o.Tokens, u.Cost + o.Cost}
}

// Spend keeps what the model has cost, by day in UTC, for all processes that share a
// budget. The stores are one.
type Spend interface {
	Spent(ctx context.Context, day time.Time) (Used, error)
	// AddSpend adds to a day and returns its sum. Nothing is lost when several add at once.
	AddSpend(ctx context.Context, day time.Time, u Used) (sum Used, err error)
}

// Limits bound what the model may use. Zero fields take the default; a zero bound on
// money or on a day is no bound.
type Limits struct {
	Calls       int           // of the model, for one question; 8
	Tokens      int           // in and out, for one question; 60,000
	Cost        float64       // dollars, for one question
	Time        time.Duration // for one question; 30 s
	DailyCalls  int
	DailyTokens int
	DailyCost   float64
	Small       bool          // few tools at a time, short schemas and results
	Review      bool          // a second look, which may only take away
	Nonce       func() string // what fences data; random unless set
}

func (l Limits) complete() Limits {
	if l.Calls == 0 {
		l.Calls = 8
	}
	if l.Tokens == 0 {
		l.Tokens = 60_000
	}
	if l.Time == 0 {
		l.Time = 30 * time.Second
	}
	if l.Nonce == nil {
		l.Nonce = rand.Text
	}
	return l
}

// redacted is a Model behind a filter.
type redacted struct {
	model Model
	hide  func(string) string
}

// Redacted returns the model behind a filter that every text passes on its way out
// and back: a secret that somebody typed into a question reaches no model.
func Redacted(m Model, hide func(string) string) Model { return redacted{m, hide} }

func (r redacted) Chat(ctx context.Context, p Prompt) (Reply, error) {
	out := make([]Message, len(p.Messages))
	for i, m := range p.Messages {
		m.Text = r.hide(m.Text)
		m.Calls = r.calls(m.Calls)
		out[i] = m
	}
	p.Messages = out
	if p.OnText != nil {
		p.OnText = r.objects(p.OnText)
	}
	reply, err := r.model.Chat(ctx, p)
	reply.Text = r.hide(reply.Text)
	reply.Calls = r.calls(reply.Calls)
	return reply, err
}

// objects passes a text on that comes in pieces, at the ends of JSON objects only: no
// secret is then cut in two, and so escapes the filter.
func (r redacted) objects(on func(string)) func(string) {
	var held strings.Builder
	return func(delta string) {
		held.WriteString(delta)
		text := held.String()
		if end := strings.LastIndexByte(text, '}') + 1; end > 0 {
			held.Reset()
			held.WriteString(text[end:])
			on(r.hide(text[:end]))
		}
	}
}

func (r redacted) calls(calls []ModelCall) []ModelCall {
	out := make([]ModelCall, len(calls))
	for i, c := range calls {
		c.Args = r.hide(c.Args)
		out[i] = c
	}
	return out
}
