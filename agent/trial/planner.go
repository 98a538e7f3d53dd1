package trial

import (
	"slices"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// believer is the belief planner as a policy: a model, a planner over it and,
// behind a gate, a ladder.
type believer struct {
	model   *rl.Model
	planner *rl.Planner
	// exploits is the planner without exploration; nil: planner does not explore.
	exploits *rl.Planner
	learns   bool
	probes   probing
	people   gym.People
	minutes  map[string]float64 // of a probe
	ladder   *ladder            // nil: no gate
	guard    *guard             // nil: the gate alone
	doubts   *rl.Doubts         // with ladder
	advised  bool               // the hand rules are given to it
}

// greedy is the same planner without exploration.
func (b *believer) greedy() *believer {
	out := *b
	if b.exploits != nil {
		out.planner = b.exploits
	}
	return &out
}

// probing says which read-only checks are run before anything is done.
type probing int

const (
	noProbes probing = iota
	allProbes
	worthProbes
)

func (b *believer) next(s *session) move {
	if len(s.Steps) == 0 {
		b.look(s)
	}
	c := b.pose(s)
	p, err := b.model.Pose(c)
	if err != nil {
		return move{}
	}
	choice := b.planner.Choose(p)
	m := move{How: callPerson, Predicted: choice.Odds.Recovery, Plan: len(choice.Plan), choice: choice, posed: c}
	if choice.Arm < 0 {
		return m
	}
	if b.doubts != nil {
		for h, x := range p.Belief {
			m.believed = append(m.believed, rl.Hypothesis{Cause: p.Causes[h], Class: p.Classes[h], Belief: x})
		}
	}
	m.Next = choice.Of(choice.Arm).Recovery
	m.Verb = pipewright.Verb(c.Candidates[choice.Arm].Verb)
	switch choice.Ruling {
	case rl.RunAlone:
		m.How = runAlone
		if b.guard.asks(c, choice.Arm) {
			m.How = askFirst
		}
	case rl.AskFirst:
		m.How = askFirst
	}
	return m
}

// look runs the probes and forms the first belief.
func (b *believer) look(s *session) {
	switch b.probes {
	case allProbes:
		for _, name := range s.Case.Probes {
			s.answer(name)
		}
	case worthProbes:
		b.probe(s)
	}
	p, err := b.model.Pose(rl.Case{Seen: s.Seen})
	if err != nil {
		return
	}
	s.Class, s.Cause = top(p)
}

// answer asks a probe and notes what it says.
func (s *session) answer(name string) {
	if a := s.ask(name); a.Says == "yes" || a.Says == "no" {
		s.Seen = append(s.Seen, rl.Seen{Feature: "probe " + name, Value: a.Says})
	}
}

// probe asks the probe that is worth most, as long as one is worth its time.
func (b *believer) probe(s *session) {
	left := slices.Clone(s.Case.Probes)
	for len(left) > 0 {
		c := b.pose(s)
		p, err := b.model.Pose(c)
		if err != nil {
			return
		}
		for _, name := range left {
			p.Probes = append(p.Probes, rl.Probe{Name: name, Minutes: b.minutes[name], Yes: b.answers(name)})
		}
		best, ok := b.planner.BestProbe(p)
		if !ok {
			return
		}
		s.answer(left[best.Probe])
		left = slices.Delete(left, best.Probe, best.Probe+1)
	}
}

// answers is the chance of yes under each cause, by the model.
func (b *believer) answers(name string) []float64 {
	return b.model.Chances("probe "+name, "yes")
}

// top is the most believed class and cause.
func top(p rl.Problem) (class, cause string) {
	sums := map[string]float64{}
	best, most := -1, 0.0
	for i, x := range p.Belief {
		sums[p.Classes[i]] += x
		if best < 0 || x > p.Belief[best] {
			best = i
		}
	}
	for _, c := range p.Classes {
		if sums[c] > most {
			class, most = c, sums[c]
		}
	}
	if best >= 0 {
		cause = p.Causes[best]
	}
	return class, cause
}

// context is where the residual pools.
func (s *session) context() rl.Context {
	return rl.Context{Error: s.Class, Stage: s.Case.Stage, Instance: string(s.Case.Resource), Tenant: s.Case.Team}
}

// severity is the usual one of harm: it is 1 to 2.
const severity = 1.5

// pose states where an incident stands as a case.
func (b *believer) pose(s *session) rl.Case {
	c := rl.Case{Seen: s.Seen, Context: s.context(), Terms: terms(s.Case, b.people), Left: max(s.Left, 1), Seed: s.Seed + uint64(len(s.Steps))}
	if b.doubts != nil {
		c.Doubts = b.doubts.List()
	}
	if b.advised {
		c.Advice = advice(s.Case)
	}
	add := func(v pipewright.Verb) {
		_, money := gym.Price(v)
		pull := rl.Pull{Money: money, Risk: string(riskOf(v)), Severity: severity}
		if b.ladder != nil {
			if pull.Held = b.ladder.holds(s, v); pull.Held { // asking costs, so that what may run alone wins a tie
				pull.Blast = c.Terms.AskPrice + c.Terms.PerMinute*c.Terms.Criticality*c.Terms.AskMinutes
			}
		}
		c.Candidates = append(c.Candidates, rl.Candidate{Verb: string(v), Target: string(s.Case.Resource), Pull: pull})
	}
	if !ofRun(s.Case) {
		add(rl.Wait) // a run that has failed does not run again by waiting
	}
	for _, v := range s.Case.Verbs {
		add(v)
	}
	for _, v := range s.Tried {
		if i := slices.IndexFunc(c.Candidates, func(x rl.Candidate) bool { return x.Verb == string(v) }); i >= 0 && !slices.Contains(c.Tried, i) {
			c.Tried = append(c.Tried, i)
		}
	}
	if n := len(s.Steps); n > 0 && s.First.How == runAlone && b.ladder != nil {
		c.Started = "R1"
		if plan := s.First.choice.Plan; n < len(plan) {
			c.Rest = plan[n:]
		}
	}
	return c
}

func (b *believer) closed(s *session) {
	if b.ladder != nil {
		b.ladder.closed(s)
		b.verified(s)
	}
}

func (b *believer) settled(s *session, o gym.Outcome) {
	if b.ladder != nil {
		b.ladder.settled(s, o)
	}
	b.guard.settled(s, o)
	if !b.learns {
		return
	}
	if err := b.model.Learn(episode(s, o, b.people)); err != nil {
		panic("trial: " + err.Error()) // a verb that the prior lacks: a defect here
	}
}

// episode is what a settled incident teaches.
func episode(s *session, o gym.Outcome, people gym.People) rl.Episode {
	e := rl.Episode{ID: strconv.Itoa(o.Case), Seen: s.Seen, Context: s.context(), Weight: 1 / float64(max(o.Size, 1))}
	for _, st := range o.Steps {
		v := string(st.Verb)
		if v == "" {
			v = rl.Wait
		}
		e.Steps = append(e.Steps, rl.Step{Verb: v, Result: rl.Result(st.Label), Minutes: st.Minutes})
		if st.Label == gym.Recovered || st.Label == gym.Worse {
			break // what follows happened to something else
		}
	}
	if s.Refused != "" {
		e.Steps = append(e.Steps, rl.Step{Verb: string(s.Refused), Result: rl.Unchanged, Opinion: true, Sensitivity: people.ApproveGood, Specificity: 1 - people.ApproveBad})
	}
	if o.Escalated && !o.ByItself && o.Fixed != "" {
		e.Human = string(o.Fixed)
	}
	return e
}

// ofRun reports whether the case is about a run rather than a service.
func ofRun(c gym.Case) bool {
	return slices.Contains(c.Signals, pipewright.RunFailedSignal) || slices.Contains(c.Signals, pipewright.RunOverdueSignal)
}
