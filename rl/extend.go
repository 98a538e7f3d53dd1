package rl

import "slices"

// extend lengthens a plan up to most arms, each time by the arm most likely to
// recover what is left. The look-ahead stops where a person is worth more than
// the next arm; but when the choice is between asking first and running alone, a
// plan that goes on a little may be the one that passes the bar, at hardly any
// loss. Only arms that may run alone and are not hopeless are added.
func (s *Settings) extend(p Problem, t Terms, o outlook, most int) outlook {
	for len(o.steps) < most {
		best, arm := hopeless, -1
		for a := range p.Arms {
			if !p.open(a) || !s.runs(p, a) || o.has(a) {
				continue
			}
			br := p.branch(a, t)
			if ok, _ := br.shifted(mixture(p, o.belief, a)); ok > best {
				best, arm = ok, a
			}
		}
		if arm < 0 {
			break
		}
		o.pull(p, t, arm)
	}
	return o
}

// runs reports whether an arm may run alone as far as its class and rung say.
func (s *Settings) runs(p Problem, a int) bool {
	pull := p.pull(a)
	_, barred := s.Bars[pull.Risk]
	return barred && !pull.Held
}

func (o outlook) has(arm int) bool {
	return slices.ContainsFunc(o.steps, func(s stage) bool { return s.arm == arm })
}

func (o outlook) plan() []int {
	out := make([]int, len(o.steps))
	for i, s := range o.steps {
		out[i] = s.arm
	}
	return out
}

// value of a plan that ends with a person.
func (o outlook) value(p Problem, t Terms) (v float64) {
	reach := 1.0
	for _, s := range o.steps {
		b := p.branch(s.arm, t)
		e := b.ending(s.ok, s.worse)
		v += reach * e.now
		reach *= e.same
	}
	return v + reach*t.Escalation()
}

// runOn goes on with a running plan where the look-ahead would call a person: the
// chance of recovery on which it passed the gate counts on that.
func runOn(p Problem, t Terms, c *Choice) {
	for _, a := range p.Rest {
		if p.Started != "" && p.open(a) && (p.Left == 0 || len(c.Plan) < p.Left) {
			c.Plan = append(c.Plan, a)
		}
	}
	if len(c.Plan) > 0 {
		c.Arm, c.Greedy = c.Plan[0], c.Plan[0]
		c.Value = follow(p, t, c.Plan).value(p, t)
	}
}
