package ask_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// causes is the catalogue of these tests, read once.
var causes = catalogue.Default()

// script is a model that replies line by line and keeps what it was sent. After the
// last line it repeats it.
type script struct {
	lines []func(ask.Prompt) (ask.Reply, error)
	mu    sync.Mutex
	sent  []ask.Prompt
}

func (s *script) Chat(ctx context.Context, p ask.Prompt) (ask.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return ask.Reply{}, err
	}
	p.Messages = append([]ask.Message{}, p.Messages...)
	s.sent = append(s.sent, p)
	r, err := s.lines[min(len(s.sent), len(s.lines))-1](p)
	if r.TokensIn == 0 && err == nil {
		r.TokensIn, r.TokensOut, r.Cost = 100, 10, 0.01
	}
	return r, err
}

// says replies with words, calls with tool calls: name and arguments by turns.
func says(text string) func(ask.Prompt) (ask.Reply, error) {
	return func(ask.Prompt) (ask.Reply, error) { return ask.Reply{Text: text}, nil }
}

func calls(pairs ...string) func(ask.Prompt) (ask.Reply, error) {
	return func(ask.Prompt) (ask.Reply, error) {
		var r ask.Reply
		for i := 0; i+1 < len(pairs); i += 2 {
			r.Calls = append(r.Calls, ask.ModelCall{Tool: pairs[i], Args: pairs[i+1]})
		}
		return r, nil
	}
}

func fails(err error) func(ask.Prompt) (ask.Reply, error) {
	return func(ask.Prompt) (ask.Reply, error) { return ask.Reply{}, err }
}

func plays(lines ...func(ask.Prompt) (ask.Reply, error)) *script { return &script{lines: lines} }

// modelled answers one question over a shop with a model.
func modelled(t testing.TB, s *shop, m ask.Model, l ask.Limits, text string) pipewright.Answer {
	t.Helper()
	d := s.deps(t)
	d.Model, d.Limits, d.Spend, d.Catalogue = m, l, s, causes
	d.Outside = library(s.outside)
	a, err := ask.New(d).Ask(context.Background(), pipewright.Question{Text: text, Asker: "ann", Thread: "t", Surface: "test", At: now})
	require.NoError(t, err)
	return a
}
