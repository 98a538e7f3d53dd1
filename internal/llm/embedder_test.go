package llm_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/llm"
	"github.com/pipewright/pipewright/internal/llm/llmtest"
)

// purse is a day's spending.
type purse struct{ sum ask.Used }

func (p *purse) Spent(context.Context, time.Time) (ask.Used, error) { return p.sum, nil }

func (p *purse) AddSpend(_ context.Context, _ time.Time, u ask.Used) (ask.Used, error) {
	p.sum = p.sum.Plus(u)
	return p.sum, nil
}

func TestATextIsEmbeddedOnce(t *testing.T) {
	s, spent := serve(t, llmtest.Step{}), &purse{} // a second request would be refused
	e := llm.NewEmbedder(engine(t, s, func(c *llm.Config) { c.Embeddings = "small" }), llm.EmbedConfig{Spend: spent, Hide: func(string) string { return "hidden" }})
	assert.Equal(t, "openai/small", e.Name())
	for range 2 {
		v, err := e.Embed(t.Context(), []string{"a secret", "another"})
		require.NoError(t, err)
		assert.Equal(t, [][]float32{{6, 1}, {6, 1}}, v, "what went out was hidden, so both are the same text")
	}
	assert.Equal(t, 1, spent.sum.Calls)
}

func TestTheDaysBudgetEndsEmbedding(t *testing.T) {
	told := 0
	e := llm.NewEmbedder(engine(t, serve(t), func(c *llm.Config) { c.Embeddings = "small" }),
		llm.EmbedConfig{Spend: &purse{ask.Used{Cost: 1}}, DailyCost: 1, Tell: func(error) { told++ }})
	for range 3 {
		_, err := e.Embed(t.Context(), []string{"x"})
		require.ErrorContains(t, err, "llm.daily_cost")
	}
	assert.Equal(t, 1, told, "it is said once")
}

func TestADeadEndpointIsToldOnce(t *testing.T) {
	s := llmtest.New()
	s.Close()
	told := 0
	e := llm.NewEmbedder(engine(t, s, func(c *llm.Config) { c.Embeddings = "small" }), llm.EmbedConfig{Tell: func(error) { told++ }})
	for range 2 {
		_, err := e.Embed(t.Context(), []string{"x"})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), key)
	}
	assert.Equal(t, 1, told)
}

func TestAFailedEmbeddingNamesItsOwnKeyAndAddress(t *testing.T) {
	for name, c := range map[string]struct {
		step llmtest.Step
		kind pipewright.ErrorKind
		says []string
	}{
		"no such model":     {llmtest.Step{Status: 404}, pipewright.Invalid, []string{"status 404", "llm.url and llm.embeddings"}},
		"it is refused":     {llmtest.Step{Status: 400}, pipewright.Invalid, []string{"status 400", "check llm.embeddings"}},
		"a wrong key":       {llmtest.Step{Status: 401}, pipewright.Denied, []string{"llm.key"}},
		"down for good":     {llmtest.Step{Status: 500, Forever: true}, pipewright.Unavailable, []string{"status 500"}},
		"not the API":       {llmtest.Step{Raw: "<html>"}, pipewright.Unavailable, []string{"llm.url"}},
		"quota is used up":  {llmtest.Step{Status: 429, Forever: true}, pipewright.Unavailable, []string{"quota"}},
		"JSON of something": {llmtest.Step{Raw: `{"data": []}`}, pipewright.Unavailable, []string{"llm.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, c.step)
			e := llm.NewEmbedder(engine(t, s, func(c *llm.Config) { c.Model, c.Embeddings = "the-answering-one", "small" }), llm.EmbedConfig{})
			_, err := e.Embed(t.Context(), []string{"x"})
			assert.Equal(t, c.kind, pipewright.KindOf(err), "%v", err)
			for _, part := range append(c.says, "embed by small at "+s.URL) {
				assert.ErrorContains(t, err, part)
			}
			assert.NotContains(t, err.Error(), "the-answering-one")
			assert.NotContains(t, err.Error(), "llm.model")
			assert.NotContains(t, err.Error(), key)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}
