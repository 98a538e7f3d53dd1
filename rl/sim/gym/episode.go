package gym

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// episode is what a policy does about one incident.
type episode struct {
	w         *world
	inc       *incident
	scene     scene
	steps     []Step
	money     float64
	approved  pipewright.Verb // by a person, for the next action
	asks      int
	escalated bool
	over      bool
	fixed     pipewright.Verb
	well      float64 // when it was healthy for good; set when it is over
}

func newEpisode(w *world, inc *incident) *episode {
	return &episode{w: w, inc: inc, scene: inc.scene}
}

// running returns the open episode and panics when there is none: that is a
// defect of the caller.
func (g *Gym) running() *episode {
	if g.open == nil || g.open.over {
		panic("gym: there is no open incident")
	}
	return g.open
}

// Probe asks a read-only check of the open incident. It takes its seconds.
// "unknown" is the answer of one that Case.Probes does not list.
func (g *Gym) Probe(name string) Answer {
	e := g.running()
	a := e.scene.ask(name, e.acted(), e.w.sc.Noise)
	e.scene.idle(a.Seconds / 60)
	return a
}

// Left is what may still be spent on the open incident.
func (g *Gym) Left() (actions int, money float64) {
	e := g.running()
	return e.w.sc.Budget.Actions - e.acted(), e.w.sc.Budget.Money - e.money
}

// acted counts the actions so far. Looking twice after the same action is the
// same look: errors of a probe or a check do not average out.
func (e *episode) acted() (n int) {
	for _, s := range e.steps {
		if s.Verb != "" {
			n++
		}
	}
	return n
}

// Act carries out a verb and looks at what became of it. A verb that
// Case.Verbs does not list, or that the budget does not hold, changes nothing
// and is seen as Unknown.
func (g *Gym) Act(v pipewright.Verb) Result {
	e := g.running()
	_, price := Price(v)
	if actions, money := g.Left(); !e.scene.kind.can(v) || actions < 1 || price > money {
		return Result{Seen: Unknown}
	}
	r := stream(e.scene.seed, string(v), uint64(e.acted()))
	approved := e.approved == v
	e.approved = ""
	return e.step(v, approved, price, func() { e.scene.do(v, r) })
}

// Wait does nothing for a while. It may recover by itself.
func (g *Gym) Wait(d time.Duration) Result {
	e := g.running()
	return e.step("", false, 0, func() { e.scene.idle(d.Minutes()) })
}

// step does something and looks.
func (e *episode) step(v pipewright.Verb, approved bool, price float64, do func()) Result {
	before, from := e.scene.hurts, e.scene.now
	do()
	st := Step{Verb: v, Approved: approved, Minutes: e.scene.now - from, Cost: price, Label: e.status(before)}
	if st.Label == Worse {
		st.Severity, st.Why = e.scene.severity(), e.scene.why
	}
	e.money += price
	e.steps = append(e.steps, st)
	st.Seen = e.seen(st.Label)
	e.steps[len(e.steps)-1].Seen = st.Seen
	return Result{Seen: st.Seen, Minutes: st.Minutes, Cost: price}
}

// status is how things are after a step that began with this many harms done.
func (e *episode) status(hurts int) Status {
	switch {
	case e.scene.hurts > hurts:
		return Worse
	case e.scene.healthy():
		return Recovered
	}
	return Unchanged
}

// seen is a status as a quick look tells it.
func (e *episode) seen(is Status) Status {
	r := stream(e.scene.seed, "look", uint64(e.acted()))
	healthy, sick := coin(r, e.w.sc.Noise.FalseHealthy), coin(r, e.w.sc.Noise.FalseSick)
	switch {
	case is == Recovered && sick:
		return Unchanged
	case is == Unchanged && healthy:
		return Recovered
	}
	return is
}

// soak is how long a recovery is watched, in minutes: half an hour, and where
// data is written until the hourly checks downstream have run.
func (s *scene) soak() float64 {
	if s.kind.on&(gColumns|gContent|gInput|gLog) != 0 {
		return 95
	}
	return 30
}

// Close says that it is over and watches for the soak. If it holds, the
// incident is closed. If not, it is open again, half an hour or more later, and
// the result says how: Unchanged, or Worse when what was done has broken
// something that shows only now.
func (g *Gym) Close() Result {
	e := g.running()
	from, before := e.scene.now, e.scene.hurts
	held := e.scene.healthy()
	e.scene.idle(e.scene.soak())
	minutes := e.scene.now - from
	switch {
	case e.scene.hurts > before:
		e.blame()
		return Result{Seen: Worse, Minutes: minutes}
	case !e.scene.healthy():
		e.doubt()
		return Result{Seen: Unchanged, Minutes: minutes}
	}
	e.end(e.scene.now)
	if held {
		e.well = from
	}
	return Result{Seen: Recovered, Minutes: minutes}
}

// blame labels the last action worse: what it did shows in the soak.
func (e *episode) blame() {
	for i := len(e.steps) - 1; i >= 0; i-- {
		if s := &e.steps[i]; s.Verb != "" && s.Label != Worse {
			s.Label, s.Severity, s.Why = Worse, e.scene.severity(), e.scene.why
			return
		}
	}
}

// doubt takes back the label of the last step: it did not hold.
func (e *episode) doubt() {
	if n := len(e.steps); n > 0 && e.steps[n-1].Label == Recovered {
		e.steps[n-1].Label = Unchanged
	}
}

func (e *episode) end(well float64) { e.over, e.well = true, well }

// perMinute is what a minute costs.
const perMinute = .006

// outcome is the account of an episode that is over.
func (e *episode) outcome() Outcome {
	o := Outcome{Case: e.inc.n, Group: e.inc.group, Size: e.inc.size, Steps: e.steps, Minutes: e.well, Cost: e.money,
		Asks: e.asks, Escalated: e.escalated, ByItself: !e.escalated, Fixed: e.fixed}
	o.Return = 1 - e.money - perMinute*e.inc.entity.criticality*e.well
	for _, s := range e.steps {
		o.Return -= s.Severity
		if s.Label == Recovered && s.Verb != "" {
			o.ByItself = false
		}
	}
	return o
}
