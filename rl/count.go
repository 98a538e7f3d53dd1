package rl

// count adds the responsibilities to the counts.
func (m *Model) count(who []suspect, e Episode) {
	for _, s := range who {
		if s.cause >= 0 && s.belief > trace {
			m.now[s.cause] += e.Weight * s.belief
		}
	}
	for _, o := range e.Seen {
		m.countLook(o, who, e.Weight)
	}
	for _, step := range e.Steps {
		for _, s := range who {
			if s.cause >= 0 && s.belief > trace {
				m.countStep(step, s, e.Weight*s.belief)
			}
		}
		m.countRun(step, e)
	}
}

func (m *Model) countLook(o Seen, who []suspect, weight float64) {
	f, value := m.seen(o)
	if value < 0 {
		return
	}
	for _, s := range who {
		if s.cause >= 0 && s.belief > trace {
			m.now[m.shape.look(s.cause, f.start+value)] += weight * s.belief
			m.now[m.shape.lookSum(s.cause, f.index)] += weight * s.belief
		}
	}
}

// seen finds a feature and its value, -1 for one that the prior does not have.
func (m *Model) seen(o Seen) (f looks, value int) {
	f, known := m.features[o.Feature]
	if value, ok := f.values[o.Value]; known && ok {
		return f, value
	}
	return f, -1
}

func (m *Model) countStep(s Step, who suspect, r float64) {
	if s.Result == Unknown {
		return
	}
	v := m.verb(s.Verb)
	seen := m.view(s, v, who)
	r *= seen.aimed
	if s.Result == Worse {
		m.now[m.shape.effect(harmed, who.cause, v)] += r
		return
	}
	if !s.Opinion {
		m.now[m.shape.effect(safe, who.cause, v)] += r
	}
	if s.Verb == Wait {
		m.now[m.shape.selfEvents(who.cause)] += r * seen.truly
		m.now[m.shape.selfMinutes(who.cause)] += r * s.Minutes
		return
	}
	m.now[m.shape.effect(recovered, who.cause, v)] += r * seen.truly
	m.now[m.shape.effect(failed, who.cause, v)] += r * (1 - seen.truly)
}

// countRun counts what does not depend on the cause: durations and the tally.
func (m *Model) countRun(s Step, e Episode) {
	if s.Result == Unknown || s.Opinion {
		return
	}
	v := m.verb(s.Verb)
	if s.Minutes > 0 {
		m.clocks[clock{v, ""}] = m.clocks[clock{v, ""}].observe(s.Minutes, e.Weight)
		if e.Context.Stage != "" {
			at := clock{v, e.Context.Stage}
			m.clocks[at] = m.clocks[at].observe(s.Minutes, e.Weight)
		}
	}
	at := place{level: ByError, verb: v, one: e.Context.Error}
	t := m.tallies[at]
	t.Runs++
	if s.Result == Recovered {
		t.Held++
	}
	m.tallies[at] = t
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
