package rl

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// small is a catalogue of two causes, two verbs and waiting, and one feature.
func small() Prior {
	return Prior{
		Hash:     "small",
		Verbs:    []Verb{{"restart", 4}, {"rollback", 5}, {Wait, 10}},
		Features: []Feature{{"deploy", []string{"no", "yes"}}},
		Causes: []Cause{
			{Name: "hung", Class: "stuck", Weight: 1.5, Recovery: []float64{.9, .02, .02}, Harm: []float64{.02, .02, .02}, Shows: [][]float64{{.9, .1}}, Hazard: .01},
			{Name: "bug", Class: "code_or_config", Weight: .75, Recovery: []float64{.02, .7, .02}, Harm: []float64{.15, .02, .02}, Shows: [][]float64{{.1, .9}}},
		},
	}
}

// bare settings: pure EM, no spare causes, no residual, nothing forgotten.
func bare() Hyper {
	h := DefaultHyper()
	h.Spares, h.Tau, h.TauHarm, h.Forget = 0, [Levels]float64{}, 0, 1
	return h
}

func model(t testing.TB, h Hyper, log ...Episode) *Model {
	t.Helper()
	m, err := Rebuild(small(), h, log)
	require.NoError(t, err)
	return m
}

func step(verb string, r Result) Step { return Step{Verb: verb, Result: r, Minutes: 4} }

func smallCase(seen ...Seen) Case {
	return Case{Seen: seen, Candidates: []Candidate{{Verb: "restart"}, {Verb: "rollback"}}}
}

func pose(t testing.TB, m *Model, c Case) Problem {
	t.Helper()
	p, err := m.Pose(c)
	require.NoError(t, err)
	require.Empty(t, p.fault())
	return p
}

func TestWithoutDataTheModelIsTheCatalogue(t *testing.T) {
	m := model(t, bare())
	p := pose(t, m, smallCase())
	assert.InDeltaSlice(t, []float64{2.0 / 3, 1.0 / 3}, p.Belief, 1e-12)
	assert.InDelta(t, .98*.9, p.OK[0][0].Mean(), 1e-12, "recovers when it does not harm")
	assert.InDelta(t, .15, p.Harm[1][0].Mean(), 1e-12)
	assert.InDelta(t, 4, p.OK[0][0].A+p.OK[0][0].B, 1e-12)
	assert.InDelta(t, 4*math.Exp(.08), p.Pulls[0].Minutes, 1e-9, "the mean of a log-normal whose median is 4")
	assert.Equal(t, Shift{}, p.Pulls[0].Shift)

	yes := pose(t, m, smallCase(Seen{"deploy", "yes"}))
	hung, bug := 1.5*(.1+rarest)/(1+2*rarest), .75*(.9+rarest)/(1+2*rarest)
	assert.InDelta(t, bug/(hung+bug), yes.Belief[1], 1e-12)

	c := smallCase(Seen{"deploy", "yes"})
	c.Hypotheses = []Hypothesis{{"bug", "code_or_config", .3}, {"hung", "stuck", .5}, {"hung", "stuck", .2}}
	assert.InDeltaSlice(t, []float64{.3, .5, .2}, pose(t, m, c).Belief, 1e-12, "the diagnosis has weighed the catalogue already")
}

func TestAPriorOfEndlessStrengthDoesNotLearn(t *testing.T) {
	h := bare()
	h.Recovery, h.Harm, h.Shows, h.Duration, h.Hazard = 1e15, 1e15, 1e15, 1e15, 1e15
	p := small()
	p.Causes[0].Weight, p.Causes[1].Weight = 2e15, 1e15
	m, err := NewModel(p, h)
	require.NoError(t, err)
	before := pose(t, m, smallCase(Seen{"deploy", "no"}))
	for range 100 {
		require.NoError(t, m.Learn(Episode{Weight: 1, Seen: []Seen{{"deploy", "yes"}}, Steps: []Step{step("restart", Worse)}}))
	}
	after := pose(t, m, smallCase(Seen{"deploy", "no"}))
	assert.InDeltaSlice(t, before.Belief, after.Belief, 1e-9)
	for c := range before.OK {
		for a := range before.OK[c] {
			assert.InDelta(t, before.OK[c][a].Mean(), after.OK[c][a].Mean(), 1e-9)
			assert.InDelta(t, before.Harm[c][a].Mean(), after.Harm[c][a].Mean(), 1e-9)
		}
	}
}

