package heal

import (
	"context"
	"errors"

	pipewright "github.com/pipewright/pipewright"
)

// commit journals an entry and brings the live incidents up to date with it.
func (l *Loop) commit(ctx context.Context, e Entry) error {
	l.weigh(&e)
	events, err := l.Journal.Commit(ctx, e)
	if err != nil {
		l.evidence = nil
		l.learnLadder()
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
