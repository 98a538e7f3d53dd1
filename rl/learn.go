package rl

import (
	"fmt"
	"slices"
)

// Learn folds one episode into the model: soft EM over its hidden cause,
//
//	r_h ~ b0(h) * prod_t P(z_t | h, a_t)
//
// then r is added to the cause's weight, to what it looked like, and for each
// arm pulled to recovered or failed (unless it was made worse) and to harmed or
// safe. The residual goes first, with the prediction before the update. Queue
// episodes by the time the incident closed. It costs microseconds.
func (m *Model) Learn(e Episode) error {
	if err := e.Check(); err != nil {
		return err
	}
	for _, s := range e.Steps {
		if m.verb(s.Verb) < 0 {
			return fmt.Errorf("learn from episode %s: the catalogue has no verb %q", e.ID, s.Verb)
		}
	}
	m.episodes++
	m.last = e.ID
	if m.hyper.Forget < 1 {
		m.forget()
	}
	if e.Weight == 0 {
		return nil
	}
	var room [48]suspect
	who := m.believe(room[:0], e.Beliefs, e.Seen)
	m.learnResidual(who, e)
	m.count(m.attribute(who, e), e)
	m.trim()
	return nil
}

// forget moves every count toward the catalogue by 1-Forget. The residual does
// so when it is read.
func (m *Model) forget() {
	keep := m.hyper.Forget
	for i, b := range m.base {
		m.now[i] = b + keep*(m.now[i]-b)
	}
}

// view is a step as one hypothesis sees it: the chances before the update and,
// given the result, the share in which the step was aimed right and recovered.
type view struct {
	likelihood float64
	aimed      float64
	truly      float64 // chance that it recovered, given what was seen
}

// view of a step under one hypothesis. With an imperfect verification (Bayes):
//
//	P(seen recovered) = s1 ok + (1-s0)(1-ok-worse)
//	P(recovered | seen) = s1 ok / P(seen recovered)
func (m *Model) view(s Step, v, h int, who suspect) view {
	ok, worse := m.chances(who.cause, v, s.Minutes)
	aimed := 1.0
	if !(Candidate{Aims: s.Aims}).aimed(h) {
		ok, aimed = min(ok, astray), 0
	}
	same := unchanged(ok, worse)
	s1, s0 := s.Sensitivity, s.Specificity
	if s1 == 0 && s0 == 0 {
		s1, s0 = 1, 1
	}
	var out view
	switch s.Result {
	case Recovered:
		out = view{s1*ok + (1-s0)*same, aimed, 0}
		out.truly = s1 * ok / max(out.likelihood, 1e-300)
	case Unchanged:
		out = view{(1-s1)*ok + s0*same, aimed, 0}
		out.truly = (1 - s1) * ok / max(out.likelihood, 1e-300)
	case Worse:
		out = view{worse, aimed, 0}
	default:
		out = view{1, 0, 0}
	}
	return out
}

// learnResidual walks the episode with the model as it was, and corrects the
// terms by what the belief did not predict.
func (m *Model) learnResidual(who []suspect, e Episode) {
	var room [48]suspect
	at := append(room[:0], who...)
	for _, s := range e.Steps {
		if s.Result == Unknown {
			continue
		}
		v := m.verb(s.Verb)
		shift := m.shift(v, e.Context)
		var p, q, y float64
		for h := range at {
			ok, worse := m.chances(at[h].cause, v, s.Minutes)
			if !(Candidate{Aims: s.Aims}).aimed(h) {
				ok = min(ok, astray)
			}
			p, q = p+at[h].belief*ok, q+at[h].belief*worse
		}
		y = m.seenTruth(at, s, v)
		var cells [Levels]place
		if s.Result != Worse {
			p /= max(1-q, 1e-9) // recovery when it does not harm, as the counts are
			m.adjust(places(cells[:0], v, e.Context, &m.hyper.Tau), sigma(logit(p)+shift.OK), y, e.Weight)
		}
		if harm, ok := m.harmPlace(v, e.Context); ok {
			m.adjust(append(cells[:0], harm), sigma(logit(q)+shift.Harm), truth(s.Result == Worse), e.Weight)
		}
	}
}

// seenTruth is the chance that the step recovered given what was seen, under
// the belief, which then moves on.
func (m *Model) seenTruth(at []suspect, s Step, v int) float64 {
	var y float64
	for h := range at {
		seen := m.view(s, v, h, at[h])
		at[h].belief *= seen.likelihood
		y += at[h].belief * seen.truly
	}
	sum := 0.0
	for h := range at {
		sum += at[h].belief
	}
	normalise(at)
	if sum <= 0 {
		return truth(s.Result == Recovered)
	}
	return y / sum
}

// attribute turns the belief into responsibilities: what happened, what a
// person chose (P(chose a | c) ~ ok_ca) and what a person named (Human of it).
func (m *Model) attribute(who []suspect, e Episode) []suspect {
	for _, s := range e.Steps {
		v := m.verb(s.Verb)
		for h := range who {
			who[h].belief *= m.view(s, v, h, who[h]).likelihood
		}
		normalise(who)
	}
	if v := m.verb(e.Human); v >= 0 {
		for h := range who {
			ok, _ := m.chances(who[h].cause, v, m.prior.Verbs[v].Minutes)
			who[h].belief *= ok
		}
		normalise(who)
	}
	return m.label(who, e.Label)
}

// label mixes in the cause that a person named: r = (1-Human) r + Human 1[label],
// shared among its places by what was believed of them. A cause that nobody had
// thought of gets a place of its own.
func (m *Model) label(who []suspect, name string) []suspect {
	c, known := m.of[name]
	if !known {
		return who
	}
	if !slices.ContainsFunc(who, func(s suspect) bool { return s.cause == c }) {
		who = append(who, suspect{cause: c, class: m.causes[c].Class, name: name})
	}
	held, places := 0.0, 0.0
	for _, s := range who {
		if s.cause == c {
			held, places = held+s.belief, places+1
		}
	}
	for h := range who {
		share := 0.0
		if who[h].cause == c {
			share = 1 / places
			if held > 0 {
				share = who[h].belief / held
			}
		}
		who[h].belief = (1-m.hyper.Human)*who[h].belief + m.hyper.Human*share
	}
	return who
}

// count adds the responsibilities to the counts.
func (m *Model) count(who []suspect, e Episode) {
	for _, s := range who {
		if s.cause >= 0 {
			m.now[s.cause] += e.Weight * s.belief
		}
	}
	for _, o := range e.Seen {
		m.countLook(o, who, e.Weight)
	}
	for _, step := range e.Steps {
		for h, s := range who {
			if r := e.Weight * s.belief; s.cause >= 0 && r > 0 {
				m.countStep(step, h, s, r)
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
		if s.cause >= 0 {
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

func (m *Model) countStep(s Step, h int, who suspect, r float64) {
	if s.Result == Unknown {
		return
	}
	v := m.verb(s.Verb)
	seen := m.view(s, v, h, who)
	r *= seen.aimed
	if s.Result == Worse {
		m.now[m.shape.effect(harmed, who.cause, v)] += r
		return
	}
	m.now[m.shape.effect(safe, who.cause, v)] += r
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
	if s.Result == Unknown {
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
