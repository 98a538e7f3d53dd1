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
	var room [64]suspect
	var sights [64]sight
	seen := m.read(sights[:0], e.Seen)
	who := m.attribute(likely(m.believe(room[:0], e.Beliefs, seen)), &e)
	m.count(m.born(who), seen, &e)
	m.trim()
	return nil
}

// likely leaves out what is all but impossible: no outcome of a few steps makes it
// worth counting.
func likely(who []suspect) []suspect {
	return slices.DeleteFunc(who, func(s suspect) bool { return s.belief < trace/10 })
}

// forget moves every count toward the catalogue by 1-Forget. The residual does
// so when it is read.
func (m *Model) forget() {
	keep := m.hyper.Forget
	for i, b := range m.base {
		m.now[i] = b + keep*(m.now[i]-b)
	}
	m.vacate()
}

// attribute turns the belief into responsibilities: what happened, what a
// person chose (P(chose a | c) ~ ok_ca) and what a person named (Human of it). On the
// way the residual learns what belief did not predict.
func (m *Model) attribute(who []suspect, e *Episode) []suspect {
	var room [64]suspect
	var seen [64]view
	walk, views := append(room[:0], who...), slices.Grow(seen[:0], len(who))[:len(who)]
	for i := range e.Steps {
		s := m.lens(&e.Steps[i])
		for h := range who {
			m.view(&views[h], &s, who[h])
		}
		if s.Result != Unknown {
			m.learnResidual(walk, &s, views, e)
		}
		for h := range who {
			who[h].belief *= views[h].likelihood
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
		who = append(who, suspect{cause: c, at: -1})
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
