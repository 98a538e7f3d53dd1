package trial

import (
	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// platform is what anybody can know of the gym's stages before anything breaks.
func platform() catalogue.Platform {
	var p catalogue.Platform
	for _, s := range gym.Stages() {
		st := catalogue.Stage{Kind: s.Kind, Verbs: s.Verbs, Probes: s.Probes}
		for _, m := range s.Metrics {
			st.Metrics = append(st.Metrics, catalogue.Deviation(m))
		}
		p.Stages = append(p.Stages, st)
	}
	for _, c := range gym.Checks() {
		p.Probes = append(p.Probes, catalogue.Probe{Name: c.Probe, Healthy: c.Healthy, Minutes: c.Seconds / 60})
	}
	return p
}

// risks of the verbs, as their actuators declare them. What is not listed is R1.
var risks = map[pipewright.Verb]pipewright.Risk{
	rl.Wait: pipewright.R0, pipewright.BackoffRetry: pipewright.R0,
	"remap": pipewright.R2, "retrain": pipewright.R2, "promote": pipewright.R2, "reload": pipewright.R2, "quarantine": pipewright.R2,
}

func riskOf(v pipewright.Verb) pipewright.Risk {
	if r, ok := risks[v]; ok {
		return r
	}
	return pipewright.R1
}

// waitMinutes is how long the arm that does nothing waits.
const waitMinutes = 10

// verbs lists the arms with their usual minutes, waiting first.
func verbs() []rl.Verb {
	out := []rl.Verb{{Name: rl.Wait, Minutes: waitMinutes}}
	for _, v := range pipewright.Verbs {
		if minutes, _ := gym.Price(v); minutes > 0 {
			out = append(out, rl.Verb{Name: string(v), Minutes: minutes + checkMinutes})
		}
	}
	return out
}

// checkMinutes is about how long it takes until a result is verified.
const checkMinutes = 3

// Prior is the catalogue in numbers, as the learner starts from it. Time heals
// beside what is done: a verb that takes a while recovers a cause that goes away
// by itself, whatever else it does.
func Prior(c *catalogue.Catalogue, l *catalogue.Looks) rl.Prior {
	b := heal.Basis{Verbs: verbs(), Shows: l.Chances, TimeHeals: true}
	for _, look := range l.All {
		b.Features = append(b.Features, rl.Feature{Name: look.Name, Values: look.Values})
	}
	return b.Prior(c)
}
