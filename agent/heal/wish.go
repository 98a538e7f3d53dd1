package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

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
	c.rung(l.ladder(), c.Action, env)
	v := l.guards.Judge(c)
	return pipewright.Proposal{Action: a.Kind, Target: a.Target, Args: a.Args, Risk: c.Action.Risk, Ruling: v.Ruling, Why: v.Why}, nil
}
