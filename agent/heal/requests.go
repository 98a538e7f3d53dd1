package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// answerRequests does what people asked for on any surface, in the order they
// asked. Each request is settled in the transaction of what it causes.
func (l *Loop) answerRequests(ctx context.Context, now time.Time) error {
	pending, err := l.Recovery.PendingRequests(ctx)
	if err != nil {
		return fmt.Errorf("read requests: %w", err)
	}
	for _, rq := range pending {
		if err := l.answer(ctx, rq, now); err != nil {
			if kind := pipewright.KindOf(err); kind == pipewright.Internal || kind == pipewright.Unavailable && errors.As(err, new(unkept)) {
				return fmt.Errorf("answer %s: %w", rq.ID, err)
			}
			if err := l.reply(ctx, rq, false, err.Error()); err != nil {
				return fmt.Errorf("answer %s: %w", rq.ID, err)
			}
		}
	}
	return nil
}

// reply settles a request that changes nothing else.
func (l *Loop) reply(ctx context.Context, rq pipewright.Request, ok bool, say string) error {
	rq.OK, rq.Result = ok, say
	return l.commit(ctx, Entry{Handled: []pipewright.Request{rq}})
}

func (l *Loop) answer(ctx context.Context, rq pipewright.Request, now time.Time) error {
	if !slices.Contains(l.cfg.MayApprove, "*") && !slices.Contains(l.cfg.MayApprove, rq.Who) {
		return pipewright.Errorf(pipewright.Denied, "%s may not %s here: the configuration's may_approve does not name them", rq.Who, doing(rq.Kind))
	}
	switch rq.Kind {
	case pipewright.RequestApprove:
		return l.approve(ctx, rq, now)
	case pipewright.RequestDeny:
		return l.deny(ctx, rq, now)
	case pipewright.RequestAct:
		return l.requested(ctx, rq, now, rq.Action)
	case pipewright.RequestUndo:
		return l.undo(ctx, rq, now)
	case pipewright.RequestPause:
		return l.pause(ctx, rq, now)
	case pipewright.RequestResume:
		return l.resume(ctx, rq, now)
	case pipewright.RequestMode:
		return l.mode(ctx, rq, now)
	case pipewright.RequestFeedback:
		return l.feedback(ctx, rq)
	}
	return pipewright.Errorf(pipewright.Invalid, "nobody here knows how to %q", rq.Kind)
}

// doing says what a kind of request is, after "may not".
func doing(kind pipewright.RequestKind) string {
	switch kind {
	case pipewright.RequestAct:
		return "ask for actions"
	case pipewright.RequestMode:
		return "change modes"
	case pipewright.RequestFeedback:
		return "judge diagnoses"
	}
	return string(kind)
}

// requested opens an incident for an action that a person asked for. From here
// on it takes the same path as any other.
func (l *Loop) requested(ctx context.Context, rq pipewright.Request, now time.Time, a *pipewright.Action) error {
	if a == nil {
		return pipewright.Errorf(pipewright.Invalid, "say which action, on which resource")
	}
	act, ok := l.Registry.Actuator(a.Kind, a.Target)
	if !ok {
		return pipewright.Errorf(pipewright.NotFound, "nothing here can do %s", a.Kind)
	}
	if _, ok := l.resources[a.Target]; !ok {
		return pipewright.Errorf(pipewright.NotFound, "%s was never observed, so it is not acted on", a.Target)
	}
	l.lastInc++
	want := pipewright.Action{Kind: a.Kind, Target: a.Target, Args: a.Args, Risk: act.Risk}
	id := fmt.Sprintf("inc-%04d", l.lastInc)
	rq.OK, rq.Incident, rq.Result = true, id, fmt.Sprintf("%s: %s on %s meets the guards now", id, a.Kind, a.Target)
	return l.commit(ctx, Entry{
		Events: []pipewright.Event{{At: now, Incident: id, To: pipewright.Open, Resource: a.Target, Class: pipewright.ClassRequested,
			Severity: pipewright.SevInfo, Title: fmt.Sprintf("%s asked for %s on %s", rq.By(), a.Kind, a.Target), Action: &want, Who: rq.By()}},
		Handled: []pipewright.Request{rq},
	})
}

// undo asks for the inverse of the last action of an incident.
func (l *Loop) undo(ctx context.Context, rq pipewright.Request, now time.Time) error {
	inc, err := l.Recovery.Incident(ctx, rq.Incident)
	if err != nil {
		return err
	}
	at := inc.LastAttempt()
	if at == nil || at.Receipt == nil {
		return pipewright.Errorf(pipewright.NotFound, "%s has no action to undo", rq.Incident)
	}
	act, ok := l.Registry.Actuator(at.Action.Kind, at.Action.Target)
	if !ok {
		return pipewright.Errorf(pipewright.NotFound, "nothing here can undo %s", at.Action.Kind)
	}
	inverse := act.Inverse(at.Action, *at.Receipt)
	if inverse == nil {
		return pipewright.Errorf(pipewright.Denied, "%s on %s cannot be undone: %s", at.Action.Kind, at.Action.Target, act.Undo)
	}
	return l.requested(ctx, rq, now, inverse)
}

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

// Rule is the ruling that the guards would give an action asked for now, for a
// surface that proposes it. Nothing is journaled and no system is called.
func (l *Loop) Rule(ctx context.Context, now time.Time, a pipewright.Action) (pipewright.Proposal, error) {
	if err := l.look(ctx, now); err != nil {
		return pipewright.Proposal{}, err
	}
	act, ok := l.Registry.Actuator(a.Kind, a.Target)
	c := Case{Now: now, Action: a, Pauses: l.pauses, Recent: l.recent, Incident: pipewright.Incident{Class: pipewright.ClassRequested},
		Upstream: l.topo.Upstream(a.Target, 16), Plan: tools.Plan{Action: a}}
	env := pipewright.Resource{}.Env()
	if ok {
		c.Actuator, c.Action.Risk, c.Touches = &act, act.Risk, Touches(act, a.Target, l.topo)
	}
	if r, ok := l.resources[a.Target]; ok {
		c.Target, env = &r, r.Env()
	}
	c.rung(l.ladder(), env)
	v := l.guards.Judge(c)
	return pipewright.Proposal{Action: a.Kind, Target: a.Target, Args: a.Args, Risk: c.Action.Risk, Ruling: v.Ruling, Why: v.Why}, nil
}
