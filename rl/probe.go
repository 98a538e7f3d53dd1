package rl

import "math"

// Probe is a read-only check that could be run before acting.
type Probe struct {
	Name    string    `json:"name"`
	Yes     []float64 `json:"yes"`     // by cause of the problem: the chance that it answers yes
	Minutes float64   `json:"minutes"` // how long it takes; the incident goes on meanwhile
	Money   float64   `json:"money,omitempty"`
}

// Look is what a probe is worth: the expected change of the value by its
// answer, E|V after - V now|, and its price. The change counts both ways,
// because an answer that shows the plan to be worse than thought is what stops
// a plan that should be asked about.
type Look struct {
	Probe int     `json:"probe"`
	Gain  float64 `json:"gain"`
	Price float64 `json:"price"`
	Yes   float64 `json:"yes"` // chance of the answer yes
}

// Worth reports whether the answer changes more than the probe costs.
func (k Look) Worth() bool { return k.Gain > k.Price }

// longestProbe is the most minutes that a probe may take to be worth waiting for.
const longestProbe = 1

// BestProbe is the probe whose gain exceeds its price by most; ok is false when
// none is worth running. With no change of belief possible the gain is 0.
func (l *Planner) BestProbe(p Problem) (best Look, ok bool) {
	if p.fault() != "" || len(p.Arms) > mostArms || len(p.Probes) == 0 {
		return Look{}, false
	}
	t := p.Terms.orDefault()
	look := lookaheads.Get().(*lookahead) //nolint:errcheck // the pool holds nothing else
	defer lookaheads.Put(look)
	look.all.load(p)
	p.means = &look.all
	depth := l.depth(p)
	now := look.worth(p, t, depth)
	if now == t.Escalation() && len(look.arms) == 0 {
		return Look{}, false
	}
	belief := make([]float64, len(p.Belief))
	for i, probe := range p.Probes {
		if len(probe.Yes) != len(p.Belief) || !(probe.Minutes <= longestProbe) {
			continue
		}
		k := look.ask(p, t, depth, i, now, belief)
		if k.Worth() && (!ok || k.Gain-k.Price > best.Gain-best.Price) {
			best, ok = k, true
		}
	}
	return best, ok
}

// ask values one probe; belief is room.
func (l *lookahead) ask(p Problem, t Terms, depth, i int, now float64, belief []float64) Look {
	probe := p.Probes[i]
	price, _ := t.elapse(probe.Minutes)
	k := Look{Probe: i, Price: price + probe.Money}
	for c, b := range p.Belief {
		k.Yes += b * probe.Yes[c]
	}
	for _, answer := range []bool{true, false} {
		chance := k.Yes
		if !answer {
			chance = 1 - k.Yes
		}
		if chance <= 1e-9 {
			continue
		}
		for c, b := range p.Belief {
			like := probe.Yes[c]
			if !answer {
				like = 1 - like
			}
			belief[c] = b * like / chance
		}
		after := p
		after.Belief = belief
		k.Gain += chance * math.Abs(l.worth(after, t, depth)-now)
	}
	return k
}

// worth is V of a problem.
func (l *lookahead) worth(p Problem, t Terms, depth int) float64 {
	l.load(p, t, depth)
	v, _ := l.best(depth, l.belief, 0)
	return v
}
