package heal

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/tools"
)

// diagnose journals what is believed about the incident. e carries what else
// the move records, such as the verification that led back here.
func (l *Loop) diagnose(ctx context.Context, inc pipewright.Incident, now time.Time, e pipewright.Event) error {
	e.Incident, e.At, e.To = inc.ID, now, pipewright.Diagnosed
	if inc.Class == pipewright.ClassRequested {
		e.Action, e.Class = inc.Action, inc.Class
		e.Diagnosis = &pipewright.Diagnosis{At: now, Hypotheses: []pipewright.Hypothesis{{
			Cause: string(pipewright.ClassRequested), Class: inc.Class, Resource: inc.Resource, Confidence: 1}}}
	} else {
		d, err := l.believe(ctx, inc, now)
		if err != nil {
			return fmt.Errorf("diagnose %s: %w", inc.ID, err)
		}
		h, _ := d.Top()
		e.Diagnosis, e.Class, e.Title = &d, h.Class, h.Summary
	}
	entry := Entry{Events: []pipewright.Event{e}, Outcome: e.Outcome}
	return l.commit(ctx, entry)
}

// decide chooses what to try next, or hands the incident to a person.
func (l *Loop) decide(ctx context.Context, inc pipewright.Incident, now time.Time) error {
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Decided}
	if inc.Class == pipewright.ClassRequested {
		return l.decideRequested(ctx, inc, now, e)
	}
	if other, ok := l.sameFault(inc); ok {
		return l.foldInto(ctx, inc, other, now)
	}
	if handled, err := l.press(ctx, inc, now); handled {
		return err
	}
	if n := actionsTried(inc); n >= l.cfg.MaxAttempts {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: fmt.Sprintf("%d actions did not bring it back", n)})
	}
	if a, ok := nextTry(inc); ok && Doomed(inc, l.Catalogue, a) == "" {
		d := l.continued(inc, a)
		e.Action, e.Decision, e.Due = &a, &d, now.Add(l.delay(inc, a))
		return l.commit(ctx, Entry{Events: []pipewright.Event{e}})
	}
	d, dropped, ok := l.choose(ctx, inc)
	d.Reasons = append(slices.Clone(d.Reasons), dropped...)
	if !ok {
		return l.escalate(ctx, inc, now, pipewright.Event{Decision: &d, Note: "nothing left that is likely to help" + because(join(d.Reasons))})
	}
	if d.Action.Kind.Verb() == pipewright.BackoffRetry {
		e.Due = now.Add(l.delay(inc, d.Action))
	}
	e.Action, e.Decision = &d.Action, &d
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}})
}

// sameFault finds an older live incident that is believed to have the very same
// cause at the very same place.
func (l *Loop) sameFault(inc pipewright.Incident) (pipewright.Incident, bool) {
	h, ok := inc.Diagnosis.Top()
	if !ok || len(inc.Attempts) > 0 {
		return pipewright.Incident{}, false
	}
	for _, other := range l.live {
		if other.ID >= inc.ID || other.Diagnosis == nil || other.State == pipewright.Resolved || !other.State.Live() || inc.OpenedAt.Sub(other.OpenedAt) > joinWithin {
			continue
		}
		if o, ok := other.Diagnosis.Top(); ok && o.Cause == h.Cause && o.Resource == h.Resource {
			return other, true
		}
	}
	return pipewright.Incident{}, false
}

// foldInto ends an incident that turned out to be part of another one, which
// takes over its symptoms.
func (l *Loop) foldInto(ctx context.Context, inc, other pipewright.Incident, now time.Time) error {
	var events []pipewright.Event
	for _, s := range symptoms(inc) {
		events = append(events, pipewright.Event{At: now, Incident: other.ID, Signal: &s, Note: "joined: " + s.Summary})
	}
	return l.commit(ctx, Entry{Events: append(events,
		pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Escalated, Note: "for information: the same fault as " + other.ID},
		pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Closed, Note: "the same fault as " + other.ID + ", followed there"},
	)})
}

// choose asks the policy, dropping what cannot work right now.
func (l *Loop) choose(ctx context.Context, inc pipewright.Incident) (d pipewright.Decision, dropped []string, ok bool) {
	cands, policy := Candidates(inc, l.Catalogue, l.Registry, l.topo), l.policyFor(inc)
	unsafe := l.markReruns(ctx, cands)
	for range 2*len(cands) + 1 {
		s := l.setting(ctx, inc, cands)
		s.Advice = advice(l.cfg.Rules, inc, cands) // not where probes are weighed: that draft cites no line yet
		rec, err := policy.Decide(Pose(inc, cands, s))
		if err != nil {
			return pipewright.Decision{Policy: policy.Chooser.ID(), Propensity: 1, Reasons: []string{err.Error()}}, dropped, false
		}
		d, ok = Decide(rec, cands)
		if d = l.explained(d, inc, rec, policy); !ok {
			return d, dropped, false
		}
		arm := rec.Choice.Arm
		plan, why := l.feasible(ctx, inc, cands[arm])
		if again := l.rerun(ctx, d.Action, plan); why == "" && again != nil {
			d.Rerun = again
			if again.Verdict == pipewright.RerunUnsafe && !cands[arm].Twice {
				cands = slices.Clone(cands)
				cands[arm].Twice = true
				continue // it is worth less than was thought
			}
		}
		if d.Rerun == nil {
			d.Rerun = unsafe // why nothing is simply run again
		}
		if why == "" {
			d.Action, d.DryRun = plan.Action, plan.DryRun+l.sayPressure(plan)
			d.Action.Risk = cands[arm].Action.Risk // from the declaration, whatever a plan says
			return d, dropped, true
		}
		dropped = append(dropped, fmt.Sprintf("%s on %s would not help now: %s", d.Action.Kind, d.Action.Target, why))
		cands = slices.Delete(slices.Clone(cands), arm, arm+1)
	}
	return d, dropped, false
}

