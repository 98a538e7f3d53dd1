package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
)

// planned is a bench on which the planner decides and may do what it wants.
func planned(t *testing.T) *bench {
	return newBench(t, func(cfg *heal.Config) { cfg.Policy = heal.Planner })
}

// lived is the log of some incidents, healed and not.
func lived(t *testing.T, incidents int) (heal.Log, *bench) {
	b := planned(t)
	for range incidents {
		b.fail()
		b.pass(2 * time.Minute)
		b.ran(pipewright.RunSucceeded)
		b.pass(3 * time.Hour)
	}
	log, err := heal.ReadLog(t.Context(), b.store)
	require.NoError(t, err)
	return log, b
}

func (b *bench) train(l heal.Log) heal.Policy {
	cat, err := catalogue.Load()
	require.NoError(b.t, err)
	p, err := heal.Train(cat, b.cfg, l)
	require.NoError(b.t, err)
	return p
}

func TestTheJournalRebuildsThePolicyBitByBit(t *testing.T) {
	log, b := lived(t, 3)
	require.Len(t, log.Episodes(), 3)
	p := b.train(log)
	assert.Equal(t, 3, p.Model.Episodes())

	again, err := heal.ReadLog(t.Context(), b.store)
	require.NoError(t, err)
	assert.Equal(t, p.Name, b.train(again).Name)
	assert.Equal(t, p.Chooser.ID(), b.train(again).Chooser.ID())

	mark := heal.Log{Incidents: log.Incidents[:2], Feedback: log.Feedback}.End()
	assert.Equal(t, b.train(heal.Log{Incidents: log.Incidents[:2], Outcomes: log.Outcomes}).Name, b.train(log.Upto(mark)).Name, "a prefix is what was known then")
	assert.NotEqual(t, p.Name, b.train(log.Upto(mark)).Name)
}

func TestWhatIsLearnedMovesTheOdds(t *testing.T) {
	log, b := lived(t, 4)
	before := b.train(heal.Log{}).Model.Recovery("network_transient", string(log.Outcomes[0].Action.Kind.Verb()))
	after := b.train(log).Model.Recovery("network_transient", string(log.Outcomes[0].Action.Kind.Verb()))
	assert.Greater(t, after.Mean(), before.Mean())
}

func TestWhatTeachesNothing(t *testing.T) {
	log, b := lived(t, 1)
	fresh := b.train(heal.Log{}).Name
	require.NotEqual(t, fresh, b.train(log).Name)
	for name, spoil := range map[string]func(*heal.Log){
		"an outcome that never came":                       func(l *heal.Log) { l.Outcomes = nil },
		"an incident that is not closed":                   func(l *heal.Log) { l.Incidents[0].State = pipewright.Resolved },
		"a journal cut before the incident closed":         func(l *heal.Log) { *l = l.Upto(heal.Mark{Seq: l.Incidents[0].Seq - 1}) },
		"a decision without a record, of an older version": func(l *heal.Log) { l.Incidents[0].Attempts[0].Decision.Record = nil },
		"a record that was cut off":                        func(l *heal.Log) { l.Incidents[0].Attempts[0].Decision.Record = []byte(`{"model":`) },
	} {
		t.Run(name, func(t *testing.T) {
			again, err := heal.ReadLog(t.Context(), b.store)
			require.NoError(t, err)
			spoil(&again)
			assert.Equal(t, fresh, b.train(again).Name)
		})
	}
}

func TestEpisodesThatCountLess(t *testing.T) {
	log, _ := lived(t, 1)
	one := log.Episodes()[0]
	assert.Equal(t, 1.0, one.Weight)
	end := log.Incidents[0].UpdatedAt

	other := log.Incidents[0]
	other.ID, other.Attempts = "inc-0009", nil
	both := heal.Log{Incidents: []pipewright.Incident{log.Incidents[0], other}, Outcomes: log.Outcomes}
	assert.Equal(t, 0.5, both.Episodes()[0].Weight, "one of two with the same fault")

	byHand := pipewright.Incident{ID: "inc-0010", State: pipewright.Closed, Class: pipewright.ClassRequested, Seq: 1, Attempts: []pipewright.Attempt{
		{Action: pipewright.Action{Kind: "glue.restart", Target: job}, At: log.Outcomes[0].At.Add(-time.Second)}}}
	meddled := heal.Log{Incidents: []pipewright.Incident{byHand, log.Incidents[0]}, Outcomes: log.Outcomes}
	assert.Zero(t, meddled.Episodes()[0].Weight, "a person acted before the result was seen")

	byHand.Attempts[0].At = end
	after := heal.Log{Incidents: []pipewright.Incident{byHand, log.Incidents[0]}, Outcomes: log.Outcomes}
	assert.Equal(t, "restart", after.Episodes()[0].Human, "what a person did in the end")
	assert.Equal(t, 1.0, after.Episodes()[0].Weight)
}

func TestClocksThatDifferDoNotReorderTheLog(t *testing.T) {
	log, b := lived(t, 3)
	want := b.train(log).Model
	for i := range log.Incidents {
		log.Incidents[i].UpdatedAt = log.Incidents[i].UpdatedAt.Add(-time.Duration(i) * 100 * time.Hour)
	}
	for i := range log.Outcomes {
		log.Outcomes[i].At = log.Outcomes[i].At.Add(time.Duration(3-i) * time.Hour)
	}
	_, a, err := want.Snapshot()
	require.NoError(t, err)
	assert.Equal(t, a, b.train(log).Name)
}

func TestADecisionIsMadeAgainFromItsRecord(t *testing.T) {
	log, b := lived(t, 1)
	p := b.train(heal.Log{})
	d := log.Incidents[0].Attempts[0].Decision
	require.NoError(t, p.Replay(*d))
	d.Record = []byte(string(d.Record[:len(d.Record)-1]) + `,"model":"x"}`)
	assert.Error(t, p.Replay(*d))
	assert.Error(t, b.train(log).Replay(*log.Incidents[0].Attempts[0].Decision), "another policy than the one that decided")
}

func TestAnUnknownPolicyIsRefused(t *testing.T) {
	cat, err := catalogue.Load()
	require.NoError(t, err)
	_, err = heal.Untaught("oracle", cat, heal.Defaults())
	assert.ErrorContains(t, err, `"oracle" is not a policy; they are [planner runbook]`)
}
