package heal

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
)

// read reads symptoms again. A zero since means since the symptom itself.
func (l *Loop) read(ctx context.Context, signals []pipewright.Signal, now, since time.Time) []Reading {
	return l.readAs(ctx, detect.Still, signals, now, since)
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
