package rl

import "slices"

// count adds the responsibilities to the counts.
func (m *Model) count(who []suspect, seen []sight, e *Episode) {
	who = slices.DeleteFunc(who, func(s suspect) bool { return s.cause < 0 || !(s.belief > trace) })
	for _, s := range who {
		m.now[s.cause] += e.Weight * s.belief
	}
	for _, at := range seen {
		if at != unread {
			m.countLook(at, who, e.Weight)
		}
	}
	for i := range e.Steps {
		s := m.lens(&e.Steps[i])
		for _, w := range who {
			m.countStep(&s, w, e.Weight*w.belief)
		}
		m.countRun(&s, e)
	}
}

func (m *Model) countLook(at sight, who []suspect, weight float64) {
	n := m.shape.causes
	looks, sums := m.now[at.look:at.look+n], m.now[at.sum:at.sum+n]
	for _, s := range who {
		looks[s.cause] += weight * s.belief
		sums[s.cause] += weight * s.belief
	}
}

func (m *Model) countStep(s *lens, who suspect, r float64) {
	if s.Result == Unknown {
		return
	}
	var seen view
	m.view(&seen, s, who)
	r *= seen.aimed
	if s.Result == Worse {
		m.now[m.shape.effect(harmed, who.cause, s.verb)] += r
		return
	}
	if !s.Opinion {
		m.now[m.shape.effect(safe, who.cause, s.verb)] += r
	}
	if s.verb == m.wait {
		m.now[m.shape.selfEvents(who.cause)] += r * seen.truly
		m.now[m.shape.selfMinutes(who.cause)] += r * s.Minutes
		return
	}
	m.now[m.shape.effect(recovered, who.cause, s.verb)] += r * seen.truly
	m.now[m.shape.effect(failed, who.cause, s.verb)] += r * (1 - seen.truly)
}

// countRun counts what does not depend on the cause: durations and the tally.
func (m *Model) countRun(s *lens, e *Episode) {
	if s.Result == Unknown || s.Opinion {
		return
	}
	if s.Minutes > 0 {
		x := logMinutes(s.Minutes)
		entry(m.clocks, clock{s.verb, ""}).observe(x, e.Weight)
		if e.Context.Stage != "" {
			entry(m.clocks, clock{s.verb, e.Context.Stage}).observe(x, e.Weight)
		}
	}
	t := entry(m.tallies, place{level: ByError, verb: s.verb, one: e.Context.Error})
	t.Runs++
	if s.Result == Recovered {
		t.Held++
	}
}

// entry is a map's value to be changed, a new one when there is none.
func entry[K comparable, V any](of map[K]*V, at K) *V {
	v := of[at]
	if v == nil {
		v = new(V)
		of[at] = v
	}
	return v
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
