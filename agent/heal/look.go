package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

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
