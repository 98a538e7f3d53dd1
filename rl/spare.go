package rl

import "fmt"

// Spare causes stand for faults that the catalogue does not hold. All begin
// vacant: they look like the catalogue's causes on the whole, and anything may
// help. One vacant cause takes part in each belief. When it explains an episode
// best, it is taken: from then on it is a cause with looks and cures of its own,
// believed by how often it was met, and the next vacant one stands for what is
// still unknown. That is the Chinese restaurant process with one pass and hard
// births (Anderson 1991, "The adaptive nature of human categorization"), with
// SpareShare of the catalogue as its concentration. Without births, spare causes
// that start alike would stay alike for ever.

// Spare is the name of the first spare cause; the next are "unknown 2" and so on.
const Spare = "unknown"

// spare is the i-th spare cause while it is vacant: the mean of the catalogue.
func (m *Model) spare(i int) Cause {
	c := Cause{Name: Spare, Class: Spare, Weight: m.hyper.SpareShare}
	if len(m.prior.Causes) > 0 {
		c.Weight = 0
		for _, k := range m.prior.Causes {
			c.Weight += m.hyper.SpareShare * k.Weight
		}
	}
	if i > 0 {
		c.Name = fmt.Sprintf("%s %d", Spare, i+1)
	}
	for range m.prior.Verbs {
		c.Recovery, c.Harm = append(c.Recovery, m.hyper.SpareRecovery), append(c.Harm, astray)
	}
	for f := range m.prior.Features {
		c.Shows = append(c.Shows, m.usual(f))
	}
	return c
}

// usual is what a feature looks like on the whole: the mean over the catalogue's
// causes, by their weights, and one more that looks like anything.
func (m *Model) usual(f int) []float64 {
	row := make([]float64, len(m.prior.Features[f].Values))
	total := 0.0
	for _, c := range m.prior.Causes {
		total += c.Weight
	}
	for i := range row {
		flat, sum := 1/float64(len(row)), 0.0
		for _, c := range m.prior.Causes {
			p := flat
			if f < len(c.Shows) && c.Shows[f] != nil {
				p = c.Shows[f][i]
			}
			sum += c.Weight * p
		}
		n := float64(len(m.prior.Causes))
		row[i] = (flat + n*sum/max(total, 1e-300)) / (n + 1)
	}
	return row
}

// isSpare reports whether a cause is not one of the catalogue's.
func (m *Model) isSpare(c int) bool { return c >= len(m.prior.Causes) }

// taken reports whether a spare cause stands for something.
func (m *Model) taken(c int) bool { return m.now[c] > m.base[c] }

// vacant is the spare cause that stands for what was never seen, -1 when all are
// taken.
func (m *Model) vacant() int {
	for c := len(m.prior.Causes); c < len(m.causes); c++ {
		if !m.taken(c) {
			return c
		}
	}
	return -1
}

// weight of a cause before anything is seen: 0 for spare causes that take no part.
func (m *Model) weight(c, vacant int) float64 {
	switch {
	case !m.isSpare(c):
		return m.now[c]
	case m.taken(c):
		return m.now[c] - m.base[c]
	case c == vacant:
		return m.base[c]
	}
	return 0
}

// born leaves the vacant cause out of the responsibilities, unless it has earned
// its place: small shares of many episodes would make it look like all of them.
func (m *Model) born(who []suspect) []suspect {
	vacant, share := m.vacant(), 0.0
	for _, s := range who {
		if s.cause == vacant {
			share += s.belief
		}
	}
	if vacant < 0 || share >= m.hyper.SpareBirth || share == 0 {
		return who
	}
	for h := range who {
		if who[h].cause == vacant {
			who[h].belief = 0
		}
	}
	normalise(who)
	return who
}

// heed is the chance that a verb recovers a fault of which only a runbook knows: its
// word takes the place of the prior.
func (m *Model) heed(b Beta) Beta {
	more := m.hyper.SpareEffects * (m.hyper.SpareAdvised - m.hyper.SpareRecovery)
	return Beta{b.A + more, b.B - more}
}

// vacate makes spare causes vacant again of which all but a trace is forgotten.
func (m *Model) vacate() {
	s := m.shape
	for c := len(m.prior.Causes); c < len(m.causes); c++ {
		if !m.taken(c) || m.now[c]-m.base[c] > trace {
			continue
		}
		m.restore(c)
		for kind := range safe + 1 {
			for v := range s.verbs {
				m.restore(s.effect(kind, c, v))
			}
		}
		for value := range s.width {
			m.restore(s.look(c, value))
		}
		for f := range s.features {
			m.restore(s.lookSum(c, f))
		}
		m.restore(s.selfEvents(c))
		m.restore(s.selfMinutes(c))
	}
}

func (m *Model) restore(i int) { m.now[i] = m.base[i] }

// trace is a share of an episode that is not worth counting.
const trace = 1e-4
