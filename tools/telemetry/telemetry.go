// Package telemetry holds the read tools over what intake stored and the loop
// journaled: logs, metrics, runs, changes, schemas, resources, lineage, incidents,
// approvals and runbooks. Searches filter first and then rank, by retrieval. The planner in agent/ask calls them, and so may a model.
//
// Every tool reads only, honours ctx, returns a bounded result, cites what it read
// word for word and, when it finds nothing, says what was searched and why that may
// be empty. Log evidence cites record numbers: its excerpt is exactly the text that
// `pipewright search --source S --lines a-b` prints.
package telemetry

import (
	"context"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// Ledger is what the tools read of the loop's journal. Any store serves it; an
// incident that does not exist is a NotFound error.
type Ledger interface {
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Incident(ctx context.Context, id string) (pipewright.Incident, error)
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	// Approvals lists approvals in these states, all when none is given.
	Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error)
}

// Option adds what is not in a store.
type Option func(*reader)

// WithRunbooks gives read_runbook something to read.
func WithRunbooks(b *Runbooks) Option { return func(r *reader) { r.runbooks = b } }

// WithEmbedder ranks log records by meaning beside the built-in embedder.
func WithEmbedder(e retrieval.Embedder) Option { return func(r *reader) { r.embedder = e } }

// WithArchive finds records by their meaning in a large store.
func WithArchive(a *retrieval.Archive) Option { return func(r *reader) { r.archive = a } }

// New returns the tools over a store and its ledger.
func New(store tools.Telemetry, ledger Ledger, more ...Option) []tools.Tool {
	r := reader{store: store, ledger: ledger}
	for _, add := range more {
		add(&r)
	}
	specs := []spec{
		r.searchLogs(), r.countLogs(), r.logRate(), r.getTemplate(),
		r.getMetric(), r.listSeries(), r.searchMetrics(), r.similarWindows(),
		r.similarIncidents(), r.readRunbook(),
		r.listRuns(), r.lastGoodRun(),
		r.recentChanges(), r.schemaHistory(),
		r.listResources(), r.lineage(),
		r.listIncidents(), r.getIncident(), r.listEvents(), r.listApprovals(),
	}
	out := make([]tools.Tool, 0, len(specs))
	for _, s := range specs {
		out = append(out, s.tool())
	}
	return out
}

// Register adds the tools to a registry.
func Register(reg *tools.Registry, store tools.Telemetry, ledger Ledger, more ...Option) error {
	for _, t := range New(store, ledger, more...) {
		if err := reg.AddTool(t); err != nil {
			return err
		}
	}
	return nil
}

// reader is what every tool reads from.
type reader struct {
	store    tools.Telemetry
	ledger   Ledger
	runbooks *Runbooks          // nil: none
	embedder retrieval.Embedder // nil: the built-in one alone
	archive  *retrieval.Archive // nil: large stores are searched by words
}

// spec is a tool before its arguments are checked.
type spec struct {
	name    string
	purpose string
	args    []tools.Arg
	run     func(ctx context.Context, in input) (tools.Result, error)
}

// tool wraps the spec: arguments are checked against its declaration, and a
// cancelled ctx reads nothing.
func (s spec) tool() tools.Tool {
	return tools.Tool{Name: s.name, Purpose: s.purpose, Effect: tools.Read, Args: s.args,
		Call: func(ctx context.Context, args map[string]any) (tools.Result, error) {
			if err := ctx.Err(); err != nil {
				return tools.Result{}, pipewright.Errorf(pipewright.Unavailable, "%s: %w", s.name, err)
			}
			in, err := s.read(args)
			if err != nil {
				return tools.Result{}, err
			}
			res, err := s.run(ctx, in)
			if err != nil {
				return tools.Result{}, pipewright.Errorf(pipewright.KindOf(err), "%s: %w", s.name, err)
			}
			if res.Evidence == nil {
				res.Evidence = []pipewright.Evidence{}
			}
			return res, nil
		}}
}
