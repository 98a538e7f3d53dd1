package heal

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// read reads symptoms again. A zero since means since the symptom itself.
func (l *Loop) read(ctx context.Context, signals []pipewright.Signal, now, since time.Time) []Reading {
	return l.readAs(ctx, detect.Still, signals, now, since)
}

// readNow reads an incident's symptoms again, to say whether the fault still holds.
// Where back-pressure is what is about to be done, a run that failed just now is enough,
// although a newer one succeeded: of too many at once some get through.
func (l *Loop) readNow(ctx context.Context, inc pipewright.Incident, now time.Time) []Reading {
	readings := l.read(ctx, symptoms(inc), now, time.Time{})
	if inc.Action == nil || !inc.Action.Pressure() || Holds(readings) != detect.StatusGone {
		return readings
	}
	failures := slices.DeleteFunc(symptoms(inc), func(s pipewright.Signal) bool { return s.Kind != pipewright.RunFailedSignal })
	if lately := l.readAs(ctx, detect.Strained, failures, now, now.Add(-max(l.cfg.window(), time.Minute))); anyBad(lately) {
		return lately
	}
	return readings
}

// question is what is asked about a symptom: detect.Still or detect.Strained.
type question func(s pipewright.Signal, f detect.Facts, since time.Time) detect.Status

func (l *Loop) readAs(ctx context.Context, ask question, signals []pipewright.Signal, now, since time.Time) []Reading {
	facts := map[pipewright.ResourceID]detect.Facts{}
	out := make([]Reading, 0, len(signals))
	for _, s := range signals {
		f, ok := facts[s.Resource]
		if !ok {
			r, known := l.resources[s.Resource]
			var err error
			if f, err = l.Watch.Facts(ctx, r, now); err != nil || !known {
				out = append(out, Reading{s, detect.StatusUnknown})
				continue
			}
			facts[s.Resource] = f
		}
		from := since
		if from.IsZero() {
			from = s.At
		}
		out = append(out, Reading{s, ask(s, f, from)})
	}
	return out
}
