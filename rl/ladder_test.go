package rl

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	glue  = Cell{"stuck", "glue.restart", "prod"}
	likes = Pooled{Recovery: .95, HarmHigh: .02}
)

func ran(c Cell, n int) []Fact {
	return slices.Repeat([]Fact{{At: noon, Kind: Ran, Cell: c, Risk: "R1", Predicted: .9, Recovered: true}}, n)
}

func harm(c Cell, risk string) Fact {
	return Fact{At: noon, Kind: Ran, Cell: c, Risk: risk, Predicted: .9, Harm: true}
}

func person(kind FactKind, c Cell) Fact { return Fact{At: noon, Kind: kind, Cell: c, By: "ada"} }

func TestTheLadder(t *testing.T) {
	failed := Fact{At: noon, Kind: PlanEnded}
	won := Fact{At: noon, Kind: PlanEnded, Recovered: true}
	elsewhere := Cell{"crashed", "glue.restart", "prod"}
	for _, c := range []struct {
		name   string
		risk   string
		pooled Pooled
		facts  []Fact
		want   Rung
	}{
		{"nothing seen", "R1", likes, nil, Ask},
		{"two runs", "R1", likes, ran(glue, 2), Ask},
		{"three runs", "R1", likes, ran(glue, 3), Auto},
		{"a harmless action needs none", "R0", likes, nil, Auto},
		{"an unknown risk never runs alone", "R9", likes, ran(glue, 50), Ask},
		{"runs elsewhere do not count", "R1", likes, ran(elsewhere, 9), Ask},
		{"predicted under the bar", "R1", Pooled{.89, .02}, ran(glue, 9), Ask},
		{"predicted harm", "R1", Pooled{.99, .2}, ran(glue, 9), Ask},
		{"one harm demotes at once", "R1", likes, append(ran(glue, 9), harm(glue, "R1")), Ask},
		{"time and successes do not lift a harm", "R1", likes, slices.Concat(ran(glue, 9), []Fact{harm(glue, "R1")}, ran(glue, 60)), Ask},
		{"a machine cannot lift it", "R1", likes, slices.Concat(ran(glue, 9), []Fact{harm(glue, "R1"), {Kind: Reapproved, Cell: glue}}, ran(glue, 60)), Ask},
		{"re-approved, it needs twice the evidence", "R1", likes, slices.Concat([]Fact{harm(glue, "R1"), person(Reapproved, glue)}, ran(glue, 5)), Ask},
		{"and the harm out of sight", "R1", likes, slices.Concat([]Fact{harm(glue, "R1"), person(Reapproved, glue)}, ran(glue, 19)), Ask},
		{"and then it rises again", "R1", likes, slices.Concat([]Fact{harm(glue, "R1"), person(Reapproved, glue)}, ran(glue, 20)), Auto},
		{"harm in another environment stands here too", "R1", likes, append(ran(glue, 9), harm(Cell{"stuck", "glue.restart", "dev"}, "R1")), Ask},
		{"one harm under another class does not", "R1", likes, append(ran(glue, 9), harm(elsewhere, "R1")), Auto},
		{"two harms of the action do", "R1", likes, append(ran(glue, 9), harm(elsewhere, "R1"), harm(Cell{"drift", "glue.restart", "prod"}, "R1")), Ask},
		{"R2 waits for a person", "R2", likes, ran(glue, 30), Ask},
		{"R2 promoted", "R2", likes, append(ran(glue, 30), person(Promoted, glue)), Auto},
		{"R2 promoted too early", "R2", likes, append(ran(glue, 9), person(Promoted, glue)), Ask},
		{"R2 promoted by nobody", "R2", likes, append(ran(glue, 30), Fact{Kind: Promoted, Cell: glue}), Ask},
		{"any R2 harm stops everything", "R1", likes, append(ran(glue, 9), harm(Cell{"drift", "mlflow.retrain", "prod"}, "R2")), Ask},
		{"until a person says so", "R1", likes, append(ran(glue, 9), harm(Cell{"drift", "mlflow.retrain", "prod"}, "R2"), person(Reset, Cell{})), Auto},
		{"three of five plans failed", "R1", likes, append(ran(glue, 9), failed, won, failed, won, failed), Ask},
		{"two of the last five", "R1", likes, append(ran(glue, 9), failed, won, failed, won, won, failed), Auto},
		{"two of the newest five", "R1", likes, append(ran(glue, 9), failed, won, won, won, won, failed), Auto},
		{"a new version starts over", "R1", likes, append(ran(glue, 9), Fact{Kind: Changed, Cell: Cell{Action: "glue.restart"}}), Ask},
		{"a new version of something else does not", "R1", likes, append(ran(glue, 9), Fact{Kind: Changed, Cell: Cell{Action: "k8s.restart"}}), Auto},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := NewLadder(DefaultNeeds(), c.facts).Stand(glue, c.risk, c.pooled, noon.Add(time.Hour))
			assert.Equal(t, c.want, got.Rung, got.Why)
			assert.NotEmpty(t, got.Why)
		})
	}
}

