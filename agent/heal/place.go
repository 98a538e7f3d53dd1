package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

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
