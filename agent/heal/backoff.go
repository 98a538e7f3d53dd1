package heal

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// backoff is how long each try of a back-off retry waits first. The tries are
// one action: decided once, approved once, learned from once.
var backoff = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// jitter is the largest share by which a wait differs from its nominal length.
const jitter = 0.2

// triesOf counts how often the incident tried exactly this action.
func triesOf(inc pipewright.Incident, a pipewright.Action) int {
	n := 0
	for _, at := range inc.Attempts {
		if at.Action.Hash() == a.Hash() {
			n++
		}
	}
	return n
}

// nextTry returns the action to repeat when the last attempt was a back-off
// retry with tries left.
func nextTry(inc pipewright.Incident) (pipewright.Action, bool) {
	last := inc.LastAttempt()
	if last == nil || last.Action.Kind.Verb() != pipewright.BackoffRetry || last.Verification != pipewright.VerifyUnchanged {
		return pipewright.Action{}, false
	}
	a := last.Action
	a.Key = ""
	return a, triesOf(inc, a) < len(backoff)
}

// continued is the decision of the first try, for a further one.
func (l *Loop) continued(inc pipewright.Incident, a pipewright.Action) pipewright.Decision {
	d := pipewright.Decision{Policy: "requested", Propensity: 1, Seed: l.seed(inc)}
	if prev := inc.LastAttempt().Decision; prev != nil {
		d = *prev
	}
	d.Reasons = []string{fmt.Sprintf("try %d of %d of the back-off", triesOf(inc, a)+1, len(backoff))}
	return d
}

// delay is the wait before the next try of a back-off retry, with jitter drawn
// from the incident's seed.
func (l *Loop) delay(inc pipewright.Incident, a pipewright.Action) time.Duration {
	nominal := backoff[min(triesOf(inc, a), len(backoff)-1)]
	rng := rand.New(rand.NewPCG(l.seed(inc), 0))
	return time.Duration(float64(nominal) * (1 + jitter*(2*rng.Float64()-1))).Round(time.Second)
}

// actionsTried counts actions, the tries of one back-off as one.
func actionsTried(inc pipewright.Incident) int {
	n := 0
	for i, at := range inc.Attempts {
		if i == 0 || !at.Action.SameMacro(inc.Attempts[i-1].Action) {
			n++
		}
	}
	return n
}

// triedArms lists the candidates that were tried in this incident, in order.
func triedArms(inc pipewright.Incident, cands []Candidate) []int {
	var out []int
	for n, at := range inc.Attempts {
		if n > 0 && at.Action.Pressure() && at.Action.SameMacro(inc.Attempts[n-1].Action) {
			continue // a further step
		}
		for i, c := range cands {
			if c.Action.Kind == at.Action.Kind && c.Action.Target == at.Action.Target {
				out = append(out, i)
			}
		}
	}
	return out
}

// macroApproval is the approval under which earlier tries of the same back-off, or steps
// of the same back-pressure, ran: it covers the rest of them.
func (l *Loop) macroApproval(ctx context.Context, inc pipewright.Incident) *pipewright.Approval {
	on := goesOn(inc, *inc.Action)
	if !on && (inc.Action.Kind.Verb() != pipewright.BackoffRetry || triesOf(inc, *inc.Action) == 0) {
		return nil
	}
	for _, at := range inc.Attempts {
		if at.Approval == "" || !at.Action.SameMacro(*inc.Action) {
			continue
		}
		if ap, err := l.Recovery.Approval(ctx, at.Approval); err == nil && ap.State == pipewright.ApprovalUsed && ap.ActionHash == at.Action.Hash() && l.stands(ap, inc) {
			return &ap
		}
	}
	return nil
}

// stands reports whether an approval would still be one today.
func (l *Loop) stands(ap pipewright.Approval, inc pipewright.Incident) bool {
	need := l.cfg.needs(*inc.Action, l.env(inc.Action.Target))
	return len(l.cfg.stillCounting(ap, inc, need)) >= need
}

func join(reasons []string) string {
	parts := make([]string, len(reasons))
	for i, r := range reasons {
		parts[i] = strings.TrimSuffix(r, ".")
	}
	return strings.Join(parts, "; ")
}
