package rl

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// torn has two causes, each with an arm that helps only it.
func torn() Problem {
	p := sure(.9, .02)
	p.Belief, p.Classes = []float64{.5, .5}, []string{"stuck", "crashed"}
	p.Arms = []string{"restart", "rollback"}
	p.OK = append(p.OK, []Beta{NewBeta(.02, 4), NewBeta(.9, 4)})
	p.Harm = append(p.Harm, p.Harm[0])
	p.Pulls[0].Minutes, p.Pulls[1].Minutes = 40, 40
	return p
}

func TestAProbeIsRunForWhatItsAnswerChanges(t *testing.T) {
	l := planner(t, Strict())
	for _, c := range []struct {
		name  string
		probe Probe
		want  bool
	}{
		{"it tells the causes apart", Probe{"a", []float64{.95, .05}, .5, 0}, true},
		{"it answers the same under both", Probe{"a", []float64{.5, .5}, .01, 0}, false},
		{"it costs more than it tells", Probe{"a", []float64{.95, .05}, .5, .5}, false},
		{"it takes too long", Probe{"a", []float64{.95, .05}, 5, 0}, false},
		{"it is about other causes", Probe{"a", []float64{.95}, .1, 0}, false},
		{"it takes for ever", Probe{"a", []float64{.95, .05}, math.NaN(), 0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := torn()
			p.Probes = []Probe{c.probe}
			_, ok := l.BestProbe(p)
			assert.Equal(t, c.want, ok)
		})
	}
	p := torn()
	p.Probes = []Probe{{"dull", []float64{.6, .4}, .1, 0}, {"sharp", []float64{.99, .01}, .1, 0}}
	got, ok := l.BestProbe(p)
	require.True(t, ok)
	assert.Equal(t, 1, got.Probe)
	assert.InDelta(t, .5, got.Yes, 1e-12)
}

// The gain is that of planning anew after each answer.
func TestAProbesGainIsTheExpectedChange(t *testing.T) {
	p := torn()
	p.Probes = []Probe{{"a", []float64{.8, .3}, .5, 0}}
	got, ok := planner(t, Strict()).BestProbe(p)
	require.True(t, ok)
	terms := DefaultTerms()
	now, _ := plain(p, terms, p.Belief, nil, 3)
	yes, _ := plain(p, terms, []float64{.8 / 1.1, .3 / 1.1}, nil, 3)
	no, _ := plain(p, terms, []float64{.2 / .9, .7 / .9}, nil, 3)
	assert.InDelta(t, .55*math.Abs(yes-now)+.45*math.Abs(no-now), got.Gain, 1e-12)
	assert.InDelta(t, .5*.006, got.Price, 1e-12)
}

// The tiger (Kaelbling, Littman and Cassandra 1998) as a plan with a probe that
// can be repeated: with discount .95 and an accuracy of .85, V(.5) = 19.37136837
// and after 1, 2, 3 net growls 21.443546, 25.080652, 27.801585. The belief is the
// package's own; the values are iterated on the net count of growls, which a
// belief of .85^n/(.85^n+.15^n) depends on alone.
func TestTheTiger(t *testing.T) {
	const span, gamma = 60, .95
	left := make([]float64, 2*span+1) // chance that the tiger is left, by net growls
	for n := -span; n <= span; n++ {
		like := make([][]float64, 0, span)
		for range max(n, -n) {
			if n > 0 {
				like = append(like, []float64{.85, .15})
			} else {
				like = append(like, []float64{.15, .85})
			}
		}
		left[n+span] = Belief([]float64{.5, .5}, like)[0]
	}
	v := make([]float64, 2*span+1)
	for range 2000 {
		next := make([]float64, len(v))
		for i, b := range left {
			open := max(-100*b+10*(1-b), 10*b-100*(1-b)) + gamma*v[span]
			growl := b*.85 + (1-b)*.15
			listen := -1 + gamma*(growl*v[min(i+1, 2*span)]+(1-growl)*v[max(i-1, 0)])
			next[i] = max(open, listen)
		}
		v = next
	}
	assert.InDeltaSlice(t, []float64{19.37136837, 21.443546, 25.080652, 27.801585}, v[span:span+4], 5e-7)
}

func BenchmarkProbes(b *testing.B) {
	l := planner(b, Strict())
	ps := benchProblem(b, 200)
	for i := range ps {
		for j := range 8 {
			yes := make([]float64, len(ps[i].Belief))
			for c := range yes {
				yes[c] = .03
			}
			yes[j*3%len(yes)] = .9
			ps[i].Probes = append(ps[i].Probes, Probe{Yes: yes, Minutes: .2})
		}
	}
	latencies(b, len(ps), func(i int) { l.BestProbe(ps[i]) })
}
