package heal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/redact"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/plant"
)

const fact = pipewright.ResourceID("redshift:table/fact_orders")

func TestWhetherARunMayRunAgain(t *testing.T) {
	rows := func(n float64, exact bool) []tools.Landed {
		return []tools.Landed{{Table: fact, Part: "2026-11-20T02:40", Rows: n, Of: 9000, Exact: exact, Evidence: []pipewright.Evidence{{Source: fact}}}}
	}
	for _, tt := range []struct {
		name string
		left heal.Leftovers
		want pipewright.RerunVerdict
		says string
	}{
		{"half the rows are there and it appends", heal.Leftovers{Run: "jr_7", Mode: tools.Appends, Landed: rows(4500, true)}, pipewright.RerunUnsafe,
			"run jr_7 left 4 500 of 9 000 rows in redshift:table/fact_orders (2026-11-20T02:40) and it appends"},
		{"somebody has read the half", heal.Leftovers{Mode: tools.Appends, Landed: rows(4500, true), Readers: []pipewright.Run{{Resource: "feature:store/orders", Started: now}}},
			pipewright.RerunUnsafe, "feature:store/orders has read what is there, at 03:10:00"},
		{"it appends and nothing of it arrived", heal.Leftovers{Mode: tools.Appends, Landed: rows(0, true)}, pipewright.RerunSafe, "left no rows"},
		{"its rows are there and nobody knows how it writes", heal.Leftovers{Landed: rows(10, true)}, pipewright.RerunUnsafe, "10 of 9 000"},
		{"it is said to be one transaction and its rows are there", heal.Leftovers{Mode: tools.Transacts, Landed: rows(9000, true)}, pipewright.RerunUnsafe, "twice"},
		{"one transaction", heal.Leftovers{Mode: tools.Transacts}, pipewright.RerunSafe, "one transaction"},
		{"it replaces its partition, half of which is there", heal.Leftovers{Mode: tools.Overwrites, Landed: rows(4500, true)}, pipewright.RerunSafe, "replaces"},
		{"rows matched by key", heal.Leftovers{Mode: tools.Merges, Landed: rows(4500, true)}, pipewright.RerunSafe, "key"},
		{"a bookmark behind the input", heal.Leftovers{Mode: tools.Appends, Bookmark: tools.Yes, Landed: rows(4500, true)}, pipewright.RerunSafe, "bookmark"},
		{"a bookmark before the input", heal.Leftovers{Mode: tools.Appends, Bookmark: tools.No, Landed: rows(4500, true)}, pipewright.RerunUnsafe, "appends"},
		{"it appends and its output is marked as whole", heal.Leftovers{Mode: tools.Appends, Marker: tools.Yes}, pipewright.RerunUnsafe, "mark of a whole one"},
		{"its output was announced, and read", heal.Leftovers{Marker: tools.Yes, Readers: []pipewright.Run{{Resource: "airflow:dag/segments", Started: now}}}, pipewright.RerunUnknown,
			"mark of a whole one, and nothing tells whether a second run would write it twice; airflow:dag/segments has read what is there, at 03:10:00"},
		{"it replaces what was announced", heal.Leftovers{Mode: tools.Overwrites, Marker: tools.Yes}, pipewright.RerunSafe, "replaces"},
		{"it appends, and nobody counted", heal.Leftovers{Mode: tools.Appends}, pipewright.RerunUnknown, "nothing tells how much"},
		{"rows came, by whomever", heal.Leftovers{Landed: rows(40, false)}, pipewright.RerunUnknown, "whose they are is not known"},
		{"rows came, by whomever, and it appends", heal.Leftovers{Mode: tools.Appends, Landed: rows(40, false)}, pipewright.RerunUnsafe, "appends"},
		{"no rows came since", heal.Leftovers{Landed: rows(0, false)}, pipewright.RerunSafe, "no rows came"},
		{"nothing is known", heal.Leftovers{}, pipewright.RerunUnknown, "nothing tells"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := heal.JudgeRerun(tt.left)
			assert.Equal(t, tt.want, r.Verdict, r.Why)
			assert.Contains(t, r.Why, tt.says)
			assert.Len(t, r.IDs(), len(tt.left.Landed)+len(tt.left.Readers))
		})
	}
}