func TestEachHarmDoublesTheEvidenceNeeded(t *testing.T) {
	needs := DefaultNeeds()
	needs.Clean = 1
	facts := []Fact{}
	for harms, needed := range []int{3, 6, 12, 24} {
		if harms > 0 {
			facts = append(facts, harm(glue, "R1"), person(Reapproved, glue))
		}
		l := NewLadder(needs, append(slices.Clone(facts), ran(glue, needed-1)...))
		got := l.Stand(glue, "R1", likes, noon)
		assert.Equal(t, needed, got.Needed)
		assert.Equal(t, Ask, got.Rung)
		l.Add(ran(glue, 1)[0])
		assert.Equal(t, Auto, l.Stand(glue, "R1", likes, noon).Rung)
	}
}

func TestTwoHarmsLongAgoAreForgottenForTheAction(t *testing.T) {
	l := NewLadder(DefaultNeeds(), append(ran(glue, 9),
		harm(Cell{"crashed", "glue.restart", "prod"}, "R1"), harm(Cell{"drift", "glue.restart", "prod"}, "R1")))
	assert.Equal(t, Ask, l.Stand(glue, "R1", likes, noon.Add(29*24*time.Hour)).Rung)
	assert.Equal(t, Auto, l.Stand(glue, "R1", likes, noon.Add(31*24*time.Hour)).Rung)
}

// Ten runs that hold, then failures at a predicted .9: S rises by .75 each and
// passes 2 with the third.
func TestPredictionsThatNoLongerHoldDemote(t *testing.T) {
	facts := ran(glue, 10)
	for n := 1; n <= 3; n++ {
		facts = append(facts, Fact{At: noon, Kind: Ran, Cell: glue, Risk: "R1", Predicted: .9})
		got := NewLadder(DefaultNeeds(), facts).Stand(glue, "R1", likes, noon)
		assert.Equal(t, n == 3, got.Rung == Ask, "%d failures: %s", n, got.Why)
	}
}

func TestARollbackNeverRaisesARung(t *testing.T) {
	ask, auto := Standing{Rung: Ask}, Standing{Rung: Auto}
	assert.Equal(t, Ask, ask.Stricter(auto).Rung)
	assert.Equal(t, Ask, auto.Stricter(ask).Rung)
	assert.Equal(t, Auto, auto.Stricter(auto).Rung)
}

func TestTheBaselineGuard(t *testing.T) {
	track := func(n int, p func(i int) (float64, bool)) (out []Prediction) {
		for i := range n {
			r, ok := p(i)
			out = append(out, Prediction{r, ok})
		}
		return out
	}
	good := func(i int) (float64, bool) { return []float64{.9, .2}[i%2], i%2 == 0 }
	bad := func(i int) (float64, bool) { return .95, i%3 == 0 }
	assert.False(t, Guarded(nil))
	assert.False(t, Guarded(track(9, bad)), "too few to say")
	assert.True(t, Guarded(track(10, bad)))
	assert.True(t, Guarded(track(49, bad)))
	assert.False(t, Guarded(track(50, bad)), "the gate alone")
	assert.False(t, Guarded(track(20, good)))
}
