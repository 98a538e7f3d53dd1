package heal

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

// guardKnown: the kind is registered, its risk is known and the target was
// observed by Pipewright itself.
func guardKnown(c Case) pipewright.Verdict {
	switch {
	case c.Actuator == nil:
		return deny("nothing here can do %s", c.Action.Kind)
	case !c.Actuator.ActsOn(c.Action.Target):
		return deny("%s does not act on %s", c.Action.Kind, c.Action.Target)
	case c.Target == nil:
		return deny("%s was never observed", c.Action.Target)
	case c.Action.Risk != c.Actuator.Risk:
		return deny("the risk of %s is %s, not %q", c.Action.Kind, c.Actuator.Risk, c.Action.Risk)
	}
	return allow()
}

// reread is how soon a symptom that could not be read is read again.
const reread = time.Minute

func (cfg Config) guardProtected(c Case) pipewright.Verdict {
	if c.Target != nil && c.Target.Labels["protected"] == "true" {
		return deny("%s is protected by its own label", c.Action.Target)
	}
	if slices.Contains(cfg.Protected, c.Action.Target) {
		return deny("%s is protected in the configuration", c.Action.Target)
	}
	return allow()
}

// guardStillTrue: the fault was read again just now and still holds.
func guardStillTrue(c Case) pipewright.Verdict {
	if c.Incident.Class == pipewright.ClassRequested {
		return allow() // for a request the question is whether the target was observed
	}
	if goesOn(c.Incident, c.Action) {
		return allow() // its own step before was watched: a limit is raised and taken off when the fault is gone
	}
	switch c.Still {
	case detect.StatusPresent, detect.StatusWorse, detect.StatusTooEarly:
		return allow()
	case detect.StatusGone:
		return deny("the fault is gone: it was read again just now")
	default:
		return denyUntil(c.Now.Add(reread), "whether the fault still holds could not be read")
	}
}

// waitsFor is how long what stands in the way of an action is waited out.
const waitsFor = 2 * time.Hour

// guardPrecondition: the plan was prepared, can help, and is the only one.
func guardPrecondition(c Case) pipewright.Verdict {
	if c.Plan.Doomed != "" {
		return deny("it cannot help now: %s", c.Plan.Doomed)
	}
	if c.Plan.Later != "" && c.Now.Sub(c.Incident.OpenedAt) < waitsFor {
		return denyUntil(c.Now.Add(reread), "not yet: %s", c.Plan.Later)
	}
	if c.Plan.Later != "" {
		return deny("it could not be done in %s: %s", waitsFor, c.Plan.Later)
	}
	if c.Plan.Ambiguous != "" {
		return ask("%s", c.Plan.Ambiguous)
	}
	return allow()
}

func (cfg Config) guardRadius(c Case) pipewright.Verdict {
	if n := len(c.Touches); n > cfg.Limits.MaxRadius {
		return deny("it would touch %d resources and at most %d are permitted", n, cfg.Limits.MaxRadius)
	}
	return allow()
}

// Touches is the blast radius of an action: its target and what feels it
// downstream, nearest first.
func Touches(a tools.Actuator, target pipewright.ResourceID, topo pipewright.Topology) []pipewright.ResourceID {
	felt := topo.Downstream(target, a.Hops)
	if a.Feels != "" {
		felt = slices.DeleteFunc(slices.Clone(felt), func(id pipewright.ResourceID) bool { return id.Kind() != a.Feels })
	}
	return append([]pipewright.ResourceID{target}, felt...)
}
