package heal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// eligibleAfter is how many recoveries must have held before a person may let an
// action that touches data run alone.
const eligibleAfter = 10

// mode puts a person's word on a rung in force, from this step on.
func (l *Loop) mode(ctx context.Context, rq pipewright.Request, now time.Time) error {
	if rq.Mode == nil {
		return pipewright.Errorf(pipewright.Invalid, "say which mode, of which actions")
	}
	c := *rq.Mode
	c.By, c.At, c.Reason = rq.By(), now, rq.Reason
	about, err := l.about(c)
	if err != nil {
		return err
	}
	var asked []string
	if c.Rung == pipewright.Auto {
		if asked, err = l.mayRaise(c, about, rq); err != nil {
			return err
		}
	}
	rq.OK, rq.Result = true, sayMode(c)
	if len(asked) > 0 {
		rq.Result += "; " + strings.Join(asked, ", ") + " touches data and stays as it was: promote it by its own name"
	}
	if err := l.commit(ctx, Entry{Mode: &c, Handled: []pipewright.Request{rq}}); err != nil {
		return err
	}
	return l.lookLedger(ctx, now)
}

// about lists what a change is about, among the actions that something here can do.
func (l *Loop) about(c pipewright.ModeChange) (out []tools.Actuator, err error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	for _, a := range l.Registry.Declared() {
		if matchesKind(c.Action, a.Kind) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, pipewright.Errorf(pipewright.NotFound, "nothing here can do %q", c.Action)
	}
	return out, nil
}

// mayRaise checks that the actions may run alone, if the guards agree each time. It
// returns those that the change leaves as they are.
func (l *Loop) mayRaise(c pipewright.ModeChange, about []tools.Actuator, rq pipewright.Request) (asked []string, err error) {
	ladder := l.ladder()
	for _, a := range about {
		if class := ladder.harmedClass(c, a.Kind); class != "" {
			return nil, pipewright.Errorf(pipewright.Denied, "%s did harm on %s, and no approved run has held since: it stays with you", a.Kind, class)
		}
		if a.Risk == pipewright.R0 || a.Risk == pipewright.R1 {
			continue
		}
		if c.Class == "" || c.Action != string(a.Kind) {
			asked = append(asked, string(a.Kind))
			continue
		}
		if err := l.mayPromote(c, a, rq); err != nil {
			return nil, err
		}
	}
	if len(asked) == len(about) {
		return nil, pipewright.Errorf(pipewright.Denied, "%s touches data (R2): promote it for one fault class, by its own name", strings.Join(asked, ", "))
	}
	return asked, nil
}

// mayPromote checks that a person may let this action, which touches data, run alone.
func (l *Loop) mayPromote(c pipewright.ModeChange, a tools.Actuator, rq pipewright.Request) error {
	if s := signature(rq, c.At); !slices.Contains(l.cfg.MayPromote, s.By) && !slices.Contains(l.cfg.MayPromote, rq.Who) {
		return pipewright.Errorf(pipewright.Denied, "%s may not let %s (%s) run alone: the configuration's may_promote does not name them", s.By, a.Kind, a.Risk)
	}
	if n := l.ladder().Held(c.Class, a.Kind); n < eligibleAfter {
		return pipewright.Errorf(pipewright.Denied, "%s on %s has %d recoveries that held, and needs %d before it may run alone", a.Kind, c.Class, n, eligibleAfter)
	}
	return nil
}

func (l *Loop) ladder() Ladder {
	return Ladder{Rules: l.cfg.Modes, Changes: l.changes, Outcomes: l.outcomes, Evidence: l.evidence, Now: l.now}
}

// sayMode says what a change puts in force.
func sayMode(c pipewright.ModeChange) string {
	if c.Rung == "" {
		return c.Scope() + ": as the configuration says"
	}
	return fmt.Sprintf("%s: %s", c.Scope(), c.Rung)
}
