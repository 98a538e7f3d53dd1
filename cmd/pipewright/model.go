package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/llm"
	"github.com/pipewright/pipewright/internal/mcp"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// thinker is the configured language model: one engine for all questions, so that its
// rate and its rest after failures are kept.
type thinker struct {
	engine *llm.Engine
	embeds *llm.Embedder // made at the first question
	cfg    config.Config
	p      program
	mu     sync.Mutex
	hide   *redact.Redactor // made with the store's salt, at the first question
	others outsiders        // connected when the model first plans
}

// modelOf builds the configured model, nil when there is none. Nobody is called.
func (p program) modelOf(cfg config.Config) (*thinker, error) {
	l := cfg.LLM
	if !l.Given() {
		return nil, nil
	}
	engine, err := llm.New(llm.Config{Vendor: l.Vendor, URL: strings.TrimSuffix(l.URL, "/"), Model: l.Model, Key: l.Key.Value(), Organisation: l.Organisation, APIVersion: l.APIVersion,
		Embeddings: l.Embeddings, Timeout: time.Duration(l.Timeout), PriceIn: l.PriceIn, PriceOut: l.PriceOut, PerMinute: l.PerMinute})
	if err != nil {
		return nil, err
	}
	return &thinker{engine: engine, cfg: cfg, p: p}, nil
}

// join gives an Asker the model. Secrets are taken out of whatever goes to it.
func (t *thinker) join(ctx context.Context, store anyStore, d *ask.Deps) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	hide, err := t.hiding(ctx, store)
	if err != nil {
		return err
	}
	if t.others == nil {
		t.others = t.p.remotes(t.cfg, hide)
	}
	l := t.cfg.LLM
	d.Model, d.Outside = ask.Redacted(t.engine, hide), t.others
	d.Spend = store
	d.Limits = ask.Limits{Calls: l.MaxCalls, Tokens: l.MaxTokens, Cost: l.MaxCost, Time: time.Duration(l.Timeout), DailyCost: l.DailyCost, Small: l.Small, Review: l.Review}
	return nil
}

// hiding takes secrets out of a text. t.mu is held.
func (t *thinker) hiding(ctx context.Context, store anyStore) (func(string) string, error) {
	if t.hide == nil {
		var err error
		if t.hide, err = redactorOf(ctx, store, t.cfg); err != nil {
			return nil, err
		}
	}
	red := t.hide
	return func(s string) string { s, _ = red.Text(s); return s }, nil
}

// embedder embeds by the configured endpoint; nil when there is none. Its vectors are kept
// for as long as the process runs.
func (t *thinker) embedder(ctx context.Context, store anyStore) (retrieval.Embedder, error) {
	if t == nil || t.cfg.LLM.Embeddings == "" {
		return nil, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	hide, err := t.hiding(ctx, store)
	if err != nil {
		return nil, err
	}
	if t.embeds == nil {
		t.embeds = llm.NewEmbedder(t.engine, llm.EmbedConfig{Spend: store, DailyCost: t.cfg.LLM.DailyCost, Hide: hide, Clock: t.p.now,
			Tell: func(err error) {
				t.p.logger().Warn("search goes on without the configured embeddings, by words and the built-in ones", "why", err)
			}})
	}
	return t.embeds, nil
}

// close ends the connections to the tools of others.
func (t *thinker) close() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.others {
		_ = r.Close() // nothing was written
	}
}

// outsiders are the MCP servers of others, whose allowed tools the model may read.
type outsiders []*mcp.Remote

// Tools asks all of them at once. One that cannot be reached costs its own tools.
func (o outsiders) Tools(ctx context.Context) (found []tools.Tool, faults []string) {
	type list struct {
		found  []tools.Tool
		faults []string
	}
	lists := make([]list, len(o))
	var wg sync.WaitGroup
	for i, r := range o {
		wg.Go(func() {
			var err error
			if lists[i].found, lists[i].faults, err = r.Tools(ctx); err != nil {
				lists[i].faults = append(lists[i].faults, err.Error())
			}
		})
	}
	wg.Wait()
	for _, l := range lists {
		found, faults = append(found, l.found...), append(faults, l.faults...)
	}
	return found, faults
}
