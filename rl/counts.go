package rl

// shape says where the pseudo-counts of a model lie in one flat slice: a
// weight for each cause, then recovered, failed, harmed and safe for each
// (cause, verb), then for each value of each feature its emission by cause, then
// the sums by feature, then events and minutes of each cause's hazard.
type shape struct{ causes, verbs, width, features int }

func (s shape) effect(kind, c, v int) int { return s.causes + (kind*s.causes+c)*s.verbs + v }

func (s shape) look(c, value int) int {
	return s.causes + 4*s.causes*s.verbs + value*s.causes + c
}

func (s shape) lookSum(c, feature int) int { return s.look(0, s.width) + feature*s.causes + c }

func (s shape) selfEvents(c int) int { return s.lookSum(c, s.features) }

func (s shape) selfMinutes(c int) int { return s.selfEvents(s.causes) + c }

func (s shape) size() int { return s.selfMinutes(s.causes) }

// kinds of effect counts.
const (
	recovered = iota
	failed
	harmed
	safe
)

// counts are the pseudo-counts of the prior.
func (m *Model) counts() []float64 {
	s, h := m.shape, m.hyper
	out := make([]float64, s.size())
	for c, cause := range m.causes {
		out[c] = cause.Weight
		strength, shows := h.Recovery, h.Shows
		if m.isSpare(c) {
			strength, shows = h.SpareEffects, h.SpareShows
		}
		for v := range m.prior.Verbs {
			out[s.effect(recovered, c, v)] = strength * cause.Recovery[v]
			out[s.effect(failed, c, v)] = strength * (1 - cause.Recovery[v])
			out[s.effect(harmed, c, v)] = h.Harm * cause.Harm[v]
			out[s.effect(safe, c, v)] = h.Harm * (1 - cause.Harm[v])
		}
		m.countLooks(out, c, shows)
		hazard := NewHazard(cause.Hazard, h.Hazard)
		out[s.selfEvents(c)], out[s.selfMinutes(c)] = hazard.Events, hazard.Minutes
	}
	return out
}

// rarest keeps an emission from being impossible: a catalogue never knows that.
const rarest = .005

func (m *Model) countLooks(out []float64, c int, strength float64) {
	start := 0
	for f, feature := range m.prior.Features {
		n := len(feature.Values)
		for i := range n {
			p := 1 / float64(n)
			if shows := m.causes[c].Shows; f < len(shows) && shows[f] != nil {
				p = (shows[f][i] + rarest) / (1 + rarest*float64(n)) // still sums to 1
			}
			out[m.shape.look(c, start+i)] = strength * p
		}
		out[m.shape.lookSum(c, f)] = strength
		start += n
	}
}

func (m *Model) recovery(c, v int) Beta {
	return Beta{m.now[m.shape.effect(recovered, c, v)], m.now[m.shape.effect(failed, c, v)]}
}

func (m *Model) harm(c, v int) Beta {
	return Beta{m.now[m.shape.effect(harmed, c, v)], m.now[m.shape.effect(safe, c, v)]}
}

func (m *Model) hazard(c int) Hazard {
	return Hazard{m.now[m.shape.selfEvents(c)], m.now[m.shape.selfMinutes(c)]}
}

// chances of recovery and harm of a verb under a cause within some minutes. The
// recovery is the whole chance: (1 - harm) times the chance when it does not
// harm. A cause of -1 is one the model has no room for.
func (m *Model) chances(c, v int, minutes float64) (ok, worse float64) {
	if v < 0 {
		return astray, astray
	}
	if c < 0 {
		return m.hyper.SpareRecovery, astray
	}
	worse = m.harm(c, v).Mean()
	if v == m.wait {
		return (1 - worse) * m.hazard(c).Cleared(minutes), worse
	}
	return (1 - worse) * m.recovery(c, v).Mean(), worse
}
