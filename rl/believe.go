package rl

// suspect is a hypothesis as the model sees it: one of its causes, or of -1 one that it
// has no room for.
type suspect struct {
	cause  int
	at     int // which hypothesis; -1: none, a person named it
	belief float64
}

// believe is the belief over hypotheses. Without a diagnosis it is the model's
// own, over all its causes:
//
//	b(c) ~ P(c) prod_f P(f|c)
//
// A diagnosis' belief, which rests on the catalogue, is corrected by what was
// learned since, so that without data it stays as it is:
//
//	b(h) ~ diagnosis(h) * P(c)/P0(c) * prod_f P(f|c)/P0(f|c)
func (m *Model) believe(dst []suspect, diagnosis []Hypothesis, seen []sight) []suspect {
	own := len(diagnosis) == 0
	if own {
		dst = m.everything(dst)
	}
	for i, h := range diagnosis {
		dst = m.hypothesis(dst, i, h)
	}
	for i, at := range seen {
		if at != unread {
			m.weigh(dst, at, own)
		}
		if i%16 == 15 {
			normalise(dst) // so that many features cannot underflow
		}
	}
	normalise(dst)
	return dst
}

// everything lists the model's own causes.
func (m *Model) everything(dst []suspect) []suspect {
	vacant := m.vacant()
	for c := range m.causes {
		if w := m.weight(c, vacant); w > 0 {
			dst = append(dst, suspect{cause: c, at: len(dst), belief: w})
		}
	}
	return dst
}

// hypothesis adds one of a diagnosis. A fault that the catalogue does not hold may
// be any of those that were met, or a new one.
func (m *Model) hypothesis(dst []suspect, i int, h Hypothesis) []suspect {
	s := suspect{cause: m.cause(h.Cause), at: i, belief: max(h.Belief, 0)}
	if s.cause < 0 || !m.isSpare(s.cause) {
		if s.cause >= 0 {
			s.belief *= m.now[s.cause] / m.base[s.cause]
		}
		return append(dst, s)
	}
	vacant := m.vacant()
	for c := len(m.prior.Causes); c < len(m.causes); c++ {
		if w := m.weight(c, vacant); w > 0 {
			one := s
			one.cause, one.belief = c, s.belief*w/m.base[c]
			dst = append(dst, one)
		}
	}
	return dst
}

// weigh multiplies in one observed feature; own says whether the catalogue's
// own emission counts too.
func (m *Model) weigh(dst []suspect, at sight, own bool) {
	n := m.shape.causes
	now, sums := m.now[at.look:at.look+n], m.now[at.sum:at.sum+n]
	if own {
		for i := range dst {
			c := dst[i].cause
			dst[i].belief *= now[c] / sums[c]
		}
		return
	}
	base, baseSums := m.base[at.look:at.look+n], m.base[at.sum:at.sum+n]
	for i := range dst {
		if c := dst[i].cause; c >= 0 {
			dst[i].belief *= now[c] / sums[c] / (base[c] / baseSums[c])
		}
	}
}

func (m *Model) emission(c int, at sight) float64 { return m.now[at.look+c] / m.now[at.sum+c] }

// normalise makes the beliefs sum to 1; when none is possible they are equal.
func normalise(dst []suspect) {
	sum := 0.0
	for i := range dst {
		sum += dst[i].belief
	}
	for i := range dst {
		if sum > 0 {
			dst[i].belief /= sum
		} else {
			dst[i].belief = 1 / float64(len(dst))
		}
	}
}
