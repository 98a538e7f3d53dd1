package airflow

import (
	"context"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// gone closes what was open and is in Airflow no more: a deleted DAG run.
func (p *poll) gone(ctx context.Context) error {
	for _, key := range sortedKeys(p.cur.Runs) {
		m := p.cur.Runs[key]
		dag, run, _ := strings.Cut(key, "\n")
		if m.Done || p.have[key] || !p.c.watches(dag) {
			continue
		}
		r, err := p.c.run(ctx, dag, run)
		switch {
		case err == nil:
			p.addRun(r)
		case pipewright.KindOf(err) == pipewright.NotFound:
			p.deleted(dag, run, m)
		default:
			return err
		}
	}
	return nil
}

func (p *poll) deleted(dag, run string, m runMark) {
	why := map[string]string{"state": "deleted from Airflow"}
	end := func(id pipewright.ResourceID, run string, attempt int, start time.Time) {
		p.batch.Runs = append(p.batch.Runs, pipewright.Run{
			Resource: id, ID: run, Attempt: attempt, State: pipewright.RunCancelled, Started: start, Ended: p.now, Detail: why,
		})
	}
	end(dagID(dag), run, m.Attempt, m.Start)
	for _, o := range p.cur.Open {
		if o.DAG == dag && o.Run == run {
			end(taskID(dag, o.Task), runID(run, o.Map), o.Try, o.Start)
		}
	}
	delete(p.cur.Runs, runKey(dag, run))
}
