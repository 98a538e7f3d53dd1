package heal

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

// Back-pressure is one action of many steps: a limit that is halved while the target
// is strained, raised by a tenth of what is asked after each calm window, and taken off
// when it holds nothing back any more (additive increase, multiplicative decrease;
// Chiu and Jain 1989). Each step takes the path of an action: guards, reservation,
// actuator, verification. Where it stands is told by the incident's attempts alone, so
// that it goes on after a restart.
const (
	throttleVerb pipewright.Verb = "throttle"
	releaseVerb  pipewright.Verb = "release"

	decrease = 0.5           // of the limit, on strain
	increase = 0.1           // of what is asked, after a calm window
	freed    = 0.95          // share of what is asked from which a limit is taken off
	holds    = 3             // windows before a limit that was too much is tried again
	deafFor  = 5             // windows after which a reading that cannot be had ends it
	steps    = 40            // at most
	lasts    = 6 * time.Hour // at most
)

// window is how long a step is watched.
func (cfg Config) window() time.Duration {
	if cfg.Window > 0 {
		return cfg.Window
	}
	return 3 * time.Minute
}

// Pace is the time of back-pressure: how long a step is watched, and how long it has gone on.
type Pace struct{ Window, Age time.Duration }

// Head is the first step of the macro-action that the last attempt belongs to; nil when
// nothing was tried.
func Head(inc pipewright.Incident) *pipewright.Attempt {
	n := len(inc.Attempts)
	if n == 0 || !inc.Attempts[n-1].Action.Pressure() {
		return inc.LastAttempt()
	}
	first := n - 1
	for first > 0 && inc.Attempts[first-1].Action.SameMacro(inc.Attempts[n-1].Action) {
		first--
	}
	return &inc.Attempts[first]
}

// pressed are the steps of the back-pressure in hand, oldest first; none when the last
// attempt was something else.
func pressed(inc pipewright.Incident) []pipewright.Attempt {
	head, n := Head(inc), len(inc.Attempts)
	if head == nil || !head.Action.Pressure() {
		return nil
	}
	for i := range inc.Attempts {
		if &inc.Attempts[i] == head {
			return inc.Attempts[i:n]
		}
	}
	return nil
}

// goesOn reports whether an action is a further step of what is in hand.
func goesOn(inc pipewright.Incident, a pipewright.Action) bool {
	at := pressed(inc)
	return len(at) > 0 && a.Pressure() && at[0].Action.SameMacro(a)
}

// Move is the next step of back-pressure.
type Move struct {
	Verb pipewright.Verb // throttle, release, or "" for none: a person is called
	Rate float64         // to let in
	Hold time.Duration   // to wait first
	Why  string
}

// NextMove decides the next step from those before, what the target is asked and lets in
// now, and how long it has gone on. What is idle is let go. On strain the limit falls back to what was borne
// last, or by half where nothing was; a limit that strained once is tried again only
// after it was calm below it for a while. It is pure.
func NextMove(done []pipewright.Attempt, r tools.Rate, p Pace) Move {
	last := done[len(done)-1]
	rate, calm := rateOf(last.Action), last.Verification == pipewright.VerifyRecovered
	at := fmt.Sprintf("at %s of %s %s", short(rate), short(r.Asked), r.Unit)
	switch {
	case last.Action.Kind.Verb() == throttleVerb && r.Limit == 0:
		return Move{Why: "somebody took the limit off"}
	case len(done) >= steps || p.Age >= lasts:
		return Move{Why: fmt.Sprintf("back-pressure ends after %d steps in %s, %s: the limit stays until somebody takes it off", len(done), p.Age.Round(time.Minute), at)}
	case last.Action.Kind.Verb() == releaseVerb: // the strain came back
		back := max(r.Least, math.Floor(borne(done, decrease*r.Asked)))
		return Move{Verb: throttleVerb, Rate: back, Why: fmt.Sprintf("strained without a limit, so %s are let in again", short(back))}
	case calm && r.Idle:
		return Move{Verb: releaseVerb, Why: "calm " + at + ", and nothing runs or waits there any more, so the limit is taken off"}
	case calm:
		return raise(done, rate, r, at, p)
	case rate <= r.Least:
		return Move{Verb: releaseVerb, Why: fmt.Sprintf("still strained %s, the least that may be let in, so the limit does not help and is taken off", at)}
	}
	next := max(r.Least, math.Floor(borne(done, decrease*rate)))
	return Move{Verb: throttleVerb, Rate: next, Why: fmt.Sprintf("strained %s, so %s are let in", at, short(next))}
}

