package telemetry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// reachBack is how long before a window a run may have started and still end in it.
const reachBack = 24 * time.Hour

// citedRuns is how many runs one call cites; the data holds them all.
const citedRuns = 8

// LastGood is the data of last_good_run.
type LastGood struct {
	Run    *pipewright.Run  `json:"run"`    // nil when none succeeded
	Since  []pipewright.Run `json:"since"`  // started after it, oldest first
	Newest *pipewright.Run  `json:"newest"` // nil when there are no runs
}

var stateArg = tools.Arg{Name: "state", Type: "string", Purpose: "state of the runs", Enum: []string{"queued", "running", "succeeded", "failed", "cancelled"}}

func (r reader) listRuns() spec {
	return spec{name: "list_runs", purpose: "runs that started or ended in a window, by resource, kind and state, oldest first",
		args: []tools.Arg{resourceArg, kindArg, stateArg, startArg, endArg, limitArg("the newest that many, 200 unless said, 1000 at most")},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			ids, ok, err := r.scope(ctx, in)
			if err != nil {
				return tools.Result{}, err
			}
			if !ok {
				return r.nothing(ctx, in, "run", time.Time{})
			}
			runs, err := r.runsIn(ctx, ids, in)
			if err != nil {
				return tools.Result{}, err
			}
			if len(runs) == 0 {
				return r.noRuns(ctx, in, ids)
			}
			runs = tail(runs, in.bound("limit", 200, 1000))
			return tools.Result{Hits: len(runs), Data: runs, Evidence: citeRuns(runs, in)}, nil
		}}
}

// runsIn lists the runs that started in the window or, when they are done, ended in it.
func (r reader) runsIn(ctx context.Context, ids []pipewright.ResourceID, in input) ([]pipewright.Run, error) {
	w := in.window()
	q := pipewright.RunQuery{Resources: ids, Window: w, Limit: 1000}
	if !w.Start.IsZero() {
		q.Window.Start = w.Start.Add(-reachBack)
	}
	if s := in.str("state"); s != "" {
		q.States = []pipewright.RunState{pipewright.RunState(s)}
	}
	runs, err := r.store.Runs(ctx, q)
	return slices.DeleteFunc(runs, func(run pipewright.Run) bool {
		return !w.Holds(run.Started) && (run.Ended.IsZero() || !w.Holds(run.Ended))
	}), err
}

func (r reader) noRuns(ctx context.Context, in input, ids []pipewright.ResourceID) (tools.Result, error) {
	what := "run"
	if s := in.str("state"); s != "" {
		what = s + " run"
	}
	last, err := r.store.Runs(ctx, pipewright.RunQuery{Resources: ids, Limit: 1})
	if err != nil {
		return tools.Result{}, err
	}
	var newest time.Time
	for _, run := range last {
		newest = run.Started
	}
	res, err := r.nothing(ctx, in, what, newest)
	res.Evidence, res.Data = citeRuns(last, in), []pipewright.Run{}
	return res, err
}

func (r reader) lastGoodRun() spec {
	return spec{name: "last_good_run", purpose: "the newest run of a resource that succeeded, and what has run since",
		args: []tools.Arg{must(resourceArg), endArg},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			runs, err := r.store.Runs(ctx, pipewright.RunQuery{Resources: []pipewright.ResourceID{in.resource()}, Window: in.window(), Limit: 500})
			if err != nil {
				return tools.Result{}, err
			}
			if len(runs) == 0 {
				return r.nothing(ctx, in, "run", time.Time{})
			}
			data := LastGood{Newest: &runs[len(runs)-1]}
			for i := len(runs) - 1; i >= 0 && data.Run == nil; i-- {
				if runs[i].State == pipewright.RunSucceeded {
					data.Run, data.Since = &runs[i], runs[i+1:]
				}
			}
			if data.Run == nil {
				return tools.Result{Data: data, Evidence: citeRuns(runs, in), Empty: fmt.Sprintf("none of the %d stored runs of %s succeeded", len(runs), in.resource())}, nil
			}
			return tools.Result{Hits: 1, Data: data, Evidence: citeRuns([]pipewright.Run{*data.Run}, in)}, nil
		}}
}

// citeRuns makes one evidence a run, the newest first.
func citeRuns(runs []pipewright.Run, in input) []pipewright.Evidence {
	out := []pipewright.Evidence{}
	for _, run := range slices.Backward(tail(runs, citedRuns)) {
		end := run.Ended
		if end.IsZero() {
			end = run.Started
		}
		out = append(out, pipewright.Evidence{Source: run.Resource, Kind: pipewright.RunEvidence, Query: in.query(), Start: run.Started, End: end, Excerpt: SayRun(run)})
	}
	return out
}

// SayRun is a run as one line.
func SayRun(run pipewright.Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s run %s", run.Resource, run.ID)
	if run.Attempt > 1 {
		fmt.Fprintf(&b, " attempt %d", run.Attempt)
	}
	fmt.Fprintf(&b, " %s, started %s", run.State, stamp(run.Started))
	if !run.Ended.IsZero() {
		fmt.Fprintf(&b, ", ended %s", stamp(run.Ended))
	}
	if run.Error != "" {
		b.WriteString(": " + oneLine(run.Error, 400))
	}
	return b.String()
}
