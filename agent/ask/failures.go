package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// failures answers "which machines, jobs or dags failed last night".
func (t *turn) failures() error {
	w := t.span0(24)
	s, err := t.pick(t.trouble(w))
	if err != nil || t.settle(s) {
		return err
	}
	return t.failuresIn(w, s)
}

func (t *turn) failuresIn(w pipewright.Window, s scope) error {
	t.next.Kinds = s.kinds
	if len(s.ids) > 0 {
		for _, id := range s.ids {
			if err := t.failuresOf(id, w); err != nil {
				return err
			}
		}
		return nil
	}
	return t.failedRuns(s.kinds, w)
}

// failuresOf answers "did X fail".
func (t *turn) failuresOf(id pipewright.ResourceID, w pipewright.Window) error {
	res, err := t.call("list_runs", within(map[string]any{"resource": id, "state": "failed"}, w))
	if err != nil {
		return err
	}
	incidents, err := t.incidentsOf(id, w)
	if err != nil {
		return err
	}
	switch {
	case res.Hits > 0:
		t.say("Yes, %s failed %s.", id, timesWord(res.Hits))
		t.listRuns(as[[]pipewright.Run](res.Data), res.Evidence)
	case len(incidents) > 0:
		t.say("%s had no failed run, but it was in trouble.", id)
	default:
		t.say("No, %s did not fail in the window.", id)
		t.empty(res)
	}
	for _, inc := range incidents {
		t.incidentLine(inc, citationOf(tools.Result{}, inc))
		t.next.Incident = inc.ID
	}
	return nil
}

func timesWord(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// failedRuns lists failed runs and incidents of the kinds, all when there are none.
// When nothing of the kind failed, it says what else did.
func (t *turn) failedRuns(kinds []string, w pipewright.Window) error {
	res, err := t.call("list_runs", within(map[string]any{"kind": strings.Join(kinds, ","), "state": "failed", "limit": 500}, w))
	if err != nil {
		return err
	}
	recent, err := t.call("list_incidents", within(map[string]any{}, w))
	if err != nil {
		return err
	}
	runs := as[[]pipewright.Run](res.Data)
	incidents := slices.DeleteFunc(slices.Clone(as[[]pipewright.Incident](recent.Data)), func(inc pipewright.Incident) bool {
		return inc.Class == pipewright.ClassRequested || len(kinds) > 0 && !slices.ContainsFunc(inc.Resources(), func(id pipewright.ResourceID) bool { return slices.Contains(kinds, id.Kind()) })
	})
	if len(runs) > 0 {
		t.listFailed(runs, res.Evidence)
	}
	if len(incidents) > 0 {
		t.say("%s in the window: %s. Newest first:", times(len(incidents), "incident"), states(incidents))
	}
	for i, inc := range slices.Backward(incidents) {
		if len(incidents)-i > t.most(8) {
			t.say("  and %d more; say \"more\".", i+1)
			break
		}
		t.incidentLine(inc, citationOf(recent, inc))
		for _, id := range inc.Resources() {
			if len(kinds) == 0 && id == inc.Resource || slices.Contains(kinds, id.Kind()) {
				t.ans.Resources = append(t.ans.Resources, id)
			}
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	if len(runs)+len(incidents) == 0 {
		t.say("Nothing failed: no failed run and no incident%s in the window.", ofKinds(kinds))
		t.empty(res)
		return t.othersFailed(kinds, w)
	}
	return nil
}

func ofKinds(kinds []string) string {
	if len(kinds) == 0 {
		return ""
	}
	return " of " + strings.Join(kinds, ", ")
}

func (t *turn) othersFailed(kinds []string, w pipewright.Window) error {
	if len(kinds) == 0 {
		return nil
	}
	res, err := t.call("list_runs", within(map[string]any{"state": "failed", "limit": 500}, w))
	if err != nil || res.Hits == 0 {
		return err
	}
	var ids []pipewright.ResourceID
	for _, r := range as[[]pipewright.Run](res.Data) {
		ids = append(ids, r.Resource)
	}
	t.claim(res.Evidence[:1], "Of other kinds these failed: %s", some(uniqueIDs(ids), 6))
	return nil
}

// listFailed groups failed runs by resource, most first.
func (t *turn) listFailed(runs []pipewright.Run, evidence []pipewright.Evidence) {
	byID := map[pipewright.ResourceID][]pipewright.Run{}
	var ids []pipewright.ResourceID
	for _, r := range runs {
		if len(byID[r.Resource]) == 0 {
			ids = append(ids, r.Resource)
		}
		byID[r.Resource] = append(byID[r.Resource], r)
	}
	slices.SortStableFunc(ids, func(a, b pipewright.ResourceID) int { return len(byID[b]) - len(byID[a]) })
	t.say("%s failed in the window:", times(len(ids), "resource"))
	for i, id := range ids {
		if i == t.most(10) {
			t.say("  and %d more.", len(ids)-i)
			break
		}
		last := byID[id][len(byID[id])-1]
		t.claim(runEvidence(evidence, last), "  %s %s, last %s: %s", id, timesWord(len(byID[id])), t.clock(endOf(last)), firstLine(last.Error, 140))
		t.ans.Resources = append(t.ans.Resources, id)
	}
}

func (t *turn) listRuns(runs []pipewright.Run, evidence []pipewright.Evidence) {
	for _, r := range slices.Backward(runs[max(0, len(runs)-5):]) {
		t.claim(runEvidence(evidence, r), "  run %s, %s: %s", r.ID, t.clock(endOf(r)), firstLine(r.Error, 140))
	}
}
