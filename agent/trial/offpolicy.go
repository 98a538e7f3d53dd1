package trial

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// Promotion is what off-policy evaluation made of candidates: an incumbent with
// a poor catalogue handles incidents, exploring a little, and from its log alone
// it is decided who replaces it. A good candidate has the good catalogue and has
// learned from the log; bad ones have their cures swapped between the causes, or
// take
// what helps for what does not.
type Promotion struct {
	Good, GoodPromoted int // whose true gain is at least goodGain
	Some, SomePromoted int // all that know more
	Bad, BadPromoted   int
	Gain, Loss         float64 // true mean difference in return of the good and the bad ones
	ESS                float64 // mean effective sample size of the good ones
}

// goodGain is the gain an incident from which a candidate counts as a good one.
const goodGain = .10

// logExplore is the share of logged decisions drawn by Thompson sampling.
const logExplore = .3

// OffPolicy runs the experiment over worlds with so many logged incidents.
func OffPolicy(ctx context.Context, o Options, logged int, tick func(int)) (Promotion, error) {
	cat := known()
	looks := catalogue.NewLooks(cat, platform())
	o.Incidents, o.Checkpoints = logged, []int{logged}
	results := make([]Promotion, o.Worlds)
	err := parallel(o.Worlds, o.Workers, func(i int) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w, err := newWorld(&o, o.Seed+uint64(i), cat, looks)
		if err != nil {
			return err
		}
		results[i], err = w.offPolicy(newKnowledge(cat, looks, Poor, w.seed).prior) //nolint:contextcheck // one world is seconds; the context is looked at between worlds
		tick(logged)
		return err
	})
	var sum Promotion
	for _, r := range results {
		sum.Good, sum.GoodPromoted = sum.Good+r.Good, sum.GoodPromoted+r.GoodPromoted
		sum.Some, sum.SomePromoted = sum.Some+r.Some, sum.SomePromoted+r.SomePromoted
		sum.Bad, sum.BadPromoted = sum.Bad+r.Bad, sum.BadPromoted+r.BadPromoted
		sum.Gain, sum.Loss, sum.ESS = sum.Gain+r.Gain/float64(o.Worlds), sum.Loss+r.Loss/float64(o.Worlds), sum.ESS+r.ESS/float64(o.Worlds)
	}
	return sum, err
}

// recorder logs what a policy decides, as production would.
type recorder struct {
	*believer
	steps []rl.LoggedStep
	log   map[int]*rl.Logged
}

func (r *recorder) next(s *session) move {
	if len(s.Steps) == 0 {
		r.steps = nil
	}
	m := r.believer.next(s)
	if s.Left > 0 {
		arm := m.choice.Arm
		if m.How == callPerson {
			arm = -1
		}
		r.steps = append(r.steps, rl.LoggedStep{Case: m.posed, Arm: arm, Propensity: m.choice.Propensity})
	}
	return m
}

// closed gives each step what it brought until the next decision.
func (r *recorder) closed(s *session) {
	t := terms(s.Case, r.people)
	for i := range r.steps {
		step := &r.steps[i]
		if i >= len(s.Steps) {
			step.Reward = t.Escalation()
			continue
		}
		d := s.Steps[i]
		step.Reward = -d.Cost - t.PerMinute*t.Criticality*d.Minutes
		switch {
		case d.Seen == gym.Recovered:
			step.Reward++
		case d.Seen == gym.Worse:
			step.Reward += t.Harmed() - severity
		case i+1 == len(r.steps):
			step.Reward += t.Escalation()
		}
	}
	r.log[s.Case.N] = &rl.Logged{Steps: r.steps}
}

func (r *recorder) settled(s *session, o gym.Outcome) {
	r.log[o.Case].Episode = episode(s, o, r.people)
}

