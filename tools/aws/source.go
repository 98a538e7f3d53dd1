package aws

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
)

// Source is the intake source of one account and region. What cannot be read of
// a part never holds up the others: it is said in the log of the account. Only
// when no job can be listed, or the runs of none be read, does a poll fail.
type Source struct {
	c *Client
	// schedules and arn are asked for rarely and anew after a restart.
	schedules   map[string]time.Duration // by job
	schedulesAt time.Time
	arn         string // of a job, up to its name
	arnAt       time.Time
}

// Source returns the intake source. It is used by one goroutine.
func (c *Client) Source() *Source { return &Source{c: c} }

// Name names the source and its cursor.
func (s *Source) Name() string { return "aws/" + s.c.cfg.Name }

// Poll reads the jobs with their settings, runs that began or went on since the
// cursor, the logs of runs, and further log groups. The first poll goes back as
// far as configured. Work that one poll does not get done waits in the cursor.
func (s *Source) Poll(ctx context.Context, text string, now time.Time) (pipewright.Batch, error) {
	p := &poll{
		s: s, c: s.c, cur: parseCursor(text), now: now.UTC(), noted: map[string]bool{}, unread: map[string]bool{},
		batch: pipewright.Batch{Source: s.Name(), Cursor: text},
	}
	for _, step := range []func(context.Context) error{p.listJobs, p.readSchedules, p.readTags, p.readRuns, p.readLogs, p.readGroups} {
		if err := step(ctx); err != nil {
			return pipewright.Batch{}, err
		}
	}
	p.describeJobs()
	p.batch.Cursor = p.cur.String()
	return p.batch, nil
}

// poll is one poll in the making.
type poll struct {
	s      *Source
	c      *Client
	cur    cursor
	now    time.Time
	jobs   []types.Job // watched ones, by name
	batch  pipewright.Batch
	noted  map[string]bool
	unread map[string]bool // log groups that cannot be read in this poll
}

// tolerate makes an error of a part a note and lets the poll go on. When the
// time of a poll is up, what was read so far counts; when the caller gave it up,
// nothing does.
func (p *poll) tolerate(ctx context.Context, what string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return err
	}
	p.note(what, what+" cannot be read: "+err.Error())
	return nil
}

// note says something in the account's log, at most once an hour.
func (p *poll) note(about, text string) {
	if p.noted[about] {
		return
	}
	p.noted[about] = true
	id := p.c.Account()
	p.batch.Resources = append(p.batch.Resources, p.resource(id, nil))
	p.batch.Lines = append(p.batch.Lines, pipewright.LogLine{
		Resource: id, At: p.now, Level: pipewright.Warn, Text: text, UID: about + "/" + p.now.Format("2006-01-02T15"),
	})
}

func (p *poll) resource(id pipewright.ResourceID, labels map[string]string) pipewright.Resource {
	for k, v := range labels {
		if v == "" {
			delete(labels, k)
		}
	}
	return pipewright.Resource{ID: id, Labels: labels, FirstSeen: p.now, LastSeen: p.now}
}
