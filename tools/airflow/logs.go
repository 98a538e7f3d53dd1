package airflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"golang.org/x/sync/errgroup"

	pipewright "github.com/pipewright/pipewright"
)

// logs reads the logs of tries that have ended, a bounded number a poll, failed
// ones first. What is not read now waits in the cursor.
func (p *poll) logs(ctx context.Context) error {
	for _, i := range p.tries {
		if s := tryState(i); i.Try > 0 && (s == pipewright.RunFailed || s == pipewright.RunSucceeded) {
			p.cur.enqueue(logRef{openTry: i.ref(), End: first(i.End, i.Start), Failed: s == pipewright.RunFailed})
		}
	}
	refs, dropped := p.cur.take(p.c.cfg.LogsPoll)
	if dropped > 0 {
		p.batch.Lines = append(p.batch.Lines, pipewright.LogLine{
			Resource: p.c.Server(), At: p.now, Level: pipewright.Warn, UID: "dropped/" + p.now.UTC().Format("2006-01-02T15"),
			Text: fmt.Sprintf("more task logs than can be read: %d logs of old tries are left out; raise the logs read in a poll", dropped),
		})
	}
	read, errs := p.readLogs(ctx, refs)
	if ctx.Err() != nil {
		return p.c.unreachable("reading task logs", ctx.Err())
	}
	for n, ref := range refs {
		if errs[n] != nil {
			p.missed(ref, errs[n])
			continue
		}
		if err := p.keepLog(ctx, ref, read[n]); err != nil {
			return err
		}
		if err := p.late(ctx, ref); err != nil {
			return err
		}
	}
	return nil
}

// readLogs reads a few logs at a time. The results are in the order of refs.
func (p *poll) readLogs(ctx context.Context, refs []logRef) ([]taskLog, []error) {
	read, errs := make([]taskLog, len(refs)), make([]error, len(refs))
	var group errgroup.Group
	group.SetLimit(4)
	for n, ref := range refs {
		group.Go(func() error {
			read[n], errs[n] = p.c.taskLog(ctx, ref)
			return nil // one log that cannot be read does not stop the others
		})
	}
	_ = group.Wait()
	return read, errs
}

// missed queues a log again that could not be read, and gives it up in the end.
func (p *poll) missed(ref logRef, err error) {
	if ref.Misses++; ref.Misses < maxMisses {
		p.cur.Queue = append(p.cur.Queue, ref)
		return
	}
	p.cur.Logged[ref.key()] = logMark{At: p.started}
	p.line(ref, pipewright.LogLine{At: ref.End, Level: pipewright.Warn, UID: "missed/" + ref.key(), Text: "this log could not be read: " + err.Error()})
}

// late reads a failed run again whose log came in a later poll than its rows,
// so that they are stored with their cause.
func (p *poll) late(ctx context.Context, ref logRef) error {
	if !ref.Failed || p.have[ref.key()] {
		return nil
	}
	r, err := p.c.run(ctx, ref.DAG, ref.Run)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p.addRun(r)
	found, err := p.c.instances(ctx, ref.DAG, ref.Run, url.Values{"task_id": {ref.Task}})
	if err != nil {
		return err
	}
	return p.addTries(ctx, found)
}

// taskLog reads the log of one try. One that Airflow does not have is empty.
func (c *Client) taskLog(ctx context.Context, ref logRef) (taskLog, error) {
	ctx, stop := context.WithTimeout(ctx, c.cfg.Timeout)
	defer stop()
	q := logCall(ref.openTry)
	resp, err := c.open(ctx, q)
	if pipewright.KindOf(err) == pipewright.NotFound {
		return taskLog{}, nil
	}
	if err != nil {
		return taskLog{}, err
	}
	defer resp.Body.Close()
	log, err := readLog(resp.Body, ref.End)
	if err != nil {
		return taskLog{}, c.unreachable(q.String(), err)
	}
	return log, nil
}

func logCall(t openTry) call {
	q := get("dags", t.DAG, "dagRuns", t.Run, "taskInstances", t.Task, "logs", itoa(t.Try))
	q.query = url.Values{"full_content": {"true"}}
	if t.Map >= 0 {
		q.query.Set("map_index", itoa(t.Map))
	}
	q.accept = "application/x-ndjson"
	return q
}

// keepLog adds the lines of a log and remembers its root cause. A log of a task
// that ended just now is read once more, as its last lines may be under way.
func (p *poll) keepLog(ctx context.Context, ref logRef, log taskLog) error {
	same := map[string]int{}
	for _, r := range log.Records {
		uid := recordUID(ref.openTry, r)
		same[uid]++
		if n := same[uid]; n > 1 {
			uid += "#" + itoa(n)
		}
		p.line(ref, pipewright.LogLine{At: r.At, Level: r.Level, Text: r.Text, UID: uid})
	}
	if log.LeftOut > 0 {
		p.line(ref, pipewright.LogLine{
			At: ref.End, Level: pipewright.Warn, UID: ref.key() + "/left-out",
			Text: fmt.Sprintf("%d records in the middle of this log are left out here; read them in Airflow", log.LeftOut),
		})
	}
	why := ""
	if ref.Failed {
		if why = log.rootCause(); why == "" {
			var err error
			if why, err = p.whySilent(ctx, ref); err != nil {
				return err
			}
		}
	}
	if p.started.Sub(ref.End) < settle {
		p.cur.Queue = append(p.cur.Queue, ref)
	}
	p.cur.Logged[ref.key()] = logMark{At: p.started, Error: cut(why, 300)}
	return nil
}

func (p *poll) line(ref logRef, l pipewright.LogLine) {
	l.Resource, l.Run = taskID(ref.DAG, ref.Task), runID(ref.Run, ref.Map)
	p.batch.Lines = append(p.batch.Lines, l)
}

// recordUID is the same whenever the record is read: it does not depend on
// where in the log it stands, as late records can come in between.
func recordUID(t openTry, r record) string {
	sum := sha256.Sum256([]byte(t.key() + "\x00" + r.Text))
	return fmt.Sprintf("%d/%d/%s", t.Try, r.At.UnixNano(), hex.EncodeToString(sum[:8]))
}

// usual are the audit log's entries that say no more than the state does.
var usual = map[string]bool{"running": true, "success": true, "failed": true, "queued": true, "skipped": true}

// whySilent asks the audit log about a task that failed without saying why: a
// lost heartbeat, a killed worker. Its entries become lines of the task.
func (p *poll) whySilent(ctx context.Context, ref logRef) (string, error) {
	entries, err := p.c.audit(ctx, url.Values{"dag_id": {ref.DAG}, "run_id": {ref.Run}, "task_id": {ref.Task}})
	if k := pipewright.KindOf(err); k == pipewright.Denied || k == pipewright.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	why := ""
	for _, e := range entries {
		if usual[e.Event] || e.When.After(ref.End.Add(settle)) {
			continue
		}
		text := e.Event
		if extra := deref(e.Extra); extra != "" {
			text += ": " + extra
		}
		p.line(ref, pipewright.LogLine{At: e.When.UTC(), Level: pipewright.Err, Text: bounded(text), UID: "audit/" + itoa(e.ID)})
		if why == "" {
			why = firstLine(text)
		}
	}
	return why, nil
}
