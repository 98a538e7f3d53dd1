package gym

import pipewright "github.com/pipewright/pipewright"

// Stage is what a kind of stage offers: what anybody can know before anything
// breaks.
type Stage struct {
	Kind    string
	Verbs   []pipewright.Verb
	Probes  []string
	Metrics []Deviation // what its metrics can show, sorted by name
}

// Stages lists what each kind of stage offers, in order of the data's way.
func Stages() []Stage {
	out := make([]Stage, len(kinds))
	for i := range kinds {
		k := &kinds[i]
		out[i] = Stage{Kind: k.name, Verbs: k.verbs, Probes: probesOf(k)}
		for _, m := range readings {
			if k.on&m.on != 0 {
				out[i].Metrics = append(out[i].Metrics, Deviation{m.metric, m.is})
			}
		}
	}
	return out
}

// Check is a probe as its documentation describes it.
type Check struct {
	Probe   string
	Healthy bool // yes is the answer when all is well
	Seconds float64
}

// Checks lists the probes, in order of name.
func Checks() []Check {
	out := make([]Check, len(probes))
	for i, p := range probes {
		out[i] = Check{p.name, p.healthy, p.seconds}
	}
	return out
}

// Seek goes to an incident, so that Next opens it. What is open or pending is
// dropped, as if it had never been. What has been done about one incident
// never moves another, so any order meets the same incidents.
func (g *Gym) Seek(incident int) {
	g.open, g.pending = nil, nil
	g.next = min(max(incident, 0), len(g.incidents))
}