// raise is the step after a calm window.
func raise(done []pipewright.Attempt, rate float64, r tools.Rate, at string, p Pace) Move {
	next := math.Ceil(rate + increase*r.Asked)
	if next >= freed*r.Asked {
		return Move{Verb: releaseVerb, Why: "calm " + at + ", so the limit is taken off"}
	}
	m := Move{Verb: throttleVerb, Rate: next, Why: fmt.Sprintf("calm %s, so %s are let in", at, short(next))}
	if top := strained(done); top > 0 && next >= top {
		m.Rate, m.Hold = max(top, rate+1), holds*p.Window
		m.Why = fmt.Sprintf("calm %s, which is what it bears; %s, which was too much, are tried again in %s", at, short(m.Rate), m.Hold)
	}
	return m
}

// gaveUp reports whether the limit was taken off because it did not help.
func gaveUp(done []pipewright.Attempt) bool {
	return len(done) > 1 && done[len(done)-2].Verification == pipewright.VerifyUnchanged
}

// borne is the limit that was borne last and lies under what is strained now; otherwise
// what is given.
func borne(done []pipewright.Attempt, otherwise float64) float64 {
	now := rateOf(done[len(done)-1].Action)
	for i := len(done) - 1; i >= 0; i-- {
		rate := rateOf(done[i].Action)
		if done[i].Verification == pipewright.VerifyRecovered && rate > 0 && (now == 0 || rate < now) {
			return rate
		}
	}
	return otherwise
}

// strained is the lowest limit that was too much, 0 when none was.
func strained(done []pipewright.Attempt) (top float64) {
	for _, at := range done {
		if rate := rateOf(at.Action); at.Verification == pipewright.VerifyUnchanged && rate > 0 && (top == 0 || rate < top) {
			top = rate
		}
	}
	return top
}

// sayPressure says what follows the first step, which is approved with it.
func (l *Loop) sayPressure(plan tools.Plan) string {
	if plan.Rate == nil {
		return ""
	}
	return fmt.Sprintf("\nthen step by step, as it bears: less while it is strained (no less than %s), more after each calm %s, and off when nothing is held back any more; at most %d steps in %s",
		short(plan.Rate.Least), l.cfg.window(), steps, lasts)
}

func rateOf(a pipewright.Action) float64 {
	v, _ := strconv.ParseFloat(a.Args[tools.RateArg], 64) // a release has none
	return v
}

func short(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

// press decides the next step of back-pressure; handled is false when there is none in
// hand.
func (l *Loop) press(ctx context.Context, inc pipewright.Incident, now time.Time) (handled bool, err error) {
	done := pressed(inc)
	if !inPress(done) {
		return false, nil
	}
	last := done[len(done)-1]
	act, ok := l.Registry.Actuator(last.Action.Kind, last.Action.Target)
	if !ok {
		return true, l.escalate(ctx, inc, now, pipewright.Event{Note: fmt.Sprintf("nothing here can do %s any more", last.Action.Kind)})
	}
	plan, _ := prepare(ctx, act, last.Action) // a release with no limit left is doomed and still read
	if plan.Rate == nil {
		return true, l.escalate(ctx, inc, now, pipewright.Event{Note: "what " + string(last.Action.Target) + " is asked could not be read; its limit stays"})
	}
	m := NextMove(done, *plan.Rate, Pace{Window: l.cfg.window(), Age: now.Sub(done[0].At)})
	if m.Verb == "" {
		return true, l.escalate(ctx, inc, now, pipewright.Event{Note: m.Why, Outcome: l.outcome(inc, last.Verification, now, false)})
	}
	return true, l.takeStep(ctx, inc, now, m)
}

// takeStep decides one step.
func (l *Loop) takeStep(ctx context.Context, inc pipewright.Incident, now time.Time, m Move) error {
	done := pressed(inc)
	a := done[0].Action
	a.Kind, a.Key, a.Args = pipewright.ActionKind(a.Kind.System()+"."+string(m.Verb)), "", nil
	if m.Verb == throttleVerb {
		a.Args = map[string]string{tools.RateArg: short(m.Rate)}
	}
	act, ok := l.Registry.Actuator(a.Kind, a.Target)
	if !ok {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: fmt.Sprintf("nothing here can do %s; the limit stays", a.Kind)})
	}
	plan, why := prepare(ctx, act, a)
	if why != "" {
		return l.escalate(ctx, inc, now, pipewright.Event{Note: fmt.Sprintf("%s on %s: %s", a.Kind, a.Target, why)})
	}
	d := pipewright.Decision{Policy: "requested", Propensity: 1, Seed: l.seed(inc)}
	if first := done[0].Decision; first != nil {
		d = *first
	}
	a = plan.Action
	d.DryRun, d.Undo, d.Expected, d.Alternatives = plan.DryRun, act.Undo, l.cfg.window().Seconds(), nil
	d.Reasons, d.Paragraph = []string{fmt.Sprintf("step %d of the back-pressure: %s", len(done)+1, m.Why)}, ""
	a.Risk = act.Risk
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Decided, Action: &a, Decision: &d, Note: m.Why}
	if m.Hold > 0 {
		e.Due = now.Add(m.Hold)
	}
	return l.commit(ctx, Entry{Events: []pipewright.Event{e}})
}

