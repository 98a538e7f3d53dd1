package sim

import (
	"maps"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// run is one attempt of a job.
type run struct {
	job     *job
	id      string
	attempt int
	slot    time.Time // the interval of data it works on
	trigger string    // schedule, retry, manual
	state   pipewright.RunState
	started time.Time
	ended   time.Time
	err     string
	next    int       // step to check next
	waited  time.Time // since when it waits at that step; zero: it does not
	work    time.Duration
	rows    float64
	frozen  bool // its worker makes no progress
	detail  map[string]string
}

func (p *Plant) scheduledRun(j *job, slot time.Time) *run {
	return &run{job: j, slot: slot, trigger: "schedule", id: p.runID(j, slot, 0), attempt: 1}
}

// start begins a run, or queues it behind a frozen one on the same worker.
func (p *Plant) start(j *job, r *run) {
	j.active = r
	j.attempts[r.id] = max(j.attempts[r.id], r.attempt)
	rng := p.dice("work", j.n, r.slot.Unix(), int64(r.attempt), int64(len(r.trigger)))
	r.rows = p.rowsOf(j, r.slot)
	r.work = scaled(j.expected, spread(rng, 0.12)*(0.7+0.3*load(p.now)))
	r.started = p.now
	r.detail = map[string]string{"rows": strconv.Itoa(int(r.rows)), "trigger": r.trigger}
	if w := j.worker; w != nil {
		r.detail["worker"] = p.names.of(w.id)
		if w.down || len(w.frozen) > 0 {
			r.state = pipewright.RunQueued
			w.waiting = append(w.waiting, r)
			p.saw(r)
			return
		}
	}
	p.begin(r)
}

func (p *Plant) begin(r *run) {
	r.state, r.started = pipewright.RunRunning, p.now
	p.saw(r)
	p.tellStart(r)
	p.toStep(r)
}

// toStep schedules the next check, or the end.
func (p *Plant) toStep(r *run) {
	done, share := 0.0, 1.0
	if r.next > 0 {
		done = r.job.steps[r.next-1].at
	}
	if r.next < len(r.job.steps) {
		share = r.job.steps[r.next].at
	}
	p.resume(r, scaled(r.work, share-done))
}

func (p *Plant) resume(r *run, in time.Duration) {
	p.after(in, func() {
		switch w := r.job.worker; {
		case r.state.Done():
		case w != nil && w.busy():
			r.frozen = true
			w.frozen = append(w.frozen, r)
			p.noticeZombie(r)
		default:
			p.check(r)
		}
	})
}

// check does what is due at the run's next step.
func (p *Plant) check(r *run) {
	if r.next == 0 && r.attempt == 1 && r.trigger == "schedule" && len(r.job.steps) > 0 {
		if p.dice("flake", r.job.n, r.slot.Unix()).Float64() < r.job.flake {
			p.fail(r, failure{code: flaky})
			return
		}
	}
	if r.next == len(r.job.steps) {
		p.succeed(r)
		return
	}
	h := r.job.steps[r.next].check(p, r)
	switch {
	case h.fail != nil:
		p.fail(r, *h.fail)
	case h.wait > 0:
		if r.waited.IsZero() {
			r.waited = p.now
		}
		p.resume(r, h.wait)
	default:
		r.next++
		r.waited = time.Time{}
		p.toStep(r)
	}
}

func (p *Plant) succeed(r *run) {
	j := r.job
	p.finish(r, pipewright.RunSucceeded)
	p.tellSuccess(r)
	j.failed = nil
	j.freshAt = p.now
	if r.slot.After(j.fresh) {
		j.fresh = r.slot
	}
	if j.memory != nil {
		j.memory.passed(p)
	}
	if j.append != nil {
		j.append.wrote(p, r)
	}
	if j.dag != nil {
		p.taskDone(j.dag, r)
	}
}

func (p *Plant) fail(r *run, f failure) {
	r.err = p.shortError(r, f)
	p.finish(r, pipewright.RunFailed)
	p.tellFailure(r, f)
	j := r.job
	again := f.code != cancelled && r.attempt <= j.retries
	if again {
		p.after(j.retryIn, func() {
			if j.active == nil && j.attempts[r.id] == r.attempt {
				p.start(j, &run{job: j, slot: r.slot, id: r.id, attempt: r.attempt + 1, trigger: r.trigger})
			}
		})
		return
	}
	j.failed = r
	if j.dag != nil {
		p.taskFailed(j.dag, r)
	}
}

// finish ends a run and reports its figures.
func (p *Plant) finish(r *run, state pipewright.RunState) {
	r.state, r.ended = state, p.now
	if r.job.active == r {
		r.job.active = nil
	}
	if w := r.job.worker; w != nil {
		w.forget(r)
	}
	if m := r.job.memory; m != nil {
		r.detail["memory_mb"] = strconv.Itoa(int(m.usedMB(r)))
		if r.job.id != lambdaEnrich { // whose metrics are gauges
			p.point(r.job.id, "memory_percent", m.percent(r))
		}
	}
	p.saw(r)
	if r.job.id != lambdaEnrich {
		p.point(r.job.id, "duration_seconds", r.ended.Sub(r.started).Seconds())
	}
	if state == pipewright.RunSucceeded && r.job.system() == "glue" {
		p.point(r.job.id, "rows", r.rows)
	}
}

func (j *job) system() string { return j.id.System() }

// saw reports the run as it stands.
func (p *Plant) saw(r *run) {
	p.rec.runs = append(p.rec.runs, seenRun{p.now, pipewright.Run{
		Resource: p.names.id(r.job.id), ID: r.id, Attempt: r.attempt, State: r.state,
		Started: r.started, Ended: r.ended, Error: r.err, Detail: maps.Clone(r.detail),
	}})
}

// again starts a new run of a job at once, of the slot of its failed run or of
// the newest slot.
func (p *Plant) again(j *job, trigger string) *run {
	r := &run{job: j, slot: j.lastSlot, trigger: trigger, attempt: 1}
	if j.failed != nil {
		r.slot = j.failed.slot
	}
	j.extras++
	r.id = p.runID(j, r.slot, j.extras)
	p.start(j, r)
	return r
}
