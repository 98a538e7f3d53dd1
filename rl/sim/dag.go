package sim

import (
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// dag runs its tasks one after the other, one run at a time.
type dag struct {
	place
	n       int64
	offset  time.Duration
	tasks   []*job
	fresh   time.Time // the newest slot that succeeded
	freshAt time.Time
	active  *dagRun
	failed  *dagRun // the newest run when that one failed
}

type dagRun struct {
	id      string
	slot    time.Time
	attempt int
	started time.Time
	at      int // index of the task that runs or failed
}

func newDAG(r place, n int64, offset time.Duration, tasks ...*job) *dag {
	d := &dag{place: r, n: n, offset: offset, tasks: tasks}
	for _, t := range tasks {
		t.dag = d
	}
	return d
}

// dagDue starts the run of a slot. While an earlier one is active the slot is
// skipped: max_active_runs is 1 and catch-up is off.
func (p *Plant) dagDue(d *dag) {
	slot := p.now
	p.after(between(p.dice("dag", d.n, slot.Unix()), time.Second, 8*time.Second), func() {
		if d.active != nil {
			return
		}
		d.active = &dagRun{id: "scheduled__" + slot.Format("2006-01-02T15:04:05+00:00"), slot: slot, attempt: 1, started: p.now}
		d.failed = nil
		p.sawDAG(d, pipewright.RunRunning, "")
		p.startTask(d, 0, "schedule")
	})
}

// startTask runs the i-th task of the active run, under its next attempt.
func (p *Plant) startTask(d *dag, i int, trigger string) *run {
	d.active.at = i
	j := d.tasks[i]
	r := &run{job: j, slot: d.active.slot, id: d.active.id, trigger: trigger, attempt: j.attempts[d.active.id] + 1}
	j.lastSlot = r.slot
	p.start(j, r)
	return r
}

func (p *Plant) taskDone(d *dag, r *run) {
	if d.active == nil || r.id != d.active.id {
		return
	}
	if next := d.active.at + 1; next < len(d.tasks) {
		p.startTask(d, next, r.trigger)
		return
	}
	if d.active.slot.After(d.fresh) {
		d.fresh = d.active.slot
	}
	d.freshAt = p.now
	p.sawDAG(d, pipewright.RunSucceeded, "")
	d.active, d.failed = nil, nil
}

func (p *Plant) taskFailed(d *dag, r *run) {
	if d.active == nil || r.id != d.active.id {
		return
	}
	for _, j := range d.tasks[d.active.at+1:] {
		p.rec.runs = append(p.rec.runs, seenRun{p.now, pipewright.Run{
			Resource: p.names.id(j.id), ID: r.id, Attempt: 0, State: pipewright.RunCancelled,
			Started: p.now, Ended: p.now, Error: "upstream_failed",
		}})
	}
	_, task := p.names.task(r.job.id)
	p.sawDAG(d, pipewright.RunFailed, "task "+task+" failed")
	d.failed, d.active = d.active, nil
}

// clear runs a failed DAG run again from one of its tasks on. It returns nil
// when nothing failed.
func (p *Plant) clear(d *dag, from int, trigger string) *run {
	if d.failed == nil || d.active != nil {
		return nil
	}
	d.active, d.failed = d.failed, nil
	d.active.attempt++
	d.active.started = p.now
	p.sawDAG(d, pipewright.RunRunning, "")
	return p.startTask(d, from, trigger)
}

// triggerDAG starts a run beside the schedule.
func (p *Plant) triggerDAG(d *dag) *run {
	slot := p.now.Truncate(d.every)
	d.active = &dagRun{id: "manual__" + p.now.Format("2006-01-02T15:04:05.000000+00:00"), slot: slot, attempt: 1, started: p.now}
	p.sawDAG(d, pipewright.RunRunning, "")
	return p.startTask(d, 0, "manual")
}

func (p *Plant) sawDAG(d *dag, state pipewright.RunState, err string) {
	r := pipewright.Run{
		Resource: p.names.id(d.id), ID: d.active.id, Attempt: d.active.attempt, State: state,
		Started: d.active.started, Error: err, Detail: map[string]string{"slot": d.active.slot.Format(time.RFC3339), "tasks": strconv.Itoa(len(d.tasks))},
	}
	if state.Done() {
		r.Ended = p.now
		p.point(d.id, "duration_seconds", r.Ended.Sub(r.Started).Seconds())
	}
	p.rec.runs = append(p.rec.runs, seenRun{p.now, r})
}
