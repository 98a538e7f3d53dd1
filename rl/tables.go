package rl

import (
	"cmp"
	"slices"
)

// load fills the tables from a problem for the arms that may be pulled.
func (l *lookahead) load(p Problem, t Terms, depth int) {
	l.esc = t.Escalation()
	l.arms, l.steps = l.arms[:0], l.steps[:0]
	for a := range p.Arms {
		if p.open(a) {
			l.arms = append(l.arms, a)
			l.steps = append(l.steps, p.branch(a, t))
		}
	}
	l.na = len(l.arms)
	l.loadCauses(p)
	for d := range depth + 1 {
		l.room[d], l.ends[d] = resize(l.room[d], l.nc), resize(l.ends[d], l.na)
	}
	l.pairs = resize(l.pairs, l.na*l.na)
	for i := range l.pairs {
		l.pairs[i] = unset
	}
	l.foresee(depth)
	l.sort(depth)
}

// sort puts the arms that look best first: the sooner a good value is found, the
// more is left out.
func (l *lookahead) sort(depth int) {
	l.order = resize(l.order, l.na)
	for k := range l.order {
		l.order[k] = k
		l.ends[depth][k] = l.ending(k, l.belief, 1)
	}
	slices.SortStableFunc(l.order, func(a, b int) int {
		return cmp.Compare(l.ends[depth][b].value(l.esc), l.ends[depth][a].value(l.esc))
	})
}

func (l *lookahead) loadCauses(p Problem) {
	l.nc = 0
	for _, b := range p.Belief {
		l.nc += int(truth(b > negligible))
	}
	l.belief, l.kept = l.belief[:0], l.kept[:0]
	l.ok, l.worse = resize(l.ok, l.na*l.nc), resize(l.worse, l.na*l.nc)
	l.same, l.now = resize(l.same, l.na*l.nc), resize(l.now, l.na*l.nc)
	kept := 0.0
	for c, b := range p.Belief {
		if b > negligible {
			l.belief = append(l.belief, b)
			l.kept = append(l.kept, c)
			kept += b
		}
	}
	for i := range l.belief {
		l.belief[i] /= kept
	}
	for k, a := range l.arms {
		oks, worses := p.of(a)
		for i, c := range l.kept {
			at := k*l.nc + i
			l.ok[at], l.worse[at], l.same[at] = oks[c], worses[c], unchanged(oks[c], worses[c])
			l.now[at] = l.steps[k].ending(oks[c], worses[c]).now
		}
	}
}

// foresee fills the hindsight tables. The residual shifts a mixture, not each
// cause; p f/(1-p+pf) <= max(1,f) p keeps the bound.
func (l *lookahead) foresee(depth int) {
	for d := range depth {
		l.hind[d] = resize(l.hind[d], l.nc)
		l.most[d] = l.esc
		for c := range l.nc {
			best := l.esc
			for k := range l.steps {
				if d == 0 {
					break
				}
				best = max(best, l.known(k, c, l.hind[d-1][c]))
			}
			l.hind[d][c] = best
			l.most[d] = max(l.most[d], best)
		}
	}
	l.tops = resize(l.tops, l.na)
	for k := range l.steps {
		l.tops[k] = l.esc
		for c := range l.nc {
			l.tops[k] = max(l.tops[k], l.known(k, c, l.esc))
		}
	}
}

// known bounds the value of an arm under a known cause from above.
func (l *lookahead) known(k, c int, after float64) float64 {
	s := &l.steps[k]
	worse := l.worse[k*l.nc+c]
	ok := l.ok[k*l.nc+c] * max(1, s.okShift)
	if s.harmShift != 1 {
		ok /= max(1-worse, 1e-9)
		worse *= min(1, s.harmShift)
	}
	return s.ending(min(ok, 1-worse), worse).value(after)
}

// ending of an arm with its chances.
func (s *branch) ending(ok, worse float64) ending {
	return ending{-s.price + s.factor*(ok+worse*s.atWorse), s.factor * unchanged(ok, worse)}
}

// ending of an arm under weights over causes; scale is 1 over their sum.
func (l *lookahead) ending(k int, w []float64, scale float64) ending {
	s := &l.steps[k]
	if s.shifts() {
		ok, worse := dots(w, l.row(l.ok, k), l.row(l.worse, k))
		return s.ending(s.shifted(ok*scale, worse*scale))
	}
	now, same := dots(w, l.row(l.now, k), l.row(l.same, k))
	return ending{now * scale, s.factor * same * scale}
}

func (l *lookahead) row(table []float64, k int) []float64 { return table[k*l.nc : (k+1)*l.nc] }

// dots are the products of w with two rows of its length.
func dots(w, a, b []float64) (x, y float64) {
	a, b = a[:len(w)], b[:len(w)]
	for c, v := range w {
		x += v * a[c]
		y += v * b[c]
	}
	return x, y
}

// shifted applies the residual: to harm, and to recovery when it does not harm.
// With a = ok/(1-worse), sigma(logit a + mu) is ok f / (1 - worse - ok + ok f).
func (s *branch) shifted(ok, worse float64) (float64, float64) {
	if !s.shifts() {
		return ok, worse
	}
	ok = min(ok, 1-worse)
	rest := 1 - worse - ok
	worse = oddsShift(worse, s.harmShift)
	if ok <= 0 {
		return 0, worse
	}
	return (1 - worse) * ok * s.okShift / (rest + ok*s.okShift), worse
}