func TestTheGuardOfRunningAgain(t *testing.T) {
	guards := heal.Standard(permissive())
	unsafe := &pipewright.Rerun{Verdict: pipewright.RerunUnsafe, Why: "half of it is there"}
	approved := &pipewright.Approval{ID: "ap-0001", By: "ana", State: pipewright.ApprovalUsed}
	for name, tt := range map[string]struct {
		spoil func(*heal.Case)
		want  pipewright.Ruling
	}{
		"safe":                          {func(c *heal.Case) { c.Rerun = &pipewright.Rerun{Verdict: pipewright.RerunSafe} }, pipewright.Allow},
		"unsafe":                        {func(c *heal.Case) { c.Rerun = unsafe }, pipewright.Ask},
		"unsafe, as the card said":      {func(c *heal.Case) { c.Rerun, c.Decision.Rerun, c.Approved = unsafe, unsafe, approved }, pipewright.Allow},
		"unsafe since it was approved":  {func(c *heal.Case) { c.Rerun, c.Approved = unsafe, approved }, pipewright.Deny},
		"unknown, over the bar of R1":   {func(c *heal.Case) { c.Rerun = &pipewright.Rerun{} }, pipewright.Allow},
		"unknown, harmless, under that": {func(c *heal.Case) { unknownR0(c, .85) }, pipewright.Ask},
	} {
		t.Run(name, func(t *testing.T) {
			c := sound()
			tt.spoil(&c)
			v := guards.Judge(c)
			assert.Equal(t, tt.want, v.Ruling, v.Why)
		})
	}
	c := sound()
	unknownR0(&c, .85)
	cfg := permissive()
	cfg.Bars = map[pipewright.Risk]float64{pipewright.R0: .3, pipewright.R1: .8}
	assert.Equal(t, pipewright.Allow, heal.Standard(cfg).Judge(c).Ruling, "over R1's bar it runs")
}

func unknownR0(c *heal.Case, recovery float64) {
	c.Rerun, c.Action.Risk = &pipewright.Rerun{Verdict: pipewright.RerunUnknown}, pipewright.R0
	c.Actuator = &tools.Actuator{Kind: c.Action.Kind, Targets: []string{"glue:job"}, Risk: pipewright.R0}
	c.Decision.Recovery = &recovery
}

// shop is a loop over a simulated plant in which one thing is broken.
type shop struct {
	t     *testing.T
	store *sqlite.Store
	world plant.World
	plant *sim.Plant
	loop  *heal.Loop
	in    *intake.Intake
	watch *intake.Recent
	now   time.Time
	cfg   heal.Config
}

func newShop(t *testing.T, opt sim.Options, spoil func(*heal.Config)) *shop {
	s := &shop{t: t, now: now, cfg: permissive()}
	opt.Start, opt.Live = now, true
	if opt.FaultEvery == 0 {
		opt.FaultEvery = 1000 * time.Hour
	}
	s.plant = sim.New(opt)
	s.world = plant.Local(s.plant)
	s.cfg.Modes = heal.Modes{{Risk: pipewright.R2, Rung: pipewright.AskRung}, {Rung: pipewright.Auto}}
	s.cfg.Bars = map[pipewright.Risk]float64{pipewright.R0: 0.3, pipewright.R1: 0.4}
	s.cfg.HarmBounds = map[pipewright.Risk]float64{pipewright.R0: 0.3, pipewright.R1: 0.3}
	s.cfg.Runs, s.cfg.BreakerFails = map[pipewright.Risk]int{pipewright.R1: 0}, 5
	if spoil != nil {
		spoil(&s.cfg)
	}
	var err error
	s.store, err = sqlite.Open(t.Context(), t.TempDir()+"/pw.db", sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.store.Close()) })
	s.start()
	for { // the history
		b, err := s.in.Poll(t.Context(), s.now)
		require.NoError(t, err)
		if b.Empty() {
			break
		}
	}
	s.step()
	return s
}

// start makes a loop over the store, as after a crash.
func (s *shop) start() {
	red, err := redact.New([]byte("a salt of the test"))
	require.NoError(s.t, err)
	s.in, err = intake.New(s.store, red, plant.NewSource(s.world))
	require.NoError(s.t, err)
	s.watch, err = intake.NewRecent(s.t.Context(), s.store, s.in)
	require.NoError(s.t, err)
	s.in.Sink = s.watch
	reg := tools.NewRegistry()
	require.NoError(s.t, plant.Register(reg, s.world, s.store))
	cat := catalogue.Default()
	s.loop, err = heal.New(s.cfg, heal.Parts{Journal: s.store, Recovery: s.store, World: s.store, Watch: s.watch,
		Diagnoser: diagnose.New(cat, s.store, reg), Catalogue: cat, Registry: reg, Keep: s.store.SavePolicy})
	require.NoError(s.t, err)
	require.NoError(s.t, s.loop.Recover(s.t.Context(), s.now))
}

func (s *shop) step() {
	ctx := s.t.Context()
	require.NoError(s.t, s.world.Advance(ctx, s.now))
	_, err := s.in.Poll(ctx, s.now)
	require.NoError(s.t, err)
	resources, err := s.store.Resources(ctx)
	require.NoError(s.t, err)
	var signals []pipewright.Signal
	for _, r := range resources {
		f, err := s.watch.Facts(ctx, r, s.now)
		require.NoError(s.t, err)
		signals = append(signals, detect.Detect(f)...)
	}
	require.NoError(s.t, s.loop.Step(ctx, s.now, signals))
}

