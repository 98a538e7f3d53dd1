package heal

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// Diagnoser turns an incident into ranked hypotheses with evidence.
type Diagnoser interface {
	Diagnose(ctx context.Context, inc pipewright.Incident, now time.Time) (pipewright.Diagnosis, error)
}

// Watch reads what detectors need about one resource, as of now.
type Watch interface {
	Facts(ctx context.Context, r pipewright.Resource, now time.Time) (detect.Facts, error)
}

// Parts are what the loop works with. All are needed but Fresh, Sink and Log.
type Parts struct {
	Journal   Journal
	Recovery  Recovery
	World     tools.ResourceReader
	Watch     Watch
	Diagnoser Diagnoser
	Catalogue *catalogue.Catalogue
	Registry  *tools.Registry
	Fresh     func(ctx context.Context, now time.Time) error                             // reads the sources again, just before acting
	Keep      func(ctx context.Context, hash string, content []byte, at time.Time) error // stores what decides, before it does
	Sink      func(pipewright.Event)                                                     // sees every event after it was journaled
	Log       *slog.Logger
}

// Loop advances incidents one step at a time. It is owned by one goroutine and
// reads no clock: every step is told the time.
type Loop struct {
	Parts
	cfg      Config
	guards   Guards
	policy   Policy // the active one
	canary   Policy // of the pipeline in trials; no Chooser: none
	untaught Policy // that knows the catalogue only
	tried    Policy // the last one that was rebuilt to be moved

	live     []pipewright.Incident // by id
	begun    map[string]time.Time  // fingerprint: begin of the newest symptom already in an incident
	first    map[string]time.Time  // fingerprint: since when an unplaced symptom is seen without a gap
	nextLook map[string]time.Time  // incident: when to read its symptoms again while nothing is due
	lastInc  int
	lastAp   int
	outcomes []pipewright.Outcome
	moves    []pipewright.PolicyMove // of policy versions, oldest first
	evidence *rl.Ladder              // what the outcomes have earned
	doubts   *rl.Doubts              // what has not recovered as predicted lately
	now      time.Time               // of the step in hand

	// the world as of this step
	resources map[pipewright.ResourceID]pipewright.Resource
	topo      pipewright.Topology
	pauses    []pipewright.Pause
	changes   []pipewright.ModeChange
	recent    []Reservation
}

// New returns a loop that has read nothing yet: call Recover first.
func New(cfg Config, parts Parts) (*Loop, error) {
	if err := cfg.Modes.Check(); err != nil {
		return nil, err
	}
	if parts.Sink == nil {
		parts.Sink = func(pipewright.Event) {}
	}
	if parts.Fresh == nil {
		parts.Fresh = func(context.Context, time.Time) error { return nil }
	}
	if parts.Keep == nil {
		parts.Keep = func(context.Context, string, []byte, time.Time) error { return nil }
	}
	if parts.Log == nil {
		parts.Log = slog.New(slog.DiscardHandler)
	}
	policy, err := Untaught(cfg.Policy, parts.Catalogue, cfg)
	if err != nil {
		return nil, err
	}
	return &Loop{
		Parts: parts, cfg: cfg, guards: Standard(cfg), policy: policy, untaught: policy,
		begun: map[string]time.Time{}, first: map[string]time.Time{}, nextLook: map[string]time.Time{},
	}, nil
}

// Step does all that is due at now: people's requests first, then new signals,
// then every incident whose time has come. An error about one incident is
// logged and does not stop the others; an error of the store does.
func (l *Loop) Step(ctx context.Context, now time.Time, signals []pipewright.Signal) error {
	l.now = now
	if err := l.look(ctx, now); err != nil {
		return err
	}
	if err := l.answerRequests(ctx, now); err != nil {
		return err
	}
	if err := l.place(ctx, now, signals); err != nil {
		return err
	}
	for _, id := range l.ids() {
		if err := l.advance(ctx, id, now); err != nil {
			return fmt.Errorf("advance %s: %w", id, err)
		}
	}
	l.live = slices.DeleteFunc(l.live, func(i pipewright.Incident) bool { return !i.State.Live() })
	return nil
}

// Policy is what decides now.
func (l *Loop) Policy() Policy { return l.policy }

// Live returns the incidents that are not closed.
func (l *Loop) Live() []pipewright.Incident { return slices.Clone(l.live) }

func (l *Loop) ids() []string {
	ids := make([]string, len(l.live))
	for i, inc := range l.live {
		ids[i] = inc.ID
	}
	return ids
}

// find returns the live incident, a zero one when it is not live.
func (l *Loop) find(id string) pipewright.Incident {
	for _, inc := range l.live {
		if inc.ID == id {
			return inc
		}
	}
	return pipewright.Incident{}
}

// maxMoves bounds how far one incident goes in one step.
const maxMoves = 8

// advance moves one incident on until it waits for a time, a person or a
// verification.
func (l *Loop) advance(ctx context.Context, id string, now time.Time) error {
	for range maxMoves {
		inc := l.find(id)
		if !inc.State.Live() || now.Before(inc.Due) && !l.looks(inc, now) {
			return nil
		}
		moved, err := l.step(ctx, inc, now)
		if err != nil {
			return l.stumble(inc, err)
		}
		if !moved {
			return nil
		}
	}
	return nil
}

// step makes the one move that the incident's state asks for.
func (l *Loop) step(ctx context.Context, inc pipewright.Incident, now time.Time) (moved bool, err error) {
	switch inc.State {
	case pipewright.Open:
		return true, l.diagnose(ctx, inc, now, pipewright.Event{})
	case pipewright.Diagnosed:
		return true, l.decide(ctx, inc, now)
	case pipewright.Decided:
		return true, l.judge(ctx, inc, now)
	case pipewright.Waiting:
		return l.wait(ctx, inc, now)
	case pipewright.Acting:
		return l.lookForReceipt(ctx, inc, now)
	case pipewright.Verifying:
		return l.verify(ctx, inc, now)
	case pipewright.Resolved:
		return l.soak(ctx, inc, now)
	case pipewright.Escalated:
		return l.watchEscalated(ctx, inc, now)
	}
	return false, nil
}
