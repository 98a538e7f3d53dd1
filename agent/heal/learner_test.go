package heal_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl"
)

// reads counts what a learner reads of a journal.
type reads struct {
	*sqlite.Store
	events, incidents int
}

func (r *reads) Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error) {
	events, err := r.Store.Events(ctx, q)
	r.events += len(events)
	return events, err
}

func (r *reads) Incident(ctx context.Context, id string) (pipewright.Incident, error) {
	r.incidents++
	return r.Store.Incident(ctx, id)
}

func (b *bench) learner(past heal.Past) *heal.Learner {
	cat, err := catalogue.Load()
	require.NoError(b.t, err)
	return heal.NewLearner(cat, b.cfg, past)
}

func (b *bench) log() heal.Log {
	log, err := heal.ReadLog(b.t.Context(), b.store)
	require.NoError(b.t, err)
	return log
}

// study has a learner study and files what comes of it, as the daemon does.
func (b *bench) study(l *heal.Learner) *pipewright.PolicyMove {
	m, err := l.Study(b.t.Context())
	require.NoError(b.t, err)
	if m != nil {
		require.True(b.t, b.learned(*m).OK)
	}
	return m
}

func (b *bench) learned(m pipewright.PolicyMove) pipewright.Request {
	return b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "pipewright", Surface: heal.Learned, Policy: &m})
}

// heals lets the job fail once more, and what is tried succeed.
func (b *bench) heals() {
	b.fail()
	b.pass(2 * time.Minute)
	b.ran(pipewright.RunSucceeded)
	b.pass(3 * time.Hour)
}

func TestAVersionIsLearnedFromWhatIsNewAndIsTheOneOfTheWholeJournal(t *testing.T) {
	b := planned(t)
	past := &reads{Store: b.store}
	l := b.learner(past)
	for n := range 4 {
		b.heals()
		past.events, past.incidents = 0, 0
		m := b.study(l)
		require.NotNil(t, m)
		assert.Equal(t, b.train(b.log()).Name, m.Version)
		assert.Equal(t, n+1, m.Episodes)
		assert.Equal(t, 1, past.incidents, "the one that closed")
		assert.Less(t, past.events, 20, "its own events")
		assert.Nil(t, b.study(l), "nothing new")
	}
	require.True(t, b.feedback("ana", "inc-0001", "memory_exhausted").OK)
	b.heals()
	m := b.study(l)
	require.NotNil(t, m)
	assert.Equal(t, b.train(b.log()).Name, m.Version, "a late word about the first changes all since")
	fresh := b.learner(b.store)
	b.heals()
	assert.Equal(t, b.study(fresh).Version, b.train(b.log()).Name, "and so it is after a restart")
}

// past writes closed incidents of the job into the journal that were decided with chance:
// retry makes it worse every other time, waiting with it always helps. A person approved
// each. With a version, it decided, and waits each time.
func (b *bench) past(first, n int, version string, became ...pipewright.Verification) {
	template, err := b.store.Events(b.t.Context(), pipewright.EventQuery{Incident: "inc-0001"})
	require.NoError(b.t, err)
	for i := first; i < first+n; i++ {
		verb, propensity, result := "retry", .6, pipewright.VerifyUnchanged
		switch {
		case version != "":
			verb, propensity, result = "backoff_retry", 1, pipewright.VerifyRecovered
			if len(became) > 0 {
				result = became[0]
			}
		case i%5 < 2:
			verb, propensity, result = "backoff_retry", .4, pipewright.VerifyRecovered
		case i%2 == 0:
			result = pipewright.VerifyWorse
		}
		var events []pipewright.Event
		var outcome *pipewright.Outcome
		var reserve *heal.Reservation
		for _, e := range template {
			e.Seq, e.Incident, e.At = 0, fmt.Sprintf("inc-%04d", i), e.At.Add(time.Duration(i)*4*time.Hour)
			if e.Action != nil {
				a := *e.Action
				if a.Kind = pipewright.ActionKind("glue." + verb); a.Key != "" {
					a.Key = fmt.Sprintf("%s/%d", a.Key, i)
				}
				if e.Action = &a; e.To == pipewright.Acting {
					reserve = &heal.Reservation{Key: a.Key, Incident: e.Incident, Action: a, At: e.At, Touches: []pipewright.ResourceID{job},
						Limits: heal.Limits{PerHour: 1000, AtOnce: 1000, MaxRadius: 10, Cooldown: time.Nanosecond}}
				}
			}
			if e.Decision != nil {
				d := *e.Decision
				d.Record = chosen(b.t, d.Record, version, verb, propensity, uint64(i))
				e.Decision = &d
			}
			if e.Outcome != nil {
				o := *e.Outcome
				o.Incident, o.Action.Kind, o.Verification, o.Harm, o.Auto, o.At = e.Incident, pipewright.ActionKind("glue."+verb), result, result == pipewright.VerifyWorse, false, e.At
				e.Outcome, outcome = &o, &o
			}
			events = append(events, e)
		}
		_, err := b.store.Commit(b.t.Context(), heal.Entry{Events: events, Outcome: outcome, Reserve: reserve})
		require.NoError(b.t, err)
	}
	b.restart()
}

