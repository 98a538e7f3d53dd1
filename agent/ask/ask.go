// Package ask answers questions in English with no model at all: a grammar over
// what the tools can read, the resources that were observed, and time. It links
// words to resources, finds the intent and the window, calls read tools under a
// budget, and writes an answer in which every claim cites evidence.
//
// It never acts. A wish ("restart the orders DAG") becomes a Request through the
// Proposer, and the control loop makes every check. Words in quotation marks, in logs
// or in evidence are material and are never read as a wish.
//
// One question goes through begin.go, template.go (when it is asked through a prompt
// template), reading.go (words), intent.go (what is wanted), clauses.go and follow.go (what
// the thread adds), one file an intent, and claims.go (the answer). With a Model, modelplan.go
// takes over after the words are read: the model plans and phrases, and modelground.go holds
// what it says against the evidence. progress.go tells whoever looks on.
package ask

import (
	"context"
	"errors"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// Diagnoser explains an incident. agent/diagnose is one.
type Diagnoser interface {
	Diagnose(ctx context.Context, inc pipewright.Incident, now time.Time) (pipewright.Diagnosis, error)
}

// Proposer takes what people wish to the loop that may do it.
type Proposer interface {
	// Propose files the request and returns it with its id. Nothing has run when it
	// returns: the loop that owns the store checks everything again.
	Propose(ctx context.Context, r pipewright.Request) (pipewright.Request, error)
	// Rule says what the guards would say to the action now.
	Rule(ctx context.Context, a pipewright.Action) (pipewright.Proposal, error)
}

// Threads keeps conversation state for each (asker, thread): nil when there is none.
type Threads interface {
	Thread(ctx context.Context, asker, thread string) ([]byte, error)
	SaveThread(ctx context.Context, asker, thread string, state []byte) error
}

// Deps is what an Asker needs. Ledger is read for pending approvals; everything else
// is read through the registry's tools.
type Deps struct {
	Tools     *tools.Registry
	Ledger    telemetry.Ledger
	Diagnoser Diagnoser
	Proposer  Proposer
	Threads   Threads
	Pauses    Pauses               // what people paused; may be nil
	Series    Series               // samples for charts; nil: answers have none
	Catalogue *catalogue.Catalogue // for fault policies and summaries; may be nil
	Policy    Policy               // may be nil
	Counsel   Counsel              // why a decision was made, and what would be decided otherwise; may be nil
	Budget    Budget               // zero fields take the defaults
	Clock     func() time.Time     // measures what an answer cost; time.Now unless set
	Model     Model                // plans and phrases; nil: the grammar does
	Spend     Spend                // what the model cost, by day; may be nil
	Limits    Limits               // of the model
	Prompts   *prompts.Library     // templates that a question may be asked through; nil: none
	Outside   Outside              // tools of others, for the model; may be nil
}

// Policy says in words what may be done alone about a fault class, one line a rule.
type Policy interface {
	Explain(ctx context.Context, class pipewright.FaultClass) ([]string, error)
}

// Counsel says why a decision was made, from its own record, and what would be decided
// if one thing were different. It acts on nothing.
type Counsel interface {
	Why(ctx context.Context, d pipewright.Decision) (string, error)
	WhatIf(ctx context.Context, d pipewright.Decision, s pipewright.Supposition) (string, error)
	// Figure shows how well it does, of one fault class where that makes a difference.
	Figure(ctx context.Context, kind pipewright.FigureKind, class pipewright.FaultClass, zone *time.Location) (pipewright.Figure, error)
}

// Budget bounds one question.
type Budget struct {
	Calls int           // tool calls, 60 unless set
	Time  time.Duration // 20 s unless set
}

// Asker answers questions. It is safe for use by several goroutines.
type Asker struct{ deps Deps }

// New returns an Asker.
func New(d Deps) *Asker {
	if d.Budget.Calls == 0 {
		d.Budget.Calls = 60
	}
	if d.Budget.Time == 0 {
		d.Budget.Time = 20 * time.Second
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	return &Asker{deps: d}
}

// maxText is how much of a question is read, in bytes.
const maxText = 4000

// Ask answers one question. q.At is now; for a database of the plant it is the last
// plant time. An error means that the store could not be read, the proposal not be filed,
// or that ctx was cancelled: then it wraps context.Canceled and says that the question was
// stopped. A question that is not understood is an Answer.
func (a *Asker) Ask(ctx context.Context, q pipewright.Question) (pipewright.Answer, error) {
	began, whole := a.deps.Clock(), ctx
	ctx, cancel := context.WithTimeout(ctx, a.deps.Budget.Time)
	defer cancel()
	t, err := a.begin(ctx, q)
	if err != nil {
		return pipewright.Answer{}, a.ended(whole, err)
	}
	t, stop, err := t.plan(whole)
	defer stop()
	if err != nil {
		return pipewright.Answer{}, a.ended(whole, err)
	}
	t.finish()
	t.ans.Usage.Seconds = a.deps.Clock().Sub(began).Seconds()
	return t.ans, t.save(context.WithoutCancel(ctx))
}

// ended says why a question came to no answer: the asker stopped it, its time was up, or
// something failed.
func (a *Asker) ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return pipewright.Errorf(pipewright.Conflict, "the question was stopped before it was answered: %w", context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return pipewright.Errorf(pipewright.Unavailable, "the question was not answered in the time it has (%s); ask about less: %w", a.deps.Budget.Time, err)
	}
	return err
}

// answer runs the plan of the turn's intent.
func (t *turn) answer() error {
	t.ans.Intent = t.intent
	if done, err := t.recall(); done || err != nil {
		return err
	}
	plans := map[pipewright.Intent]func() error{
		"diagnose": t.diagnose, "status": t.status, "count": t.count, "metric": t.metric,
		"failures": t.failures, "changes": t.changes, "explain": t.explain, "alternatives": t.alternatives,
		"what_if": t.whatIf, "incident": t.incident, "act": t.act, "approve": t.approve, "deny": t.deny,
		"undo": t.undo, "pause": t.pause, "resume": t.resume, "policy": t.policy, "help": t.help,
	}
	if t.notNow() {
		return nil
	}
	if t.intent == "explain" && t.r.has("$whyask") {
		return t.whyAsk()
	}
	if plan, ok := plans[t.intent]; ok {
		if err := plan(); err != nil {
			return err
		}
		return t.eta()
	}
	return t.unknown()
}
