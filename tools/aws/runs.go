package aws

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
)

// Bounds of a poll on runs.
const (
	jobsAPoll = 50 // jobs whose runs are read in one poll; the rest at the next
	runPages  = 20 // of 100 runs
	oldOpen   = 20 // runs of one job under way that are asked for one by one
)

// readRuns reads the runs of jobs, those not read for longest first. It fails when the runs of no job can be read.
func (p *poll) readRuns(ctx context.Context) error {
	p.dropJobs()
	read, failed := 0, error(nil)
	for _, j := range p.turn() {
		err := p.runsOf(ctx, j)
		if err == nil {
			read++
			continue
		}
		failed = cmp.Or(failed, err)
		if err := p.tolerate(ctx, "runs of "+*j.Name, err); err != nil {
			return err
		}
		if pipewright.KindOf(err) == pipewright.Unavailable {
			break // the other jobs are at the same address
		}
	}
	if read == 0 && failed != nil {
		return failed
	}
	return nil
}

// turn is whose runs are read in this poll.
func (p *poll) turn() []types.Job {
	jobs := slices.Clone(p.jobs)
	slices.SortStableFunc(jobs, func(a, b types.Job) int { return p.cur.Jobs[*a.Name].Read.Compare(p.cur.Jobs[*b.Name].Read) })
	return jobs[:min(len(jobs), jobsAPoll)]
}

// runsOf reads the runs of one job that are new, or were under way.
func (p *poll) runsOf(ctx context.Context, j types.Job) error {
	m := p.cur.Jobs[*j.Name]
	from := p.now.Add(-p.c.cfg.Backfill)
	if !m.Since.IsZero() {
		from = m.Since.Add(-runOverlap)
	}
	m.Open, m.Ended = orEmpty(m.Open), orEmpty(m.Ended)
	var found []types.JobRun
	whole, err := pages(runPages, func(token *string) (*string, bool, error) {
		in := &glue.GetJobRunsInput{JobName: j.Name, MaxResults: sdk.Int32(100), NextToken: token}
		out, err := call(ctx, p.c, op{"glue:GetJobRuns", "JobName=" + *j.Name}, p.c.glue.GetJobRuns, in)
		if pipewright.KindOf(err) == pipewright.NotFound {
			return nil, true, nil // deleted since the jobs were listed
		}
		if err != nil {
			return nil, false, err
		}
		found = append(found, out.JobRuns...)
		return out.NextToken, allOld(out.JobRuns, from), nil
	})
	if err != nil {
		return err
	}
	if !whole {
		p.note("many runs of "+*j.Name, *j.Name+" has more runs than one poll reads: older ones are left out")
	}
	older, err := p.stillOpen(ctx, *j.Name, m, found)
	if err != nil {
		return err
	}
	p.keepRuns(j, &m, from, append(found, older...))
	return nil
}

func orEmpty(m map[string]time.Time) map[string]time.Time {
	if m == nil {
		return map[string]time.Time{}
	}
	return maps.Clone(m)
}

// allOld reports whether a page is past what is looked for: runs come newest
// first.
func allOld(runs []types.JobRun, from time.Time) bool {
	return len(runs) > 0 && !slices.ContainsFunc(runs, func(r types.JobRun) bool {
		return r.StartedOn == nil || !r.StartedOn.Before(from)
	})
}

// stillOpen asks one by one for runs that were under way and are on none of the
// pages. One that Glue does not know any more is cancelled.
func (p *poll) stillOpen(ctx context.Context, job string, m jobMark, found []types.JobRun) ([]types.JobRun, error) {
	var out []types.JobRun
	for _, id := range slices.Sorted(maps.Keys(m.Open)) {
		if slices.ContainsFunc(found, func(r types.JobRun) bool { return sdk.ToString(r.Id) == id }) || len(out) == oldOpen {
			continue
		}
		o := op{"glue:GetJobRun", "JobName=" + job + " RunId=" + id}
		got, err := call(ctx, p.c, o, p.c.glue.GetJobRun, &glue.GetJobRunInput{JobName: &job, RunId: &id})
		switch {
		case pipewright.KindOf(err) == pipewright.NotFound, err == nil && got.JobRun == nil:
			p.deletedRun(job, id, m.Open[id])
			delete(m.Open, id)
		case err != nil:
			return nil, err
		default:
			out = append(out, *got.JobRun)
		}
	}
	return out, nil
}

