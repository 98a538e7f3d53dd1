package heal

import (
	"context"
	"fmt"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// ask puts the exact action to people.
func (l *Loop) ask(ctx context.Context, inc pipewright.Incident, now time.Time, v pipewright.Verdict) error {
	l.lastAp++
	ap := pipewright.Approval{
		ID: fmt.Sprintf("ap-%04d", l.lastAp), Incident: inc.ID, Action: *inc.Action, ActionHash: inc.Action.Hash(),
		MayApprove: l.cfg.MayApprove, State: pipewright.ApprovalPending, AskedAt: now, Expires: now.Add(l.cfg.expiry(inc.Action.Risk)),
	}
	if n := l.cfg.needs(*inc.Action, l.env(inc.Action.Target)); n > 1 {
		ap.Needs = n
	}
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Waiting, Due: ap.Expires, Verdict: &v, Approval: ap.ID, Action: inc.Action}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}})
}

// env is the environment of a resource, as its labels say.
func (l *Loop) env(id pipewright.ResourceID) string { return l.resources[id].Env() }

// wait watches an incident that waits for a person: silence denies, and a fault
// that went away needs no answer.
func (l *Loop) wait(ctx context.Context, inc pipewright.Incident, now time.Time) (bool, error) {
	ap, err := l.Recovery.Approval(ctx, inc.Approval)
	if err != nil {
		return false, fmt.Errorf("read approval %s: %w", inc.Approval, err)
	}
	if !now.Before(inc.Due) {
		return true, l.expire(ctx, inc, ap, now)
	}
	l.nextLook[inc.ID] = now.Add(lookEvery)
	readings := l.readNow(ctx, inc, now)
	if Holds(readings) != detect.StatusGone {
		return false, l.remind(ctx, inc, ap, now)
	}
	ap.State, ap.At, ap.Reason = pipewright.ApprovalExpired, now, "the fault went away"
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Closed, Approval: ap.ID, Note: "it recovered before anybody answered (" + sayReadings(readings) + ")"}
	return true, l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}})
}

// expire ends an approval that nobody, or not everybody needed, gave in time: the
// action is denied, and the incident goes to whoever is next.
func (l *Loop) expire(ctx context.Context, inc pipewright.Incident, ap pipewright.Approval, now time.Time) error {
	ap.State, ap.At, ap.Reason = pipewright.ApprovalExpired, now, "nobody answered in time"
	if len(ap.Given) > 0 {
		ap.Reason = "not enough people answered in time"
	}
	note := fmt.Sprintf("nobody answered %s by %s, so nothing was done: %s", ap.ID, clock(inc.Due), asked(ap))
	if len(ap.Given) > 0 {
		note = fmt.Sprintf("only %s approved %s by %s and %d people are needed, so nothing was done: %s", signers(ap.Given), ap.ID, clock(inc.Due), ap.Needs, asked(ap))
	}
	if len(l.cfg.EscalateTo) > 0 {
		note += "; next: " + strings.Join(l.cfg.EscalateTo, ", ")
	}
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Escalated, Approval: ap.ID, Note: note, Call: l.cfg.EscalateTo}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}})
}

// remind says once, some time before it is too late, what still waits for whom.
func (l *Loop) remind(ctx context.Context, inc pipewright.Incident, ap pipewright.Approval, now time.Time) error {
	before := l.cfg.Reminder
	if before <= 0 || before >= ap.Expires.Sub(ap.AskedAt) || !ap.Reminded.IsZero() {
		return nil
	}
	if at := ap.Expires.Add(-before); now.Before(at) {
		if at.Before(l.nextLook[inc.ID]) {
			l.nextLook[inc.ID] = at
		}
		return nil
	}
	ap.Reminded = now
	note := fmt.Sprintf("%s is still open until %s, then it counts as denied: %s", ap.ID, clock(ap.Expires), asked(ap))
	if len(ap.Given) > 0 {
		note += fmt.Sprintf("; %s approved, %d people are needed", signers(ap.Given), ap.Needs)
	}
	e := pipewright.Event{At: now, Incident: inc.ID, Approval: ap.ID, Note: note}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}, Approvals: []pipewright.Approval{ap}})
}

// asked says who was asked for what.
func asked(ap pipewright.Approval) string {
	who := strings.Join(ap.MayApprove, ", ")
	if who == "*" {
		who = "all here"
	}
	return fmt.Sprintf("asked were %s, to approve %s on %s", who, ap.Action.Kind, ap.Action.Target)
}

func signers(given []pipewright.Signature) string {
	names := make([]string, len(given))
	for i, s := range given {
		names[i] = s.By
	}
	return strings.Join(names, " and ")
}
