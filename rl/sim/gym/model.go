package gym

import "math/rand/v2"

// model is what the server serves and what it could serve, by quality from 0
// to 1. It must be over its bar.
type model struct {
	live      float64
	before    float64 // the version before
	candidate float64 // the one that is trained and not live
	simple    float64 // rules that answer instead
	bar       float64
	shift     float64 // how much the inputs have moved: what it costs a model trained before
	turn      float64 // how much the relation itself has changed
	errors    bool    // the live version fails on some requests
	slow      bool
	labels    bool // outcomes of the last days are known
	clean     bool // what it would learn from is right
	kept      bool // the version before is stored
	onSimple  bool
	lag       float64 // the candidate's share of the shift: it is younger
	same      bool    // the candidate was made like the live version, faults and all
}

func newModel(r *rand.Rand, p *numbers) model {
	m := model{live: uniform(r, .89, .94), bar: .86, simple: p[simpleQuality] + .03*r.NormFloat64(), labels: coin(r, p[pLabels]),
		clean: coin(r, p[pClean]), kept: coin(r, p[pPrevious]), lag: uniform(r, .1, .8)}
	m.before = m.live - uniform(r, 0, .02)
	m.candidate = m.live + about(r, p[candidateGain], .4) - uniform(r, 0, .065)
	m.same = coin(r, .5)
	return m
}

// quality of what answers now. Rules lose little when inputs move, and are
// held to a lower bar.
func (m *model) quality() float64 {
	if m.onSimple {
		return m.simple - .55*m.shift - .45*m.turn + .08
	}
	return m.live - m.shift - m.turn
}

func (m *model) trouble() trouble {
	switch {
	case m.onSimple && m.quality() >= m.bar:
		return fine
	case m.errors && !m.onSimple:
		return serverErrors
	case m.slow && !m.onSimple:
		return slow
	case m.quality() < m.bar:
		return inaccurate
	}
	return fine
}

func (m *model) rollback() {
	if m.kept {
		m.live, m.errors, m.slow, m.kept = m.before, false, false, false
	}
}

// retrain learns from the last days and goes live. Wrong data makes it worse;
// so does the old relation, when the new outcomes are not known yet.
func (m *model) retrain(s *scene, r *rand.Rand) {
	if !m.clean {
		m.live -= uniform(r, .02, .08)
		s.hurt("the new model has learnt from wrong data")
		return
	}
	m.shift *= uniform(r, .05, .3)
	if m.labels {
		m.turn *= uniform(r, .1, .45)
	}
	m.live = max(m.live, m.before) + .015*r.NormFloat64()
	m.errors, m.slow = false, false
}

// swap makes the candidate live. It is younger and knows part of the shift.
func (m *model) swap() {
	m.live = m.candidate
	m.errors, m.slow = m.errors && m.same, m.slow && m.same
	m.shift *= m.lag
	m.turn *= m.lag
}

// promote makes the candidate live at once.
func (m *model) promote(s *scene) {
	was := m.quality()
	m.swap()
	if m.quality() < was-.02 && !m.errors {
		s.hurt("the candidate answers worse than what it replaced")
	}
}

// canary makes the candidate live if it answers better on a part of the
// traffic.
func (m *model) canary() {
	tried := *m
	tried.swap()
	if tried.quality() > m.quality() || m.errors || m.slow {
		*m = tried
	}
}
