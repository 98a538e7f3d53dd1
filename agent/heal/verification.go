package heal

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// firstLook is when an action is verified for the first time.
func firstLook(actuator tools.Actuator) time.Duration { return min(actuator.Expected, time.Minute) }

// verifyEvery is how often a pending verification looks again.
const verifyEvery = 10 * time.Second

// verify reads the symptoms again and says what the action did.
func (l *Loop) verify(ctx context.Context, inc pipewright.Incident, now time.Time) (bool, error) {
	if now.Before(l.nextLook[inc.ID]) {
		return false, nil
	}
	result, readings := l.verification(ctx, inc, now)
	if result == pipewright.VerifyPending {
		l.nextLook[inc.ID] = now.Add(verifyEvery)
		return false, nil
	}
	e := pipewright.Event{At: now, Incident: inc.ID, Note: sayReadings(readings)}
	if result == pipewright.VerifyRecovered {
		if twice := l.doubled(ctx, inc.LastAttempt()); twice != "" {
			result, e.Note = pipewright.VerifyWorse, twice
		}
	}
	e.Verification = result
	if on, err := l.pressOn(ctx, inc, e); on {
		return true, err
	}
	switch result {
	case pipewright.VerifyRecovered:
		e.To, e.Due = pipewright.Resolved, now.Add(l.cfg.Soak)
		return true, l.commit(ctx, Entry{Events: []pipewright.Event{e}})
	case pipewright.VerifyUnchanged:
		if _, more := nextTry(withResult(inc, result)); !more {
			e.Outcome = l.outcome(inc, result, now, false)
		}
		return true, l.diagnose(ctx, inc, now, e)
	default:
		if at := inc.LastAttempt(); at.Action.Kind.Verb() == throttleVerb {
			e.Note += "; the limit of " + at.Action.Args[tools.RateArg] + " stays until somebody takes it off"
		}
		e.Outcome = l.outcome(inc, result, now, false)
		return true, l.escalate(ctx, inc, now, e)
	}
}

func (l *Loop) verification(ctx context.Context, inc pipewright.Incident, now time.Time) (pipewright.Verification, []Reading) {
	at := inc.LastAttempt()
	since := at.At
	if at.Receipt != nil && !at.Receipt.At.IsZero() {
		since = at.Receipt.At
	}
	if inc.Class == pipewright.ClassRequested {
		return l.requestedResult(ctx, *at), nil
	}
	if at.Action.Pressure() {
		return l.pressureResult(ctx, inc, now, since)
	}
	readings := l.read(ctx, primary(inc), now, since)
	settled := since
	if act, ok := l.Registry.Actuator(at.Action.Kind, at.Action.Target); ok && !isRun(at.Action) {
		settled = since.Add(act.Expected)
	}
	return Verify(readings, now, settled, since.Add(l.patience(inc))), readings
}

// isRun reports whether the action is a run by itself: how that run ends is its
// effect, at once.
func isRun(a pipewright.Action) bool {
	return a.Kind.Verb() == "retry" || a.Kind.Verb() == pipewright.BackoffRetry
}

// requestedResult judges an action that a person asked for by its receipt: there
// is no symptom to read.
func (l *Loop) requestedResult(ctx context.Context, at pipewright.Attempt) pipewright.Verification {
	act, ok := l.Registry.Actuator(at.Action.Kind, at.Action.Target)
	if !ok {
		return pipewright.VerifyUnknown
	}
	if _, found, err := act.Find(ctx, at.Action); err != nil || found != tools.FoundYes {
		return pipewright.VerifyUnknown
	}
	return pipewright.VerifyRecovered
}

// patience is how long a verification may stay pending: the next scheduled run
// must have had time to end.
func (l *Loop) patience(inc pipewright.Incident) time.Duration {
	return max(30*time.Minute, l.nextRun(inc))
}

// nextRun is the longest time until a scheduled run of what shows the symptoms has
// ended; 0 when none is scheduled.
func (l *Loop) nextRun(inc pipewright.Incident) (wait time.Duration) {
	for _, s := range primary(inc) {
		labels := l.resources[s.Resource].Labels
		schedule, err := time.ParseDuration(labels["schedule"])
		if err != nil {
			continue
		}
		expected, _ := time.ParseDuration(labels["expected_seconds"] + "s") // absent: 0, the schedule alone
		wait = max(wait, schedule+2*expected+10*time.Minute)
	}
	return wait
}

func withResult(inc pipewright.Incident, v pipewright.Verification) pipewright.Incident {
	at := *inc.LastAttempt()
	at.Verification = v
	inc.Attempts = append(append([]pipewright.Attempt{}, inc.Attempts[:len(inc.Attempts)-1]...), at)
	return inc
}
