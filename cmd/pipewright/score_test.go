package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/rl/sim"
)

// shift is one unpaced run of the demo, with what was really wrong beside what
// the agent made of it.
type shift struct {
	incidents []pipewright.Incident
	events    []pipewright.Event
	truth     []sim.Fault
	start     time.Time
}

func work(t *testing.T, seed uint64, hours int, rename string) shift {
	t.Helper()
	var out bytes.Buffer
	p := program{out: &out, err: &out, now: time.Now, env: func(string) string { return "" }}
	ctx := context.Background()
	f := demoFlags{length: time.Duration(hours) * 6 * time.Second, speed: 600, seed: seed, start: demoStart, rename: rename}
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
	return s
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

func TestScore(t *testing.T) {
	if testing.Short() {
		t.Skip("a look at many shifts")
	}
	var all judged
	for seed := uint64(101); seed < 107; seed++ {
		j := work(t, seed, 5, "").judge()
		t.Logf("seed %d\n%s", seed, strings.Join(j.lines, "\n"))
		all.faults += j.faults
		all.noticed += j.noticed
		all.incidents += j.incidents
		all.right += j.right
		all.wrong += j.wrong
		all.inconclusive += j.inconclusive
		all.nothing += j.nothing
		all.healed += j.healed
		all.worse += j.worse
		all.acted += j.acted
	}
	all.lines = nil
	t.Logf("%+v", all)
}