// chosen is a record as if another arm had been drawn.
func chosen(t *testing.T, record json.RawMessage, version, verb string, propensity float64, seed uint64) json.RawMessage {
	var rec rl.Record
	require.NoError(t, json.Unmarshal(record, &rec))
	rec.Choice.Arm = slices.IndexFunc(rec.Case.Candidates, func(c rl.Candidate) bool { return c.Verb == verb })
	rec.Model, rec.Choice.Propensity, rec.Case.Seed = cmp.Or(version, rec.Model), propensity, seed
	text, err := json.Marshal(rec)
	require.NoError(t, err)
	return text
}

func TestFromTheJournalToActive(t *testing.T) {
	b := planned(t)
	b.heals()
	catalogueAlone := b.loop.Policy().Name
	l := b.learner(b.store)

	b.past(2, 12, "")
	m := b.study(l)
	require.NotNil(t, m)
	assert.False(t, m.Promote)
	assert.Contains(t, m.Reasons[0], "15 are needed to judge it: shadow longer", "too little data: it refuses")
	assert.Nil(t, l.Next(*m))
	assert.Equal(t, catalogueAlone, b.loop.Policy().Name)
	forced := *m
	forced.Stage = pipewright.PolicyActive
	assert.Contains(t, b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &forced}).Result, "stays in the shadow")

	b.past(14, 100, "")
	m = b.study(l)
	require.NotNil(t, m)
	require.True(t, m.Promote, m.Reasons)
	canary := l.Next(*m)
	require.NotNil(t, canary)
	assert.Equal(t, pipewright.PolicyMove{Version: m.Version, Stage: pipewright.PolicyCanary, Pipeline: job}, pipewright.PolicyMove{Version: canary.Version, Stage: canary.Stage, Pipeline: canary.Pipeline})
	require.True(t, b.learned(*canary).OK)
	assert.Equal(t, catalogueAlone, b.loop.Policy().Name, "elsewhere the old one decides")
	assert.Equal(t, m.Version, b.decidedFor(job), "on its pipeline the canary does")
	assert.Equal(t, catalogueAlone, b.decidedFor(elsewhere))

	var active *pipewright.PolicyMove
	for n := 200; active == nil && n < 240; n += 12 {
		b.past(n, 12, m.Version)
		if m := b.study(l); m != nil && m.Stage == pipewright.PolicyActive {
			active = m
		}
	}
	require.NotNil(t, active, "after ten incidents of its own that did no harm")
	assert.Equal(t, m.Version, b.loop.Policy().Name)
	assert.Equal(t, m.Version, b.decidedFor(elsewhere))
	b.restart()
	assert.Equal(t, m.Version, b.loop.Policy().Name, "rebuilt from the journal, bit by bit")

	before := b.standings()
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &pipewright.PolicyMove{Stage: pipewright.PolicyBack}}).OK)
	assert.Equal(t, catalogueAlone, b.loop.Policy().Name, "back in one command")
	assert.Equal(t, before, b.standings(), "no rung was raised")
}

// onTrial has a version on trial on the job's pipeline.
func (b *bench) onTrial(l *heal.Learner) string {
	b.heals()
	b.past(2, 112, "")
	m := b.study(l)
	require.NotNil(b.t, m)
	require.True(b.t, b.learned(*l.Next(*m)).OK)
	require.Equal(b.t, m.Version, b.decidedFor(job))
	return m.Version
}

func TestACanaryThatMadeSomethingWorseIsTakenBackAtOnce(t *testing.T) {
	b := planned(t)
	l := b.learner(b.store)
	version := b.onTrial(l)
	b.past(200, 1, version, pipewright.VerifyWorse)
	m := b.study(l)
	require.NotNil(t, m)
	assert.Equal(t, pipewright.PolicyBack, m.Stage)
	assert.Equal(t, []string{"it made inc-0200 worse on its trial"}, m.Reasons)
	require.True(t, b.learned(*l.Next(*m)).OK)
	assert.NotEqual(t, version, b.decidedFor(job))
	forced := pipewright.PolicyMove{Version: version, Stage: pipewright.PolicyActive}
	assert.Contains(t, b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &forced}).Result, "worse on its trial")
}

