package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// ArgRun is the argument of a retry: the failed run, filled in by Prepare.
const ArgRun = "run_id"

// keyArgument carries the key of an action into the run that it starts. Glue hands it to
// the job's script, which ignores arguments that it does not know, and gives it back
// with the run for as long as it keeps runs.
const keyArgument = "--pipewright-key"

const (
	lookBack = 50 // newest runs of a job that are looked at
	inRuns   = "the argument " + keyArgument + " of a run of the job"
)

// Actuators declares what is done to Glue jobs: what failed is run again. Concurrency
// is no dial here: Glue sets MaxConcurrentRuns only by overwriting the whole definition
// of a job, and what somebody else changes meanwhile would be lost.
func (c *Client) Actuators() []tools.Actuator {
	retry := tools.Actuator{
		Kind: "glue.retry", Targets: []string{"glue:job"}, Risk: pipewright.R1, Hops: 1, Expected: 5 * time.Minute,
		Owns:         func(id pipewright.ResourceID) bool { name, ok := jobName(id); return ok && c.watches(name) },
		Precondition: "no run of the job is active and the newest one failed",
		Postcond:     "a run with the failed one's arguments succeeds",
		Undo:         "cannot be undone: what the run writes stays",
		FoundBy:      inRuns,
		Prepare:      c.prepareRetry, Do: c.retry, Find: c.findRetry,
		Inverse: func(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil },
	}
	backoff := retry
	backoff.Kind = "glue.backoff_retry"
	return []tools.Actuator{retry, backoff}
}

// jobName is the name of a job's resource as Glue knows it; ok is false for one so long
// that its resource is spelled by a hash.
func jobName(id pipewright.ResourceID) (name string, ok bool) {
	name, err := url.PathUnescape(id.Name())
	return name, err == nil && id.Kind() == "glue:job" && jobID(name) == id
}

// newestRuns lists the newest runs of a job, newest first.
func (c *Client) newestRuns(ctx context.Context, job string) ([]types.JobRun, error) {
	out, err := call(ctx, c, op{"glue:GetJobRuns", "JobName=" + job}, c.glue.GetJobRuns, &glue.GetJobRunsInput{JobName: &job, MaxResults: sdk.Int32(lookBack)})
	if err != nil {
		return nil, err
	}
	runs := slices.DeleteFunc(out.JobRuns, func(r types.JobRun) bool { return r.Id == nil || r.StartedOn == nil })
	slices.SortStableFunc(runs, func(a, b types.JobRun) int { return b.StartedOn.Compare(*a.StartedOn) })
	return runs, nil
}

func (c *Client) prepareRetry(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	job, ok := jobName(a.Target)
	if !ok {
		return tools.Plan{}, pipewright.Errorf(pipewright.Invalid, "%s acts on a glue:job of at most %d bytes, not on %s", a.Kind, maxName, a.Target)
	}
	def, err := call(ctx, c, op{"glue:GetJob", "JobName=" + job}, c.glue.GetJob, &glue.GetJobInput{JobName: &job})
	if err != nil {
		return tools.Plan{}, err
	}
	runs, err := c.newestRuns(ctx, job)
	if err != nil {
		return tools.Plan{}, err
	}
	plan := tools.Plan{Action: a}
	if plan.Later, plan.Doomed = obstacle(runs, *def.Job, a.Args[ArgRun]); plan.Later+plan.Doomed != "" {
		return plan, nil
	}
	failed := runs[0]
	plan.Action.Risk, plan.Action.Args = pipewright.R1, map[string]string{ArgRun: *failed.Id}
	plan.DryRun = fmt.Sprintf("aws glue start-job-run --job-name %s, with the arguments of run %s and %s=%s", job, *failed.Id, keyArgument, cmp.Or(a.Key, "KEY"))
	plan.Writes = c.writes(ctx, *def.Job, runs)
	return plan, nil
}

var (
	activeStates = []types.JobRunState{types.JobRunStateStarting, types.JobRunStateRunning, types.JobRunStateStopping, types.JobRunStateWaiting}
	failedStates = []types.JobRunState{types.JobRunStateFailed, types.JobRunStateTimeout, types.JobRunStateError, types.JobRunStateExpired}
)

