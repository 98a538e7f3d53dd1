package llm

import (
	"context"
	"net/http"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// chain speaks through langchaingo, for vendors off OpenAI's wire.
type chain struct {
	cfg   Config
	model llms.Model
}

func newAnthropic(cfg Config, client *http.Client) (backend, error) {
	if cfg.Key == "" {
		return nil, pipewright.Errorf(pipewright.Invalid, "llm anthropic: refer to the key with llm.key")
	}
	options := []anthropic.Option{anthropic.WithToken(cfg.Key), anthropic.WithModel(cfg.Model), anthropic.WithHTTPClient(client)}
	if cfg.URL != "" {
		options = append(options, anthropic.WithBaseURL(cfg.URL))
	}
	model, err := anthropic.New(options...)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "llm anthropic: the client could not be made")
	}
	return &chain{cfg, model}, nil
}

// chainTokens bounds a reply when the prompt does not: this wire wants a bound.
const chainTokens = 2000

// chat makes one exchange. This wire has no strict form: the prompt describes it. With
// calls in the conversation it wants the tools declared even when none may be called. The
// library's stream hands over text as it is written, and calls when they are whole.
func (c *chain) chat(ctx context.Context, p ask.Prompt) (ask.Reply, error) {
	most := p.MaxTokens
	if most == 0 {
		most = chainTokens
	}
	options := []llms.CallOption{llms.WithModel(c.cfg.Model), llms.WithMaxTokens(most), llms.WithTemperature(0), llms.WithTools(chainTools(p))}
	if p.OnText != nil {
		options = append(options, llms.WithStreamingFunc(func(ctx context.Context, text []byte) error {
			p.OnText(string(text))
			return ctx.Err()
		}))
	}
	resp, err := c.model.GenerateContent(ctx, chainMessages(p.Messages), options...)
	if err != nil {
		return ask.Reply{}, err
	}
	if len(resp.Choices) == 0 {
		return ask.Reply{}, errNothing
	}
	return merge(resp.Choices), nil
}

func chainTools(p ask.Prompt) []llms.Tool {
	called := false
	for _, m := range p.Messages {
		called = called || len(m.Calls) > 0
	}
	if p.Final && !called {
		return nil
	}
	var out []llms.Tool
	for _, t := range p.Tools {
		out = append(out, llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: t.Name, Description: t.Purpose, Parameters: t.Schema}})
	}
	return out
}

// chainMessages writes one message a tool call and one a tool result: of more in one
// message the library sends the first only.
func chainMessages(messages []ask.Message) []llms.MessageContent {
	var out []llms.MessageContent
	add := func(role llms.ChatMessageType, part llms.ContentPart) {
		out = append(out, llms.MessageContent{Role: role, Parts: []llms.ContentPart{part}})
	}
	for _, m := range messages {
		switch m.Role {
		case ask.System:
			add(llms.ChatMessageTypeSystem, llms.TextContent{Text: m.Text})
		case ask.ToolReply:
			add(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: m.CallID, Content: m.Text})
		case ask.Assistant:
			if m.Text != "" {
				add(llms.ChatMessageTypeAI, llms.TextContent{Text: m.Text})
			}
			for _, c := range m.Calls {
				add(llms.ChatMessageTypeAI, llms.ToolCall{ID: c.ID, Type: "function", FunctionCall: &llms.FunctionCall{Name: c.Tool, Arguments: object(c.Args)}})
			}
		default:
			add(llms.ChatMessageTypeHuman, llms.TextContent{Text: m.Text})
		}
	}
	return out
}

// merge puts one reply together: each block of it arrives as a choice of its own.
func merge(choices []*llms.ContentChoice) ask.Reply {
	var r ask.Reply
	for _, c := range choices {
		if c == nil {
			continue
		}
		r.Text += c.Content
		for _, call := range c.ToolCalls {
			if call.FunctionCall != nil {
				r.Calls = append(r.Calls, ask.ModelCall{ID: call.ID, Tool: call.FunctionCall.Name, Args: call.FunctionCall.Arguments})
			}
		}
		switch c.StopReason {
		case "tool_use":
			r.Finish = ask.FinishCalls
		case "max_tokens":
			r.Finish = ask.FinishLength
		case "refusal":
			r.Finish = ask.FinishFilter
		default:
			r.Finish = ask.FinishStop
		}
		r.TokensIn, r.TokensOut = count(c, "InputTokens"), count(c, "OutputTokens") // of the whole reply, on every block
	}
	return r
}

func count(c *llms.ContentChoice, key string) int {
	n, _ := c.GenerationInfo[key].(int)
	return n
}
