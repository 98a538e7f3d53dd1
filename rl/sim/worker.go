package sim

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// worker is a machine that runs tasks of DAGs. When it hangs it still answers
// pings, but nothing on it goes on: a run there freezes, and the next one
// queues behind it.
type worker struct {
	id      pipewright.ResourceID
	n       int64
	hung    *fault
	deep    bool // the hang sits in the machine: only its restart helps, not the task's
	spins   bool // the hung process burns CPU
	loud    bool // the scheduler will notice and say so
	beat    time.Time
	down    bool // rebooting
	frozen  []*run
	waiting []*run
}

// busy reports whether nothing new can make progress.
func (w *worker) busy() bool { return w.down || w.hung != nil }

func (w *worker) forget(r *run) {
	is := func(o *run) bool { return o == r }
	w.frozen = slices.DeleteFunc(w.frozen, is)
	w.waiting = slices.DeleteFunc(w.waiting, is)
}

// hang stops a worker's progress.
func (p *Plant) hang(w *worker, f *fault, deep, spins, loud bool) {
	w.hung, w.deep, w.spins, w.loud, w.beat = f, deep, spins, loud, p.now
}

// noticeZombie lets the scheduler give a frozen run up after a while, if it is
// one of those it notices.
func (p *Plant) noticeZombie(r *run) {
	w := r.job.worker
	if w.hung == nil || !w.loud {
		return
	}
	p.after(25*minute, func() {
		if r.frozen && !r.state.Done() {
			p.fail(r, failure{code: zombie})
		}
	})
}

// reboot kills what runs on a worker and brings it back fresh minutes later.
func (p *Plant) reboot(w *worker, takes time.Duration, by string) {
	w.down = true
	for _, r := range p.runningOn(w) {
		p.fail(r, failure{code: killed})
	}
	p.line(w.id, pipewright.Info, "", p.syslog(w, "systemd[1]: Stopping airflow-worker.service - Airflow worker..."))
	p.after(takes, func() {
		w.down = false
		p.unhang(w, by)
		p.line(w.id, pipewright.Info, "", p.syslog(w, "systemd[1]: Started airflow-worker.service - Airflow worker."))
	})
}

// unhang lets the worker go on, and starts what waits for it.
func (p *Plant) unhang(w *worker, by string) {
	if w.hung != nil {
		p.end(w.hung, by)
		w.hung = nil
	}
	if w.busy() {
		return
	}
	frozen, waiting := w.frozen, w.waiting
	w.frozen, w.waiting = nil, nil
	for _, r := range frozen {
		r.frozen = false
		p.check(r)
	}
	for _, r := range waiting {
		if !r.state.Done() {
			p.begin(r)
		}
	}
}

// runningOn lists the runs that are running on a worker, in order of the jobs.
func (p *Plant) runningOn(w *worker) []*run {
	var out []*run
	for _, j := range p.jobs {
		if j.worker == w && j.active != nil && j.active.state == pipewright.RunRunning {
			out = append(out, j.active)
		}
	}
	return out
}

// heartbeatAge is how long ago the worker last reported progress.
func (p *Plant) heartbeatAge(w *worker) float64 {
	if w.hung != nil {
		return p.now.Sub(w.beat).Seconds()
	}
	return 2 + 6*p.dice("beat", w.n, p.now.Unix()).Float64()
}
