package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools/plant"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// know loads what the agent knows: the fault catalogue and the prompts, with the user's
// own when a configuration names their folders, the policy and the model.
func (p program) know(f dbFlags) (knowledge, error) {
	if f.config == "" {
		return p.knowledgeOf(config.Config{})
	}
	cfg, err := config.Load(f.config, p.env)
	if err != nil {
		return knowledge{}, err
	}
	return p.knowledgeOf(cfg)
}

func (p program) knowledgeOf(cfg config.Config) (knowledge, error) {
	k := knowledge{archives: &archives{of: map[anyStore]*retrieval.Archive{}}}
	var err error
	if k.model, err = p.modelOf(cfg); err != nil {
		return k, err
	}
	if k.prompts, err = library(cfg, cfg.Prompts); err != nil {
		return k, err
	}
	if k.runbooks, err = binderOf(cfg); err != nil {
		return k, err
	}
	if cfg.Catalogue == "" {
		k.catalogue = catalogue.Default()
		return k, nil
	}
	k.catalogue, err = catalogue.Load(os.DirFS(cfg.Catalogue))
	return k, err
}

func sourcesOf(s ...intake.Source) []intake.Source { return s }

// logger writes what went wrong to the error output.
func (p program) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// answer answers one question over a store. The loop gives the guards' rulings;
// it need not be the one that runs.
func (p program) answer(ctx context.Context, store anyStore, loop *heal.Loop, know knowledge, sys systems, q pipewright.Question) (pipewright.Answer, error) {
	if q.Asker == "" {
		q.Asker = p.who()
	}
	filed := &proposer{store: store, loop: loop, q: q}
	d, err := asker{p: p, store: store, loop: loop, know: know, sys: sys}.deps(ctx, func() time.Time { return q.At }, filed)
	if err != nil {
		return pipewright.Answer{}, err
	}
	a, err := ask.New(d).Ask(ctx, q)
	a.Filed = filed.ids
	return a, err
}

// deps is what answers questions over the store, for every surface. now is the time of
// the question in hand.
func (a asker) deps(ctx context.Context, now func() time.Time, filer ask.Proposer) (ask.Deps, error) {
	reg, err := a.sys.registry()
	if err != nil {
		return ask.Deps{}, err
	}
	books, err := a.know.runbooks.redacted(ctx, a.store)
	if err != nil {
		return ask.Deps{}, err
	}
	embedder, err := a.know.model.embedder(ctx, a.store)
	if err != nil {
		return ask.Deps{}, err
	}
	archive, err := a.know.archive(ctx, a.store)
	if err != nil {
		return ask.Deps{}, err
	}
	if err := telemetry.Register(reg, a.store, a.store, telemetry.WithRunbooks(books), telemetry.WithEmbedder(embedder), telemetry.WithArchive(archive)); err != nil {
		return ask.Deps{}, err
	}
	reg.AddProbe(diagnose.SchemaDiff(a.store, now))
	d := ask.Deps{Tools: reg, Ledger: a.store, Diagnoser: diagnose.New(a.know.catalogue, a.store, reg), Catalogue: a.know.catalogue,
		Proposer: filer, Threads: a.store, Pauses: a.store, Policy: a.loop, Counsel: a.loop, Prompts: a.know.prompts, Series: a.store}
	err = a.know.model.join(ctx, a.store, &d)
	return d, err
}

// proposer files what people wish into the store, for the loop that owns it.
type proposer struct {
	store anyStore
	loop  *heal.Loop
	q     pipewright.Question
	ids   []string // of the requests filed
}

// Propose files a request. A question that its surface may hand over twice files each
// of its requests once.
func (p *proposer) Propose(ctx context.Context, rq pipewright.Request) (pipewright.Request, error) {
	rq.Who, rq.Person, rq.Surface, rq.At = p.q.Asker, p.q.Person, p.q.Surface, p.q.At
	if p.q.ID != "" {
		what := rq.Approval + rq.Incident + string(rq.Resource)
		if rq.Action != nil {
			what += rq.Action.Hash()
		}
		rq.Key = p.q.Surface + "/" + p.q.ID + "/" + string(rq.Kind) + "/" + what
	}
	rq, err := p.store.AddRequest(ctx, rq)
	if err == nil {
		p.ids = append(p.ids, rq.ID)
	}
	return rq, err
}

func (p *proposer) Rule(ctx context.Context, a pipewright.Action) (pipewright.Proposal, error) {
	return p.loop.Rule(ctx, p.q.At, a)
}

// besides builds what a command beside the loop needs to speak for the guards:
// a loop that is never stepped, and the systems' declarations. Nothing is called.
func besides(store anyStore, cfg heal.Config, know knowledge, sys systems) (*heal.Loop, error) {
	reg, err := sys.registry()
	if err != nil {
		return nil, err
	}
	return heal.New(cfg, heal.Parts{Journal: store, Recovery: store, World: store, Catalogue: know.catalogue, Registry: reg})
}

// declared is the plant's declarations without a plant: what could be done, for
// commands that only propose.
func declared(store anyStore) systems {
	return systems{actuators: plant.Actuators(nil, store)}
}
