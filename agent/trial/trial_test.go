package trial

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

func small(policies ...string) Options {
	return Options{Worlds: 2, Incidents: 60, Test: 60, Checkpoints: []int{0, 60}, Seed: 5100, Policies: policies,
		Quality: Good, Logs: true, Probes: true, Workers: 2}
}

func TestATrialIsAFunctionOfItsSeeds(t *testing.T) {
	one, err := Run(context.Background(), small("planner", "q-coarse"), nil)
	require.NoError(t, err)
	o := small("planner", "q-coarse")
	o.Workers = 1
	other, err := Run(context.Background(), o, nil)
	require.NoError(t, err)
	assert.Equal(t, one.Rows(), other.Rows())
	assert.NotEqual(t, at(one.Rows(), "planner", 0).Return, at(one.Rows(), "planner", 60).Return, "it learns")
}

func TestBeliefBeatsRulesAndRulesBeatTables(t *testing.T) {
	r, err := Run(context.Background(), small("planner", "q-coarse"), nil)
	require.NoError(t, err)
	rows := r.Rows()
	assert.Zero(t, at(rows, "rules", 0).ScoreR)
	assert.InDelta(t, 1, at(rows, "ceiling", 0).ScoreR, 1e-9)
	assert.InDelta(t, 1, at(rows, "oracle", 0).ScoreO, 1e-9)
	assert.Zero(t, at(rows, "always-escalate", 0).ScoreO)
	assert.Greater(t, at(rows, "planner", 0).ScoreR, .2)
	assert.Less(t, at(rows, "q-coarse", 60).ScoreR, 0.0)
}

func TestBehindAGateNothingTouchesDataAloneAndNoHarmIsRepeated(t *testing.T) {
	o := small("strict", "tiered")
	o.Incidents, o.Checkpoints = 300, []int{300}
	r, err := Run(context.Background(), o, nil)
	require.NoError(t, err)
	for _, name := range []string{"strict", "tiered"} {
		row := at(r.Online(), name, 300)
		assert.Zero(t, row.R2, name)
		assert.Zero(t, row.Repeats, name)
		assert.Positive(t, row.AutoShare, name)
		assert.Positive(t, row.Asks, name)
	}
	assert.Less(t, at(r.Online(), "strict", 300).AutoShare, at(r.Online(), "tiered", 300).AutoShare)
}

func TestSuspects(t *testing.T) {
	all := suspects{}
	s := &session{Class: "stuck", Case: gym.Case{Resource: "glue:job/a"}, Steps: []deed{{Verb: "restart", Seen: gym.Worse}}}
	assert.Zero(t, all.look(s), "the first harm repeats nothing")
	s.Steps[0].Seen = gym.Recovered
	assert.Equal(t, 1.0, all.look(s), "even when it helps this time")
	s.Steps[0].Approved = true
	assert.Zero(t, all.look(s))
	s.Steps[0].Approved = false
	assert.Zero(t, all.look(s), "a person has looked at it")
}

func TestACatalogueOfEachQuality(t *testing.T) {
	cat := known()
	looks := catalogue.NewLooks(cat, platform())
	wrong := func(q Quality) (causes int, share float64) {
		ship, k := Prior(cat, looks), newKnowledge(cat, looks, q, 7)
		require.NoError(t, k.prior.Check())
		n, off := 0.0, 0.0
		for _, c := range k.prior.Causes {
			for _, was := range ship.Causes {
				for v := range c.Recovery {
					if was.Name == c.Name && was.Recovery[v] > .02 {
						n, off = n+1, off+count(was.Recovery[v] != c.Recovery[v])
					}
				}
			}
		}
		return len(k.prior.Causes), off / n
	}
	n, share := wrong(Shipped)
	assert.Equal(t, len(cat.Causes), n)
	assert.Zero(t, share)
	n, share = wrong(Good)
	assert.Equal(t, len(cat.Causes)-4, n)
	assert.InDelta(t, .15, share, .06)
	n, share = wrong(Poor)
	assert.Equal(t, len(cat.Causes)-4-8, n)
	assert.InDelta(t, .40, share, .1)
}

func TestARefusalTeaches(t *testing.T) {
	s := &session{Class: "stuck", Refused: "restart"}
	e := episode(s, gym.Outcome{Size: 1, Escalated: true, Fixed: "rollback"}, gym.DefaultScenario().People)
	require.Len(t, e.Steps, 1)
	assert.Equal(t, rl.Step{Verb: "restart", Result: rl.Unchanged, Opinion: true, Sensitivity: .9, Specificity: .7}, e.Steps[0])
	assert.Equal(t, "rollback", e.Human)
}

func TestTheRunbookSeesWhatPeopleWouldSee(t *testing.T) {
	deploy := pipewright.Change{Kind: pipewright.ChangeVersion}
	for name, row := range map[string]struct {
		c    gym.Case
		want string
	}{
		"a full disk in the log": {gym.Case{Logs: []string{"java.io.IOException: No space left on device"}}, "disk"},
		"a rollout with errors":  {gym.Case{Changes: []pipewright.Change{deploy}, Metrics: []gym.Deviation{{Metric: "error_rate", Is: "high"}}}, "rollout"},
		"drift with no rollout":  {gym.Case{Metrics: []gym.Deviation{{Metric: "psi", Is: "high"}}}, "drift"},
		"only a deploy":          {gym.Case{Changes: []pipewright.Change{deploy}}, "deploy"},
		"nothing at all":         {gym.Case{}, "unknown"},
	} {
		assert.Equal(t, row.want, ruleOf(row.c).Name, name)
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"0 worlds":               func(o *Options) { o.Worlds = 0 },
		"-1 incidents":           func(o *Options) { o.Incidents = -1 },
		"0 test incidents":       func(o *Options) { o.Test = 0 },
		"name a policy":          func(o *Options) { o.Policies = nil },
		`no policy "planer"`:     func(o *Options) { o.Policies = []string{"planer"} },
		`catalogue "excellent"`:  func(o *Options) { o.Quality = "excellent" },
		"the checkpoint 99 does": func(o *Options) { o.Checkpoints = []int{99} },
	} {
		o := small("planner")
		change(&o)
		_, err := Run(context.Background(), o, nil)
		require.Error(t, err, want)
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
		assert.Contains(t, err.Error(), want)
		assert.NotContains(t, err.Error(), "\n")
	}
}
