package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl/sim"
)

// shift is one unpaced run of the demo, with what was really wrong beside what
// the agent made of it.
type shift struct {
	incidents []pipewright.Incident
	events    []pipewright.Event
	truth     []sim.Fault
	topo      pipewright.Topology
	start     time.Time
	report    pipewright.AuditReport
	policies  map[string][]byte // what decided, by name
}

func work(t *testing.T, seed uint64, hours int, rename string) shift {
	t.Helper()
	var out bytes.Buffer
	p := program{out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	ctx := context.Background()
	f := demoFlags{length: time.Duration(hours) * 6 * time.Second, speed: 600, seed: seed, start: demoStart, rename: rename, policy: *decides}
	f.db, f.json = filepath.Join(t.TempDir(), "pw.db"), true
	store, err := sqlite.Open(ctx, f.db, sqlite.Options{})
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, store.Own(ctx))
	spec, err := demoSpec(ctx, store, f, false)
	require.NoError(t, err)
	d, err := p.newDemo(ctx, f, store, spec, false)
	require.NoError(t, err)
	require.NoError(t, d.healer.catchUp(ctx, d.start))
	for now := d.start; !now.After(d.end); now = now.Add(demoTick) {
		require.NoError(t, d.tick(ctx, now))
	}
	s := shift{truth: d.plant.Truth(), start: d.start}
	s.incidents, err = store.Incidents(ctx, pipewright.IncidentQuery{Limit: 100_000})
	require.NoError(t, err)
	s.events, err = store.Events(ctx, pipewright.EventQuery{Limit: 1_000_000})
	require.NoError(t, err)
	s.topo, err = store.Lineage(ctx)
	require.NoError(t, err)
	s.report, err = store.AuditVerify(ctx)
	require.NoError(t, err)
	s.policies = map[string][]byte{}
	for _, e := range s.events {
		if d := e.Decision; d != nil && d.Paragraph != "" && s.policies[d.Policy] == nil {
			s.policies[d.Policy], err = store.Policy(ctx, d.Policy)
			require.NoError(t, err)
		}
	}
	return s
}

// violations lists what must never happen: an action without a verdict that
// allows it, without a key, a key used twice, R2 without a person, or an action where
// nothing is wrong at the target or along its lineage.
func (s shift) violations() (out []string) {
	keys := map[string]bool{}
	allowed := map[string]pipewright.Event{}
	for _, e := range s.events {
		switch e.To {
		case pipewright.Allowed:
			allowed[e.Incident] = e
		case pipewright.Acting:
			v := allowed[e.Incident]
			delete(allowed, e.Incident)
			switch {
			case v.Verdict == nil || v.Verdict.Ruling != pipewright.Allow:
				out = append(out, fmt.Sprintf("%d: %s without a verdict", e.Seq, e.Action.Kind))
			case e.Action.Key == "" || keys[e.Action.Key]:
				out = append(out, fmt.Sprintf("%d: %s without a key of its own", e.Seq, e.Action.Kind))
			case e.Action.Risk == pipewright.R2 && v.Verdict.By != "approval":
				out = append(out, fmt.Sprintf("%d: %s (R2) alone", e.Seq, e.Action.Kind))
			case !s.sick(e.Action.Target, e.At):
				out = append(out, fmt.Sprintf("%d: %s on %s, which is healthy", e.Seq, e.Action.Kind, e.Action.Target))
			}
			keys[e.Action.Key] = true
		}
	}
	return out
}

// sick reports whether something was really wrong at the target, or above or
// below it, at most half an hour before at.
func (s shift) sick(target pipewright.ResourceID, at time.Time) bool {
	return slices.ContainsFunc(s.truth, func(f sim.Fault) bool {
		live := !f.Start.After(at) && (f.End.IsZero() || f.End.After(at.Add(-30*time.Minute)))
		return live && (s.topo.Distance(f.Resource, target, 16) >= 0 || s.topo.Distance(target, f.Resource, 16) >= 0)
	})
}

// judged compares the incidents with the truth.
type judged struct {
	faults, noticed, incidents, right, wrong, inconclusive, nothing, healed, worse, acted int
	lines                                                                                 []string
}

func (s shift) judge() (j judged) {
	for _, f := range s.truth {
		if !f.End.IsZero() && f.End.Before(s.start) {
			continue
		}
		j.faults++
	}
	seen := map[int]bool{}
	for _, inc := range s.incidents {
		if inc.Diagnosis == nil {
			continue
		}
		j.incidents++
		first := s.first(inc.ID)
		top, ok := first.Top()
		live := s.live(inc)
		match := slices.IndexFunc(s.truth, func(f sim.Fault) bool { return f.Cause == top.Cause && slices.Contains(live, f.Cause) })
		word := "WRONG"
		switch {
		case len(live) == 0:
			j.nothing++
			word = "NOTHING"
		case match >= 0 && ok:
			j.right++
			word = "right"
		case !ok:
			j.inconclusive++
			word = "inconclusive"
		default:
			j.wrong++
		}
		for i, f := range s.truth {
			if slices.Contains(live, f.Cause) {
				seen[i] = true
			}
		}
		var tried []string
		for _, at := range inc.Attempts {
			j.acted++
			tried = append(tried, fmt.Sprintf("%s@%s=%s", at.Action.Kind, at.Action.Target, at.Verification))
			if at.Verification == pipewright.VerifyRecovered {
				j.healed++
			}
			if at.Verification == pipewright.VerifyWorse {
				j.worse++
			}
		}
		j.lines = append(j.lines, fmt.Sprintf("%-12s %s %s at %s on %s: %s@%s %.2f | truth %v | %s %v %s", word, inc.ID, inc.State, inc.OpenedAt.Format("15:04"), inc.Resource, top.Cause, top.Resource, top.Confidence, live, inc.Signals[0].Summary, tried, inc.Note))
	}
	j.noticed = len(seen)
	return j
}