// r ~ b0 * P(unchanged | restart) * P(recovered | rollback), added everywhere.
func TestSoftEM(t *testing.T) {
	m := model(t, bare(), Episode{Weight: 1, Seen: []Seen{{"deploy", "yes"}}, Steps: []Step{step("restart", Unchanged), step("rollback", Recovered)}})
	show := func(p float64) float64 { return (p + rarest) / (1 + 2*rarest) }
	hung := 1.5 * show(.1) * (1 - .98*.9 - .02) * .98 * .02
	bug := .75 * show(.9) * (1 - .85*.02 - .15) * .98 * .7
	r := hung / (hung + bug)
	assert.InDelta(t, 1.5+r, m.now[0], 1e-12)
	assert.InDelta(t, .75+1-r, m.now[1], 1e-12)
	got := m.Recovery("bug", "rollback")
	assert.InDelta(t, 2.8+1-r, got.A, 1e-12)
	assert.InDelta(t, 1.2, got.B, 1e-12)
	assert.InDelta(t, .4+r, m.Recovery("hung", "restart").B, 1e-12)
	assert.InDelta(t, 1.2, m.Harm("hung", "restart").A, 1e-12)
	assert.InDelta(t, 58.8+r, m.Harm("hung", "restart").B, 1e-12)
	assert.InDelta(t, 6*show(.9)+1-r, m.now[m.shape.look(1, 1)], 1e-12)
	assert.Empty(t, m.cells, "tau is 0: no residual")
	runs, held := m.Tally("rollback", "")
	assert.Equal(t, []int{1, 1}, []int{runs, held})
}

func TestWhatAnEpisodeTeaches(t *testing.T) {
	one := func(change func(*Episode)) *Model {
		e := Episode{Weight: 1, Steps: []Step{step("restart", Recovered)}}
		change(&e)
		return model(t, bare(), e)
	}
	fresh := model(t, bare())
	for _, c := range []struct {
		name   string
		change func(*Episode)
		check  func(t *testing.T, m *Model)
	}{
		{"nothing when a person intervened", func(e *Episode) { e.Weight = 0 }, func(t *testing.T, m *Model) {
			assert.Equal(t, fresh.now, m.now)
			assert.Equal(t, 1, m.Episodes())
		}},
		{"half in a cascade of two", func(e *Episode) { e.Weight = .5 }, func(t *testing.T, m *Model) {
			assert.InDelta(t, 2.75, m.now[0]+m.now[1], 1e-12)
		}},
		{"no success from an outcome that never came", func(e *Episode) { e.Steps[0].Result = Unknown }, func(t *testing.T, m *Model) {
			assert.Equal(t, fresh.Recovery("hung", "restart"), m.Recovery("hung", "restart"))
			assert.Equal(t, fresh.Harm("hung", "restart"), m.Harm("hung", "restart"))
		}},
		{"harm is no failure", func(e *Episode) { e.Steps[0].Result = Worse }, func(t *testing.T, m *Model) {
			assert.Equal(t, fresh.Recovery("bug", "restart"), m.Recovery("bug", "restart"))
			assert.Greater(t, m.Harm("bug", "restart").A, 9.5)
		}},
		{"what a person named counts for nine tenths", func(e *Episode) { e.Label = "bug" }, func(t *testing.T, m *Model) {
			assert.Greater(t, m.now[1], .75+.9)
		}},
		{"a cause that nobody had thought of", func(e *Episode) { e.Label, e.Beliefs = "bug", []Hypothesis{{"hung", "stuck", 1}} }, func(t *testing.T, m *Model) {
			assert.InDelta(t, .75+.9, m.now[1], 1e-12)
		}},
		{"what a person named is shared among its places", func(e *Episode) {
			e.Label, e.Beliefs = "hung", []Hypothesis{{"hung", "stuck", .6}, {"hung", "stuck", .2}, {"bug", "code_or_config", .2}}
		}, func(t *testing.T, m *Model) {
			assert.InDelta(t, 3.25, m.now[0]+m.now[1], 1e-12, "one episode is one count")
			assert.Greater(t, m.now[0], 1.5+.9)
		}},
		{"a name that is not in the catalogue changes nothing", func(e *Episode) { e.Label = "gremlins" }, func(t *testing.T, m *Model) {
			assert.Less(t, m.now[1], .8)
		}},
		{"what a person chose points to what it helps", func(e *Episode) { e.Steps, e.Human = nil, "rollback" }, func(t *testing.T, m *Model) {
			bug := .75 * .98 * .7
			assert.InDelta(t, .75+bug/(bug+1.5*.98*.02), m.now[1], 1e-12)
		}},
		{"a verification that errs teaches less", func(e *Episode) {
			e.Steps[0].Result, e.Steps[0].Sensitivity, e.Steps[0].Specificity = Unchanged, .9, .9
		}, func(t *testing.T, m *Model) {
			sure := one(func(e *Episode) { e.Steps[0].Result = Unchanged })
			assert.Greater(t, m.Recovery("hung", "restart").Mean(), sure.Recovery("hung", "restart").Mean())
		}},
		{"the right verb on the wrong thing says nothing of the verb", func(e *Episode) {
			e.Beliefs = []Hypothesis{{"hung", "stuck", .5}, {"hung", "stuck", .5}}
			e.Steps[0].Result, e.Steps[0].Aims = Unchanged, []int{1}
		}, func(t *testing.T, m *Model) {
			wrong, right := .5*(1-.02-.02), .5*(1-.98*.9-.02)
			assert.InDelta(t, .4+right/(wrong+right), m.Recovery("hung", "restart").B, 1e-12)
		}},
		{"waiting feeds the hazard, not the verb", func(e *Episode) { e.Steps = []Step{{Verb: Wait, Result: Recovered, Minutes: 10}} }, func(t *testing.T, m *Model) {
			assert.Greater(t, m.Hazard("hung").Events, 2.9)
			assert.Equal(t, fresh.Recovery("hung", Wait), m.Recovery("hung", Wait))
		}},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, one(c.change)) })
	}
}

