package rl

import (
	"math/bits"
	"slices"
	"sync"
)

// The look-ahead is a finite-horizon semi-Markov one over beliefs:
//
//	V(b,T) = max{ V_esc, max_{a not in T} [ -cost(a) + ok*1 + worse*(V_esc_harm - sev_a) + same*V(b_a, T+a) ] }
//
// where b_a is the belief after a changed nothing. It is exact for the causes
// that hold more than negligible belief. A branch is left out when even knowing
// the cause after its first arm could not make it the best: with the cause
// known, the value is the hindsight table below, an upper bound.
type lookahead struct {
	esc    float64
	nc, na int
	arms   []int     // the problem's arms in the order they are searched
	belief []float64 // of the causes kept, summing to 1
	kept   []int     // their indices in the problem
	all    means
	ok     []float64 // [arm*nc + cause]
	worse  []float64
	same   []float64
	now    []float64 // -cost + ok + worse*(..) under each cause, for arms without a shift
	steps  []branch
	hind   [maxDepth][]float64 // by causes: value with the cause known and d arms left
	most   [maxDepth]float64   // the largest of each
	order  []int               // of search: best first, as if each were the last
	tops   []float64           // by arm: the most it can be worth as the last one, whatever the cause
	pairs  []float64           // see pair
	room   [maxDepth + 1][]float64
	ends   [maxDepth + 1][]ending // of each arm, by depth
}

// ending is what an arm is worth apart from what follows when nothing changes,
// and the discounted chance of that: value = now + same * V(after).
type ending struct{ now, same float64 }

func (e ending) value(after float64) float64 { return e.now + e.same*after }

// branch is what an arm costs and leads to.
type branch struct {
	price, factor float64 // cost(a); discount over its duration
	atWorse       float64 // V_esc_harm - severity
	okShift       float64 // e^mu of the residual
	harmShift     float64
}

func (s *branch) shifts() bool { return s.okShift != 1 || s.harmShift != 1 }

const (
	maxDepth   = 4
	mostArms   = 64
	negligible = .005 // belief of a cause that the look-ahead leaves out
)

var lookaheads = sync.Pool{New: func() any { return new(lookahead) }}

// resize keeps the memory of earlier decisions.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// best is V and the arm that reaches it, -1 to escalate, with d arms left and
// without those of the used set.
func (l *lookahead) best(d int, w []float64, used uint64) (value float64, arm int) {
	value, arm = l.esc, -1
	total := 0.0
	for _, x := range w {
		total += x
	}
	if d == 0 || total <= 0 {
		return value, arm
	}
	if d == 1 {
		return l.last(w, used, 1/total)
	}
	ends, scale := l.ends[d], 1/total
	for _, k := range l.order {
		if used&(1<<k) != 0 {
			continue
		}
		ends[k] = l.ending(k, w, scale)
		if v := ends[k].value(l.esc); v > value {
			value, arm = v, k
		}
	}
	for _, k := range l.order {
		if used&(1<<k) != 0 || ends[k].value(l.most[d-1]) <= value {
			continue
		}
		if v := l.deeper(d, k, w, used, value); v > value {
			value, arm = v, k
		}
	}
	return value, arm
}

// last is best with one arm left.
func (l *lookahead) last(w []float64, used uint64, scale float64) (value float64, arm int) {
	value, arm = l.esc, -1
	for _, k := range l.order {
		if used&(1<<k) != 0 || l.tops[k] <= value {
			continue
		}
		if v := l.ending(k, w, scale).value(l.esc); v > value {
			value, arm = v, k
		}
	}
	return value, arm
}

// deeper is the value of an arm when going on as well as possible, or its upper
// bound when that does not exceed floor.
func (l *lookahead) deeper(d, k int, w []float64, used uint64, floor float64) float64 {
	end := l.ends[d][k]
	pair := l.pair(d, k, used)
	if pair != nil && *pair > unset {
		return end.value(*pair)
	}
	after, total, bound := l.after(d, k, w)
	if total <= 0 {
		return end.value(l.esc)
	}
	if v := end.value(bound / total); v <= floor {
		return v
	}
	next, _ := l.best(d-1, after, used|1<<k)
	if pair != nil {
		*pair = next
	}
	return end.value(next)
}

// unset marks a pair whose value is not known yet: no value is that low.
const unset = -1e300

// pair is where the value of the last arm after two others is remembered: it is
// the same in whichever order they failed. nil when this is not such a place.
func (l *lookahead) pair(d, k int, used uint64) *float64 {
	if d != 2 || bits.OnesCount64(used) != 1 {
		return nil
	}
	j := bits.TrailingZeros64(used)
	return &l.pairs[min(j, k)*l.na+max(j, k)]
}

// after fills the weights after arm k changed nothing, with their sum and the
// sum weighted by the hindsight values.
func (l *lookahead) after(d, k int, w []float64) (out []float64, total, bound float64) {
	out = l.room[d-1][:len(w)]
	same, hind := l.row(l.same, k)[:len(w)], l.hind[d-1][:len(w)]
	for c, x := range w {
		x *= same[c]
		out[c] = x
		total += x
		bound += x * hind[c]
	}
	return out, total, bound
}

// plan follows the best arms while nothing changes.
func (l *lookahead) plan(depth, first int) []int {
	arms := make([]int, 0, depth)
	w, used, k := l.belief, uint64(0), first
	for d := depth; k >= 0; d-- {
		arms = append(arms, l.arms[k])
		w, _, _ = l.after(d, k, w)
		used |= 1 << k
		if d == 1 {
			break
		}
		_, k = l.best(d-1, w, used)
	}
	return arms
}

// open reports whether an arm may be pulled: not barred and not tried.
func (p Problem) open(a int) bool {
	return !slices.Contains(p.Tried, a) && !p.pull(a).Barred
}

func (p Problem) pull(a int) Pull {
	if a < len(p.Pulls) {
		return p.Pulls[a]
	}
	return Pull{Risk: unpriced}
}

// unpriced is the risk of an arm of a problem without Pulls: the caller guards it.
const unpriced = "R1"

func (p Problem) branch(a int, t Terms) branch {
	pull := p.pull(a)
	price, factor := pull.price(t)
	return branch{
		price: price, factor: factor, atWorse: t.escalation(harmStretch) - pull.severity(),
		okShift: expShift(pull.Shift.OK), harmShift: expShift(pull.Shift.Harm),
	}
}
