package aws

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
)

// Bounds of a poll on what changes rarely.
const (
	jobPages  = 20 // of 100 jobs
	askAgain  = 10 * time.Minute
	tagAgain  = time.Hour
	tagsAPoll = 20 // jobs whose tags are read in one poll
)

// listJobs reads the watched jobs.
func (p *poll) listJobs(ctx context.Context) error {
	whole, err := pages(jobPages, func(token *string) (*string, bool, error) {
		out, err := call(ctx, p.c, op{action: "glue:GetJobs"}, p.c.glue.GetJobs, &glue.GetJobsInput{MaxResults: sdk.Int32(100), NextToken: token})
		if err != nil {
			return nil, false, err
		}
		for _, j := range out.Jobs {
			if name := sdk.ToString(j.Name); name != "" && p.c.watches(name) {
				p.jobs = append(p.jobs, j)
			}
		}
		return out.NextToken, false, nil
	})
	if err != nil {
		return err
	}
	if !whole {
		p.note("too many jobs", fmt.Sprintf("there are more than %d Glue jobs and the rest is not watched: name those to watch in glue_jobs", jobPages*100))
	}
	slices.SortFunc(p.jobs, func(a, b types.Job) int { return cmp.Compare(*a.Name, *b.Name) })
	p.jobs = slices.CompactFunc(p.jobs, func(a, b types.Job) bool { return *a.Name == *b.Name })
	return nil
}

// describeJobs makes resources and settings of the jobs.
func (p *poll) describeJobs() {
	for _, j := range p.jobs {
		m := p.cur.Jobs[*j.Name]
		labels := map[string]string{
			"worker_type": string(j.WorkerType), "workers": number(j.NumberOfWorkers), "timeout": minutes(j.Timeout), "env": m.Env, "team": m.Team,
		}
		if every := p.s.schedules[*j.Name]; every > 0 {
			labels["schedule"] = short(every)
		}
		p.batch.Resources = append(p.batch.Resources, p.resource(jobID(*j.Name), labels))
		p.settings(j)
	}
}

// settings are what a change of the job would change. Arguments are left out:
// people put passwords there.
func (p *poll) settings(j types.Job) {
	at := sdk.ToTime(j.LastModifiedOn)
	if at.IsZero() {
		at = p.now
	}
	add := func(kind pipewright.ChangeKind, key, value string) {
		if value != "" {
			p.batch.Settings = append(p.batch.Settings, pipewright.Setting{Resource: jobID(*j.Name), At: at.UTC(), Key: key, Value: value, Kind: kind})
		}
	}
	add(pipewright.ChangeConfig, "worker_type", string(j.WorkerType))
	add(pipewright.ChangeConfig, "number_of_workers", number(j.NumberOfWorkers))
	add(pipewright.ChangeConfig, "timeout", minutes(j.Timeout))
	add(pipewright.ChangeConfig, "max_concurrent_runs", strconv.Itoa(int(atOnce(j))))
	add(pipewright.ChangeVersion, "glue_version", sdk.ToString(j.GlueVersion))
	if j.Command != nil {
		add(pipewright.ChangeVersion, "script", sdk.ToString(j.Command.ScriptLocation))
	}
}

func number(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func minutes(n *int32) string {
	if n == nil {
		return ""
	}
	return number(n) + "m"
}

// short writes a duration without parts that are zero: 15m, 24h.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// readSchedules reads the triggers that start jobs by the clock.
func (p *poll) readSchedules(ctx context.Context) error {
	if p.now.Sub(p.s.schedulesAt) < askAgain && !p.now.Before(p.s.schedulesAt) {
		return nil
	}
	found := map[string]time.Duration{}
	_, err := pages(jobPages, func(token *string) (*string, bool, error) {
		out, err := call(ctx, p.c, op{action: "glue:GetTriggers"}, p.c.glue.GetTriggers, &glue.GetTriggersInput{MaxResults: sdk.Int32(100), NextToken: token})
		if err != nil {
			return nil, false, err
		}
		for _, t := range out.Triggers {
			scheduled(found, t)
		}
		return out.NextToken, false, nil
	})
	if err != nil {
		return p.tolerate(ctx, "schedules of jobs", err)
	}
	p.s.schedules, p.s.schedulesAt = found, p.now
	return nil
}

// scheduled notes the jobs that an active trigger starts; of two triggers the
// more frequent counts.
func scheduled(found map[string]time.Duration, t types.Trigger) {
	every := cronPeriod(sdk.ToString(t.Schedule))
	if t.Type != types.TriggerTypeScheduled || t.State != types.TriggerStateActivated || every == 0 {
		return
	}
	for _, a := range t.Actions {
		if job := sdk.ToString(a.JobName); job != "" && (found[job] == 0 || every < found[job]) {
			found[job] = every
		}
	}
}

// readTags reads the tags of jobs that were not read for an hour, some a poll.
func (p *poll) readTags(ctx context.Context) error {
	left := tagsAPoll
	for _, j := range p.jobs {
		m := p.cur.Jobs[*j.Name]
		if left == 0 || !m.Tagged.IsZero() && p.now.Sub(m.Tagged) < tagAgain && !p.now.Before(m.Tagged) {
			continue
		}
		prefix, err := p.jobARN(ctx)
		if err != nil || prefix == "" {
			return err
		}
		left--
		name := prefix + *j.Name
		out, err := call(ctx, p.c, op{"glue:GetTags", "ResourceArn=" + name}, p.c.glue.GetTags, &glue.GetTagsInput{ResourceArn: &name})
		if err != nil && pipewright.KindOf(err) != pipewright.NotFound {
			return p.tolerate(ctx, "tags of jobs", err)
		}
		m.Tagged = p.now
		if out != nil {
			m.Env, m.Team = tag(out.Tags, "env", "environment", "stage"), tag(out.Tags, "team", "owner")
		}
		p.cur.Jobs[*j.Name] = m
	}
	return nil
}

// tag is the value of the first key that is there, in any case.
func tag(tags map[string]string, keys ...string) string {
	for _, key := range keys {
		values := []string{}
		for k, v := range tags {
			if strings.EqualFold(k, key) && v != "" {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			return slices.Min(values)
		}
	}
	return ""
}

// jobARN is the ARN of a job up to its name. Glue itself tells nobody the
// account's number, so it is taken from the ARN of any log group; empty when
// there is none.
func (p *poll) jobARN(ctx context.Context) (string, error) {
	if p.s.arn != "" || !p.s.arnAt.IsZero() && p.now.Sub(p.s.arnAt) < askAgain && !p.now.Before(p.s.arnAt) {
		return p.s.arn, nil
	}
	p.s.arnAt = p.now
	out, err := call(ctx, p.c, op{action: "logs:DescribeLogGroups"}, p.c.logs.DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{Limit: sdk.Int32(1)})
	if err != nil {
		return "", p.tolerate(ctx, "tags of jobs", err)
	}
	for _, g := range out.LogGroups {
		if a, err := arn.Parse(sdk.ToString(g.Arn)); err == nil {
			p.s.arn = arn.ARN{Partition: a.Partition, Service: "glue", Region: p.c.cfg.Region, AccountID: a.AccountID, Resource: "job/"}.String()
		}
	}
	return p.s.arn, nil
}
