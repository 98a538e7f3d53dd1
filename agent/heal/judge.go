package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// judge asks the guards and does what they say.
func (l *Loop) judge(ctx context.Context, inc pipewright.Incident, now time.Time) error {
	if err := l.Fresh(ctx, now); err != nil {
		l.Log.Warn("sources could not all be read before acting", "incident", inc.ID, "err", err)
	}
	c := l.caseOf(ctx, inc, now)
	c.Approved = l.macroApproval(ctx, inc)
	v := l.guards.Judge(c)
	switch {
	case v.Ruling == pipewright.Allow:
		if c.Approved != nil {
			inc.Approval = c.Approved.ID // or the journal would say that it ran alone
		}
		return l.act(ctx, inc, now, v, Entry{})
	case v.Ruling == pipewright.Ask && !worthAsking(c):
		return l.escalate(ctx, inc, now, pipewright.Event{Verdict: &v, Note: fmt.Sprintf("nothing here is likely to help: the best is %s on %s, predicted recovery %.2f",
			inc.Action.Kind, inc.Action.Target, *inc.Decision.Recovery)})
	case v.Ruling == pipewright.Ask:
		return l.ask(ctx, inc, now, v)
	case c.Still == detect.StatusGone:
		return l.closeGone(ctx, inc, now, v)
	case !v.Retry.IsZero() && now.Sub(inc.OpenedAt) < giveUpAfter:
		return l.commit(ctx, Entry{Events: []pipewright.Event{{At: now, Incident: inc.ID, To: pipewright.Decided, Due: v.Retry, Verdict: &v}}})
	default:
		return l.escalate(ctx, inc, now, pipewright.Event{Verdict: &v, Note: v.Why})
	}
}

// worth is the predicted recovery from which a person is asked about an action;
// under it, the person is better told that nothing here is likely to help.
const worth = 0.25

func worthAsking(c Case) bool {
	return c.Incident.Class == pipewright.ClassRequested || c.Decision.Recovery == nil || *c.Decision.Recovery >= worth
}

// giveUpAfter bounds how long refusals with an end are waited out.
const giveUpAfter = 24 * time.Hour

// caseOf gathers what the guards look at, live.
func (l *Loop) caseOf(ctx context.Context, inc pipewright.Incident, now time.Time) Case {
	c := Case{
		Now: now, Incident: inc, Action: *inc.Action, Pauses: l.pauses, Recent: l.recent, Settling: l.settling(inc.ID),
		Upstream: l.topo.Upstream(inc.Action.Target, 16),
	}
	if inc.Decision != nil {
		c.Decision = *inc.Decision
		c.Unproved, c.Advised = unproved(l.outcomes), advised(c.Decision, inc.Action.Kind.Verb())
	}
	env := pipewright.Resource{}.Env()
	if r, ok := l.resources[inc.Action.Target]; ok {
		c.Target, env = &r, r.Env()
	}
	if act, ok := l.Registry.Actuator(inc.Action.Kind, inc.Action.Target); ok {
		c.Actuator = &act
		c.Touches = Touches(act, inc.Action.Target, l.topo)
		plan, why := prepare(ctx, act, *inc.Action)
		c.Plan = plan
		c.Plan.Doomed = why
		c.Rerun = l.rerun(ctx, *inc.Action, plan)
		if busy := l.overloaded(ctx, *inc.Action, plan); busy != "" && inc.Class != pipewright.ClassRequested {
			c.Plan.Later = busy // it may drain
		}
	}
	begun := *inc.Action
	if goesOn(inc, begun) {
		begun = Head(inc).Action
	}
	c.rung(l.ladder(), begun, env)
	c.Still = Holds(l.readNow(ctx, inc, now))
	return c
}

func (l *Loop) settling(except string) int {
	n := 0
	for _, inc := range l.live {
		switch inc.State {
		case pipewright.Acting, pipewright.Acted, pipewright.Verifying:
			if inc.ID != except {
				n++
			}
		}
	}
	return n
}
