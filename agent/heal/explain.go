package heal

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

// Explain says what may be done alone about a fault class, one line a rule in
// the order they are tried.
func (l *Loop) Explain(class pipewright.FaultClass) []string {
	var out []string
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
	return append(out, "R2 is always asked")
}

// scope says what a rule matches.
func (r ModeRule) scope() string {
	say := "any action"
	if r.Action != "" {
		say = r.Action
	}
	if r.Risk != "" {
		say += " of risk " + string(r.Risk)
	}
	if r.Env != "" {
		say += " in " + r.Env
	}
	return say
}