func TestAVersionThatTheJournalDoesNotLeadToIsRefused(t *testing.T) {
	b := planned(t)
	b.heals()
	log := b.log()
	p, end := b.train(log), log.End()
	cat, err := catalogue.Load()
	require.NoError(t, err)
	prior := heal.Prior(cat).Name()
	same := rl.DefaultHyper().Advised().Named()
	other := maps.Clone(same)
	other["spare_share"], other["courage"] = .1, 3
	delete(other, "tau_stage")
	for name, c := range map[string]struct {
		episodes int
		prior    string
		settings map[string]float64
		say      string
	}{
		"the journal was cut off":     {40, prior, same, "learned from 40 incidents, and the journal holds 1 of them: it was cut off; restore it from a backup"},
		"the journal was changed":     {1, prior, same, "comes out otherwise from the same journal: it was changed, or this program computes differently; `pipewright"},
		"the fault catalogue changed": {1, "sha256:of another", same, "was learned with another fault catalogue; here it is learned anew"},
		"the learner's settings changed": {1, prior, other,
			"was learned with other settings of the learner (courage 3, which is gone; spare_share 0.1, now 1; no tau_stage, now 0.35); here it is learned anew from the same journal"},
		"a record of before settings were noted": {1, prior, nil, "computes differently, or its learner had other settings, which were not noted then; `pipewright"},
	} {
		t.Run(name, func(t *testing.T) {
			m := pipewright.PolicyMove{Version: "sha256:0badc0ffee", Stage: pipewright.PolicyShadow, Seq: end.Seq, Episodes: c.episodes, Prior: c.prior, Settings: c.settings, Promote: true}
			assert.Contains(t, heal.Faithful(m, p, prior), c.say)
			require.True(t, b.learned(m).OK)
			m.Stage = pipewright.PolicyActive
			rq := b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &m})
			assert.False(t, rq.OK)
			assert.Contains(t, rq.Result, c.say)
			assert.NotEqual(t, m.Version, b.loop.Policy().Name)
		})
	}
	checks, err := heal.CheckVersions(t.Context(), cat, b.cfg, b.store)
	require.NoError(t, err)
	require.Len(t, checks, 1)
	assert.NotEmpty(t, checks[0].Fault+checks[0].Began)
	assert.Equal(t, checks[0].Began != "", checks[0].Anew)
}

// An active version whose journal was cut off later: the catalogue alone decides.
func TestAnActiveVersionIsNotReplacedByAnotherOfThatName(t *testing.T) {
	b := planned(t)
	catalogueAlone := b.loop.Policy().Name
	b.heals()
	log := b.log()
	cat, err := catalogue.Load()
	require.NoError(t, err)
	m := pipewright.PolicyMove{Version: b.train(log).Name, Stage: pipewright.PolicyShadow, Seq: log.End().Seq, Episodes: 1, Prior: heal.Prior(cat).Name(), Promote: true}
	require.True(t, b.learned(m).OK)
	m.Stage = pipewright.PolicyActive
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestPolicy, Who: "ana", Surface: "cli", Policy: &m}).OK)
	require.Equal(t, m.Version, b.loop.Policy().Name)
	checks, err := heal.CheckVersions(t.Context(), cat, b.cfg, b.store)
	require.NoError(t, err)
	assert.Equal(t, []heal.VersionCheck{{Version: m.Version, Episodes: 1}}, checks)

	b.cut = true
	b.restart()
	assert.Equal(t, catalogueAlone, b.loop.Policy().Name)
}

// decidedFor lets a resource fail, and heal, and says which version decided.
func (b *bench) decidedFor(id pipewright.ResourceID) string {
	b.at, b.runs = id, nil
	defer func() { b.at, b.runs = "", nil }()
	b.fail()
	b.step()
	all, err := b.store.Incidents(b.t.Context(), pipewright.IncidentQuery{})
	require.NoError(b.t, err)
	last := slices.MaxFunc(all, func(x, y pipewright.Incident) int { return cmp.Compare(x.Seq, y.Seq) })
	require.Equal(b.t, id, last.Resource)
	var rec rl.Record
	require.NoError(b.t, json.Unmarshal(last.Decision.Record, &rec))
	b.ran(pipewright.RunSucceeded)
	b.pass(3 * time.Hour)
	return rec.Model
}

// standings are the rungs that the outcomes have earned.
func (b *bench) standings() (out []heal.Standing) {
	outcomes, err := b.store.Outcomes(b.t.Context())
	require.NoError(b.t, err)
	moves, err := b.store.PolicyMoves(b.t.Context())
	require.NoError(b.t, err)
	l := heal.Ladder{Rules: b.cfg.Modes, Outcomes: outcomes, Now: b.now, Evidence: rl.NewLadder(b.cfg.Needs(), heal.Facts(outcomes, moves))}
	for _, kind := range []pipewright.ActionKind{"glue.retry", "glue.backoff_retry", "glue.scale_up"} {
		out = append(out, l.Standing("transient_network", pipewright.Action{Kind: kind, Target: job, Risk: pipewright.R1}, pipewright.Resource{}.Env()))
	}
	return out
}
