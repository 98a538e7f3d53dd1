package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/llm"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// thinker is the configured language model: one engine for all questions, so that its
// rate and its rest after failures are kept.
type thinker struct {
	engine ask.Model
	cfg    config.Config
	mu     sync.Mutex
	hide   *redact.Redactor // made with the store's salt, at the first question
}

// modelOf builds the configured model, nil when there is none. Nobody is called.
func modelOf(cfg config.Config) (*thinker, error) {
	l := cfg.LLM
	if !l.Given() {
		return nil, nil
	}
	engine, err := llm.New(llm.Config{Vendor: l.Vendor, URL: strings.TrimSuffix(l.URL, "/"), Model: l.Model, Key: l.Key.Value(), Organisation: l.Organisation, APIVersion: l.APIVersion,
		Embeddings: l.Embeddings, Timeout: time.Duration(l.Timeout), PriceIn: l.PriceIn, PriceOut: l.PriceOut, PerMinute: l.PerMinute})
	if err != nil {
		return nil, err
	}
	return &thinker{engine: engine, cfg: cfg}, nil
}

// join gives an Asker the model. Secrets are taken out of whatever goes to it.
func (t *thinker) join(ctx context.Context, store *sqlite.Store, d *ask.Deps) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.hide == nil {
		var err error
		if t.hide, err = redactorOf(ctx, store, t.cfg); err != nil {
			return err
		}
	}
	hide := t.hide
	l := t.cfg.LLM
	d.Model = ask.Redacted(t.engine, func(s string) string { s, _ = hide.Text(s); return s })
	d.Spend = store
	d.Limits = ask.Limits{Calls: l.MaxCalls, Tokens: l.MaxTokens, Cost: l.MaxCost, Time: time.Duration(l.Timeout), DailyCost: l.DailyCost, Small: l.Small, Review: l.Review}
	return nil
}