// pass lets time go by until enough is true, and reports whether it ever was.
func (s *shop) pass(d time.Duration, enough func() bool) bool {
	for end := s.now.Add(d); s.now.Before(end); {
		s.now = s.now.Add(30 * time.Second)
		s.step()
		if enough != nil && enough() {
			return true
		}
	}
	return false
}

// about returns the incident in which an action of a kind was decided last.
func (s *shop) about(kind pipewright.ActionKind) (out pipewright.Incident) {
	all, err := s.store.Incidents(s.t.Context(), pipewright.IncidentQuery{Limit: 100})
	require.NoError(s.t, err)
	for _, inc := range all {
		if inc.Action != nil && inc.Action.Kind == kind {
			out = inc
		}
	}
	return out
}

// reaches says whether the incident of that kind of action has reached a state.
func (s *shop) reaches(kind pipewright.ActionKind, state pipewright.State) func() bool {
	return func() bool { return s.about(kind).State == state }
}

func (s *shop) ask(rq pipewright.Request) pipewright.Request {
	rq.At = s.now
	rq, err := s.store.AddRequest(s.t.Context(), rq)
	require.NoError(s.t, err)
	s.step()
	rq, err = s.store.Request(s.t.Context(), rq.ID)
	require.NoError(s.t, err)
	return rq
}

func TestAWriteThatWasCutOffIsNotRunAgainAlone(t *testing.T) {
	s := newShop(t, sim.Options{Seed: 7, First: "write_interrupted"}, nil)
	require.True(t, s.pass(time.Hour, s.reaches("glue.reload", pipewright.Waiting)))
	inc := s.about("glue.reload")
	require.NotNil(t, inc.Decision.Rerun)
	assert.Equal(t, pipewright.RerunUnsafe, inc.Decision.Rerun.Verdict)
	assert.Contains(t, inc.Decision.Rerun.Why, "redshift:table/fact_orders")
	assert.NotEmpty(t, inc.Decision.Rerun.Evidence)
	for _, a := range s.plant.Acts() {
		assert.NotEqual(t, inc.Action.Target, a.Target, "nothing runs it again alone")
	}
	rq := s.ask(pipewright.Request{Kind: pipewright.RequestApprove, Approval: inc.Approval, ActionHash: inc.Action.Hash(), Who: "ana"})
	require.True(t, rq.OK, rq.Result)
	require.True(t, s.pass(time.Hour, s.reaches("glue.reload", pipewright.Closed)), s.about("glue.reload").Note)
	assert.False(t, s.plant.Truth()[len(s.plant.Truth())-1].End.IsZero(), "it is mended")
}

func TestARetryThatWritesTwiceIsAskedAndIsHarmWhenItDid(t *testing.T) {
	b := newBench(t, nil)
	b.writes = &tools.Writes{Mode: tools.Appends, Run: "jr_0", Began: b.now, Landed: []tools.Landed{{Table: fact, Rows: 5, Of: 10, Exact: true}}}
	b.fail()
	b.pass(2 * time.Minute)
	assert.Empty(t, b.did, "it does not run alone")
	ap := b.approval()
	assert.Equal(t, pipewright.RerunUnsafe, b.incident(1).Decision.Rerun.Verdict)
	assert.Contains(t, b.incident(1).Verdict.Why, "5 of 10 rows in redshift:table/fact_orders")
	require.True(t, b.ask(pipewright.Request{Kind: pipewright.RequestApprove, Who: "ana", Approval: ap.ID, ActionHash: ap.ActionHash}).OK)
	require.Len(t, b.did, 1)
	b.twice = true
	b.ran(pipewright.RunSucceeded)
	b.pass(2 * time.Minute)
	assert.Equal(t, pipewright.Escalated, b.incident(1).State)
	outcomes, err := b.store.Outcomes(t.Context())
	require.NoError(t, err)
	require.Len(t, outcomes, 1)
	assert.True(t, outcomes[0].Harm, "the run succeeded and its rows are there twice")
}

// replayed makes every decision again, with the checks before it, and counts those checks.
func (s *shop) replayed() (checks int) {
	events, err := s.store.Events(s.t.Context(), pipewright.EventQuery{Limit: 10_000})
	require.NoError(s.t, err)
	of := map[string]*pipewright.Diagnosis{}
	for _, e := range events {
		if e.Diagnosis != nil {
			of[e.Incident] = e.Diagnosis
		}
		if e.Decision == nil || len(e.Decision.Record) == 0 {
			continue
		}
		r, err := s.loop.Replay(s.t.Context(), *e.Decision, of[e.Incident])
		require.NoError(s.t, err)
		assert.True(s.t, r.Same && r.Model, "event %d of %s: %s", e.Seq, e.Incident, r.Why)
		checks += r.Checks
	}
	return checks
}
