package heal

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// outcome is what the last attempt led to, for learning.
func (l *Loop) outcome(inc pipewright.Incident, v pipewright.Verification, now time.Time, soaked bool) *pipewright.Outcome {
	at := Head(inc)
	if at == nil {
		return nil
	}
	o := &pipewright.Outcome{
		Incident: inc.ID, Action: at.Action, Class: inc.Class, Verification: v, Soaked: soaked,
		Seconds: now.Sub(at.At).Seconds(), Harm: v == pipewright.VerifyWorse, Auto: at.Approval == "", At: now,
		Belief: map[string]float64{}, Env: l.env(at.Action.Target), Predicted: predicted(*at),
	}
	if rest, _, ok := running(withResult(inc, pipewright.VerifyUnchanged)); ok {
		o.PlanLeft = len(rest)
	}
	if !o.Auto || v != pipewright.VerifyUnchanged || o.PlanLeft == 0 {
		o.Planned = promised(inc.Attempts)
	}
	if inc.Diagnosis != nil {
		for _, h := range inc.Diagnosis.Hypotheses {
			o.Belief[h.Cause] += h.Confidence
		}
		if h, _ := inc.Diagnosis.Top(); h.Cause != "" {
			o.Cause = h.Cause
		}
	}
	return o
}

// soak looks once more at a recovery that has had time to show cracks.
func (l *Loop) soak(ctx context.Context, inc pipewright.Incident, now time.Time) (bool, error) {
	if inc.Class == pipewright.ClassRequested {
		return true, l.commit(ctx, Entry{Events: []pipewright.Event{{At: now, Incident: inc.ID, To: pipewright.Closed, Note: "done as asked"}}})
	}
	readings := l.read(ctx, symptoms(inc), now, inc.LastAttempt().At)
	e := pipewright.Event{At: now, Incident: inc.ID, To: pipewright.Closed, Note: "it held: " + sayReadings(readings)}
	twice := l.doubled(ctx, inc.LastAttempt())
	switch {
	case twice != "":
		e.To, e.Note = pipewright.Open, "it did harm: "+twice
		e.Outcome = l.outcome(inc, pipewright.VerifyWorse, now, true)
	case anyBad(readings):
		e.To, e.Note = pipewright.Open, "it did not hold: "+sayReadings(readings)
		e.Outcome = l.outcome(inc, pipewright.VerifyUnchanged, now, true)
	case Holds(readings) == detect.StatusUnknown && now.Before(inc.Due.Add(l.cfg.Soak)):
		return false, nil // a read error is not a recovery: look again
	case Holds(readings) == detect.StatusUnknown:
		e.Note = "whether it held could not be read"
		e.Outcome = l.outcome(inc, pipewright.VerifyUnknown, now, true)
	default:
		e.Outcome = l.outcome(inc, pipewright.VerifyRecovered, now, true)
	}
	return true, l.commit(ctx, Entry{Events: []pipewright.Event{e}, Outcome: e.Outcome})
}

func anyBad(readings []Reading) bool {
	for _, r := range readings {
		if r.Status == detect.StatusPresent || r.Status == detect.StatusWorse {
			return true
		}
	}
	return false
}