// What was learned corrects a diagnosis that rests on the catalogue, by the ratio
// of the learned weight and look to the catalogue's.
func TestADiagnosisIsCorrectedByWhatWasLearned(t *testing.T) {
	m := model(t, bare())
	for range 3 {
		require.NoError(t, m.Learn(Episode{Weight: 1, Seen: []Seen{{"deploy", "no"}}, Beliefs: []Hypothesis{{"bug", "code_or_config", 1}}}))
	}
	c := smallCase()
	c.Hypotheses = []Hypothesis{{"hung", "stuck", .5}, {"bug", "code_or_config", .5}}
	assert.InDelta(t, 5.0/6, pose(t, m, c).Belief[1], 1e-12, "3.75 for .75 against 1.5 for 1.5")
	c.Seen = []Seen{{"deploy", "no"}}
	was := (.1 + rarest) / (1 + 2*rarest)
	ratio := 5 * (6*was + 3) / 9 / was
	assert.InDelta(t, ratio/(1+ratio), pose(t, m, c).Belief[1], 1e-12)
}

func TestTheOldestCellsAreForgottenFirst(t *testing.T) {
	m := model(t, DefaultHyper())
	for i := range mostCells + 1 {
		m.cells[place{level: ByInstance, one: fmt.Sprintf("%05d", i)}] = &term{last: mostCells - i}
	}
	m.trim()
	assert.Len(t, m.cells, mostCells*9/10)
	assert.Contains(t, m.cells, place{level: ByInstance, one: "00000"}, "the newest")
	assert.NotContains(t, m.cells, place{level: ByInstance, one: fmt.Sprintf("%05d", mostCells)}, "the oldest")
}

func TestForgettingGoesBackToTheCatalogue(t *testing.T) {
	h := DefaultHyper()
	h.Forget = .9
	m := model(t, h, Episode{Weight: 1, Context: Context{Error: "e"}, Steps: []Step{step("restart", Unchanged)}})
	require.NotEmpty(t, m.cells)
	for range 200 {
		require.NoError(t, m.Learn(Episode{}))
	}
	fresh := model(t, h)
	assert.InDeltaSlice(t, fresh.now, m.now, 1e-6)
	got := m.shift(0, Context{Error: "e"})
	assert.InDelta(t, 0, got.OK, 1e-6)
	assert.InDelta(t, .21*.21, got.OKVar, 1e-6)
}

