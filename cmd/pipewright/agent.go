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
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// systems is what the outside world offers: telemetry, probes and actuators.
type systems struct {
	sources   []intake.Source
	probes    []tools.Probe
	actuators []tools.Actuator
}

// healer is one running agent over one store: intake, detectors and the loop,
// stepped together by one goroutine.
type healer struct {
	store    *sqlite.Store
	intake   *intake.Intake
	recent   *intake.Recent
	loop     *heal.Loop
	redactor *redact.Redactor
	metrics  *metrics // nil: nobody counts
	log      *slog.Logger
}

// newHealer connects the parts and recovers what was under way. The store must
// be owned.
func newHealer(ctx context.Context, store *sqlite.Store, cfg heal.Config, sys systems, know knowledge, sink func(pipewright.Event), log *slog.Logger, now time.Time) (*healer, error) {
	h := &healer{store: store, log: log}
	var err error
	if h.redactor, err = redactorOf(ctx, store); err != nil {
		return nil, err
	}
	if h.intake, err = intake.New(store, h.redactor, sys.sources...); err != nil {
		return nil, err
	}
	if h.recent, err = intake.NewRecent(ctx, store, h.intake); err != nil {
		return nil, err
	}
	h.intake.Sink = h.recent
	reg, err := registry(sys)
	if err != nil {
		return nil, err
	}
	h.loop, err = heal.New(cfg, heal.Parts{
		Journal: store, Recovery: store, World: store, Watch: h.recent,
		Diagnoser: diagnose.New(know.catalogue, store, reg), Policy: know.policy, Catalogue: know.catalogue,
		Registry: reg, Fresh: h.refresh, Sink: sink, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return h, h.loop.Recover(ctx, now)
}

// knowledge is what the agent knows before it has seen anything.
type knowledge struct {
	catalogue *catalogue.Catalogue
	policy    rl.Policy
}

// tick reads every source, looks for symptoms and moves the incidents on. A
// source that fails is logged and does not stop the rest.
func (h *healer) tick(ctx context.Context, now time.Time) error {
	if err := h.refresh(ctx, now); err != nil {
		h.log.Warn("a source could not be read", "err", err)
	}
	return h.step(ctx, now)
}

func (h *healer) refresh(ctx context.Context, now time.Time) error {
	_, err := h.intake.Poll(ctx, now)
	return err
}

// step looks for symptoms in what intake stored and moves the incidents on.
func (h *healer) step(ctx context.Context, now time.Time) error {
	signals, err := h.signals(ctx, now)
	if err != nil {
		return err
	}
	if h.metrics != nil {
		h.metrics.step(h.loop.Live(), signals)
	}
	return h.loop.Step(ctx, now, signals)
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

// registry gathers probes and actuators; the read tools join it in wire.go.
func registry(sys systems) (*tools.Registry, error) {
	reg := tools.NewRegistry()
	for _, p := range sys.probes {
		reg.AddProbe(p)
	}
	for _, a := range sys.actuators {
		if err := reg.AddActuator(a); err != nil {
			return nil, err
		}
	}
	return reg, nil
}

func redactorOf(ctx context.Context, store *sqlite.Store) (*redact.Redactor, error) {
	salt, err := store.Salt(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the store's salt: %w", err)
	}
	return redact.New(salt)
}
