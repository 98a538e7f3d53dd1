package heal

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// closeGone ends an incident whose fault went away before anything, or anything
// more, was done.
func (l *Loop) closeGone(ctx context.Context, inc pipewright.Incident, now time.Time, v pipewright.Verdict) error {
	note := "it recovered by itself; nothing was done"
	if len(inc.Attempts) > 0 {
		note = "it is healthy again; nothing more was done"
	}
	return l.commit(ctx, Entry{Events: []pipewright.Event{
		{At: now, Incident: inc.ID, To: pipewright.Escalated, Verdict: &v, Note: "for information: " + v.Why},
		{At: now, Incident: inc.ID, To: pipewright.Closed, Note: note},
	}})
}

func (l *Loop) escalate(ctx context.Context, inc pipewright.Incident, now time.Time, e pipewright.Event) error {
	e.At, e.Incident, e.To = now, inc.ID, pipewright.Escalated
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Outcome: e.Outcome})
}

// watchEscalated closes an incident that a person, or time, has mended.
func (l *Loop) watchEscalated(ctx context.Context, inc pipewright.Incident, now time.Time) (bool, error) {
	l.nextLook[inc.ID] = now.Add(lookEvery)
	if inc.Class == pipewright.ClassRequested {
		return true, l.commit(ctx, Entry{Events: []pipewright.Event{{At: now, Incident: inc.ID, To: pipewright.Closed, Note: inc.Note}}})
	}
	readings := l.read(ctx, symptoms(inc), now, time.Time{})
	if Holds(readings) != detect.StatusGone || l.doubled(ctx, inc.LastAttempt()) != "" {
		return false, nil
	}
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Closed, Note: "it is healthy again (" + sayReadings(readings) + ")"}
	return true, l.commit(ctx, Entry{Events: []pipewright.Event{e}})
}