// keepRuns turns runs that are new or were under way into records, oldest
// first, and moves the mark of the job.
func (p *poll) keepRuns(j types.Job, m *jobMark, from time.Time, runs []types.JobRun) {
	slices.SortStableFunc(runs, func(a, b types.JobRun) int {
		return cmp.Or(sdk.ToTime(a.StartedOn).Compare(sdk.ToTime(b.StartedOn)), cmp.Compare(sdk.ToString(a.Id), sdk.ToString(b.Id)))
	})
	first := m.Since.IsZero()
	for _, r := range runs {
		id, start := sdk.ToString(r.Id), sdk.ToTime(r.StartedOn).UTC()
		_, open := m.Open[id]
		_, ended := m.Ended[id]
		run := asRun(*j.Name, r)
		// At the first poll, a run that ended in the window matters whenever it began.
		old := start.Before(from) && (!first || run.Ended.Before(from))
		if id == "" || ended || !open && run.State.Done() && old {
			continue
		}
		p.batch.Runs = append(p.batch.Runs, run)
		if delete(m.Open, id); run.State.Done() {
			m.Ended[id] = start
		} else {
			m.Open[id] = start
		}
		if start.After(m.Since) {
			m.Since = start
		}
		p.trackLogs(j, r, run)
	}
	m.forget()
	m.Read = p.now
	p.cur.Jobs[*j.Name] = *m
}

func asRun(job string, r types.JobRun) pipewright.Run {
	run := pipewright.Run{
		Resource: jobID(job), ID: sdk.ToString(r.Id), Attempt: int(r.Attempt) + 1, State: runState(r.JobRunState),
		Started: sdk.ToTime(r.StartedOn).UTC(), Detail: detail(r),
	}
	if run.State.Done() {
		if run.Ended = sdk.ToTime(r.CompletedOn).UTC(); r.CompletedOn == nil {
			run.Ended = sdk.ToTime(r.LastModifiedOn).UTC()
		}
	}
	if run.State == pipewright.RunFailed {
		if run.Error = strings.TrimSpace(sdk.ToString(r.ErrorMessage)); run.Error == "" {
			run.Error = "Glue ended the run with state " + string(r.JobRunState) + " and no error message"
		}
	}
	return run
}

func detail(r types.JobRun) map[string]string {
	d := map[string]string{
		"state": string(r.JobRunState), "state_detail": sdk.ToString(r.StateDetail), "worker_type": string(r.WorkerType),
		"workers": number(r.NumberOfWorkers), "log_group": logGroup(r), "trigger": sdk.ToString(r.TriggerName),
		"previous_run": sdk.ToString(r.PreviousRunId), "execution_seconds": strconv.Itoa(int(r.ExecutionTime)),
	}
	if r.DPUSeconds != nil {
		d["dpu_seconds"] = strconv.FormatFloat(*r.DPUSeconds, 'f', -1, 64)
	}
	maps.DeleteFunc(d, func(_, v string) bool { return v == "" })
	return d
}

func runState(s types.JobRunState) pipewright.RunState {
	switch s {
	case types.JobRunStateWaiting:
		return pipewright.RunQueued
	case types.JobRunStateStarting, types.JobRunStateRunning, types.JobRunStateStopping:
		return pipewright.RunRunning
	case types.JobRunStateSucceeded:
		return pipewright.RunSucceeded
	case types.JobRunStateFailed, types.JobRunStateError, types.JobRunStateTimeout, types.JobRunStateExpired:
		return pipewright.RunFailed
	case types.JobRunStateStopped:
		return pipewright.RunCancelled
	}
	return ""
}

// dropJobs forgets jobs that are gone, and closes their runs.
func (p *poll) dropJobs() {
	for _, name := range slices.Sorted(maps.Keys(p.cur.Jobs)) {
		if slices.ContainsFunc(p.jobs, func(j types.Job) bool { return *j.Name == name }) {
			continue
		}
		if p.c.watches(name) {
			for _, id := range slices.Sorted(maps.Keys(p.cur.Jobs[name].Open)) {
				p.deletedRun(name, id, p.cur.Jobs[name].Open[id])
			}
		}
		delete(p.cur.Jobs, name)
		p.cur.Logs = slices.DeleteFunc(p.cur.Logs, func(l logRef) bool { return l.Job == name && l.End.IsZero() })
	}
}

func (p *poll) deletedRun(job, id string, start time.Time) {
	p.batch.Runs = append(p.batch.Runs, pipewright.Run{
		Resource: jobID(job), ID: id, Attempt: attempt(id), State: pipewright.RunCancelled, Started: start, Ended: p.now,
		Detail: map[string]string{"state": "deleted from Glue"},
	})
	p.cur.Logs = slices.DeleteFunc(p.cur.Logs, func(l logRef) bool { return l.Run == id })
}

// attempt is the attempt that the id of a run tells: jr_..._attempt_1 is the
// first retry, hence the second attempt.
func attempt(id string) int {
	_, n, _ := strings.Cut(id, "_attempt_")
	retry, _ := strconv.Atoi(n) // no number: the first attempt
	return retry + 1
}
