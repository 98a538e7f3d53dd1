package rl

// means are the mean chances of a problem, by arm and then by cause, so that one
// decision divides each pair of pseudo-counts once.
type means struct {
	causes    int
	ok, worse []float64
}

func (m *means) load(p Problem) {
	n := len(p.Arms) * len(p.Belief)
	m.causes, m.ok, m.worse = len(p.Belief), resize(m.ok, n), resize(m.worse, n)
	for c := range p.Belief {
		for a := range p.Arms {
			m.ok[a*m.causes+c], m.worse[a*m.causes+c] = p.OK[c][a].Mean(), p.Harm[c][a].Mean()
		}
	}
}

// of lists the mean chances of an arm by cause.
func (p Problem) of(a int) (ok, worse []float64) {
	if m := p.means; m != nil {
		return m.ok[a*m.causes : (a+1)*m.causes], m.worse[a*m.causes : (a+1)*m.causes]
	}
	for c := range p.Belief {
		ok, worse = append(ok, p.OK[c][a].Mean()), append(worse, p.Harm[c][a].Mean())
	}
	return ok, worse
}
