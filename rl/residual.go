package rl

import "math"

// The residual catches what causes cannot express, such as a stage on which a
// verb does worse than elsewhere:
//
//	logit p = logit p_belief + sum_f mu_f,   mu_f ~ N(0, tau_f^2)
//
// with one term for each level below. A result y in [0, 1] updates all terms of
// the case at once (one Newton step of a Bayesian logit, with V = sum v_f and
// h = w p (1-p) for a result of weight w):
//
//	k_f = v_f / (1 + hV),   mu_f += k_f w (y-p),   v_f -= h v_f^2 / (1 + hV)
//
// A cell never seen has mu = 0 and v = tau^2: the specific backs off to the
// general and that to the catalogue.
const (
	ByError     = iota // (verb, error class)
	ByStage            // (verb, kind of stage)
	BySignature        // (verb, error class, signature)
	ByInstance         // (verb, resource)
	ByTenant           // (verb, tenant)
	Levels             // how many there are

	byHarm = Levels // harm has a term of its own, on (verb, error class)
)

// Shift is what the residual says of one arm in one context: sums of means and
// variances, in logits.
type Shift struct {
	OK      float64 `json:"ok,omitempty"`
	OKVar   float64 `json:"ok_var,omitempty"`
	Harm    float64 `json:"harm,omitempty"`
	HarmVar float64 `json:"harm_var,omitempty"`
}

// place names one cell of the residual.
type place struct {
	level, verb int
	one, two    string
}

// term is one cell: posterior mean and variance, and the episode that last
// touched it.
type term struct {
	mu, v float64
	last  int
}

// mostCells bounds the residual, and with it a snapshot; beyond it the cells
// that were not touched for longest are forgotten.
const mostCells = 12000

// places lists the cells of a verb in a context whose level is switched on.
func places(dst []place, verb int, ctx Context, tau *[Levels]float64) []place {
	for level := range Levels {
		at := place{level: level, verb: verb}
		switch level {
		case ByError:
			at.one = ctx.Error
		case ByStage:
			at.one = ctx.Stage
		case BySignature:
			at.one, at.two = ctx.Error, ctx.Signature
			if ctx.Signature == "" {
				continue
			}
		case ByInstance:
			at.one = ctx.Instance
		case ByTenant:
			at.one = ctx.Tenant
		}
		if tau[level] > 0 && at.one != "" {
			dst = append(dst, at)
		}
	}
	return dst
}

// shift sums the terms of a verb in a context.
func (m *Model) shift(verb int, ctx Context) Shift {
	var s Shift
	var room [Levels]place
	for _, at := range places(room[:0], verb, ctx, &m.hyper.Tau) {
		t := m.term(at)
		s.OK += t.mu
		s.OKVar += t.v
	}
	if at, ok := m.harmPlace(verb, ctx); ok {
		t := m.term(at)
		s.Harm, s.HarmVar = t.mu, t.v
	}
	return s
}

func (m *Model) harmPlace(verb int, ctx Context) (place, bool) {
	return place{level: byHarm, verb: verb, one: ctx.Error}, m.hyper.TauHarm > 0 && ctx.Error != ""
}

// term is a cell as it stands now: its prior, its posterior, or, when the model
// forgets, something between.
func (m *Model) term(at place) term {
	if t := m.cells[at]; t != nil {
		return m.faded(*t, at)
	}
	return term{v: m.fresh(at)}
}

func (m *Model) faded(t term, at place) term {
	if m.hyper.Forget < 1 && t.last < m.episodes {
		fresh, keep := m.fresh(at), math.Pow(m.hyper.Forget, float64(m.episodes-t.last))
		t.mu, t.v = keep*t.mu, fresh+keep*(t.v-fresh)
	}
	return t
}

// cell is a cell to be changed, as it stands now; a new one when there is none.
func (m *Model) cell(at place) *term {
	t := m.cells[at]
	if t == nil {
		t = &term{v: m.fresh(at), last: m.episodes}
		m.cells[at] = t
	}
	*t = m.faded(*t, at)
	t.last = m.episodes
	return t
}

// fresh is the prior variance of a cell.
func (m *Model) fresh(at place) float64 {
	tau := m.hyper.TauHarm
	if at.level < Levels {
		tau = m.hyper.Tau[at.level]
	}
	return tau * tau
}

// correct updates the cells with a result y of weight w of which belief alone
// predicted p.
func (m *Model) correct(at []place, p, y, w float64) {
	var room [Levels]*term
	shift, total := 0.0, 0.0
	cells := room[:len(at)]
	for i := range at {
		cells[i] = m.cell(at[i])
		shift += cells[i].mu
		total += cells[i].v
	}
	p = sigma(logit(p) + shift)
	h := w * p * (1 - p)
	for _, t := range cells {
		k := t.v / (1 + h*total)
		t.mu += k * w * (y - p)
		t.v -= h * t.v * k
	}
}

// oddsShift moves a chance by logits whose exponential is factor: with
// f = e^mu, sigma(logit p + mu) = p f / (1 - p + p f).
func oddsShift(p, factor float64) float64 {
	if factor == 1 || p <= 0 || p >= 1 {
		return p
	}
	return p * factor / (1 - p + p*factor)
}

// logit of a chance, kept finite.
func logit(p float64) float64 {
	p = min(max(p, 1e-12), 1-1e-12)
	return math.Log(p / (1 - p))
}

func sigma(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// expShift is e^x, exactly 1 for 0.
func expShift(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Exp(x)
}
