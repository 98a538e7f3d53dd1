package heal_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools"
)

// limits are steps of back-pressure: a limit that was borne (calm) or was too much; 0 is
// the limit taken off.
func limits(steps ...float64) (out []pipewright.Attempt) {
	for _, s := range steps {
		at := pipewright.Attempt{Action: pipewright.Action{Kind: "k8s.throttle", Target: "k8s:deployment/scorer"}, Verification: pipewright.VerifyRecovered}
		if s < 0 {
			s, at.Verification = -s, pipewright.VerifyUnchanged
		}
		at.Action.Args = map[string]string{tools.RateArg: strconv.FormatFloat(s, 'f', 0, 64)}
		if s == .5 { // taken off
			at.Action.Kind, at.Action.Args = "k8s.release", nil
		}
		out = append(out, at)
	}
	return out
}

func TestBackPressureFindsTheRateThatIsBorne(t *testing.T) {
	const off = .5
	for name, tt := range map[string]struct {
		done  []pipewright.Attempt
		limit float64
		age   time.Duration
		verb  pipewright.Verb
		rate  float64
		hold  bool
		idle  bool
	}{
		"strained: half":                                 {done: limits(-200), limit: 200, verb: "throttle", rate: 100},
		"calm: a tenth of what is asked more":            {done: limits(-200, 100), limit: 100, verb: "throttle", rate: 140},
		"strained after it was calm: back to that":       {done: limits(-200, 100, -140), limit: 140, verb: "throttle", rate: 100},
		"calm under what was too much: later":            {done: limits(-200, 100, -140, 100), limit: 100, verb: "throttle", rate: 140, hold: true},
		"strained where it was calm before: less":        {done: limits(100, -100), limit: 100, verb: "throttle", rate: 50},
		"calm at nearly all that is asked: off":          {done: limits(350), limit: 350, verb: "release"},
		"strained again without a limit: back":           {done: limits(350, -off), verb: "throttle", rate: 350},
		"strained at the least: it does not help":        {done: limits(-40, -20), limit: 20, verb: "release"},
		"somebody else took the limit off: a person":     {done: limits(100)},
		"for hours: a person, and the limit stays":       {done: limits(100), limit: 100, age: 7 * time.Hour},
		"calm and nothing is left to do: off":            {done: limits(-200, 100), limit: 100, idle: true, verb: "release"},
		"strained and nothing is left to do: less":       {done: limits(-200), limit: 200, idle: true, verb: "throttle", rate: 100},
		"nothing was ever borne, and it is strained off": {done: limits(-100, -off), verb: "throttle", rate: 200},
	} {
		t.Run(name, func(t *testing.T) {
			m := heal.NextMove(tt.done, tools.Rate{Asked: 400, Limit: tt.limit, Least: 20, Unit: "requests a second", Idle: tt.idle}, heal.Pace{Window: 3 * time.Minute, Age: tt.age})
			assert.Equal(t, tt.verb, m.Verb, m.Why)
			assert.InDelta(t, tt.rate, m.Rate, 0, m.Why)
			assert.Equal(t, tt.hold, m.Hold > 0, m.Why)
			assert.NotEmpty(t, m.Why)
		})
	}
}

