package ask

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// How one resource is, or all of a kind.

// statusOf tells how one resource is: incidents, newest run, errors.
func (t *turn) statusOf(id pipewright.ResourceID, w pipewright.Window) error {
	all, err := t.incidentsOf(id, w)
	if err != nil {
		return err
	}
	live := slices.DeleteFunc(slices.Clone(all), func(i pipewright.Incident) bool {
		return i.State == pipewright.Resolved || i.State == pipewright.Closed
	})
	if len(live) > 0 {
		t.say("%s is in trouble.", id)
		for _, inc := range live {
			t.incidentLine(inc, citationOf(tools.Result{}, inc))
			t.next.Incident = inc.ID
		}
		t.verdictOfLive(live)
	} else {
		t.say("%s has no open incident.", id)
	}
	if err := t.newestRun(id, w); err != nil {
		return err
	}
	if t.r.has("good") {
		if err := t.lastGood(id); err != nil {
			return err
		}
	}
	errs, err := t.call("count_logs", within(map[string]any{"resource": id}, w))
	if err != nil {
		return err
	}
	if errs.Hits > 0 {
		t.claim(errs.Evidence[:1], "It logged %s in the window", times(errs.Hits, "error"))
	}
	return t.offerPending(live)
}

func (t *turn) newestRun(id pipewright.ResourceID, w pipewright.Window) error {
	runs, err := t.call("list_runs", within(map[string]any{"resource": id}, w))
	if err != nil {
		return err
	}
	all := as[[]pipewright.Run](runs.Data)
	if len(all) > 0 {
		last := all[len(all)-1]
		t.claim(runs.Evidence[:1], "Its newest run %s %s, started %s", last.ID, stateWord(last), t.clock(last.Started))
		return nil
	}
	return t.readings(id, w)
}

// lastGood tells when the resource last succeeded.
func (t *turn) lastGood(id pipewright.ResourceID) error {
	res, err := t.call("last_good_run", map[string]any{"resource": id, "end": t.now})
	if err != nil {
		return err
	}
	good := as[telemetry.LastGood](res.Data)
	if good.Run != nil {
		t.claim(res.Evidence[:1], "It last succeeded with run %s, started %s", good.Run.ID, t.clock(good.Run.Started))
		return nil
	}
	if good.Newest != nil {
		t.empty(res)
	}
	return nil
}

// readings gives the last value within the last hour of the window of each metric of
// something that has no runs.
func (t *turn) readings(id pipewright.ResourceID, of pipewright.Window) error {
	end := t.now
	if !of.End.IsZero() && of.End.Before(end) {
		end = of.End
	}
	var parts []string
	for _, s := range t.series {
		if s.Resource != id || len(parts) == 6 {
			continue
		}
		w := pipewright.Window{Start: end.Add(-hour(1)), End: end}
		res, err := t.call("get_metric", within(map[string]any{"resource": id, "metric": s.Metric}, w))
		if err != nil {
			return err
		}
		if m, ok := res.Data.(telemetry.Metric); ok && res.Hits > 0 {
			parts = append(parts, fmt.Sprintf("%s %s%s %s", s.Metric, telemetry.Number(m.Last), unitOf(s.Metric), t.refs(res.Evidence)))
		}
	}
	if len(parts) > 0 {
		t.say("Last readings: %s.", strings.Join(parts, ", "))
	}
	return nil
}

// statusOfKind tells which of a kind are in trouble.
func (t *turn) statusOfKind(kinds []string, w pipewright.Window) error {
	res, err := t.call("list_incidents", map[string]any{"live": true})
	if err != nil {
		return err
	}
	var live []pipewright.Incident
	for _, inc := range as[[]pipewright.Incident](res.Data) {
		if slices.ContainsFunc(inc.Resources(), func(id pipewright.ResourceID) bool { return slices.Contains(kinds, id.Kind()) }) {
			live = append(live, inc)
			t.ans.Resources = append(t.ans.Resources, inc.Resource)
		}
	}
	t.ans.Resources = uniqueIDs(t.ans.Resources)
	t.next.Kinds = kinds
	if len(live) == 0 {
		t.say("No %s has an open incident.", strings.Join(kinds, " or "))
		return t.failedRuns(kinds, w)
	}
	t.say("%s open that touch %s%s.", times(len(live), "incident"), strings.Join(kinds, " or "), needPerson(live))
	for _, inc := range live {
		t.incidentLine(inc, citationOf(res, inc))
	}
	t.verdictOfLive(live)
	return t.offerPending(live)
}

// inventory lists what is watched, or what a resource depends on.
func (t *turn) inventory() error {
	s, err := t.pick(nil)
	if err != nil || t.settle(s) {
		return err
	}
	t.ans.Window = pipewright.Window{}
	if len(s.ids) == 0 {
		var ids []pipewright.ResourceID
		for _, e := range t.world.index.entries {
			if len(s.kinds) == 0 || slices.Contains(s.kinds, e.kind) {
				ids = append(ids, e.id)
			}
		}
		t.say("%s observed: %s.", times(len(ids), "resource"), some(ids, 40))
		return nil
	}
	res, err := t.call("lineage", map[string]any{"resource": s.ids[0]})
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	t.claim(res.Evidence, "%s", strings.ReplaceAll(res.Evidence[0].Excerpt, "\n", "; "))
	return nil
}
