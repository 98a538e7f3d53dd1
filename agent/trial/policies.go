package trial

import (
	"strings"

	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/tabular"
)

// maker makes a policy for one world.
type maker func(w *world) (policy, error)

// makers are the policies by name, in the order reports use.
var makers = []struct {
	name string
	make maker
}{
	{"rules", func(*world) (policy, error) { return ruled{}, nil }},
	{"random", func(*world) (policy, error) { return simple{rl.Random()}, nil }},
	{"always-retry", func(*world) (policy, error) { return simple{rl.AlwaysRetry()}, nil }},
	{"always-escalate", func(*world) (policy, error) { return simple{rl.AlwaysAsk()}, nil }},
	{"always-ask", plans(func(p *plan) { p.settings.Bars = map[string]float64{"R0": 1, "R1": 1, "R2": 1}; p.gated = true })},
	{"planner", plans(func(p *plan) { p.settings.Explore = 1 })}, // while it learns; what is measured is greedy
	{"planner-greedy", plans(func(p *plan) {})},
	{"planner-fixed", plans(func(p *plan) { p.learns = false })},
	{"planner-myopic", plans(func(p *plan) { p.settings.Explore, p.settings.Depth = 1, 1 })},
	{"planner-probes", plans(func(p *plan) { p.settings.Explore, p.probing = 1, worthProbes })},
	{"planner-unadvised", plans(func(p *plan) { p.settings.Explore, p.unadvised = 1, true })},
	{"strict", plans(func(p *plan) { p.settings, p.gated = rl.Strict(), true; p.settings.Explore = 0 })},
	{"tiered", plans(func(p *plan) { p.settings, p.gated = rl.Tiered(), true; p.settings.Explore = 0 })},
	{"strict-guarded", plans(func(p *plan) { p.settings, p.gated, p.guarded = rl.Strict(), true, true; p.settings.Explore = 0 })},
	{"q-coarse", table("q", tabular.Coarse, false)},
	{"q-mid", table("q", tabular.Mid, false)},
	{"q-flat", table("q", tabular.Flat, false)},
	{"q-masked", table("q", tabular.Coarse, true)},
	{"sarsa", table("sarsa", tabular.Coarse, false)},
	{"expected-sarsa", table("expected_sarsa", tabular.Coarse, false)},
	{"double-q", table("double_q", tabular.Coarse, false)},
	{"q-lambda", table("q_lambda", tabular.Coarse, false)},
	{"dyna-q", table("dyna_q", tabular.Coarse, false)},
	{"ceiling", func(w *world) (policy, error) { return w.knowing(false) }},
	{"oracle", func(w *world) (policy, error) { return w.knowing(true) }},
}

// Policies lists the names of the policies.
func Policies() []string {
	out := make([]string, len(makers))
	for i, m := range makers {
		out[i] = m.name
	}
	return out
}

// newPolicy makes a policy by its name.
func newPolicy(name string, w *world) (policy, error) {
	for _, m := range makers {
		if m.name == name {
			return m.make(w)
		}
	}
	panic("trial: no policy " + strings.TrimSpace(name)) // Check comes first
}

// plan is how a belief planner is set up.
type plan struct {
	settings rl.Settings
	hyper    rl.Hyper
	learns   bool
	gated    bool
	guarded  bool
	probing  probing
	// unadvised: it is not given the hand rules, which tell it what to do about faults
	// that its catalogue lacks.
	unadvised bool
}

// open are the settings without a gate, and without exploration.
func open() rl.Settings {
	s := rl.Strict()
	s.Open, s.Explore = true, 0
	return s
}

// plans makes planners that differ from the usual one.
func plans(change func(*plan)) maker {
	return func(w *world) (policy, error) {
		p := plan{settings: open(), hyper: rl.DefaultHyper(), learns: true, probing: allProbes}
		change(&p)
		if !p.unadvised {
			p.hyper = p.hyper.Advised()
		}
		if !w.opt.Probes {
			p.probing = noProbes
		}
		return w.believer(p)
	}
}

func (w *world) believer(p plan) (*believer, error) {
	m, err := rl.NewModel(w.know.prior, p.hyper)
	if err != nil {
		return nil, err
	}
	l, err := rl.NewPlanner(p.settings, rl.Setting{})
	if err != nil {
		return nil, err
	}
	b := &believer{model: m, planner: l, learns: p.learns, probes: p.probing, people: w.people, minutes: w.minutes, advised: !p.unadvised}
	if p.settings.Explore > 0 {
		p.settings.Explore = 0
		if b.exploits, err = rl.NewPlanner(p.settings, rl.Setting{}); err != nil {
			return nil, err
		}
	}
	if p.guarded {
		b.guard = &guard{}
	}
	if p.gated {
		b.ladder, b.doubts = newLadder(p.settings), rl.NewDoubts(nil)
	}
	return b, nil
}

func (w *world) knowing(sees bool) (policy, error) {
	l, err := rl.NewPlanner(open(), rl.Setting{})
	return &knowing{world: w.test, numbers: w.numbers, planner: l, people: w.people, sees: sees, probes: w.opt.Probes}, err
}

// table makes learners of the classic family.
func table(kind string, d tabular.Detail, masked bool) maker {
	return func(w *world) (policy, error) {
		var masks *rl.Model
		if masked {
			m, err := rl.NewModel(w.know.prior, rl.DefaultHyper())
			if err != nil {
				return nil, err
			}
			masks = m
		}
		return newTabled(kind, d, w.people, masks, w.seed)
	}
}