// A task has no rate of its own: its pool, right upstream of it, is held back, and what
// feels that are the DAGs whose tasks use it.
func TestBackPressureIsAimedAtThePoolOfATask(t *testing.T) {
	topo := pipewright.NewTopology([]pipewright.Edge{
		{Up: "airflow:server/a", Down: "airflow:dag/reports"}, {Up: "airflow:pool/db", Down: "airflow:task/reports.read"}, {Up: "airflow:task/reports.read", Down: "airflow:dag/reports"},
		{Up: "airflow:pool/db", Down: "airflow:task/exports.copy"}, {Up: "airflow:task/exports.copy", Down: "airflow:dag/exports"},
	})
	throttle := tools.Actuator{Kind: "airflow.throttle", Targets: []string{"airflow:pool"}, Risk: pipewright.R1, Hops: 2, Feels: "airflow:dag", Reaches: []string{"airflow:task"},
		Precondition: "x", Postcond: "x", Undo: "x", FoundBy: "x", Expected: time.Minute,
		Prepare: func(context.Context, pipewright.Action) (tools.Plan, error) { return tools.Plan{}, nil },
		Do:      func(context.Context, pipewright.Action) (pipewright.Receipt, error) { return pipewright.Receipt{}, nil },
		Find: func(context.Context, pipewright.Action) (pipewright.Receipt, tools.Found, error) {
			return pipewright.Receipt{}, tools.FoundNo, nil
		},
		Inverse: func(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil },
	}
	reg := tools.NewRegistry()
	require.NoError(t, reg.AddActuator(throttle))
	cat, err := catalogue.Load()
	require.NoError(t, err)
	at := func(id pipewright.ResourceID) pipewright.Incident {
		return pipewright.Incident{Resource: id, Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: "connections_exhausted", Class: "capacity", Resource: id, Confidence: .9}}}}
	}
	found := heal.Candidates(at("airflow:task/reports.read"), cat, reg, topo)
	require.Len(t, found, 1)
	assert.Equal(t, pipewright.ResourceID("airflow:pool/db"), found[0].Action.Target)
	assert.Equal(t, pipewright.R1, found[0].Action.Risk)
	assert.ElementsMatch(t, []pipewright.ResourceID{"airflow:pool/db", "airflow:dag/reports", "airflow:dag/exports"}, heal.Touches(throttle, "airflow:pool/db", topo))
	assert.Empty(t, heal.Candidates(at("airflow:server/a"), cat, reg, topo), "nothing is held back for what uses no pool")
}

// surged is a shop in which more is asked of the scorer than it answers; scaling up is
// held so that back-pressure is what is left.
func surged(t *testing.T) *shop {
	return newShop(t, sim.Options{Seed: 32, First: "traffic_surge"}, func(c *heal.Config) {
		c.Modes = append(heal.Modes{{Action: "k8s.scale_up", Rung: pipewright.Observe}}, c.Modes...)
	})
}

func TestBackPressureIsOneActionThatSurvivesRestarts(t *testing.T) {
	s := surged(t)
	var inc pipewright.Incident
	begun := func() bool {
		all, err := s.store.Incidents(t.Context(), pipewright.IncidentQuery{Limit: 100})
		require.NoError(t, err)
		for _, i := range all {
			if len(i.Attempts) > 0 && i.Attempts[0].Action.Kind == "k8s.throttle" {
				inc = i
				return true
			}
		}
		return false
	}
	require.True(t, s.pass(time.Hour, begun))
	n := 0
	ended := func() bool {
		if n++; n%25 == 0 {
			s.start() // as after a crash
		}
		begun()
		return inc.State == pipewright.Closed
	}
	require.True(t, s.pass(8*time.Hour, ended), "%s: %s", inc.State, inc.Note)
	assert.Positive(t, s.replayed(), "each step's decision replays")
	last := inc.Attempts[len(inc.Attempts)-1]
	assert.Equal(t, pipewright.ActionKind("k8s.release"), last.Action.Kind, "the limit is taken off at the end")
	assert.Greater(t, len(inc.Attempts), 3)
	keys := map[string]bool{}
	for _, at := range inc.Attempts {
		assert.False(t, keys[at.Action.Key], "each step has a key of its own")
		keys[at.Action.Key] = true
	}
	state, err := s.world.Describe(t.Context(), last.Action.Target)
	require.NoError(t, err)
	assert.Empty(t, state["limit"])
	outcomes, err := s.store.Outcomes(t.Context())
	require.NoError(t, err)
	var mine []pipewright.Outcome
	for _, o := range outcomes {
		if o.Incident == inc.ID {
			mine = append(mine, o)
		}
	}
	require.Len(t, mine, 1, "one action, one outcome")
	assert.Equal(t, pipewright.ActionKind("k8s.throttle"), mine[0].Action.Kind)
	assert.Equal(t, pipewright.VerifyRecovered, mine[0].Verification)
}

func TestAPauseOfEverythingHoldsBackPressureWhereItIs(t *testing.T) {
	s := surged(t)
	require.True(t, s.pass(time.Hour, func() bool { return len(s.plant.Acts()) > 0 }))
	require.True(t, s.ask(pipewright.Request{Kind: pipewright.RequestPause, Who: "ana"}).OK)
	n := len(s.plant.Acts())
	s.pass(30*time.Minute, nil)
	assert.Len(t, s.plant.Acts(), n)
	require.True(t, s.ask(pipewright.Request{Kind: pipewright.RequestResume, Who: "ana"}).OK)
	assert.True(t, s.pass(30*time.Minute, func() bool { return len(s.plant.Acts()) > n }), "and goes on")
}
