package heal

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

func (l *Loop) pause(ctx context.Context, rq pipewright.Request, now time.Time) error {
	p := pipewright.Pause{Resource: rq.Resource, Until: rq.Until, By: rq.By(), At: now, Reason: rq.Reason}
	if !p.Holds(now) {
		return pipewright.Errorf(pipewright.Invalid, "%s is not in the future", rq.Until.UTC().Format(time.RFC3339))
	}
	rq.OK, rq.Result = true, sayPause(p)
	if err := l.commit(ctx, Entry{Pause: &p, Handled: []pipewright.Request{rq}}); err != nil {
		return err
	}
	return l.lookLedger(ctx, now)
}

func sayPause(p pipewright.Pause) string {
	what := "all action"
	if p.Resource != "" {
		what = "healing of " + string(p.Resource)
	}
	if p.Until.IsZero() {
		return what + " is paused until somebody resumes it"
	}
	return what + " is paused until " + p.Until.UTC().Format(time.RFC3339)
}

// resume lifts a pause and wakes what waited for its end.
func (l *Loop) resume(ctx context.Context, rq pipewright.Request, now time.Time) error {
	if !slices.ContainsFunc(l.pauses, func(p pipewright.Pause) bool { return p.Resource == rq.Resource && p.Holds(now) }) {
		return pipewright.Errorf(pipewright.NotFound, "nothing is paused there")
	}
	rq.OK, rq.Result = true, "resumed"
	by := pipewright.Pause{Resource: rq.Resource, By: rq.By(), At: now, Reason: rq.Reason}
	entry := Entry{Resume: &by, Handled: []pipewright.Request{rq}}
	for _, inc := range l.live {
		if inc.State == pipewright.Decided && inc.Verdict != nil && (inc.Verdict.By == "kill_switch" || inc.Verdict.By == "pause") {
			entry.Events = append(entry.Events, pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Decided, Due: now, Who: rq.By(), Note: "resumed by " + rq.By()})
		}
	}
	if err := l.commit(ctx, entry); err != nil {
		return err
	}
	return l.lookLedger(ctx, now)
}
