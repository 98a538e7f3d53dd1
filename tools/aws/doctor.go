package aws

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Doctor makes each kind of call that watching needs, once, and says which
// fails, the permission that it needs and what to do. When jobs cannot be listed it
// stops there.
func (c *Client) Doctor(ctx context.Context) []tools.Check {
	checks, first := c.checkJobs(ctx)
	if checks[0].Err != nil {
		return checks
	}
	if first != "" {
		checks = append(checks, c.checkRuns(ctx, first))
	}
	if first != "" && !c.cfg.ReadOnly {
		checks = append(checks, c.checkActing(ctx, first)...)
	}
	checks = append(checks, c.checkTriggers(ctx))
	groups := append([]string{"/aws-glue/jobs/error", "/aws-glue/jobs/output"}, c.cfg.LogGroups...)
	for i, g := range groups {
		checks = append(checks, c.checkGroup(ctx, g, i < 2))
	}
	return append(checks, c.checkGroups(ctx))
}

// check is the result of one call.
func (c *Client) check(o op, say string, err error) tools.Check {
	return tools.Check{System: c.cfg.Name, Call: o.String(), Say: say, Err: err}
}

// checkJobs lists the jobs and says which named ones are not there.
func (c *Client) checkJobs(ctx context.Context) (checks []tools.Check, first string) {
	o := op{action: "glue:GetJobs"}
	p := &poll{c: c, noted: map[string]bool{}}
	err := p.listJobs(ctx)
	checks = []tools.Check{c.check(o, fmt.Sprintf("%d jobs watched in %s", len(p.jobs), c.cfg.Region), err)}
	if err != nil {
		return checks, ""
	}
	have := map[string]bool{}
	for _, j := range p.jobs {
		have[*j.Name] = true
	}
	for _, name := range c.cfg.GlueJobs {
		if !have[name] && !strings.ContainsAny(name, `*?[\`) {
			checks = append(checks, c.check(o, "", pipewright.Errorf(pipewright.NotFound,
				"aws %s: there is no Glue job %q in region %s: correct glue_jobs or region", c.cfg.Name, name, c.cfg.Region)))
		}
	}
	if len(p.jobs) > 0 {
		first = *p.jobs[0].Name
	}
	return checks, first
}

func (c *Client) checkRuns(ctx context.Context, job string) tools.Check {
	o := op{"glue:GetJobRuns", "JobName=" + job}
	out, err := call(ctx, c, o, c.glue.GetJobRuns, &glue.GetJobRunsInput{JobName: &job, MaxResults: sdk.Int32(1)})
	say := "no run yet"
	if err == nil && len(out.JobRuns) > 0 {
		say = "last run " + sdk.ToString(out.JobRuns[0].Id) + " is " + string(out.JobRuns[0].JobRunState)
	}
	return c.check(o, say, err)
}

// checkActing reads what a retry reads. Whether runs may be started shows when one is:
// Glue has no call that asks.
func (c *Client) checkActing(ctx context.Context, job string) []tools.Check {
	o := op{"glue:GetJob", "JobName=" + job}
	_, err := call(ctx, c, o, c.glue.GetJob, &glue.GetJobInput{JobName: &job})
	marked := op{"glue:GetJobBookmark", "JobName=" + job}
	_, markErr := call(ctx, c, marked, c.glue.GetJobBookmark, &glue.GetJobBookmarkInput{JobName: &job})
	if pipewright.KindOf(markErr) == pipewright.NotFound {
		markErr = nil
	}
	return []tools.Check{c.check(o, "what glue.retry begins with; it needs glue:StartJobRun too", err), c.check(marked, "whether a run may be done again", markErr)}
}

func (c *Client) checkTriggers(ctx context.Context) tools.Check {
	o := op{action: "glue:GetTriggers"}
	_, err := call(ctx, c, o, c.glue.GetTriggers, &glue.GetTriggersInput{MaxResults: sdk.Int32(1)})
	return c.check(o, "schedules of jobs", err)
}

// checkGroup reads one event. Glue makes its own groups at the first run, so one
// of those may be missing.
func (c *Client) checkGroup(ctx context.Context, group string, mayMiss bool) tools.Check {
	o := op{"logs:FilterLogEvents", "logGroupName=" + group}
	_, err := call(ctx, c, o, c.logs.FilterLogEvents, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group, Limit: sdk.Int32(1)})
	if mayMiss && pipewright.KindOf(err) == pipewright.NotFound {
		return c.check(o, "not there yet: Glue makes it at the first run", nil)
	}
	return c.check(o, "readable", err)
}

func (c *Client) checkGroups(ctx context.Context) tools.Check {
	o := op{action: "logs:DescribeLogGroups"}
	_, err := call(ctx, c, o, c.logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{Limit: sdk.Int32(1)})
	return c.check(o, "the account's number, for the tags of jobs (glue:GetTags)", err)
}
