package heal

import (
	"fmt"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

// Case is everything a guard may look at about one action, read just before
// the verdict. Guards are pure: they take a case and return a verdict.
type Case struct {
	Now      time.Time
	Incident pipewright.Incident
	Action   pipewright.Action
	Decision pipewright.Decision
	Actuator *tools.Actuator         // nil: nobody knows how to do this
	Target   *pipewright.Resource    // nil: Pipewright never observed it
	Touches  []pipewright.ResourceID // blast radius, the target first
	Rung     pipewright.Rung
	Promoted bool                    // a person let exactly this run alone
	Upstream []pipewright.ResourceID // of the target: a pause there holds here too
	Pauses   []pipewright.Pause
	Recent   []Reservation // the last hour's, and older ones within the cooldown
	Settling int           // actions reserved and not yet settled
	Still    detect.Status // of the symptom, read just now
	Harmed   bool          // (class, kind) did harm before and nobody has cleared it
	Plan     tools.Plan
	Approved *pipewright.Approval // a person's approval of exactly this action
}

// rung fills in how far this action may go, by its incident's classes.
func (c *Case) rung(l Ladder, env string) {
	s := l.Strictest(c.Incident, c.Action, env)
	c.Rung, c.Promoted = s.Rung, s.Promoted()
	c.Harmed = l.Harmed(c.Incident.Class, c.Action.Kind)
}

// Guard is one reason why an action may not run, or must be asked first.
type Guard struct {
	Name  string
	Check func(Case) pipewright.Verdict
}

// Guards judge a case together: the strictest verdict wins, and among equals
// the first. No guard at all denies.
type Guards []Guard

// Judge returns the strictest verdict. An Ask that a valid approval answers
// becomes an Allow. A guard that panics or returns no guard name denies.
func (gs Guards) Judge(c Case) pipewright.Verdict {
	if len(gs) == 0 {
		return pipewright.Verdict{By: "guards", Why: "no guard is configured, so nothing may run"}
	}
	worst := pipewright.Verdict{Ruling: pipewright.Allow, By: "guards", Why: "every guard agreed"}
	for _, g := range gs {
		v := g.judge(c)
		if v.Ruling == pipewright.Ask && c.Approved != nil {
			v = pipewright.Verdict{Ruling: pipewright.Allow, By: "approval", Why: fmt.Sprintf("approved by %s (%s)", signers(c.Approved.Signatures()), c.Approved.ID)}
			if worst.By == "guards" {
				worst = v
			}
		}
		if v.Ruling < worst.Ruling {
			worst = v
		}
	}
	return worst
}

func (g Guard) judge(c Case) (v pipewright.Verdict) {
	defer func() {
		if r := recover(); r != nil {
			v = pipewright.Verdict{By: g.Name, Why: fmt.Sprintf("the guard failed (%v), so it denies", r)}
		}
	}()
	v = g.Check(c)
	v.By = g.Name
	return v
}

func allow() pipewright.Verdict { return pipewright.Verdict{Ruling: pipewright.Allow} }

func ask(format string, args ...any) pipewright.Verdict {
	return pipewright.Verdict{Ruling: pipewright.Ask, Why: fmt.Sprintf(format, args...)}
}

func deny(format string, args ...any) pipewright.Verdict {
	return pipewright.Verdict{Ruling: pipewright.Deny, Why: fmt.Sprintf(format, args...)}
}

func denyUntil(t time.Time, format string, args ...any) pipewright.Verdict {
	v := deny(format, args...)
	v.Retry = t
	return v
}

// Standard returns the guards in the order their reasons are given.
func Standard(cfg Config) Guards {
	return Guards{
		{"known", guardKnown},
		{"kill_switch", guardKillSwitch},
		{"protected", cfg.guardProtected},
		{"still_true", guardStillTrue},
		{"pause", guardPause},
		{"precondition", guardPrecondition},
		{"mode", guardMode},
		{"blast_radius", cfg.guardRadius},
		{"cooldown", cfg.guardCooldown},
		{"rate", cfg.guardRate},
		{"maintenance", cfg.guardMaintenance},
		{"diagnosis", guardDiagnosis},
		{"risk", guardRisk},
		{"harm", guardHarm},
		{"people", cfg.guardPeople},
		{"bar", cfg.guardBar},
	}
}

// guardKnown: the kind is registered, its risk is known and the target was
// observed by Pipewright itself.
func guardKnown(c Case) pipewright.Verdict {
	switch {
	case c.Actuator == nil:
		return deny("nothing here can do %s", c.Action.Kind)
	case !c.Actuator.ActsOn(c.Action.Target):
		return deny("%s does not act on %s", c.Action.Kind, c.Action.Target)
	case c.Target == nil:
		return deny("%s was never observed", c.Action.Target)
	case c.Action.Risk != c.Actuator.Risk:
		return deny("the risk of %s is %s, not %q", c.Action.Kind, c.Actuator.Risk, c.Action.Risk)
	}
	return allow()
}

// reread is how soon a symptom that could not be read is read again.
const reread = time.Minute

// guardKillSwitch: a pause of everything stops approved actions too.
func guardKillSwitch(c Case) pipewright.Verdict {
	for _, p := range c.Pauses {
		if p.Resource == "" && p.Holds(c.Now) {
			return denyUntil(retryAt(p, c.Now), "all action is paused by %s%s; `pipewright resume` lifts it", p.By, because(p.Reason))
		}
	}
	return allow()
}

// guardPause: a paused resource, or one downstream of it, is not acted on
// alone; a person may still approve.
func guardPause(c Case) pipewright.Verdict {
	for _, p := range c.Pauses {
		if p.Resource == "" || !p.Holds(c.Now) || c.Approved != nil {
			continue
		}
		if p.Resource == c.Action.Target || slices.Contains(c.Upstream, p.Resource) {
			return denyUntil(retryAt(p, c.Now), "healing of %s is paused by %s%s", p.Resource, p.By, because(p.Reason))
		}
	}
	return allow()
}

func retryAt(p pipewright.Pause, now time.Time) time.Time {
	if p.Until.IsZero() {
		return now.Add(time.Hour) // a resume wakes it earlier
	}
	return p.Until
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func (cfg Config) guardProtected(c Case) pipewright.Verdict {
	if c.Target != nil && c.Target.Labels["protected"] == "true" {
		return deny("%s is protected by its own label", c.Action.Target)
	}
	if slices.Contains(cfg.Protected, c.Action.Target) {
		return deny("%s is protected in the configuration", c.Action.Target)
	}
	return allow()
}

// guardStillTrue: the fault was read again just now and still holds.
func guardStillTrue(c Case) pipewright.Verdict {
	if c.Incident.Class == pipewright.ClassRequested {
		return allow() // for a request the question is whether the target was observed
	}
	switch c.Still {
	case detect.StatusPresent, detect.StatusWorse, detect.StatusTooEarly:
		return allow()
	case detect.StatusGone:
		return deny("the fault is gone: it was read again just now")
	default:
		return denyUntil(c.Now.Add(reread), "whether the fault still holds could not be read")
	}
}

// waitsFor is how long what stands in the way of an action is waited out.
const waitsFor = 2 * time.Hour

// guardPrecondition: the plan was prepared, can help, and is the only one.
func guardPrecondition(c Case) pipewright.Verdict {
	if c.Plan.Doomed != "" {
		return deny("it cannot help now: %s", c.Plan.Doomed)
	}
	if c.Plan.Later != "" && c.Now.Sub(c.Incident.OpenedAt) < waitsFor {
		return denyUntil(c.Now.Add(reread), "not yet: %s", c.Plan.Later)
	}
	if c.Plan.Later != "" {
		return deny("it could not be done in %s: %s", waitsFor, c.Plan.Later)
	}
	if c.Plan.Ambiguous != "" {
		return ask("%s", c.Plan.Ambiguous)
	}
	return allow()
}

func guardMode(c Case) pipewright.Verdict {
	switch c.Rung {
	case pipewright.Auto:
		return allow()
	case pipewright.AskRung:
		return ask("the mode for %s with %s is ask", c.Incident.Class, c.Action.Kind)
	case pipewright.Suggest:
		return deny("the mode for %s with %s is suggest: I would do this, and only say so", c.Incident.Class, c.Action.Kind)
	case pipewright.Observe:
		return deny("the mode for %s with %s is observe: I would do this, and only journal it", c.Incident.Class, c.Action.Kind)
	}
	return deny("the mode %q is not known", c.Rung)
}

func (cfg Config) guardRadius(c Case) pipewright.Verdict {
	if n := len(c.Touches); n > cfg.Limits.MaxRadius {
		return deny("it would touch %d resources and at most %d are permitted", n, cfg.Limits.MaxRadius)
	}
	return allow()
}

// guardCooldown: two actions on one target keep their distance; the tries of
// one back-off are one action.
func (cfg Config) guardCooldown(c Case) pipewright.Verdict {
	for _, r := range c.Recent {
		if r.Action.Target != c.Action.Target || sameMacro(r, c) {
			continue
		}
		if end := r.At.Add(cfg.Limits.Cooldown); c.Now.Before(end) {
			return denyUntil(end, "%s was acted on at %s and cools down for %s", c.Action.Target, clock(r.At), cfg.Limits.Cooldown)
		}
	}
	return allow()
}

func sameMacro(r Reservation, c Case) bool {
	return r.Incident == c.Incident.ID && c.Action.Kind.Verb() == pipewright.BackoffRetry && r.Action.Hash() == c.Action.Hash()
}

func (cfg Config) guardRate(c Case) pipewright.Verdict {
	hourAgo, n, oldest := c.Now.Add(-time.Hour), 0, c.Now
	for _, r := range c.Recent {
		if r.At.After(hourAgo) {
			n++
			if r.At.Before(oldest) {
				oldest = r.At
			}
		}
	}
	if n >= cfg.Limits.PerHour {
		return denyUntil(oldest.Add(time.Hour), "%d actions ran in the last hour, the most permitted", n)
	}
	if c.Settling >= cfg.Limits.AtOnce {
		return denyUntil(c.Now.Add(time.Minute), "%d actions are settling, the most at once", c.Settling)
	}
	return allow()
}

func (cfg Config) guardMaintenance(c Case) pipewright.Verdict {
	for _, w := range cfg.Freeze {
		if end, in := w.Holds(c.Now); in && c.Approved == nil {
			return denyUntil(end, "no action alone during %s, until %s", w.Name, clock(end))
		}
	}
	return allow()
}

// guardDiagnosis: nothing runs alone on a diagnosis that is not conclusive.
func guardDiagnosis(c Case) pipewright.Verdict {
	if c.Incident.Diagnosis != nil && c.Incident.Diagnosis.Inconclusive && c.Action.Risk != pipewright.R0 {
		return ask("the diagnosis is not conclusive")
	}
	return allow()
}

// guardRisk: R2 is never done alone unless a person promoted it.
func guardRisk(c Case) pipewright.Verdict {
	switch c.Action.Risk {
	case pipewright.R0, pipewright.R1:
		return allow()
	case pipewright.R2:
		if c.Promoted {
			return allow()
		}
		return ask("%s touches data or cannot be undone (R2)", c.Action.Kind)
	}
	return deny("the risk %q of %s is not known", c.Action.Risk, c.Action.Kind)
}

func guardHarm(c Case) pipewright.Verdict {
	if c.Harmed {
		return ask("%s did harm on %s before and nobody has cleared it since", c.Action.Kind, c.Incident.Class)
	}
	return allow()
}

// guardPeople: an approval holds while enough of those who gave it may give it.
func (cfg Config) guardPeople(c Case) pipewright.Verdict {
	need := 1
	if c.Target != nil {
		need = cfg.needs(c.Action, c.Target.Env())
	}
	switch {
	case c.Approved != nil && len(cfg.stillCounting(*c.Approved, c.Incident, need)) < need:
		return deny("%s does not count: it needs %d who may approve, and has %q", c.Approved.ID, need, signers(c.Approved.Signatures()))
	case c.Approved == nil && need > 1:
		return ask("%d different people must approve %s", need, c.Action.Kind)
	}
	return allow()
}

// lowUnderBar is how far the lower 10 % bound may lie under the bar.
const lowUnderBar = 0.05

// guardBar: alone only above the bar of predicted recovery, with bounded harm.
func (cfg Config) guardBar(c Case) pipewright.Verdict {
	d, bar := c.Decision, cfg.Bar(c.Action.Risk)
	if d.Recovery == nil || d.Low == nil {
		return ask("there is no prediction to hold against the bar of %.2f", bar)
	}
	odds := fmt.Sprintf("predicted recovery %.2f (%.2f to %.2f)", *d.Recovery, *d.Low, *d.High)
	switch {
	case *d.Recovery < bar:
		return ask("%s, bar %.2f, so I ask", odds, bar)
	case *d.Low < bar-lowUnderBar:
		return ask("%s: the lower bound is more than %.2f under the bar %.2f, so I ask", odds, lowUnderBar, bar)
	case d.HarmHigh != nil && *d.HarmHigh > cfg.HarmBound(c.Action.Risk):
		return ask("it may do harm (at most %.2f, permitted %.2f), so I ask", *d.HarmHigh, cfg.HarmBound(c.Action.Risk))
	}
	v := allow()
	v.Why = fmt.Sprintf("%s, bar %.2f", odds, bar)
	return v
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// Touches is the blast radius of an action: its target and what feels it
// downstream, nearest first.
func Touches(a tools.Actuator, target pipewright.ResourceID, topo pipewright.Topology) []pipewright.ResourceID {
	return append([]pipewright.ResourceID{target}, topo.Downstream(target, a.Hops)...)
}
