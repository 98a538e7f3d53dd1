package airflow

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// assetEvent says that a task has updated an asset: its output is whole, and who waits
// for it is told. A task that fails sends none.
type assetEvent struct {
	ID      int       `json:"id"`
	Asset   string    `json:"name"`
	Task    string    `json:"source_task_id"`
	Run     string    `json:"source_run_id"`
	At      time.Time `json:"timestamp"`
	Created []struct {
		Run   string     `json:"run_id"`
		DAG   string     `json:"dag_id"`
		State string     `json:"state"`
		Start time.Time  `json:"start_date"`
		End   *time.Time `json:"end_date"`
	} `json:"created_dagruns"` // runs that the event was part of the input of
}

const (
	eventsRead = 100 // newest events of a DAG that are looked at
	triesRead  = 10  // task instances whose earlier tries are looked at
)

// writes is what Airflow knows of the output of the tasks that would run again: when
// their first try began, whether they said that it was whole, and who was started by
// that. What cannot be read is left out: then nothing tells.
func (c *Client) writes(ctx context.Context, p place, touches []instance) *tools.Writes {
	w := &tools.Writes{Run: p.run, Began: c.firstTry(ctx, touches)}
	var page struct {
		Events []assetEvent `json:"asset_events"`
	}
	q := get("assets", "events").with(url.Values{"source_dag_id": {p.dag}, "order_by": {"-timestamp"}, "limit": {strconv.Itoa(eventsRead)}})
	if _, err := c.do(ctx, q, &page); err != nil {
		return w
	}
	c.told(w, p, touches, page.Events, q)
	return w
}

// firstTry is when the first try of the failed tasks began: what an earlier try wrote
// was written by the run as well. It is zero when a start could not be read.
func (c *Client) firstTry(ctx context.Context, touches []instance) (began time.Time) {
	looked := 0
	for _, i := range touches {
		if i.state() != "failed" && i.state() != "running" {
			continue
		}
		if looked++; looked > triesRead {
			return time.Time{}
		}
		tries, err := c.tries(ctx, i)
		if err != nil {
			return time.Time{}
		}
		for _, try := range append(tries, i) {
			if at := first(try.Start); !at.IsZero() && (began.IsZero() || at.Before(began)) {
				began = at
			}
		}
	}
	return began
}

// told reads the events: those of this run by a task that would run again are the mark
// of a whole output. Where such a task sent events in other runs and none in this one,
// the mark is missing.
func (c *Client) told(w *tools.Writes, p place, touches []instance, events []assetEvent, q call) {
	for _, e := range events {
		if !slices.ContainsFunc(touches, func(i instance) bool { return i.Task == e.Task }) {
			continue
		}
		if e.Run != p.run {
			if w.Marker == tools.CouldNotTell {
				w.Marker = tools.No
			}
			continue
		}
		w.Marker = tools.Yes
		w.Evidence = append(w.Evidence, pipewright.Evidence{Source: taskID(p.dag, e.Task), Kind: pipewright.TraceEvidence, Query: q.String(), Start: e.At, End: e.At,
			Excerpt: fmt.Sprintf("asset event %d: run %s updated %s", e.ID, e.Run, e.Asset)})
		for _, r := range e.Created {
			w.Readers = append(w.Readers, pipewright.Run{Resource: dagID(r.DAG), ID: r.Run, State: runState(r.State), Started: r.Start.UTC(), Ended: first(r.End)})
		}
	}
	if w.Marker == tools.No {
		w.Evidence = []pipewright.Evidence{{Source: dagID(p.dag), Kind: pipewright.TraceEvidence, Query: q.String(), Start: w.Began, End: c.cfg.Now(),
			Excerpt: "no asset event of run " + p.run + ", as other runs sent: who waits for the output was not told"}}
	}
}
