package gym

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Options are everything a gym depends on besides what is done.
type Options struct {
	Seed      uint64    // the world and every chance in it
	Incidents int       // how many there are; 0: 1000
	Logs      bool      // render log lines
	Scenario  *Scenario // nil: DefaultScenario
}

// Gym is one world and where a policy stands in it. It is not safe for
// concurrent use; gyms are independent of each other.
type Gym struct {
	opt       Options
	w         *world
	incidents []incident
	next      int
	open      *episode // nil before the first incident and after the last
	pending   []Outcome
}

// New draws a world and its incidents. The error is Invalid: the scenario is
// not one that a plant can be set up with.
func New(o Options) (*Gym, error) {
	if o.Incidents == 0 {
		o.Incidents = 1000
	}
	if o.Scenario == nil {
		o.Scenario = DefaultScenario()
	}
	if err := o.Scenario.Check(); err != nil {
		return nil, err
	}
	w := newWorld(o.Seed, o.Scenario)
	return &Gym{opt: o, w: w, incidents: w.incidents(o.Incidents)}, nil
}

// Next opens the next incident; false when there is none. One that is still
// open goes to a person first, because incidents do not go away by being left.
func (g *Gym) Next() (Case, bool) {
	g.leave()
	if g.next == len(g.incidents) {
		return Case{}, false
	}
	inc := &g.incidents[g.next]
	g.next++
	g.open = newEpisode(g.w, inc)
	return g.show(inc), true
}

// leave ends the open incident, if there is one.
func (g *Gym) leave() {
	if g.open == nil {
		return
	}
	if !g.open.over {
		g.Escalate()
	}
	g.pending = append(g.pending, g.open.outcome())
	g.open = nil
}

// Settled returns, once each, what became of incidents, in order: those whose
// cascade is over and after which two more have begun, and at the end all.
func (g *Gym) Settled() []Outcome {
	if g.next == len(g.incidents) && g.open != nil && g.open.over {
		g.leave()
	}
	ended := g.next == len(g.incidents) && g.open == nil
	n := 0
	for n < len(g.pending) {
		o := g.pending[n]
		last := o.Group + o.Size - 1 // its cascade's last incident
		if !ended && g.next-1 < last+2 {
			break
		}
		n++
	}
	out := slices.Clone(g.pending[:n])
	g.pending = g.pending[n:]
	return out
}

// show is what can be seen of an incident.
func (g *Gym) show(inc *incident) Case {
	s := &inc.scene
	t := s.trouble()
	c := Case{N: inc.n, At: inc.at, Night: night(inc.at), Resource: inc.entity.id, Stage: s.kind.name,
		Env: inc.entity.env, Team: inc.entity.team, Criticality: inc.entity.criticality,
		Verbs: slices.Clone(s.kind.verbs), Probes: probesOf(s.kind),
		Metrics: s.metrics(g.w.sc.Noise), Changes: s.changes(inc.entity.id), Others: g.others(inc)}
	c.Signals = s.signals(t, len(c.Metrics) > 0)
	if g.opt.Logs {
		c.Logs = s.lines(t, inc.entity.id, g.w.sc.Noise)
	}
	return c
}

// others are the other places where a cascade shows, as far as somebody has
// noticed, and now and then one that has nothing to do with it.
func (g *Gym) others(inc *incident) []pipewright.ResourceID {
	r := stream(inc.scene.seed, "others")
	var out []pipewright.ResourceID
	for n := inc.group; n < inc.group+inc.size; n++ {
		if seen := coin(r, .8); n != inc.n && seen {
			out = append(out, g.incidents[n].entity.id)
		}
	}
	if coin(r, .03) {
		k := r.IntN(len(kinds))
		if all := g.w.entities[k]; len(all) > 0 && all[0].id != inc.entity.id {
			out = append(out, all[0].id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
