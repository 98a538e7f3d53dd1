package rl

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// problem has two causes (memory, network) and three arms.
func problem(belief ...float64) Problem {
	ok := func(levels ...float64) []Beta {
		row := make([]Beta, len(levels))
		for i, l := range levels {
			row[i] = NewBeta(l, 4)
		}
		return row
	}
	harm := slices.Repeat([]Beta{NewBeta(.02, 60)}, 3)
	return Problem{
		Belief:  belief,
		Classes: []string{"resource_exhaustion", "transient_network"},
		Arms:    []string{"retry", "backoff_retry", "scale_up"},
		OK:      [][]Beta{ok(.15, .15, .7), ok(.4, .9, .02)},
		Harm:    [][]Beta{harm, harm},
	}
}

func TestRulesPickTheFirstArmOfTheMostBelievedClass(t *testing.T) {
	for _, c := range []struct {
		name   string
		belief []float64
		tried  []int
		want   string
	}{
		{"memory is likely", []float64{.8, .2}, nil, "scale_up"},
		{"network is likely", []float64{.3, .7}, nil, "backoff_retry"},
		{"back-off was tried", []float64{.3, .7}, []int{1}, "retry"},
		{"both retries were tried", []float64{.3, .7}, []int{1, 0}, ""},
		{"scaling was tried", []float64{.8, .2}, []int{2}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := problem(c.belief...)
			p.Tried = c.tried
			got := NewRules(Runbook).Choose(p)
			require.NotEmpty(t, got.Why)
			assert.Len(t, got.Ranked, 3-len(c.tried))
			assert.Equal(t, 1.0, got.Propensity)
			if c.want == "" {
				assert.Equal(t, -1, got.Arm)
				return
			}
			assert.Equal(t, c.want, p.Arms[got.Arm])
			assert.Equal(t, got.Arm, got.Plan[0])
		})
	}
}

func TestRulesAskWhenTheClassIsUnknown(t *testing.T) {
	p := problem(.9, .1)
	p.Classes[0] = "unknown"
	got := NewRules(Runbook).Choose(p)
	assert.Equal(t, -1, got.Arm)
	assert.Contains(t, got.Why[0], "No rule covers unknown (90 % likely)")
}

func TestRulesPassOverAHopelessArm(t *testing.T) {
	p := problem(1, 0)
	p.Classes[0] = "transient_network"
	p.OK[0][1] = NewBeta(.02, 4)
	got := NewRules(Runbook).Choose(p)
	assert.Equal(t, "retry", p.Arms[got.Arm])
}

func TestOfTwoArmsWithOneVerbTheBetterIsTaken(t *testing.T) {
	p := problem(.01, .99)
	p.Arms = []string{"backoff_retry", "backoff_retry", "scale_up"}
	got := NewRules(Runbook).Choose(p)
	assert.Equal(t, 1, got.Arm)
	assert.Equal(t, []int{1, 0}, got.Plan[:2])
}

func TestAMalformedProblemIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Problem){
		"belief sums to 2":      func(p *Problem) { p.Belief = []float64{1, 1} },
		"a class is missing":    func(p *Problem) { p.Classes = p.Classes[:1] },
		"an effect is missing":  func(p *Problem) { p.OK[1] = p.OK[1][:2] },
		"tried something else":  func(p *Problem) { p.Tried = []int{7} },
		"nothing is believable": func(p *Problem) { *p = Problem{} },
	} {
		t.Run(name, func(t *testing.T) {
			p := problem(.5, .5)
			spoil(&p)
			got := NewRules(Runbook).Choose(p)
			assert.Equal(t, -1, got.Arm)
			assert.Contains(t, got.Why[0], "malformed")
		})
	}
}

func TestOneCauseAndOneArmGiveTheBetaItself(t *testing.T) {
	p := problem(1, 0)
	got := planOdds(p, []int{2})
	want := NewBeta(.7, 4)
	assert.InDelta(t, want.Mean(), got.Recovery, 1e-12)
	assert.InDelta(t, want.Quantile(.1), got.Low, 1e-9)
	assert.InDelta(t, want.Quantile(.9), got.High, 1e-9)
	assert.InDelta(t, NewBeta(.02, 60).Quantile(.9), got.HarmHigh, 1e-9)
}

func TestRecoveryIsTheMixtureOverCauses(t *testing.T) {
	assert.InDelta(t, .3*.15+.7*.9, planOdds(problem(.3, .7), []int{1}).Recovery, 1e-12)
}

// The plan's mean is P_plan(T) = ok + same * P_plan(T + a), with the belief
// updated after each failure.
func TestPlanOddsAgreeWithTheRecursionOverBeliefs(t *testing.T) {
	p := problem(.3, .7)
	var walk func(b []float64, arms []int) float64
	walk = func(b []float64, arms []int) float64 {
		if len(arms) == 0 {
			return 0
		}
		a, good, same := arms[0], 0.0, 0.0
		ok, harm := []Beta{p.OK[0][a], p.OK[1][a]}, []Beta{p.Harm[0][a], p.Harm[1][a]}
		for c := range b {
			good += b[c] * ok[c].Mean()
			same += b[c] * (1 - ok[c].Mean() - harm[c].Mean())
		}
		return good + same*walk(AfterFailure(b, ok, harm), arms[1:])
	}
	for _, arms := range [][]int{{1}, {1, 0}, {1, 0, 2}, {2, 1, 0}} {
		assert.InDelta(t, walk(p.Belief, arms), planOdds(p, arms).Recovery, 1e-12, "%v", arms)
	}
}

func TestPlanVarianceAgreesWithSampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(b Beta) float64 { return b.Quantile(rng.Float64()) }
	x, w, y := NewBeta(.4, 4), NewBeta(.1, 20), NewBeta(.7, 4)
	var n, s, ss float64
	for range 40000 {
		v, h := draw(x), draw(w)
		r := v + (1-v-h)*draw(y)
		n, s, ss = n+1, s+r, ss+r*r
	}
	got := then(of(x), of(w), of(y))
	assert.InDelta(t, s/n, got.mean, .005)
	assert.InEpsilon(t, ss/n-s/n*(s/n), got.variance, .03)
}

func TestTheSameRulesHaveTheSameNameAndChoice(t *testing.T) {
	a, b := NewRules(Runbook), NewRules(slices.Clone(Runbook))
	assert.Equal(t, a.ID(), b.ID())
	assert.NotEqual(t, a.ID(), NewRules(Runbook[:3]).ID())
	assert.Equal(t, a.Choose(problem(.5, .5)), b.Choose(problem(.5, .5)))
	var _ Policy = a
}

func BenchmarkRules(b *testing.B) {
	r, p := NewRules(Runbook), problem(.4, .6)
	for b.Loop() {
		r.Choose(p)
	}
}
