package llm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"regexp"
	"sync/atomic"

	openai "github.com/sashabaranov/go-openai"

	"github.com/pipewright/pipewright/agent/ask"
)

// openAI speaks OpenAI's wire, to OpenAI, Azure or a local server.
type openAI struct {
	cfg      Config
	client   *openai.Client
	noSchema atomic.Bool // the server refused a strict form once
}

// azureVersion is the API version used unless the configuration names another.
const azureVersion = "2024-10-21"

func newOpenAI(cfg Config, client *http.Client) (backend, error) {
	c := openai.DefaultConfig(cfg.Key)
	if cfg.Vendor == "azure" {
		c = openai.DefaultAzureConfig(cfg.Key, cfg.URL)
		c.AzureModelMapperFunc = func(model string) string { return model } // Model names the deployment
		if c.APIVersion = cfg.APIVersion; c.APIVersion == "" {
			c.APIVersion = azureVersion
		}
	}
	if cfg.URL != "" {
		c.BaseURL = cfg.URL
	}
	c.OrgID, c.HTTPClient = cfg.Organisation, client
	return &openAI{cfg: cfg, client: openai.NewClientWithConfig(c)}, nil
}

func (o *openAI) chat(ctx context.Context, p ask.Prompt) (ask.Reply, error) {
	if o.noSchema.Load() {
		p.Schema = nil
	}
	r, err := o.once(ctx, p)
	var no *refused
	if errors.As(err, &no) && p.Schema != nil && (no.status == http.StatusBadRequest || no.status == http.StatusUnprocessableEntity) {
		p.Schema = nil // many local servers know no strict form
		if r, err = o.once(ctx, p); err == nil {
			o.noSchema.Store(true)
		}
	}
	return r, err
}

func (o *openAI) once(ctx context.Context, p ask.Prompt) (ask.Reply, error) {
	if p.OnText != nil {
		return o.stream(ctx, p)
	}
	resp, err := o.client.CreateChatCompletion(ctx, o.request(p))
	if err != nil {
		return ask.Reply{}, err
	}
	r := ask.Reply{TokensIn: resp.Usage.PromptTokens, TokensOut: resp.Usage.CompletionTokens}
	if len(resp.Choices) == 0 {
		return r, errNothing
	}
	r.Text, r.Finish = resp.Choices[0].Message.Content, finish(resp.Choices[0].FinishReason)
	for _, c := range resp.Choices[0].Message.ToolCalls {
		r.Calls = append(r.Calls, ask.ModelCall{ID: c.ID, Tool: c.Function.Name, Args: c.Function.Arguments})
	}
	return r, nil
}

// reasons matches models that take neither a temperature nor max_tokens.
var reasons = regexp.MustCompile(`^(?:o\d|gpt-5)`)

func (o *openAI) request(p ask.Prompt) openai.ChatCompletionRequest {
	q := openai.ChatCompletionRequest{Model: o.cfg.Model, Messages: wireMessages(p.Messages)}
	if reasons.MatchString(o.cfg.Model) {
		q.MaxCompletionTokens = p.MaxTokens
	} else {
		q.MaxTokens, q.Temperature = p.MaxTokens, math.SmallestNonzeroFloat32 //nolint:staticcheck // the compatible servers know only max_tokens; a temperature of 0 would be left out
	}
	if !p.Final {
		for _, t := range p.Tools {
			q.Tools = append(q.Tools, openai.Tool{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: t.Name, Description: t.Purpose, Parameters: t.Schema}})
		}
	}
	if p.Schema != nil {
		q.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: "answer", Schema: Strict(p.Schema), Strict: true}}
	}
	return q
}

func wireMessages(messages []ask.Message) []openai.ChatCompletionMessage {
	var out []openai.ChatCompletionMessage
	for _, m := range messages {
		w := openai.ChatCompletionMessage{Role: string(m.Role), Content: m.Text, ToolCallID: m.CallID}
		for _, c := range m.Calls {
			w.ToolCalls = append(w.ToolCalls, openai.ToolCall{ID: c.ID, Type: openai.ToolTypeFunction,
				Function: openai.FunctionCall{Name: c.Tool, Arguments: object(c.Args)}})
		}
		out = append(out, w)
	}
	return out
}

// object is args when it is a JSON object, else an empty one: servers refuse a
// conversation that holds the damaged call of a turn before.
func object(args string) string {
	var v map[string]any
	if json.Unmarshal([]byte(args), &v) != nil || v == nil {
		return "{}"
	}
	return args
}

func finish(r openai.FinishReason) ask.Finish {
	switch r {
	case openai.FinishReasonToolCalls, openai.FinishReasonFunctionCall:
		return ask.FinishCalls
	case openai.FinishReasonLength:
		return ask.FinishLength
	case openai.FinishReasonContentFilter:
		return ask.FinishFilter
	}
	return ask.FinishStop
}

// stream reads a reply as it is written.
func (o *openAI) stream(ctx context.Context, p ask.Prompt) (r ask.Reply, err error) {
	q := o.request(p)
	q.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	s, err := o.client.CreateChatCompletionStream(ctx, q)
	if err != nil {
		return r, err
	}
	defer func() { _ = s.Close() }() // nothing was written
	var calls deltas
	for chunks := 0; ; chunks++ {
		c, err := s.Recv()
		switch {
		case errors.Is(err, io.EOF) && chunks == 0:
			return r, errNothing
		case errors.Is(err, io.EOF):
			r.Calls = calls.done()
			return r, nil
		case err != nil:
			return r, err
		}
		if c.Usage != nil {
			r.TokensIn, r.TokensOut = c.Usage.PromptTokens, c.Usage.CompletionTokens
		}
		if len(c.Choices) == 0 {
			continue
		}
		choice := c.Choices[0]
		if choice.FinishReason != "" {
			r.Finish = finish(choice.FinishReason)
		}
		if d := choice.Delta.Content; d != "" {
			r.Text += d
			p.OnText(d)
		}
		calls.add(choice.Delta.ToolCalls)
	}
}

// deltas puts tool calls together that arrive in pieces.
type deltas struct {
	calls []ask.ModelCall
	at    map[int]int // position in calls, by the wire's index
}

// add takes pieces. Name and id come with the first piece of an index. A server that
// sends no index sends whole calls, or goes on with the last one.
func (d *deltas) add(pieces []openai.ToolCall) {
	if d.at == nil {
		d.at = map[int]int{}
	}
	for _, p := range pieces {
		i := d.place(p)
		c := &d.calls[i]
		if p.ID != "" {
			c.ID = p.ID
		}
		if c.Tool == "" {
			c.Tool = p.Function.Name
		}
		c.Args += p.Function.Arguments
	}
}

func (d *deltas) place(p openai.ToolCall) int {
	if p.Index == nil {
		if len(d.calls) == 0 || p.Function.Name != "" {
			d.calls = append(d.calls, ask.ModelCall{})
		}
		return len(d.calls) - 1
	}
	i, ok := d.at[*p.Index]
	if !ok {
		i = len(d.calls)
		d.calls, d.at[*p.Index] = append(d.calls, ask.ModelCall{}), i
	}
	return i
}

func (d *deltas) done() []ask.ModelCall { return d.calls }