// offPolicy logs an incumbent in one world and judges three candidates.
func (w *world) offPolicy(poor rl.Prior) (Promotion, error) {
	good := w.know.prior
	incumbent, err := w.fixed(poor)
	if err != nil {
		return Promotion{}, err
	}
	logs, err := w.record(poor)
	if err != nil {
		return Promotion{}, err
	}
	candidate, err := w.fixed(good)
	if err != nil {
		return Promotion{}, err
	}
	for _, l := range logs {
		if err := candidate.model.Learn(l.Episode); err != nil {
			return Promotion{}, err
		}
	}
	var out Promotion
	base := w.gain(incumbent)
	c, err := rl.Compare(good, rl.DefaultHyper().Advised(), logs, rl.Greedy{Model: candidate.model, Planner: candidate.planner}, rl.Greedy{Model: incumbent.model, Planner: incumbent.planner})
	if err != nil {
		return Promotion{}, err
	}
	promoted := int(count(c.Promote))
	out.Some, out.SomePromoted, out.Gain, out.ESS = 1, promoted, w.gain(candidate)-base, c.ESS
	if out.Gain >= goodGain {
		out.Good, out.GoodPromoted = 1, promoted
	}
	for _, prior := range []rl.Prior{swapped(good, w.seed), inverted(good)} {
		bad, err := w.fixed(prior)
		if err != nil {
			return Promotion{}, err
		}
		c, err := rl.Compare(good, rl.DefaultHyper().Advised(), logs, rl.Greedy{Model: bad.model, Planner: bad.planner}, rl.Greedy{Model: incumbent.model, Planner: incumbent.planner})
		if err != nil {
			return Promotion{}, err
		}
		out.Bad, out.BadPromoted, out.Loss = out.Bad+1, out.BadPromoted+int(count(c.Promote)), out.Loss+(w.gain(bad)-base)/2
	}
	return out, nil
}

// fixed is a planner without a gate that does not learn.
func (w *world) fixed(p rl.Prior) (*believer, error) {
	b, err := w.believer(plan{settings: open(), hyper: rl.DefaultHyper().Advised(), probing: allProbes})
	if err != nil {
		return nil, err
	}
	b.model, err = rl.NewModel(p, rl.DefaultHyper().Advised())
	return b, err
}

// record lets a planner that explores handle the incidents to learn from.
func (w *world) record(p rl.Prior) ([]rl.Logged, error) {
	b, err := w.fixed(p)
	if err != nil {
		return nil, err
	}
	s := open()
	s.Explore = logExplore
	if b.planner, err = rl.NewPlanner(s, rl.Setting{}); err != nil {
		return nil, err
	}
	r := &recorder{believer: b, log: map[int]*rl.Logged{}}
	if _, err := w.lives(context.Background(), r, func(int) {}); err != nil {
		return nil, err
	}
	var logs []rl.Logged
	for n := range w.opt.Incidents {
		if l := r.log[n]; l != nil && len(l.Steps) > 0 && l.Episode.ID != "" {
			logs = append(logs, *l)
		}
	}
	return logs, nil
}

func (w *world) gain(p policy) float64 {
	t := w.exam(p)
	return per(t.ret, t.n)
}

// swapped has the cures of each cause given to another.
func swapped(p rl.Prior, seed uint64) rl.Prior {
	p.Causes = slices.Clone(p.Causes)
	order := rand.New(rand.NewPCG(seed, 0x5a)).Perm(len(p.Causes))
	rows := slices.Clone(p.Causes)
	for i := range p.Causes {
		p.Causes[i].Recovery = rows[order[i]].Recovery
	}
	return p
}

// inverted believes that what helps does not, and the other way round.
func inverted(p rl.Prior) rl.Prior {
	p.Causes = slices.Clone(p.Causes)
	for i := range p.Causes {
		p.Causes[i].Recovery = slices.Clone(p.Causes[i].Recovery)
		for v, x := range p.Causes[i].Recovery {
			p.Causes[i].Recovery[v] = catalogue.AlmostAlways.P() + catalogue.Never.P() - min(x, catalogue.AlmostAlways.P())
		}
	}
	return p
}
