package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// actWithin bounds one call of an actuator.
const actWithin = 60 * time.Second

// act reserves the action durably and runs it. The verdict, the permission and
// the reservation are one transaction; only then is the world touched. extra is
// what else belongs into that transaction, such as a used approval.
func (l *Loop) act(ctx context.Context, inc pipewright.Incident, now time.Time, v pipewright.Verdict, extra Entry) error {
	a := *inc.Action
	a.Key = keyOf(inc, a)
	actuator, ok := l.Registry.Actuator(a.Kind, a.Target)
	if !ok {
		return pipewright.Errorf(pipewright.Internal, "nothing here can do %s", a.Kind)
	}
	extra.Events = []pipewright.Event{
		{At: now, Incident: inc.ID, To: pipewright.Allowed, Verdict: &v, Approval: inc.Approval},
		{At: now, Incident: inc.ID, To: pipewright.Acting, Action: &a},
	}
	extra.Reserve = &Reservation{Key: a.Key, Incident: inc.ID, Action: a, At: now, Touches: Touches(actuator, a.Target, l.topo), Limits: l.cfg.Limits}
	if goesOn(inc, a) {
		extra.Reserve.Macro = Head(inc).Action.Key
	}
	err := l.commit(ctx, extra)
	switch pipewright.KindOf(err) {
	case "":
		return l.run(ctx, inc.ID, actuator, a, now)
	case pipewright.Denied, pipewright.Conflict:
		refused := denyUntil(now.Add(time.Minute), "%s", err)
		refused.By = "reservation"
		if inc.State != pipewright.Decided {
			return err // asked for by a person: the person is told
		}
		return l.commit(ctx, Entry{Events: []pipewright.Event{{At: now, Incident: inc.ID, To: pipewright.Decided, Due: refused.Retry, Verdict: &refused}}})
	default:
		return err
	}
}

// keyOf names the next try of an action to the system it is done on. That system
// keeps the keys of other stores too, and every store begins with inc-0001: so
// the time of the incident belongs to the name.
func keyOf(inc pipewright.Incident, a pipewright.Action) string {
	return pipewright.ActionKey(inc.ID+" "+inc.OpenedAt.UTC().Format(time.RFC3339Nano), a, len(inc.Attempts)+1)
}

// run calls the actuator and journals what came of it. A call that failed is
// looked up by its key: what cannot be found goes to a person.
func (l *Loop) run(ctx context.Context, id string, actuator tools.Actuator, a pipewright.Action, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	receipt, err := actuator.Do(ctx, a)
	if err != nil {
		l.Log.Warn("action failed", "incident", id, "action", a.Kind, "target", a.Target, "err", err)
		_, err = l.settle(context.WithoutCancel(ctx), id, actuator, a, now, lookup{fmt.Sprintf("the call failed: %v", err), refusal(err)})
		return err
	}
	return l.acted(ctx, id, actuator, receipt, now)
}

// lookForReceipt settles an action that was under way when the loop stopped.
func (l *Loop) lookForReceipt(ctx context.Context, inc pipewright.Incident, now time.Time) (moved bool, err error) {
	actuator, ok := l.Registry.Actuator(inc.Action.Kind, inc.Action.Target)
	if !ok {
		e := pipewright.Event{Verification: pipewright.VerifyUnknown, Note: fmt.Sprintf("%s was under way and nothing here can look for it", inc.Action.Kind)}
		return true, l.escalate(ctx, inc, now, e)
	}
	return l.settle(ctx, inc.ID, actuator, *inc.Action, now, lookup{what: "Pipewright stopped while it ran, or got no answer"})
}

// lookup is why a receipt is looked for.
type lookup struct {
	what    string
	refused bool // the system itself said no: nothing is still on its way to it
}

// refusal reports whether an error is a system's own answer, not the lack of one.
func refusal(err error) bool {
	switch pipewright.KindOf(err) {
	case pipewright.Invalid, pipewright.NotFound, pipewright.Conflict, pipewright.Denied:
		return true
	}
	return false
}

// settle looks for the receipt of an action that may or may not have run. A call
// that nobody waits for any more may still reach the system, so an action
// without a trace stays acting, and is looked for again, for as long as a call
// may take. Then a person is called: it is never done again.
func (l *Loop) settle(ctx context.Context, id string, actuator tools.Actuator, a pipewright.Action, now time.Time, why lookup) (moved bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	receipt, found, err := actuator.Find(ctx, a)
	inc := l.find(id)
	switch {
	case found == tools.FoundYes && err == nil:
		return true, l.acted(ctx, id, actuator, receipt, now)
	case found != tools.FoundNo || err != nil:
		note := why.what + "; whether it ran is unknown, so look at " + string(a.Target) + " before anything else is done"
		return true, l.escalate(ctx, inc, now, pipewright.Event{Verification: pipewright.VerifyUnknown, Note: note})
	case !why.refused && now.Before(inc.LastAttempt().At.Add(actWithin)):
		return false, nil
	}
	note := why.what + "; " + a.Target.System() + " has no trace of it, so it did not run"
	return true, l.escalate(ctx, inc, now, pipewright.Event{Verification: pipewright.VerifyUnknown, Note: note})
}

func (l *Loop) acted(ctx context.Context, id string, actuator tools.Actuator, receipt pipewright.Receipt, now time.Time) error {
	if receipt.At.IsZero() {
		receipt.At = now
	}
	look := firstLook(actuator)
	if v := actuator.Kind.Verb(); v == throttleVerb || v == releaseVerb {
		look = min(look, l.cfg.window())
	}
	return l.commit(ctx, Entry{Events: []pipewright.Event{
		{At: now, Incident: id, To: pipewright.Acted, Receipt: &receipt, Note: receipt.Say},
		{At: now, Incident: id, To: pipewright.Verifying, Due: now.Add(look)},
	}})
}
