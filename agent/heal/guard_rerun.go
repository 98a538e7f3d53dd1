package heal

import (
	pipewright "github.com/pipewright/pipewright"
)

// guardRerun: what would write rows twice is never run again alone, and an approval
// covers only what the card said. Where nothing tells, what is harmless otherwise (R0)
// must pass the bar of what is reversible (R1); R1 is held to that anyway, and R2 is
// always asked.
func (cfg Config) guardRerun(c Case) pipewright.Verdict {
	r := c.Rerun
	switch {
	case r == nil, r.Verdict == pipewright.RerunSafe:
		return allow()
	case r.Verdict == pipewright.RerunUnsafe && c.Approved != nil && !toldUnsafe(c):
		return deny("it was not known when it was approved that it would write twice: %s", r.Why)
	case r.Verdict == pipewright.RerunUnsafe:
		return ask("not safe to run again: %s", r.Why)
	case c.Action.Risk == pipewright.R0 && c.Decision.Recovery != nil && *c.Decision.Recovery < cfg.Bar(pipewright.R1):
		return ask("whether it is safe to run again is not known (%s), so it needs the bar of R1: predicted recovery %.2f, bar %.2f", r.Why, *c.Decision.Recovery, cfg.Bar(pipewright.R1))
	}
	return allow()
}

// toldUnsafe reports whether the decision that people approved said so.
func toldUnsafe(c Case) bool {
	return c.Decision.Rerun != nil && c.Decision.Rerun.Verdict == pipewright.RerunUnsafe
}
