package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools/telemetry"
)

// What is read where nothing failed.

// nothingFailed says that a resource shows no failure, and what its newest run and
// errors were.
func (t *turn) nothingFailed(id pipewright.ResourceID, w pipewright.Window) error {
	t.ans.Verdict = pipewright.NoAction
	runs, err := t.call("list_runs", within(map[string]any{"resource": id, "limit": 20}, w))
	if err != nil {
		return err
	}
	errs, err := t.call("count_logs", within(map[string]any{"resource": id}, w))
	if err != nil {
		return err
	}
	t.say("%s did not fail in this window: no failed run and no incident of its own was stored.", id)
	if err := t.newestRun(id, w); err != nil {
		return err
	}
	if runs.Hits == 0 && len(t.metricsOf(id)) == 0 {
		t.empty(runs)
	}
	if errs.Hits > 0 {
		t.claim(errs.Evidence, "It did log %s", times(errs.Hits, "error"))
	}
	return t.neighbours(id, w)
}

// neighbours explains the nearest incident along lineage when the resource itself
// shows nothing.
func (t *turn) neighbours(id pipewright.ResourceID, w pipewright.Window) error {
	res, err := t.call("lineage", map[string]any{"resource": id, "hops": 4})
	if err != nil {
		return err
	}
	lineage := as[telemetry.Lineage](res.Data)
	for _, near := range append(slices.Clone(lineage.Upstream), lineage.Downstream...) {
		incidents, err := t.incidentsOf(near, w)
		if err != nil {
			return err
		}
		inc, ok := newest(incidents)
		if !ok || inc.State == pipewright.Closed || inc.State == pipewright.Resolved {
			continue
		}
		t.claim(res.Evidence, "%s stands next to it along the lineage and is in trouble", near)
		t.next.Incident = inc.ID
		return t.tell(inc, []pipewright.ResourceID{near})
	}
	return nil
}

func stateWord(run pipewright.Run) string {
	switch run.State {
	case pipewright.RunRunning:
		return "is running"
	case pipewright.RunQueued:
		return "is queued"
	case pipewright.RunCancelled:
		return "was cancelled"
	}
	return string(run.State)
}

// logs shows the newest records of a resource, word for word.
func (t *turn) logs(id pipewright.ResourceID, w pipewright.Window) error {
	args := map[string]any{"resource": id, "limit": 10}
	if t.r.has("error") {
		args["level"] = "error"
	}
	res, err := t.call("search_logs", within(args, w))
	if err != nil {
		return err
	}
	if res.Hits == 0 {
		t.empty(res)
		return nil
	}
	t.say("%s wrote %s; the newest are:", id, times(res.Hits, "log record"))
	for _, e := range res.Evidence {
		t.say("[%s] %s", t.cite(e), e.Excerpt)
	}
	return nil
}
