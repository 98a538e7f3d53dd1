package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// systems is what the outside world offers: telemetry, probes and actuators.
type systems struct {
	sources   []intake.Source
	probes    []tools.Probe
	rows      []tools.RowReader
	actuators []tools.Actuator
}

// healer is one running agent over one store: intake, detectors and the loop,
// stepped together by one goroutine.
type healer struct {
	store   anyStore
	intake  *intake.Intake
	recent  *intake.Recent
	loop    *heal.Loop
	metrics *metrics  // nil: nobody counts
	now     time.Time // of the step in hand
	log     *slog.Logger
	learner *heal.Learner
	closed  chan struct{} // holds one while an incident has closed that was not learned from
}

// setup is what a healer is built from.
type setup struct {
	store    anyStore // owned
	cfg      heal.Config
	know     knowledge
	redactor *redact.Redactor
	systems  systems
	sink     func(pipewright.Event)
	log      *slog.Logger
	now      time.Time
}

// newHealer connects the parts and recovers what was under way.
func newHealer(ctx context.Context, s setup) (*healer, error) {
	h := &healer{store: s.store, log: s.log, learner: heal.NewLearner(s.know.catalogue, s.cfg, s.store), closed: make(chan struct{}, 1)}
	var err error
	if h.intake, err = intake.New(s.store, s.redactor, s.systems.sources...); err != nil {
		return nil, err
	}
	h.intake.Miner = intake.NewMiner(s.store)
	if h.recent, err = intake.NewRecent(ctx, s.store, h.intake); err != nil {
		return nil, err
	}
	h.intake.Sink = h.recent
	h.intake.Watcher = watchers{&outages{log: s.log, down: map[string]bool{}}}
	reg, err := s.systems.registry()
	if err != nil {
		return nil, err
	}
	books, err := s.know.runbooks.redacted(ctx, s.store)
	if err != nil {
		return nil, err
	}
	if err := telemetry.Register(reg, s.store, s.store, telemetry.WithRunbooks(books)); err != nil {
		return nil, err
	}
	h.now = s.now
	reg.AddProbe(diagnose.SchemaDiff(s.store, func() time.Time { return h.now }))
	h.loop, err = heal.New(s.cfg, heal.Parts{
		Journal: s.store, Recovery: s.store, World: s.store, Watch: h.recent,
		Diagnoser: diagnose.New(s.know.catalogue, s.store, reg), Catalogue: s.know.catalogue,
		Registry: reg, Fresh: h.refresh, Keep: s.store.SavePolicy, Sink: h.notice(s.sink), Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	return h, h.loop.Recover(ctx, s.now)
}

// knowledge is what the agent knows before it has seen anything.
type knowledge struct {
	catalogue *catalogue.Catalogue
	model     *thinker // nil: the built-in planner answers
	prompts   *prompts.Library
	runbooks  binder // the team's runbooks
	archives  *archives
}

// tick reads every source, looks for symptoms and moves the incidents on. A
// source that fails does not stop the rest; outages says so.
func (h *healer) tick(ctx context.Context, now time.Time) error {
	_ = h.refresh(ctx, now)
	return h.step(ctx, now)
}

// catchUp reads what the sources have to tell of the past, before anybody looks
// for symptoms in it.
func (h *healer) catchUp(ctx context.Context, now time.Time) error {
	const pages = 1000 // no source has more to say
	for range pages {
		b, err := h.intake.Poll(ctx, now)
		if err != nil || b.Empty() {
			return err
		}
	}
	return nil
}

func (h *healer) refresh(ctx context.Context, now time.Time) error {
	_, err := h.intake.Poll(ctx, now)
	return err
}

// notice hands every event on, and wakes the learner when an incident has closed.
func (h *healer) notice(sink func(pipewright.Event)) func(pipewright.Event) {
	return func(e pipewright.Event) {
		sink(e)
		if e.To == pipewright.Closed {
			select {
			case h.closed <- struct{}{}:
			default: // it is awake already
			}
		}
	}
}

// study learns from what has closed, off the healing path, and files what comes of it
// for the loop.
func (h *healer) study(ctx context.Context, now time.Time) error {
	m, err := h.learner.Study(ctx)
	if err != nil || m == nil {
		return err
	}
	if err := h.file(ctx, *m, now); err != nil {
		return err
	}
	if next := h.learner.Next(*m); next != nil {
		return h.file(ctx, *next, now)
	}
	return nil
}

// idle learns between two steps, when there is something to learn from. A plant's
// journal then depends on the seed alone.
func (h *healer) idle(ctx context.Context, now time.Time) error {
	select {
	case <-h.closed:
		return h.study(ctx, now)
	default:
		return nil
	}
}

func (h *healer) file(ctx context.Context, m pipewright.PolicyMove, now time.Time) error {
	_, err := h.store.AddRequest(ctx, pipewright.Request{Kind: pipewright.RequestPolicy, Who: "pipewright", Surface: heal.Learned, At: now, Policy: &m})
	return err
}

// step looks for symptoms in what intake stored and moves the incidents on.
func (h *healer) step(ctx context.Context, now time.Time) error {
	signals, err := h.signals(ctx, now)
	if err != nil {
		return err
	}
	h.now = now
	if h.metrics != nil {
		h.metrics.step(h.loop.Live(), signals)
	}
	return h.loop.Step(ctx, now, signals)
}

// count lets metrics see what the healer does.
func (h *healer) count(m *metrics) {
	h.metrics = m
	h.intake.Watcher = watchers{h.intake.Watcher, m}
}

func (h *healer) signals(ctx context.Context, now time.Time) ([]pipewright.Signal, error) {
	resources, err := h.store.Resources(ctx)
	if err != nil {
		return nil, fmt.Errorf("read resources: %w", err)
	}
	var out []pipewright.Signal
	for _, r := range resources {
		facts, err := h.recent.Facts(ctx, r, now)
		if err != nil {
			return nil, fmt.Errorf("read facts of %s: %w", r.ID, err)
		}
		out = append(out, detect.Detect(facts)...)
	}
	return out, nil
}

// registry gathers what the loop may read and do.
func (s systems) registry() (*tools.Registry, error) {
	reg := tools.NewRegistry()
	for _, p := range s.probes {
		reg.AddProbe(p)
	}
	for _, r := range s.rows {
		reg.AddRows(r)
	}
	for _, a := range s.actuators {
		if err := reg.AddActuator(a); err != nil {
			return nil, err
		}
	}
	return reg, nil
}
