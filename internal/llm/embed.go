package llm

import (
	"context"

	openai "github.com/sashabaranov/go-openai"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// Texts of one request for embeddings, and bytes of one text; more is cut off.
const (
	embedAtOnce = 64
	embedLength = 24_000
)

// Embed returns one vector a text, in their order, and what it cost. Batches are sent
// one after another.
func (e *Engine) Embed(ctx context.Context, texts []string) (vectors [][]float32, cost float64, err error) {
	vectors, used, err := e.embedAll(ctx, texts)
	if err != nil {
		return nil, used.Cost, err
	}
	return vectors, used.Cost, nil
}

// embedAll is Embed that returns, with an error, what came before it.
func (e *Engine) embedAll(ctx context.Context, texts []string) (vectors [][]float32, used ask.Used, err error) {
	wire, ok := e.wire.(*openAI)
	if !ok || e.cfg.Embeddings == "" {
		return nil, used, pipewright.Errorf(pipewright.Invalid, "llm %s: no model for embeddings is configured", e.cfg.Vendor)
	}
	for len(texts) > 0 {
		n := min(embedAtOnce, len(texts))
		batch, tokens, err := wire.embed(ctx, texts[:n])
		if err != nil {
			return vectors, used, e.embedFault(ctx, err)
		}
		used = used.Plus(ask.Used{Calls: 1, Tokens: tokens, Cost: e.price(tokens, 0)})
		vectors, texts = append(vectors, batch...), texts[n:]
	}
	return vectors, used, nil
}

func (o *openAI) embed(ctx context.Context, texts []string) ([][]float32, int, error) {
	ctx, stop := context.WithTimeout(ctx, o.cfg.Timeout)
	defer stop()
	input := make([]string, len(texts))
	for i, s := range texts {
		if input[i] = s[:min(len(s), embedLength)]; s == "" {
			input[i] = " " // an empty text is refused
		}
	}
	resp, err := o.client.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{Input: input, Model: openai.EmbeddingModel(o.cfg.Embeddings)})
	if err != nil {
		return nil, 0, err
	}
	out := make([][]float32, len(texts))
	for _, d := range resp.Data {
		if d.Index >= 0 && d.Index < len(out) {
			out[d.Index] = d.Embedding
		}
	}
	for _, v := range out {
		if len(v) == 0 {
			return nil, 0, errNothing
		}
	}
	return out, resp.Usage.TotalTokens, nil
}
