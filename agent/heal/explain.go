package heal

import (
	"cmp"
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Explain says what may be done alone about a fault class, one line a rule in
// the order they are tried.
func (l *Loop) Explain(ctx context.Context, class pipewright.FaultClass) ([]string, error) {
	changes, err := l.Recovery.Modes(ctx)
	if err != nil {
		return nil, fmt.Errorf("read modes: %w", err)
	}
	var out []string
	for _, c := range changes {
		if c.Class == "" || c.Class == class {
			out = append(out, fmt.Sprintf("%s, set by %s at %s over the configuration", sayMode(c), pipewright.Visible(c.By), c.At.UTC().Format(time.RFC3339)))
		}
	}
	for _, r := range l.cfg.Modes {
		if r.Class != "" && r.Class != class {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s", r.scope(), r.Rung))
	}
	out = append(out, "anything else: ask")
	for _, risk := range []pipewright.Risk{pipewright.R0, pipewright.R1} {
		out = append(out, fmt.Sprintf("alone at %s only with a predicted recovery of %.2f or more, its lower bound at most %.2f under that, and harm at most %.2f",
			risk, l.cfg.Bar(risk), lowUnderBar, l.cfg.HarmBound(risk)))
	}
	out = append(out, "R2 is asked, unless somebody promoted it by name")
	outcomes, err := l.Recovery.Outcomes(ctx)
	if err != nil {
		return nil, fmt.Errorf("read outcomes: %w", err)
	}
	if why := unproved(outcomes); why != "" {
		out = append(out, "a plan begins alone only with what the runbook says, for now: "+why)
	}
	return out, nil
}

// scope says what a rule matches, in the words of a person's change.
func (r ModeRule) scope() string {
	what := r.Action
	if r.Risk != "" {
		what = cmp.Or(what, "any action") + " of risk " + string(r.Risk)
	}
	return pipewright.ModeChange{Action: what, Env: r.Env}.Scope()
}
