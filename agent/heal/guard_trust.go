package heal

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

func guardMode(c Case) pipewright.Verdict {
	switch c.Rung {
	case pipewright.Auto:
		return allow()
	case pipewright.AskRung:
		if c.Unearned != "" {
			return ask("%s on %s has not earned to run alone: %s", c.Action.Kind, c.Incident.Class, c.Unearned)
		}
		return ask("the mode for %s with %s is ask", c.Incident.Class, c.Action.Kind)
	case pipewright.Suggest:
		return deny("the mode for %s with %s is suggest: I would do this, and only say so", c.Incident.Class, c.Action.Kind)
	case pipewright.Observe:
		return deny("the mode for %s with %s is observe: I would do this, and only journal it", c.Incident.Class, c.Action.Kind)
	}
	return deny("the mode %q is not known", c.Rung)
}

// guardDiagnosis: nothing runs alone on a diagnosis that is not conclusive.
func guardDiagnosis(c Case) pipewright.Verdict {
	if c.Incident.Diagnosis != nil && c.Incident.Diagnosis.Inconclusive && c.Action.Risk != pipewright.R0 {
		return ask("the diagnosis is not conclusive")
	}
	return allow()
}

// guardRisk: R2 is never done alone unless a person promoted it.
func guardRisk(c Case) pipewright.Verdict {
	switch c.Action.Risk {
	case pipewright.R0, pipewright.R1:
		return allow()
	case pipewright.R2:
		if c.Promoted {
			return allow()
		}
		return ask("%s touches data or cannot be undone (R2)", c.Action.Kind)
	}
	return deny("the risk %q of %s is not known", c.Action.Risk, c.Action.Kind)
}

func guardHarm(c Case) pipewright.Verdict {
	if c.Harmed {
		return ask("%s did harm on %s before and nobody has cleared it since", c.Action.Kind, c.Incident.Class)
	}
	return allow()
}

// guardPeople: an approval holds while enough of those who gave it may give it.
func (cfg Config) guardPeople(c Case) pipewright.Verdict {
	need := 1
	if c.Target != nil {
		need = cfg.needs(c.Action, c.Target.Env())
	}
	switch {
	case c.Approved != nil && len(cfg.stillCounting(*c.Approved, c.Incident, need)) < need:
		return deny("%s does not count: it needs %d who may approve, and has %q", c.Approved.ID, need, signers(c.Approved.Signatures()))
	case c.Approved == nil && need > 1:
		return ask("%d different people must approve %s", need, c.Action.Kind)
	}
	return allow()
}

// lowUnderBar is how far the lower 10 % bound may lie under the bar.
const lowUnderBar = 0.05

// guardBar: alone only above the bar of predicted recovery, with bounded harm. The
// planner's own gate may only narrow that; a plan of its own that has passed the bar
// runs to its end.
func (cfg Config) guardBar(c Case) pipewright.Verdict {
	d, bar := c.Decision, cfg.Bar(c.Action.Risk)
	if d.Recovery == nil || d.Low == nil {
		return ask("there is no prediction to hold against the bar of %.2f", bar)
	}
	odds := c.Record + fmt.Sprintf("predicted recovery %.2f (%.2f to %.2f)", *d.Recovery, *d.Low, *d.High)
	gated := d.Gate == string(rl.RunAlone)
	switch _, risk, on := running(c.Incident); {
	case goesOn(c.Incident, c.Action):
		v := allow()
		v.Why = odds + ": the back-pressure that was begun goes on"
		return v
	case gated && on && c.Action.Risk <= risk:
		v := allow()
		v.Why = odds + ": the plan that passed the bar goes on"
		return v
	case *d.Recovery < bar:
		return ask("%s, bar %.2f, so I ask", odds, bar)
	case *d.Low < bar-lowUnderBar:
		return ask("%s: the lower bound is more than %.2f under the bar %.2f, so I ask", odds, lowUnderBar, bar)
	case !gated && d.HarmHigh != nil && *d.HarmHigh > cfg.HarmBound(c.Action.Risk):
		return ask("it may do harm (at most %.2f, permitted %.2f), so I ask", *d.HarmHigh, cfg.HarmBound(c.Action.Risk))
	case !gated && d.Gate != "":
		return ask("%s: %s", odds, gateSays(d))
	}
	v := allow()
	v.Why = fmt.Sprintf("%s, bar %.2f", odds, bar)
	return v
}

// gateSays is the reason that the planner's gate gave, which follows what the plan is.
func gateSays(d pipewright.Decision) string {
	if len(d.Reasons) < 2 {
		return "the policy would ask"
	}
	return d.Reasons[1]
}
