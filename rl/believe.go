package rl

// suspect is a hypothesis with the model's index of its cause.
type suspect struct {
	cause  int
	class  string
	name   string
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
func (m *Model) believe(dst []suspect, diagnosis []Hypothesis, seen []Seen) []suspect {
	own := len(diagnosis) == 0
	for c, cause := range m.causes {
		if own {
			dst = append(dst, suspect{cause: c, class: cause.Class, name: cause.Name, belief: m.now[c]})
		}
	}
	for _, h := range diagnosis {
		s := suspect{cause: m.cause(h.Cause), class: h.Class, name: h.Cause, belief: max(h.Belief, 0)}
		if s.cause >= 0 {
			s.belief *= m.now[s.cause] / m.base[s.cause]
		}
		dst = append(dst, s)
	}
	for i, o := range seen {
		if f, value := m.seen(o); value >= 0 {
			m.weigh(dst, f, value, own)
		}
		if i%16 == 15 {
			normalise(dst) // so that many features cannot underflow
		}
	}
	normalise(dst)
	return dst
}

// weigh multiplies in one observed feature; own says whether the catalogue's
// own emission counts too.
func (m *Model) weigh(dst []suspect, f looks, value int, own bool) {
	for i := range dst {
		if c := dst[i].cause; c >= 0 {
			p := m.emission(m.now, c, f, value)
			if !own {
				p /= m.emission(m.base, c, f, value)
			}
			dst[i].belief *= p
		} else if own {
			dst[i].belief /= float64(len(f.values))
		}
	}
}

func (m *Model) emission(counts []float64, c int, f looks, value int) float64 {
	return counts[m.shape.look(c, f.start+value)] / counts[m.shape.lookSum(c, f.index)]
}

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
