package airflow

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// unfinishedTries are the states of a task instance that is under way.
var unfinishedTries = []string{"scheduled", "queued", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred"}

// runs reads DAG runs and task instances that changed since the cursor, and
// those that are under way whenever they changed last.
func (p *poll) runs(ctx context.Context) error {
	since := p.cur.Since.UTC().Format(time.RFC3339Nano)
	for _, q := range []url.Values{
		{"updated_at_gte": {since}, "order_by": {"id"}},
		{"state": {"running", "queued"}, "order_by": {"id"}},
	} {
		found, err := p.c.runs(ctx, "~", q)
		if err != nil {
			return err
		}
		for _, r := range found {
			p.addRun(r)
		}
	}
	for _, q := range []url.Values{
		{"updated_at_gte": {since}, "order_by": {"id"}},
		{"state": unfinishedTries, "order_by": {"id"}},
	} {
		found, err := p.c.instances(ctx, "~", "~", q)
		if err != nil {
			return err
		}
		if err := p.addTries(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

func (p *poll) addRun(r dagRun) {
	if key := runKey(r.DAG, r.ID); p.seen[r.DAG] && !p.have[key] {
		p.have[key] = true
		p.dagRuns = append(p.dagRuns, r)
	}
}

// addTries adds task instances and, for those that were tried before, their
// earlier tries: a try can come and go between two polls.
func (p *poll) addTries(ctx context.Context, found []instance) error {
	for _, i := range found {
		key := i.ref().key()
		if !p.seen[i.DAG] || p.have[key] {
			continue
		}
		p.have[key] = true
		p.tries = append(p.tries, i)
		if i.Try < 2 && (i.Try == 0 || i.state() != "") {
			continue
		}
		earlier, err := p.c.tries(ctx, i)
		if err != nil && pipewright.KindOf(err) != pipewright.NotFound {
			return err
		}
		for _, e := range earlier {
			if e.Try < i.Try || i.state() == "" { // cleared: the list holds the try that was
				p.have[e.ref().key()] = true
				p.tries = append(p.tries, e)
			}
		}
	}
	return nil
}

// ref names one try of one task instance.
func (i instance) ref() openTry {
	return openTry{DAG: i.DAG, Run: i.Run, Task: i.Task, Map: i.Map, Try: i.Try, Start: first(i.Start, i.Queued)}
}

// emitRuns turns what was read into runs and notes what is still open.
func (p *poll) emitRuns() {
	p.cur.Open = nil
	for _, i := range p.tries {
		p.emitTry(i)
	}
	for _, r := range p.dagRuns {
		p.emitRun(r)
	}
}

func (p *poll) emitRun(r dagRun) {
	mark := p.cur.attempt(r, p.now)
	run := pipewright.Run{
		Resource: dagID(r.DAG), ID: r.ID, Attempt: mark.Attempt, State: runState(r.State),
		Started: first(r.Start, r.Queued, r.RunAfter), Detail: map[string]string{"trigger": r.Type},
	}
	if user := deref(r.User); user != "" {
		run.Detail["by"] = user
	}
	if n := len(r.Versions); n > 0 {
		run.Detail["dag_version"] = itoa(r.Versions[n-1].Number)
	}
	if run.State.Done() {
		run.Ended = first(r.End)
	}
	if run.State == pipewright.RunFailed {
		if run.Error = p.whyFailed(r); run.Error == "" {
			run.Error = mark.Error
		}
		mark.Error = run.Error
		p.cur.Runs[runKey(r.DAG, r.ID)] = mark
	}
	p.batch.Runs = append(p.batch.Runs, run)
}

// whyFailed names the tasks of a run that failed in this batch, each with the
// root cause of its log; empty when there is none in it.
func (p *poll) whyFailed(r dagRun) string {
	var why []string
	for _, i := range p.tries {
		if i.DAG != r.DAG || i.Run != r.ID || tryState(i) != pipewright.RunFailed {
			continue
		}
		// A try of an earlier attempt of the run does not explain this one.
		if start := first(r.Start); !start.IsZero() && first(i.End).Before(start) {
			continue
		}
		one := "task " + i.Task + " failed"
		if e := p.cur.Logged[i.ref().key()].Error; e != "" {
			one = "task " + i.Task + ": " + e
		}
		if !slices.Contains(why, one) {
			why = append(why, one)
		}
	}
	return cut(strings.Join(why, "; "), 1000)
}

func (p *poll) emitTry(i instance) {
	state := tryState(i)
	if state == "" {
		return
	}
	run := pipewright.Run{
		Resource: taskID(i.DAG, i.Task), ID: runID(i.Run, i.Map), Attempt: i.Try, State: state,
		Started: first(i.Start, i.Queued), Detail: map[string]string{"state": i.state(), "parent_run": i.Run},
	}
	if host := deref(i.Host); host != "" {
		run.Detail["host"] = host
	}
	if state.Done() {
		run.Ended = first(i.End)
		run.Error = p.cur.Logged[i.ref().key()].Error
	} else {
		p.cur.Open = append(p.cur.Open, i.ref())
	}
	if state == pipewright.RunFailed && run.Error == "" {
		run.Error = "task " + i.Task + " failed"
	}
	p.batch.Runs = append(p.batch.Runs, run)
}

// runID is the run's id on a task's own resource; a mapped task has one for
// each index.
func runID(run string, mapIndex int) string {
	if mapIndex < 0 {
		return run
	}
	return run + "[" + itoa(mapIndex) + "]"
}

func runState(s string) pipewright.RunState {
	switch s {
	case "queued":
		return pipewright.RunQueued
	case "running":
		return pipewright.RunRunning
	case "success":
		return pipewright.RunSucceeded
	case "failed":
		return pipewright.RunFailed
	}
	return ""
}

// tryState is the state of one try; empty when there is nothing to tell: not
// yet scheduled, cleared, skipped by a branch, or never started because an
// upstream task failed after an earlier try.
func tryState(i instance) pipewright.RunState {
	switch i.state() {
	case "scheduled", "queued":
		return pipewright.RunQueued
	case "running", "restarting", "deferred", "up_for_reschedule":
		return pipewright.RunRunning
	case "success":
		return pipewright.RunSucceeded
	case "failed", "up_for_retry": // the next try has the next number
		return pipewright.RunFailed
	case "upstream_failed":
		if i.Try == 0 {
			return pipewright.RunCancelled
		}
	}
	return ""
}
