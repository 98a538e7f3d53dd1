package heal

import (
	"fmt"
	"maps"
	"slices"

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

// ended are the same plans with what was believed when they ended, for doubts.
func ended(outcomes []pipewright.Outcome) (out []rl.Ended) {
	for _, o := range outcomes {
		for _, t := range Track([]pipewright.Outcome{o}) {
			e := rl.Ended{Prediction: t}
			for _, cause := range slices.Sorted(maps.Keys(o.Belief)) {
				e.Belief = append(e.Belief, rl.Hypothesis{Cause: cause, Belief: min(o.Belief[cause], 1)})
			}
			out = append(out, e)
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

// unproved says why the odds of plans cannot be relied on here yet, "" when they can.
// Only plans that ran alone count: of those that are asked about, a person approves what
// would recover.
func unproved(outcomes []pipewright.Outcome) string {
	alone := Track(slices.DeleteFunc(slices.Clone(outcomes), func(o pipewright.Outcome) bool { return !o.Auto }))
	if !rl.Guarded(alone) {
		return ""
	}
	return fmt.Sprintf("the odds of the %d plans that ran alone were no better than the mere share of recoveries", len(alone))
}

// guardTrack: for as long as the odds are unproved, a plan begins alone only with what
// the runbook says of such symptoms. One that runs goes on.
func guardTrack(c Case) pipewright.Verdict {
	_, _, on := running(c.Incident)
	if c.Unproved == "" || c.Advised || on || goesOn(c.Incident, c.Action) || c.Decision.Gate == "" {
		return allow()
	}
	return ask("%s, and the runbook does not say %s", c.Unproved, c.Action.Kind.Verb())
}

func sayGuard(before, after string) string {
	switch {
	case (before == "") == (after == ""):
		return ""
	case after != "":
		return after + ": from now on it begins alone only with what the runbook says"
	}
	return "what is predicted here has proved better than the mere share of recoveries, or there are plans enough: the bar alone decides again"
}