func TestTheResidualBacksOff(t *testing.T) {
	h := DefaultHyper()
	at := Context{Error: "timeout", Stage: "glue", Signature: "s"}
	m := model(t, h)
	for range 30 {
		require.NoError(t, m.Learn(Episode{Weight: 1, Context: at, Beliefs: []Hypothesis{{"hung", "stuck", 1}}, Steps: []Step{step("restart", Unchanged)}}))
	}
	here, general := m.shift(0, at), m.shift(0, Context{Error: "timeout", Stage: "lambda", Signature: "t"})
	assert.Less(t, here.OK, general.OK, "the specific cell says most")
	assert.Less(t, general.OK, 0.0, "the error class says something")
	assert.Zero(t, m.shift(0, Context{Error: "other"}).OK, "an unseen cell nothing")
	assert.InDelta(t, .21*.21+.35*.35+.35*.35, m.shift(0, Context{Error: "x", Stage: "y", Signature: "z"}).OKVar, 1e-12)
	assert.Less(t, here.OKVar, .29)
	assert.Negative(t, here.Harm, "thirty runs without harm")
}

// One update is the formula of the package, to the last digit.
func TestOneUpdateOfTheResidual(t *testing.T) {
	m := model(t, DefaultHyper(), Episode{Weight: 1, Context: Context{Error: "e", Stage: "s"}, Beliefs: []Hypothesis{{"hung", "stuck", 1}}, Steps: []Step{step("restart", Recovered)}})
	p, v := .9, .21*.21+.35*.35
	k := 1 / (1 + p*(1-p)*v)
	assert.InDelta(t, (.21*.21+.35*.35)*k*(1-p), m.shift(0, Context{Error: "e", Stage: "s"}).OK, 1e-12)
	assert.InDelta(t, v-p*(1-p)*k*(math.Pow(.21, 4)+math.Pow(.35, 4)), m.shift(0, Context{Error: "e", Stage: "s"}).OKVar, 1e-12)
}

func TestDurationsAreLearnedByStage(t *testing.T) {
	m := model(t, bare())
	for range 40 {
		require.NoError(t, m.Learn(Episode{Weight: 1, Context: Context{Stage: "glue"}, Steps: []Step{{Verb: "restart", Result: Recovered, Minutes: 40}}}))
	}
	assert.InDelta(t, 40, m.Minutes("restart", "glue"), 8)
	assert.Greater(t, m.Minutes("restart", "lambda"), 20.0, "the verb's own durations")
	assert.InDelta(t, 5*math.Exp(.08), m.Minutes("rollback", "glue"), 1e-9)
	c := smallCase()
	c.Context.Stage, c.Candidates[0].Pull.Minutes = "glue", 6
	assert.InDelta(t, 6*m.slowness(0, "glue"), pose(t, m, c).Pulls[0].Minutes, 1e-9, "what the caller says, stretched")
}

func TestBadInputGetsASentence(t *testing.T) {
	m := model(t, bare())
	nan := math.NaN()
	for name, e := range map[string]Episode{
		"its weight is 2":                 {ID: "x", Weight: 2},
		"its weight is NaN":               {ID: "x", Weight: nan},
		"the belief in hung is 3":         {ID: "x", Weight: 1, Beliefs: []Hypothesis{{"hung", "stuck", 3}}},
		`has the result "fine"`:           {ID: "x", Weight: 1, Steps: []Step{{Verb: "restart", Result: "fine"}}},
		`has no verb "reboot"`:            {ID: "x", Weight: 1, Steps: []Step{{Verb: "reboot", Result: Recovered}}},
		"after NaN minutes":               {ID: "x", Weight: 1, Steps: []Step{{Verb: "restart", Result: Recovered, Minutes: nan}}},
		"a verification of 7 and 0 after": {ID: "x", Weight: 1, Steps: []Step{{Verb: "restart", Result: Recovered, Sensitivity: 7}}},
	} {
		assert.ErrorContains(t, m.Learn(e), name)
	}
	assert.Zero(t, m.Episodes(), "nothing was learned")
	for name, spoil := range map[string]func(*Prior){
		"0.9 and 1.5 are not both chances": func(p *Prior) { p.Causes[0].Harm[0] = 1.5 },
		"its weight is 0":                  func(p *Prior) { p.Causes[0].Weight = 0 },
		"2 and 3 effects for 3 verbs":      func(p *Prior) { p.Causes[0].Recovery = p.Causes[0].Recovery[:2] },
		"is not a distribution":            func(p *Prior) { p.Causes[0].Shows = [][]float64{{.9, .3}} },
		"a name of its own":                func(p *Prior) { p.Causes[1].Name = "hung" },
		"minutes over 0":                   func(p *Prior) { p.Verbs[0].Minutes = nan },
	} {
		p := small()
		spoil(&p)
		_, err := NewModel(p, bare())
		assert.ErrorContains(t, err, name)
	}
	for name, spoil := range map[string]func(*Hyper){
		"recovery is 0":    func(h *Hyper) { h.Recovery = 0 },
		"forget is 1.5":    func(h *Hyper) { h.Forget = 1.5 },
		"99 spare causes":  func(h *Hyper) { h.Spares = 99 },
		"tau of level 0":   func(h *Hyper) { h.Tau[0] = -1 },
		"harm is NaN":      func(h *Hyper) { h.Harm = nan },
		"human is 2":       func(h *Hyper) { h.Human = 2 },
		"tau of harm is 1": func(h *Hyper) { h.TauHarm = 11 },
	} {
		h := bare()
		spoil(&h)
		_, err := NewModel(small(), h)
		assert.ErrorContains(t, err, name)
	}
	for name, c := range map[string]Case{
		"the belief in hung is 2":  {Hypotheses: []Hypothesis{{"hung", "", 2}}},
		"candidate 4 was tried or": {Tried: []int{4}},
		"(restart) takes -1 minut": {Candidates: []Candidate{{Verb: "restart", Pull: Pull{Minutes: -1}}}},
	} {
		_, err := m.Pose(c)
		assert.ErrorContains(t, err, name)
	}
}