// inPress reports whether back-pressure is in hand: it has not ended by a release that
// held, or by one after which it was given up.
func inPress(done []pipewright.Attempt) bool {
	if len(done) == 0 {
		return false
	}
	last := done[len(done)-1]
	switch last.Verification {
	case pipewright.VerifyRecovered, pipewright.VerifyUnchanged:
		return last.Action.Kind.Verb() == throttleVerb || last.Verification == pipewright.VerifyUnchanged && !gaveUp(done)
	}
	return false
}

// pressureResult reads what a step of back-pressure led to. Where nothing runs or waits
// any more, no reading will come: then it is calm when all that ran since the first
// limit went well in the end.
func (l *Loop) pressureResult(ctx context.Context, inc pipewright.Incident, now, since time.Time) (pipewright.Verification, []Reading) {
	window := l.cfg.window()
	readings := l.readAs(ctx, detect.Strained, primary(inc), now, since)
	result := stepResult(readings, now.Sub(since), window, max(deafFor*window, l.nextRun(inc)))
	if result != pipewright.VerifyPending || now.Sub(since) < window || !l.idle(ctx, *inc.LastAttempt()) {
		return result, readings
	}
	begun := l.read(ctx, primary(inc), now, Head(inc).At)
	if Holds(begun) != detect.StatusGone {
		return result, readings
	}
	return pipewright.VerifyRecovered, begun
}

// idle reports whether what the limit is on has nothing to do, read live.
func (l *Loop) idle(ctx context.Context, at pipewright.Attempt) bool {
	act, ok := l.Registry.Actuator(at.Action.Kind, at.Action.Target)
	if !ok {
		return false
	}
	plan, _ := prepare(ctx, act, at.Action) // a release with no limit left is doomed and still read
	return plan.Rate != nil && plan.Rate.Idle
}

// stepResult is what a step of back-pressure led to, from readings since it: calm
// (recovered), strained (unchanged), too early or unknown. A symptom that is worse is a
// strain: the next step lets in less. deaf is after how long a reading that cannot be
// had ends it. It is pure.
func stepResult(readings []Reading, watched, window, deaf time.Duration) pipewright.Verification {
	gone := 0
	for _, r := range readings {
		switch r.Status {
		case detect.StatusPresent, detect.StatusWorse:
			if watched < window {
				return pipewright.VerifyPending
			}
			return pipewright.VerifyUnchanged
		case detect.StatusGone:
			gone++
		}
	}
	switch {
	case watched < window:
		return pipewright.VerifyPending
	case len(readings) > 0 && gone == len(readings):
		return pipewright.VerifyRecovered
	case watched < deaf:
		return pipewright.VerifyPending
	}
	return pipewright.VerifyUnknown
}

// pressOn journals what a step led to when the back-pressure goes on after it; the
// diagnosis stays what it was.
func (l *Loop) pressOn(ctx context.Context, inc pipewright.Incident, e pipewright.Event) (bool, error) {
	if !inPress(pressed(withResult(inc, e.Verification))) {
		return false, nil
	}
	e.To, e.Diagnosis, e.Class = pipewright.Diagnosed, inc.Diagnosis, inc.Class
	return true, l.commit(ctx, Entry{Events: []pipewright.Event{e}})
}
