package heal

import (
	"context"
	"errors"
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
	Policy    rl.Policy
	Catalogue *catalogue.Catalogue
	Registry  *tools.Registry
	Fresh     func(ctx context.Context, now time.Time) error // reads the sources again, just before acting
	Sink      func(pipewright.Event)                         // sees every event after it was journaled
	Log       *slog.Logger
}

// Loop advances incidents one step at a time. It is owned by one goroutine and
// reads no clock: every step is told the time.
type Loop struct {
	Parts
	cfg    Config
	guards Guards

	live     []pipewright.Incident // by id
	begun    map[string]time.Time  // fingerprint: begin of the newest symptom already in an incident
	first    map[string]time.Time  // fingerprint: since when an unplaced symptom is seen without a gap
	nextLook map[string]time.Time  // incident: when to read its symptoms again while nothing is due
	lastInc  int
	lastAp   int
	outcomes []pipewright.Outcome

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
	if parts.Log == nil {
		parts.Log = slog.New(slog.DiscardHandler)
	}
	return &Loop{
		Parts: parts, cfg: cfg, guards: Standard(cfg),
		begun: map[string]time.Time{}, first: map[string]time.Time{}, nextLook: map[string]time.Time{},
	}, nil
}

// remembered is how far back incidents are read at start, so that a symptom
// that was dealt with is not taken for a new one.
const remembered = 14 * 24 * time.Hour