func (s shift) first(id string) pipewright.Diagnosis {
	for _, e := range s.events {
		if e.Incident == id && e.Diagnosis != nil {
			return *e.Diagnosis
		}
	}
	return pipewright.Diagnosis{}
}

// live lists the causes that were at work when the incident was opened, or a
// little before.
func (s shift) live(inc pipewright.Incident) (out []string) {
	for _, f := range s.truth {
		if !f.Start.After(inc.OpenedAt) && (f.End.IsZero() || f.End.After(inc.OpenedAt.Add(-20*time.Minute))) {
			out = append(out, f.Cause)
		}
	}
	return out
}

func (j *judged) add(o judged) {
	j.faults += o.faults
	j.noticed += o.noticed
	j.incidents += o.incidents
	j.right += o.right
	j.wrong += o.wrong
	j.inconclusive += o.inconclusive
	j.nothing += o.nothing
	j.healed += o.healed
	j.worse += o.worse
	j.acted += o.acted
}

// TestShifts runs the real loop against the plant and holds it to bounds well
// under what it reaches (README has the figures), and to no violation at all.
func TestShifts(t *testing.T) {
	var all judged
	for seed := uint64(101); seed < 101+uint64(*shifts); seed++ {
		s := work(t, seed, 5, "")
		j := s.judge()
		t.Logf("seed %d\n%s", seed, strings.Join(j.lines, "\n"))
		assert.Empty(t, s.violations(), "seed %d", seed)
		assert.True(t, s.report.OK(), "seed %d: %+v", seed, s.report.Fault)
		all.add(j)
	}
	t.Logf("%+v", all)
	assert.GreaterOrEqual(t, float64(all.right), 0.6*float64(all.incidents), "the cause is found first time")
	assert.LessOrEqual(t, float64(all.wrong), 0.2*float64(all.incidents), "confidently wrong is rare")
	assert.Zero(t, all.nothing, "no incident where nothing is wrong")
	assert.Positive(t, all.healed)
	assert.Zero(t, all.worse)
}

// decides is the policy under test.
var decides = flag.String("policy", heal.Planner, "planner or runbook")

// shifts is how many seeds TestShifts works through.
var shifts = flag.Int("shifts", 2, "seeds that TestShifts works through, 5 plant hours each")

func TestTheSameSeedGivesTheSameJournal(t *testing.T) {
	a, b, c := work(t, 9, 2, ""), work(t, 9, 2, ""), work(t, 10, 2, "")
	assert.Equal(t, a.events, b.events)
	assert.Equal(t, a.report.Head, b.report.Head, "and the same audit")
	assert.NotEqual(t, a.report.Head, c.report.Head)
}

func TestRenamingEveryResourceChangesNoBehaviour(t *testing.T) {
	shape := func(s shift) (out []string) {
		for _, e := range s.events {
			line := fmt.Sprintf("%s %s %s %s", e.At.Format(time.TimeOnly), e.Incident, e.To, e.Class)
			if e.Action != nil {
				line += " " + string(e.Action.Kind)
			}
			if e.Verdict != nil {
				line += " " + e.Verdict.By
			}
			out = append(out, line)
		}
		return out
	}
	plain, renamed := work(t, 5, 3, ""), work(t, 5, 3, "random")
	assert.Equal(t, shape(plain), shape(renamed))
	for _, inc := range renamed.incidents {
		assert.NotContains(t, string(inc.Resource), "orders")
	}
}

func TestAResumedDemoGoesOnAsIfItHadNeverStopped(t *testing.T) {
	whole := work(t, 12, 4, "")
	db := filepath.Join(t.TempDir(), "pw.db")
	for range 2 {
		var out bytes.Buffer
		p := program{out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
		require.Equal(t, 0, run(t.Context(), p, []string{"demo", "--headless", "--json", "--seed", "12", "--db", db, "--for", "120ms", "--speed", "60000"}), out.String())
	}
	store, err := sqlite.Open(t.Context(), db, sqlite.Options{Existing: true})
	require.NoError(t, err)
	defer store.Close()
	events, err := store.Events(t.Context(), pipewright.EventQuery{Limit: 1_000_000})
	require.NoError(t, err)
	shape := func(events []pipewright.Event) (out []string) {
		for _, e := range events {
			out = append(out, fmt.Sprintf("%s %s %s", e.At.Format(time.TimeOnly), e.Incident, e.To))
		}
		return out
	}
	assert.Equal(t, shape(whole.events), shape(events))
}
