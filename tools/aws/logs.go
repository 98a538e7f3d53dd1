package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	pipewright "github.com/pipewright/pipewright"
)

const logsAPoll = 40 // logs of runs read in one poll; AWS allows five such calls a second

// keep bounds the records of one reading: of more, the middle is left out.
type keep struct{ head, tail int }

var (
	keepFailed = keep{200, 800} // the driver's log of a run that failed
	keepOther  = keep{50, 150}
	keepGroup  = keep{500, 1500} // a further log group
)

// logGroup is where Glue puts the logs of a run, without the last part.
func logGroup(r types.JobRun) string {
	if g := sdk.ToString(r.LogGroupName); g != "" {
		return strings.TrimRight(g, "/")
	}
	return "/aws-glue/jobs"
}

// trackLogs notes that the logs of a run are to be read: standard error and
// output of its driver and executors, in streams that begin with the run's id,
// and the group of continuous logging when that is on.
func (p *poll) trackLogs(j types.Job, r types.JobRun, run pipewright.Run) {
	ref := logRef{Job: *j.Name, Run: run.ID, Start: run.Started, End: run.Ended, Failed: run.State == pipewright.RunFailed}
	if run.State.Done() && ref.End.IsZero() {
		ref.End = p.now
	}
	groups := []string{logGroup(r) + "/error", logGroup(r) + "/output"}
	if argument(j, r, "--enable-continuous-cloudwatch-log") == "true" {
		live := argument(j, r, "--continuous-log-logGroup")
		if live == "" {
			live = logGroup(r) + "/logs-v2"
		}
		groups = append(groups, live)
	}
	for i, g := range groups {
		ref.Group, ref.Full = g, ref.Failed && i != 1
		p.cur.track(ref)
	}
}

func argument(j types.Job, r types.JobRun, name string) string {
	if v, ok := r.Arguments[name]; ok {
		return v
	}
	return j.DefaultArguments[name]
}

// readLogs reads the logs of runs that are due, a bounded number. What cannot
// be read waits in the cursor for a day.
func (p *poll) readLogs(ctx context.Context) error {
	p.cur.order()
	left := logsAPoll
	var kept []logRef
	for _, ref := range p.cur.Logs {
		done := false
		if left > 0 && ref.due(p.now) && !p.unread[ref.Group] {
			left--
			var err error
			if done, err = p.readLog(ctx, &ref); err != nil {
				return err
			}
		}
		if given := !ref.End.IsZero() && p.now.Sub(later(ref.End, ref.Read)) > logGiveUp && p.unread[ref.Group]; !done && !given {
			kept = append(kept, ref)
		}
	}
	p.cur.Logs = kept
	if n := p.cur.trim(); n > 0 {
		p.note("too many logs", fmt.Sprintf("more logs of runs wait than can be read: %d of the oldest good runs are left out", n))
	}
	return nil
}

// readLog reads what is new in the log of one run. done says that no more is to come.
func (p *poll) readLog(ctx context.Context, ref *logRef) (done bool, err error) {
	r := reading{group: ref.Group, prefix: ref.Run, from: ref.Mark, now: p.now, whole: ref.complete(p.now)}
	if r.from.At.IsZero() {
		r.from.At = ref.Start
		if ref.Start.IsZero() { // waiting: there is no log yet
			return false, nil
		}
	}
	if !ref.End.IsZero() {
		r.end = ref.End.Add(2 * logLate)
	}
	f, err := p.c.follow(ctx, r)
	if pipewright.KindOf(err) == pipewright.NotFound { // nobody has written there yet
		err = nil
	}
	if err != nil {
		p.unread[ref.Group] = true
		return false, p.tolerate(ctx, "logs in "+ref.Group, err)
	}
	if ref.Read = p.now; !f.next.At.IsZero() {
		ref.Mark = f.next
	}
	ref.Held = f.held
	bounds := keepOther
	if ref.Full {
		bounds = keepFailed
	}
	p.lines(jobID(ref.Job), ref.Run, ref.Group, f, bounds)
	return r.whole && !f.next.Cut, nil
}

// readGroups follows the further log groups.
func (p *poll) readGroups(ctx context.Context) error {
	for _, g := range p.c.cfg.LogGroups {
		m, known := p.cur.Groups[g]
		if !known {
			m = mark{At: p.now.Add(-p.c.cfg.Backfill), Cut: true}
		}
		f, err := p.c.follow(ctx, reading{group: g, from: m, now: p.now})
		if err != nil {
			if err := p.tolerate(ctx, "log group "+g, err); err != nil {
				return err
			}
			continue
		}
		p.cur.Groups[g] = f.next
		p.batch.Resources = append(p.batch.Resources, p.resource(groupID(g), nil))
		p.lines(groupID(g), "", g, f, keepGroup)
	}
	for g := range p.cur.Groups {
		if !slices.Contains(p.c.cfg.LogGroups, g) {
			delete(p.cur.Groups, g)
		}
	}
	return nil
}

// lines adds the records of a reading, the middle left out when there are many.
func (p *poll) lines(id pipewright.ResourceID, run, from string, f found, k keep) {
	add := func(at time.Time, level pipewright.Level, text, uid string) {
		p.batch.Lines = append(p.batch.Lines, pipewright.LogLine{Resource: id, At: at, Level: level, Text: text, Run: run, UID: uid})
	}
	records, last := f.records, len(f.records)-k.tail
	for i, r := range records {
		if i >= k.head && i < last {
			continue
		}
		if i == last && last > k.head {
			first := records[k.head]
			text := fmt.Sprintf("%d records of %s from %s on are left out here; read them in CloudWatch", last-k.head, from, first.At.Format(time.RFC3339))
			add(first.At, pipewright.Info, text, "left-out/"+first.uid())
		}
		add(r.At, r.level(), r.Text, r.uid())
	}
	if f.skipped {
		text := "more events of " + from + " at one moment than can be read: the rest of them is left out; read them in CloudWatch"
		add(f.next.At, pipewright.Info, text, "skipped/"+f.next.At.Format(time.RFC3339Nano))
	}
}

// uid names a record for good: CloudWatch numbers events within an account.
func (e event) uid() string { return e.Stream + "/" + e.ID }