// obstacle says why the newest run is not done again: it must have failed, and be the one
// that was wanted. Both are empty when there is none.
func obstacle(runs []types.JobRun, job types.Job, wanted string) (later, doomed string) {
	for _, r := range runs {
		if slices.Contains(activeStates, r.JobRunState) {
			return fmt.Sprintf("run %s is active, and at most %d at once may be (MaxConcurrentRuns)", *r.Id, atOnce(job)), ""
		}
	}
	switch {
	case len(runs) == 0:
		return "", "it has no run yet"
	case !slices.Contains(failedStates, runs[0].JobRunState):
		return "", fmt.Sprintf("run %s is %s, and no newer one failed", *runs[0].Id, runs[0].JobRunState)
	case wanted != "" && wanted != *runs[0].Id:
		return "", fmt.Sprintf("run %s is not the newest one any more: %s is", wanted, *runs[0].Id)
	}
	return "", ""
}

// atOnce is how many runs of a job may be active; Glue's own default is 1.
func atOnce(job types.Job) int32 {
	if job.ExecutionProperty == nil {
		return 1
	}
	return max(1, job.ExecutionProperty.MaxConcurrentRuns)
}

// retry starts a run under the action's key. The call is sent once: Glue has no token
// that would make a second one harmless.
func (c *Client) retry(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	job, ok := jobName(a.Target)
	if !ok || a.Key == "" || a.Args[ArgRun] == "" {
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.Invalid, "%s of %s needs a key and the arguments that Prepare fills in", a.Kind, a.Target)
	}
	switch r, found, err := c.findRetry(ctx, a); {
	case err != nil || found == tools.FoundYes:
		return r, err
	case found == tools.FoundUnknown:
		return r, pipewright.Errorf(pipewright.Conflict, "%s of %s: run %s is not among its newest %d", a.Kind, a.Target, a.Args[ArgRun], lookBack)
	}
	runs, err := c.newestRuns(ctx, job)
	if err != nil {
		return pipewright.Receipt{}, err
	}
	if len(runs) == 0 || *runs[0].Id != a.Args[ArgRun] {
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.Conflict, "%s of %s: run %s is not its newest one any more", a.Kind, a.Target, a.Args[ArgRun])
	}
	args := map[string]string{}
	maps.Copy(args, runs[0].Arguments)
	args[keyArgument] = a.Key
	once := func(ctx context.Context, in *glue.StartJobRunInput, _ ...func(*glue.Options)) (*glue.StartJobRunOutput, error) {
		return c.glue.StartJobRun(ctx, in, func(o *glue.Options) { o.Retryer = sdk.NopRetryer{} })
	}
	if _, err := call(ctx, c, op{"glue:StartJobRun", "JobName=" + job}, once, &glue.StartJobRunInput{JobName: &job, Arguments: args}); err != nil {
		return pipewright.Receipt{}, err
	}
	r, found, err := c.findRetry(ctx, a)
	if err == nil && found != tools.FoundYes {
		err = pipewright.Errorf(pipewright.Unavailable, "aws %s: the run that was started is not listed yet", c.cfg.Name)
	}
	return r, err
}

// findRetry looks for the key among the arguments of the runs since the failed one: ours
// can only be newer than that.
func (c *Client) findRetry(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
	job, _ := jobName(a.Target)
	runs, err := c.newestRuns(ctx, job)
	if err != nil {
		return pipewright.Receipt{}, tools.FoundUnknown, err
	}
	for _, r := range runs {
		if r.Arguments[keyArgument] == a.Key {
			return pipewright.Receipt{Key: a.Key, ID: *r.Id, At: r.StartedOn.UTC(), Say: fmt.Sprintf("started run %s of %s", *r.Id, job),
				Detail: map[string]string{"again for": a.Args[ArgRun]}}, tools.FoundYes, nil
		}
	}
	if !slices.ContainsFunc(runs, func(r types.JobRun) bool { return *r.Id == a.Args[ArgRun] }) {
		return pipewright.Receipt{}, tools.FoundUnknown, nil // too many runs since, or Glue has forgotten it
	}
	return pipewright.Receipt{}, tools.FoundNo, nil
}

// option reads an argument of a run, which stands in for the job's own.
func option(job types.Job, run types.JobRun, name string) string {
	if v, ok := run.Arguments[name]; ok {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(job.DefaultArguments[name])
}
