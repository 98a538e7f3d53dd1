package heal

import (
	"context"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Track is what was predicted of plans, and what became of them, in the order in which
// they ended: what shows whether the odds can be relied on here.
func Track(outcomes []pipewright.Outcome) (out []rl.Prediction) {
	for _, o := range outcomes {
		if o.Planned > 0 && verified(o) && o.Class != pipewright.ClassRequested {
			out = append(out, rl.Prediction{Recovery: o.Planned, Recovered: held(o)})
		}
	}
	return out
}

// promised is the chance that was predicted of what the last attempt ended.
func promised(attempts []pipewright.Attempt) float64 {
	last := attempts[len(attempts)-1]
	if last.Approval != "" || last.Decision == nil || last.Decision.Recovery == nil {
		return predicted(last)
	}
	for _, at := range attempts {
		if at.Approval != "" || at.Decision == nil || at.Decision.Gate != string(rl.RunAlone) {
			return *last.Decision.Recovery // a plan of its own, begun after others
		}
	}
	if first := attempts[0].Decision; first.Recovery != nil {
		return *first.Recovery
	}
	return *last.Decision.Recovery
}

// guard is the policy with or without the guard.
func (p Policy) guard(cfg Config, on bool) (Policy, error) {
	if _, ok := p.Chooser.(*rl.Planner); !ok {
		return p, nil
	}
	planner, err := rl.NewPlanner(cfg.Settings(), rl.Setting{Model: p.Name, Episodes: p.Model.Episodes(), Guarded: on})
	if err != nil {
		return p, pipewright.Errorf(pipewright.Invalid, "make the planner: %w", err)
	}
	p.Chooser = planner
	return p, nil
}

// reguard puts the guard up or takes it away as the track record says.
func (l *Loop) reguard(ctx context.Context) error {
	on := rl.Guarded(Track(l.outcomes))
	if on == l.guarded {
		return nil
	}
	l.guarded = on
	return l.pointPolicies(ctx)
}

func sayGuard(before, after bool) string {
	switch {
	case before == after:
		return ""
	case after:
		return "what is predicted here has been no better than the mere share of recoveries: from now on it acts alone only where the runbook would do the same"
	}
	return "what is predicted here has proved better than the mere share of recoveries, or there are plans enough: the bar alone decides again"
}

// sayTrack says how the track record stands, for people.
func sayTrack(outcomes []pipewright.Outcome) string {
	track := Track(outcomes)
	if !rl.Guarded(track) {
		return ""
	}
	return fmt.Sprintf("alone only where the runbook would do the same, for now: the odds of %d plans were no better than the mere share of recoveries", len(track))
}