// Whatever is learned, counts stay counts and beliefs stay beliefs.
func TestLearningKeepsProbabilities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := DefaultHyper()
		h.Forget = rapid.SampledFrom([]float64{1, .9}).Draw(t, "forget")
		m, err := NewModel(small(), h)
		require.NoError(t, err)
		for i := range rapid.IntRange(0, 20).Draw(t, "episodes") {
			e := Episode{
				ID: fmt.Sprint(i), Weight: rapid.Float64Range(0, 1).Draw(t, "weight"),
				Context: Context{Error: "e", Stage: "s", Signature: "g"},
				Label:   rapid.SampledFrom([]string{"", "hung", "gremlins"}).Draw(t, "label"),
				Human:   rapid.SampledFrom([]string{"", "rollback", "dance"}).Draw(t, "human"),
				Seen:    []Seen{{"deploy", rapid.SampledFrom([]string{"no", "yes", "maybe"}).Draw(t, "deploy")}},
			}
			for range rapid.IntRange(0, 3).Draw(t, "steps") {
				e.Steps = append(e.Steps, Step{
					Verb:    rapid.SampledFrom([]string{"restart", "rollback", Wait}).Draw(t, "verb"),
					Result:  rapid.SampledFrom([]Result{Recovered, Unchanged, Worse, Unknown}).Draw(t, "result"),
					Minutes: rapid.Float64Range(0, 100).Draw(t, "minutes"), Sensitivity: rapid.Float64Range(0, 1).Draw(t, "s1"), Specificity: rapid.Float64Range(0, 1).Draw(t, "s0"),
				})
			}
			require.NoError(t, m.Learn(e))
		}
		for i, n := range m.now {
			require.True(t, n >= 0 && !math.IsInf(n, 0), "count %d is %g", i, n)
		}
		p, err := m.Pose(smallCase(Seen{"deploy", "yes"}))
		require.NoError(t, err)
		require.Empty(t, p.fault())
		for _, pull := range p.Pulls {
			require.False(t, math.IsNaN(pull.Shift.OK+pull.Shift.Harm) || pull.Shift.OKVar < 0)
		}
	})
}

// Each setting has its own name in records: a change of any of them can be told.
func TestEverySettingOfTheLearnerHasAName(t *testing.T) {
	was := DefaultHyper()
	settings := reflect.ValueOf(was)
	names := 0
	for i := range settings.NumField() {
		changed := was
		field := reflect.ValueOf(&changed).Elem().Field(i)
		parts := []reflect.Value{field}
		if field.Kind() == reflect.Array {
			parts = parts[:0]
			for k := range field.Len() {
				parts = append(parts, field.Index(k))
			}
		}
		for _, part := range parts {
			names++
			if part.CanInt() {
				part.SetInt(part.Int() + 1)
			} else {
				part.SetFloat(part.Float() + 1)
			}
			assert.NotEqual(t, was.Named(), changed.Named(), settings.Type().Field(i).Name)
			changed = was
		}
	}
	assert.Len(t, was.Named(), names)
}
