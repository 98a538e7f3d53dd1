package rl

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// randomProblem has priced arms; shifted ones carry a residual.
func randomProblem(r *rand.Rand, causes, arms int, shifted bool) Problem {
	p := Problem{Seed: r.Uint64(), Terms: DefaultTerms()}
	for range arms {
		pull := Pull{Minutes: 1 + 30*r.Float64(), Money: .1 * r.Float64(), Risk: "R1"}
		if shifted {
			pull.Shift = Shift{OK: r.NormFloat64(), OKVar: .3, Harm: r.NormFloat64(), HarmVar: .02}
		}
		p.Arms, p.Pulls = append(p.Arms, "retry"), append(p.Pulls, pull)
	}
	sum := 0.0
	for range causes {
		ok, harm := make([]Beta, arms), make([]Beta, arms)
		for a := range ok {
			ok[a], harm[a] = NewBeta(.9*r.Float64()*r.Float64(), 4), NewBeta(.08*r.Float64(), 60)
		}
		b := .05 + r.Float64()
		sum += b
		p.Belief, p.Classes = append(p.Belief, b), append(p.Classes, "stuck")
		p.OK, p.Harm = append(p.OK, ok), append(p.Harm, harm)
	}
	for c := range p.Belief {
		p.Belief[c] /= sum
	}
	return p
}

// plain is V by the definition, without tables or pruning.
func plain(p Problem, t Terms, b []float64, used []int, d int) (v float64, arm int) {
	v, arm = t.Escalation(), -1
	if d == 0 {
		return v, arm
	}
	for a := range p.Arms {
		if !slices.Contains(used, a) {
			if q := plainArm(p, t, b, used, a, d); q > v {
				v, arm = q, a
			}
		}
	}
	return v, arm
}

func plainArm(p Problem, t Terms, b []float64, used []int, a, d int) float64 {
	br := p.branch(a, t)
	ok, worse := br.shifted(mixture(p, b, a))
	okB, harmB := make([]Beta, len(b)), make([]Beta, len(b))
	for c := range b {
		okB[c], harmB[c] = p.OK[c][a], p.Harm[c][a]
	}
	after, _ := plain(p, t, AfterFailure(b, okB, harmB), append(slices.Clone(used), a), d-1)
	return -br.price + br.factor*(ok+worse*br.atWorse+(1-ok-worse)*after)
}

func TestTheLookAheadIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for i := range 60 {
		p := randomProblem(r, 5, 5, i%2 == 1)
		p.Terms.Discount = []float64{0, .01}[i%4/2]
		got := planner(t, open()).Choose(p)
		want, arm := plain(p, p.Terms, p.Belief, nil, 3)
		require.InDelta(t, want, got.Value, 1e-12)
		require.Equal(t, arm, got.Arm)
		for _, k := range got.Ranked {
			require.InDelta(t, plainArm(p, p.Terms, p.Belief, nil, k.Arm, 3), k.Value, 1e-12)
		}
		b, used := p.Belief, []int(nil)
		for d, a := range got.Plan { // each arm of the plan is the best there
			_, next := plain(p, p.Terms, b, used, 3-d)
			require.Equal(t, next, a)
			okB, harmB := make([]Beta, len(b)), make([]Beta, len(b))
			for c := range b {
				okB[c], harmB[c] = p.OK[c][a], p.Harm[c][a]
			}
			b, used = AfterFailure(b, okB, harmB), append(used, a)
		}
	}
}

func TestACauseOfNoWeightHardlyMatters(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	p := randomProblem(r, 30, 20, true)
	for c := range p.Belief {
		p.Belief[c] = .004 / 27
	}
	p.Belief[0], p.Belief[1], p.Belief[2] = .5, .3, .196
	want, _ := plain(p, p.Terms, p.Belief, nil, 2)
	s := open()
	s.Depth = 2
	assert.InDelta(t, want, planner(t, s).Choose(p).Value, .005)
}

func TestBarredAndTriedArmsAreNotPlanned(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 20 {
		p := randomProblem(r, 4, 6, false)
		p.Pulls[1].Barred, p.Tried = true, []int{2}
		got := planner(t, open()).Choose(p)
		assert.NotContains(t, got.Plan, 1)
		assert.NotContains(t, got.Plan, 2)
		assert.Len(t, got.Ranked, 4)
	}
}

// A duration of 10 minutes at a rate of .1 and a price of 1 a minute.
func TestTimeIsDiscountedOverTheAction(t *testing.T) {
	price, factor := Terms{PerMinute: 1, Criticality: 1, Discount: .1}.elapse(10)
	assert.InDelta(t, 6.321206, price, 5e-7)
	assert.InDelta(t, .367879, factor, 5e-7)
	price, factor = Terms{PerMinute: 1, Criticality: 1}.elapse(10)
	assert.Equal(t, []float64{10, 1}, []float64{price, factor})
}

func TestABackoffClearsWhatTimeClears(t *testing.T) {
	for wait, want := range map[float64]float64{.5: .0392, 2.5: .1813, 12.5: .6321} {
		ok, _ := Backoff([]float64{wait}, .08)
		assert.InDelta(t, want, ok, 5e-5)
	}
	ok, minutes := Backoff([]float64{.5, 2, 10}, .08)
	assert.InDelta(t, 1-math.Exp(-1), ok, 1e-12)
	assert.InDelta(t, .5+math.Exp(-.04)*2+math.Exp(-.2)*10, minutes, 1e-12)
	assert.InDelta(t, .6321, NewHazard(.08, 1e9).Cleared(12.5), 5e-5, "a hazard known for certain")
}

// One fault with p = (.5, .3, .2) and repairs of price (5, 1, 4) that always
// help: in the order of p/c the price is 5.3, the least of all orders.
func TestTroubleshootingGoesByChanceOverPrice(t *testing.T) {
	p := Problem{Belief: []float64{.5, .3, .2}, Classes: []string{"a", "b", "c"}, Arms: []string{"one", "two", "three"}}
	p.Terms = Terms{HumanPrice: 100, PerMinute: 1e-9}
	for c := range p.Belief {
		ok := make([]Beta, 3)
		ok[c] = Beta{1, 0}
		p.OK, p.Harm = append(p.OK, ok), append(p.Harm, make([]Beta, 3))
		p.Pulls = append(p.Pulls, Pull{Money: []float64{5, 1, 4}[c], Risk: "R1"})
	}
	got := planner(t, open()).Choose(p)
	assert.Equal(t, []int{1, 0, 2}, got.Plan)
	assert.InDelta(t, 1-5.3, got.Value, 1e-6)
	for _, c := range []struct {
		order []int
		price float64
	}{{[]int{0, 1, 2}, 6.3}, {[]int{0, 2, 1}, 7.3}, {[]int{1, 0, 2}, 5.3}, {[]int{1, 2, 0}, 6.3}, {[]int{2, 0, 1}, 8.3}, {[]int{2, 1, 0}, 7.3}} {
		assert.InDelta(t, c.price, follow(p, p.Terms, c.order).prices, 1e-12, "%v", c.order)
	}
}