// Recover reads what was going on and looks for the receipts of actions that
// were under way when the loop stopped. It never acts.
func (l *Loop) Recover(ctx context.Context, now time.Time) (err error) {
	if l.live, err = l.Recovery.LiveIncidents(ctx); err != nil {
		return fmt.Errorf("read live incidents: %w", err)
	}
	if l.lastInc, l.lastAp, err = l.Recovery.LastIDs(ctx); err != nil {
		return fmt.Errorf("read last ids: %w", err)
	}
	if l.outcomes, err = l.Recovery.Outcomes(ctx); err != nil {
		return fmt.Errorf("read outcomes: %w", err)
	}
	past, err := l.Recovery.Incidents(ctx, pipewright.IncidentQuery{Window: pipewright.Window{Start: now.Add(-remembered)}, Limit: 10_000})
	if err != nil {
		return fmt.Errorf("read past incidents: %w", err)
	}
	for _, inc := range slices.Concat(past, l.live) {
		for _, s := range inc.Signals {
			l.remember(s)
		}
	}
	for _, inc := range slices.Clone(l.live) {
		if inc.State == pipewright.Acting {
			if _, err := l.lookForReceipt(ctx, inc, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Loop) remember(s pipewright.Signal) {
	if s.At.After(l.begun[s.Fingerprint]) {
		l.begun[s.Fingerprint] = s.At
	}
}

// Step does all that is due at now: people's requests first, then new signals,
// then every incident whose time has come. An error about one incident is
// logged and does not stop the others; an error of the store does.
func (l *Loop) Step(ctx context.Context, now time.Time, signals []pipewright.Signal) error {
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

// Live returns the incidents that are not closed.
func (l *Loop) Live() []pipewright.Incident { return slices.Clone(l.live) }

// look reads the world once for the whole step.
func (l *Loop) look(ctx context.Context, now time.Time) (err error) {
	resources, err := l.World.Resources(ctx)
	if err != nil {
		return fmt.Errorf("read resources: %w", err)
	}
	l.resources = make(map[pipewright.ResourceID]pipewright.Resource, len(resources))
	for _, r := range resources {
		l.resources[r.ID] = r
	}
	if l.topo, err = l.World.Lineage(ctx); err != nil {
		return fmt.Errorf("read lineage: %w", err)
	}
	return l.lookLedger(ctx, now)
}

func (l *Loop) lookLedger(ctx context.Context, now time.Time) (err error) {
	if l.pauses, err = l.Recovery.Pauses(ctx); err != nil {
		return fmt.Errorf("read pauses: %w", err)
	}
	if l.changes, err = l.Recovery.Modes(ctx); err != nil {
		return fmt.Errorf("read modes: %w", err)
	}
	since := now.Add(-max(time.Hour, l.cfg.Limits.Cooldown))
	if l.recent, err = l.Recovery.Reservations(ctx, since); err != nil {
		return fmt.Errorf("read reservations: %w", err)
	}
	return nil
}

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

// place correlates signals. A symptom that no incident has must last for the
// debounce before it opens one: a flap never does.
func (l *Loop) place(ctx context.Context, now time.Time, signals []pipewright.Signal) error {
	seen := map[string]bool{}
	for _, s := range signals {
		seen[s.Fingerprint] = true
		if !s.At.After(l.begun[s.Fingerprint]) {
			continue
		}
		if _, ok := l.first[s.Fingerprint]; !ok {
			l.first[s.Fingerprint] = now
		}
		if err := l.placeOne(ctx, now, s); err != nil {
			return err
		}
	}
	for fp := range l.first { // order does not matter: entries are only removed
		if !seen[fp] {
			delete(l.first, fp)
		}
	}
	return nil
}

func (l *Loop) placeOne(ctx context.Context, now time.Time, s pipewright.Signal) error {
	how, i := Correlate(l.live, s, l.topo, now)
	if how == Known || how == NewIncident && !Opens(s) {
		return nil
	}
	if how != Reopen && now.Sub(earlier(l.first[s.Fingerprint], s.At)) < l.cfg.Debounce {
		return nil
	}
	l.remember(s)
	delete(l.first, s.Fingerprint)
	e := pipewright.Event{At: now, Signal: &s, Severity: s.Severity}
	switch how {
	case Join:
		e.Incident, e.Note = l.live[i].ID, "joined: "+s.Summary
	case Reopen:
		e.Incident, e.To, e.Note = l.live[i].ID, pipewright.Open, "it came back: "+s.Summary
	default:
		l.lastInc++
		e.Incident = fmt.Sprintf("inc-%04d", l.lastInc)
		e.To, e.Resource, e.Title, e.Class = pipewright.Open, s.Resource, s.Summary, pipewright.ClassUnknown
	}
	if err := l.commit(ctx, Entry{Events: []pipewright.Event{e}}); err != nil || how != Join {
		return err
	}
	return l.reconsider(ctx, e.Incident, now)
}

// reconsider diagnoses an escalated incident again when a new symptom tells more,
// unless a person was asked about it already, or an action went wrong: then it
// stays with the person.
func (l *Loop) reconsider(ctx context.Context, id string, now time.Time) error {
	inc := l.find(id)
	if inc.State != pipewright.Escalated || inc.Approval != "" || actionsTried(inc) >= l.cfg.MaxAttempts {
		return nil
	}
	if at := inc.LastAttempt(); at != nil && at.Verification != pipewright.VerifyUnchanged {
		return nil
	}
	return l.stumble(inc, l.diagnose(ctx, inc, now, pipewright.Event{Note: "a new symptom tells more"}))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// commit journals an entry and brings the live incidents up to date with it.
func (l *Loop) commit(ctx context.Context, e Entry) error {
	events, err := l.Journal.Commit(ctx, e)
	if err != nil {
		return unkept{err}
	}
	for _, ev := range events {
		if err := l.apply(ev); err != nil {
			return err
		}
		l.Sink(ev)
	}
	if e.Outcome != nil {
		l.outcomes = append(l.outcomes, *e.Outcome)
	}
	if e.Reserve != nil {
		l.recent = append(l.recent, *e.Reserve)
	}
	return nil
}

func (l *Loop) apply(ev pipewright.Event) error {
	l.plan(ev)
	for i := range l.live {
		if l.live[i].ID != ev.Incident {
			continue
		}
		next, err := l.live[i].Apply(ev)
		if err != nil {
			return err
		}
		l.live[i] = next
		return nil
	}
	inc, err := pipewright.Incident{}.Apply(ev)
	if err != nil {
		return err
	}
	l.live = append(l.live, inc)
	return nil
}

// plan says when the symptoms of an incident that moved are read again. What was
// planned for the state it left does not hold any more.
func (l *Loop) plan(ev pipewright.Event) {
	switch ev.To {
	case "": // a note
	case pipewright.Waiting, pipewright.Escalated:
		l.nextLook[ev.Incident] = ev.At.Add(lookEvery)
	default:
		delete(l.nextLook, ev.Incident)
	}
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

// unkept is an error of the journal.
type unkept struct{ error }

func (u unkept) Unwrap() error { return u.error }

// stumble lets the loop go on when only one incident is affected. What the store
// could not keep must stop the loop: it would act without a journal.
func (l *Loop) stumble(inc pipewright.Incident, err error) error {
	var lost unkept
	if !errors.As(err, &lost) && pipewright.KindOf(err) == pipewright.Unavailable {
		l.Log.Warn("incident waits for a system", "incident", inc.ID, "err", err)
		return nil
	}
	return err
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

// lookEvery is how often the symptoms of an incident that waits are read again.
const lookEvery = 2 * time.Minute

// looks reports whether it is time to read the incident's symptoms although
// nothing is due.
func (l *Loop) looks(inc pipewright.Incident, now time.Time) bool {
	switch inc.State {
	case pipewright.Waiting, pipewright.Escalated:
		return !now.Before(l.nextLook[inc.ID])
	}
	return false
}
