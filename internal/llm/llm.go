// Package llm has engines for language models: one for every endpoint that speaks
// OpenAI's wire (OpenAI, Azure, vLLM, Ollama, llama.cpp), one for vendors that do not.
// Each is an ask.Model. An Engine retries what passes, honours Retry-After, stops asking a
// server that is down, and keeps to a rate. It knows nothing of questions, tools or budgets.
//
// What holds: no error shows a key, an address with a password, or what a server wrote;
// an unknown vendor is an error; ctx ends every call. cmd builds one from the
// configuration.
package llm

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// Config says which model is asked and how.
type Config struct {
	Vendor       string // openai, azure, anthropic
	URL          string // base address; empty: the vendor's own
	Model        string
	Key          string
	Organisation string        // OpenAI's; may be empty
	APIVersion   string        // Azure's; empty: 2024-10-21
	Timeout      time.Duration // of one exchange with its retries; 60 s
	PriceIn      float64       // money for a million tokens in
	PriceOut     float64       // and out
	PerMinute    int           // calls a minute; 0: no bound
	Embeddings   string        // model for embeddings; empty: none
	Retry        Retry
	Transport    http.RoundTripper // nil: http.DefaultTransport
}

// Retry is how failures that may pass are tried again. Zero fields take the default.
type Retry struct {
	First   time.Duration // wait before the first retry, 500 ms; doubles
	Longest time.Duration // wait at most, 20 s; a server that asks for more is not waited for
	Most    int           // retries of one call, 2
	Trips   uint          // failures in a row after which the server is left alone, 5
	Rest    time.Duration // for how long, 30 s
}

// backend is one vendor's wire.
type backend interface {
	chat(ctx context.Context, p ask.Prompt) (ask.Reply, error)
}

// vendors are the wires that can be had, by name.
var vendors = map[string]func(Config, *http.Client) (backend, error){
	"openai":    newOpenAI,
	"azure":     newOpenAI,
	"anthropic": newAnthropic,
}

// Vendors lists the names that Config.Vendor may have.
func Vendors() []string { return slices.Sorted(maps.Keys(vendors)) }

// Engine asks one model. It is safe for use by several goroutines.
type Engine struct {
	cfg  Config
	wire backend
}

// New returns an engine. It calls nobody.
func New(cfg Config) (*Engine, error) {
	build, ok := vendors[cfg.Vendor]
	if !ok {
		return nil, pipewright.Errorf(pipewright.Invalid, "llm: there is no vendor %q; they are %s", cfg.Vendor, strings.Join(Vendors(), ", "))
	}
	if cfg.Model == "" {
		return nil, pipewright.Errorf(pipewright.Invalid, "llm: name the model")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = time.Minute
	}
	client := &http.Client{Transport: newTransport(cfg), CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a key must not follow a redirect
	}}
	wire, err := build(cfg, client)
	if err != nil {
		return nil, err
	}
	return &Engine{cfg: cfg, wire: wire}, nil
}

// Chat makes one exchange and prices it.
func (e *Engine) Chat(ctx context.Context, p ask.Prompt) (ask.Reply, error) {
	ctx, stop := context.WithTimeout(ctx, e.cfg.Timeout)
	defer stop()
	r, err := e.wire.chat(ctx, p)
	if err == nil && r.TokensIn+r.TokensOut == 0 {
		r.TokensIn, r.TokensOut = estimate(p, r)
	}
	r.Cost = e.price(r.TokensIn, r.TokensOut)
	if err != nil {
		return r, e.fault(ctx, err)
	}
	return r, nil
}

func (e *Engine) price(in, out int) float64 {
	return (float64(in)*e.cfg.PriceIn + float64(out)*e.cfg.PriceOut) / 1e6
}

// estimate is for servers that do not count: a quarter of the bytes, so that no budget is
// without effect.
func estimate(p ask.Prompt, r ask.Reply) (in, out int) {
	for _, m := range p.Messages {
		in += len(m.Text)/4 + 4
	}
	for _, t := range p.Tools {
		in += (len(t.Purpose) + len(t.Schema)) / 4
	}
	for _, c := range r.Calls {
		out += len(c.Args)/4 + 4
	}
	return in, out + len(r.Text)/4 + 1
}