// feasible prepares a candidate; why is not empty when it cannot work right now.
func (l *Loop) feasible(ctx context.Context, inc pipewright.Incident, c Candidate) (plan tools.Plan, why string) {
	if why = Doomed(inc, l.Catalogue, c.Action); why != "" {
		return plan, why
	}
	if why = l.takesBack(c); why != "" {
		return plan, why
	}
	if plan, why = prepare(ctx, c.Actuator, c.Action); why == "" {
		why = l.overloaded(ctx, c.Action, plan)
	}
	return plan, why
}

// setting is what the loop knows of a decision beside the diagnosis.
func (l *Loop) setting(ctx context.Context, inc pipewright.Incident, cands []Candidate) Setting {
	s := Setting{Tried: spentArms(ctx, inc, cands), Left: max(l.cfg.MaxAttempts-actionsTried(inc), 1), Seed: l.seed(inc)}
	if l.doubts != nil {
		s.Doubts = l.doubts.List()
	}
	ladder := l.ladder()
	for _, c := range cands {
		s.Held = append(s.Held, c.Twice || ladder.Strictest(inc, c.Action, l.env(c.Action.Target)).Rung != pipewright.Auto)
		s.Touches = append(s.Touches, len(Touches(c.Actuator, c.Action.Target, l.topo)))
	}
	if rest, risk, ok := running(inc); ok {
		s.Started, s.Rest, s.Left = string(risk), planned(rest, cands, s.Tried), min(s.Left, len(rest))
	}
	return s
}

// running is what is left of a plan that passed the bar and runs alone: its next
// steps need not pass it again, and there are no more of them than it had. An
// approval covers one action only, so a plan of which a person approved a step does
// not run on.
func running(inc pipewright.Incident) (rest []pipewright.Action, risk pipewright.Risk, ok bool) {
	for i, at := range inc.Attempts {
		if at.Approval != "" || at.Decision == nil || at.Decision.Gate != string(rl.RunAlone) || at.Verification != pipewright.VerifyUnchanged {
			return nil, "", false
		}
		if i == 0 {
			rest = at.Decision.Plan
		}
		risk = max(risk, at.Action.Risk) // R0 < R1 < R2
	}
	rest = rest[min(len(rest), actionsTried(inc)):]
	return rest, risk, len(rest) > 0
}

// planned finds the candidates of a plan's actions, those spent left out.
func planned(plan []pipewright.Action, cands []Candidate, spent []int) (out []int) {
	for _, a := range plan {
		i := slices.IndexFunc(cands, func(c Candidate) bool { return c.Action.Kind == a.Kind && c.Action.Target == a.Target })
		if i >= 0 && !slices.Contains(spent, i) {
			out = append(out, i)
		}
	}
	return out
}

// graded are the verbs of which there can be more: what helped too little once may
// help the second time.
var graded = []pipewright.Verb{"scale_up", "tune"}

// spentArms lists the candidates that were tried in this incident and would be the
// same action again, in order.
func spentArms(ctx context.Context, inc pipewright.Incident, cands []Candidate) []int {
	return slices.DeleteFunc(triedArms(inc, cands), func(arm int) bool {
		c := cands[arm]
		if !slices.Contains(graded, c.Action.Kind.Verb()) {
			return false
		}
		plan, why := prepare(ctx, c.Actuator, c.Action)
		return why == "" && plan.Ambiguous == "" && triesOf(inc, plan.Action) == 0
	})
}

// prepareWithin bounds one look at a live system.
const prepareWithin = 30 * time.Second

// prepare asks the actuator for its plan; why is not empty when there is none.
func prepare(ctx context.Context, act tools.Actuator, a pipewright.Action) (plan tools.Plan, why string) {
	ctx, cancel := context.WithTimeout(ctx, prepareWithin)
	defer cancel()
	plan, err := act.Prepare(ctx, a)
	if err != nil {
		return plan, err.Error()
	}
	return plan, plan.Doomed
}

func (l *Loop) decideRequested(ctx context.Context, inc pipewright.Incident, now time.Time, e pipewright.Event) error {
	if len(inc.Attempts) > 0 {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: "the requested action did not have its effect"})
	}
	act, ok := l.Registry.Actuator(inc.Action.Kind, inc.Action.Target)
	if !ok {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: fmt.Sprintf("nothing here can do %s", inc.Action.Kind)})
	}
	plan, why := prepare(ctx, act, *inc.Action)
	if why != "" {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: "not done: " + why})
	}
	plan.Action.Risk = act.Risk
	e.Action = &plan.Action
	e.Decision = &pipewright.Decision{Policy: "requested", Propensity: 1, Seed: l.seed(inc), DryRun: plan.DryRun, Undo: act.Undo, Rerun: l.rerun(ctx, plan.Action, plan),
		Expected: act.Expected.Seconds(), Reasons: []string{"asked for by " + inc.Requester}}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}})
}

// seed derives the seed of a decision from the configuration's and the
// incident, so that a journal replays.
func (l *Loop) seed(inc pipewright.Incident) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", l.cfg.Seed, inc.ID, inc.Seq)
	return h.Sum64()
}
