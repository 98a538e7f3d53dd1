package diagnose_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/agent/diagnose"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// ledger is a journal that holds these incidents.
type ledger []pipewright.Incident

func (l ledger) Incidents(_ context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error) {
	var out []pipewright.Incident
	for _, inc := range l {
		if among(q.Resources, inc.Resource) && (q.Window.End.IsZero() || inc.OpenedAt.Before(q.Window.End)) {
			out = append(out, inc)
		}
	}
	return out, nil
}

func (l ledger) Incident(_ context.Context, id string) (pipewright.Incident, error) {
	for _, inc := range l {
		if inc.ID == id {
			return inc, nil
		}
	}
	return pipewright.Incident{}, pipewright.Errorf(pipewright.NotFound, "there is no incident %s", id)
}

func (ledger) Events(context.Context, pipewright.EventQuery) ([]pipewright.Event, error) {
	return nil, nil
}

func (ledger) Approvals(context.Context, ...pipewright.ApprovalState) ([]pipewright.Approval, error) {
	return nil, nil
}

// before is an incident of a full disk ten hours before the onset, put down to a cause.
func before(cause string, verified pipewright.Verification) pipewright.Incident {
	return pipewright.Incident{ID: "inc-0000", State: pipewright.Closed, Resource: warehouse, OpenedAt: ago(10 * time.Hour), EndedAt: ago(9 * time.Hour),
		Title: "disk_percent is over its limit", Class: "resource_exhaustion",
		Diagnosis: &pipewright.Diagnosis{Hypotheses: []pipewright.Hypothesis{{Cause: cause, Class: "resource_exhaustion", Resource: warehouse, Confidence: .9}}},
		Attempts:  []pipewright.Attempt{{Action: pipewright.Action{Kind: "redshift.scale_up", Target: warehouse}, At: ago(9 * time.Hour), Verification: verified}}}
}

// remember diagnoses with the read tools at hand.
func remember(t *testing.T, m *memory, inc pipewright.Incident, past ledger, books ...telemetry.Runbook) pipewright.Diagnosis {
	t.Helper()
	reg := answers{}.registry()
	shelf, err := telemetry.NewRunbooks(books)
	require.NoError(t, err)
	require.NoError(t, telemetry.Register(reg, m, append(past, inc), telemetry.WithRunbooks(shelf)))
	d, err := diagnose.New(catalogue.Default(), m, reg).Diagnose(t.Context(), inc, now)
	require.NoError(t, err)
	return d
}

// cites lists what the top cause cites of a kind.
func cites(d pipewright.Diagnosis, kind pipewright.EvidenceKind) (out []pipewright.Evidence) {
	for _, e := range d.Evidence {
		if e.Kind == kind && slices.Contains(d.Hypotheses[0].Evidence, e.ID) {
			out = append(out, e)
		}
	}
	return out
}

func fullDisk() (*memory, pipewright.Incident) {
	m := shop()
	m.metric(warehouse, "disk_percent", 60, 99)
	for i, p := range m.points { // as it was when the incident before was open
		if !p.At.Before(ago(10*time.Hour)) && p.At.Before(ago(9*time.Hour+50*time.Minute)) {
			m.points[i].Value = 99
		}
	}
	m.log(warehouse, onset, pipewright.Err, "", "ERROR: Disk Full DETAIL: error: Disk Full code: 1016")
	return m, reading(warehouse, "threshold", "disk_percent", 99, 90)
}

func TestAnIncidentThatWasAlikeIsCited(t *testing.T) {
	m, inc := fullDisk()
	for name, c := range map[string]struct {
		past  pipewright.Incident
		cited bool
	}{
		"of the same cause, and it recovered": {before("disk_full", pipewright.VerifyRecovered), true},
		"of another cause":                    {before("table_lock_held", pipewright.VerifyRecovered), false},
		"that nothing helped":                 {before("disk_full", pipewright.VerifyUnchanged), false},
	} {
		t.Run(name, func(t *testing.T) {
			d := remember(t, m, inc, ledger{c.past})
			found := cites(d, pipewright.IncidentEvidence)
			if !c.cited {
				assert.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			assert.Contains(t, found[0].Excerpt, "inc-0000 closed on redshift:cluster/warehouse")
			assert.Equal(t, warehouse, found[0].Source)
		})
	}
}

func TestAWindowThatLookedTheSameIsCitedWithItsIncident(t *testing.T) {
	m, inc := fullDisk()
	var said []string
	for _, e := range cites(remember(t, m, inc, ledger{before("disk_full", pipewright.VerifyRecovered)}), pipewright.MetricEvidence) {
		said = append(said, e.Excerpt)
	}
	assert.True(t, slices.ContainsFunc(said, func(s string) bool {
		return len(s) > 50 && s[:50] == "it looked like this while inc-0000 was open: redsh"
	}), "%q", said)
}

func TestTheFirstErrorOfANewKindIsCitedWhenNothingIsKnown(t *testing.T) {
	m := shop()
	m.failRun(job, "", "the flux capacitor lost its phase at stage 7")
	d := remember(t, m, incident(job, "run_failed"), nil)
	found := cites(d, pipewright.LogEvidence)
	require.NotEmpty(t, found)
	assert.Contains(t, found[0].Excerpt, "flux capacitor")
}

func TestARunbookIsCitedWhenItIsAboutThePlace(t *testing.T) {
	m, inc := fullDisk()
	about := telemetry.Runbook{Name: "warehouse.md", Text: "# Warehouse\n\nWhen the disk of the warehouse is full, resize it.\n"}
	other := telemetry.Runbook{Name: "coffee.md", Text: "# Coffee\n\nThe machine is full of beans: a full pot is made at nine.\n"}
	found := cites(remember(t, m, inc, nil, about, other), pipewright.RunbookEvidence)
	require.Len(t, found, 1)
	assert.Equal(t, pipewright.ResourceID("runbook:file/warehouse.md"), found[0].Source)
	assert.Empty(t, cites(remember(t, m, inc, nil, other), pipewright.RunbookEvidence))
}

func TestThePastIsCitedAndNotCounted(t *testing.T) {
	for _, x := range scenes {
		without, m := x.diagnose(t)
		if len(x.probes) > 0 {
			continue // this test has none
		}
		inc := x.inc
		with := remember(t, m, inc, ledger{before(x.cause, pipewright.VerifyRecovered)}, telemetry.Runbook{Name: "r.md", Text: "# " + string(x.inc.Resource) + "\n\nAll about " + x.inc.Resource.Name()})
		for i, h := range without.Hypotheses {
			assert.Equal(t, h.Cause, with.Hypotheses[i].Cause, x.name)
			assert.InDelta(t, h.Confidence, with.Hypotheses[i].Confidence, 1e-12, x.name)
		}
		checkSound(t, with, m)
	}
}

func TestToolsThatFailTakeNothingFromADiagnosis(t *testing.T) {
	m, inc := fullDisk()
	reg := tools.NewRegistry()
	for _, name := range []string{"similar_incidents", "similar_windows", "search_logs", "read_runbook"} {
		require.NoError(t, reg.AddTool(tools.Tool{Name: name, Effect: tools.Read, Call: func(context.Context, map[string]any) (tools.Result, error) {
			return tools.Result{Hits: 3, Data: "nonsense"}, errors.New("the store is gone")
		}}))
	}
	d, err := diagnose.New(catalogue.Default(), m, reg).Diagnose(t.Context(), inc, now)
	require.NoError(t, err)
	assert.Equal(t, look(t, m, inc, nil), d)
}
