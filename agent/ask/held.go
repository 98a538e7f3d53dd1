package ask

import (
	"context"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

// Pauses lists what people paused, the kill switch among it.
type Pauses interface {
	Pauses(ctx context.Context) ([]pipewright.Pause, error)
}

// held says what is paused now, and that nothing is when that was the question.
func (t *turn) held(asked bool) error {
	if t.a.deps.Pauses == nil {
		return nil
	}
	all, err := t.a.deps.Pauses.Pauses(t.ctx)
	if err != nil {
		return err
	}
	told := 0
	for _, p := range all {
		if !p.Holds(t.now) {
			continue
		}
		told++
		what := "All action is paused"
		if p.Resource != "" {
			what = fmt.Sprintf("Healing of %s and what is downstream of it is paused", p.Resource)
		}
		until := "until somebody resumes it"
		if !p.Until.IsZero() {
			until = "until " + t.clock(p.Until)
		}
		t.say("%s since %s %s, by %s%s.", what, t.clock(p.At), until, p.By, after(p.Reason))
	}
	if told == 0 && asked {
		t.say("Nothing is paused.")
	}
	return nil
}
