package sim

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// job is anything that runs: a Glue job, a Lambda's batch, a task of a DAG, the
// filling of the feature store.
type job struct {
	place
	n        int64 // its number among the jobs: keys its chances
	offset   time.Duration
	steps    []step
	retries  int           // how often the orchestrator tries a failed run again by itself
	retryIn  time.Duration // and after how long
	dag      *dag          // nil when it runs on its own
	worker   *worker       // nil when it runs on something that never hangs
	memory   *memory       // nil when memory is never short
	append   *appended     // nil when a second run replaces what the first one wrote
	flake    float64       // chance that a first attempt fails for nothing
	extras   int64         // runs beside the schedule, so far
	freshAt  time.Time     // when it last succeeded
	fresh    time.Time     // the newest slot it succeeded for
	active   *run
	failed   *run // the newest run when that one failed for good
	lastSlot time.Time
	attempts map[string]int // per run id; looked up, never walked
}

// step is a point within a run where something can go wrong.
type step struct {
	at    float64 // share of the run's work done by then
	check func(*Plant, *run) hitch
}

// hitch is what a check says: go on (zero), wait and check again, or fail.
type hitch struct {
	wait time.Duration
	fail *failure
}

func (p *Plant) job(own pipewright.ResourceID) *job {
	for _, j := range p.jobs {
		if j.id == own {
			return j
		}
	}
	return nil
}

// buildJobs says what every job does and needs, in order.
func (p *Plant) buildJobs() {
	add := func(j *job) *job {
		j.n, j.attempts = int64(len(p.jobs)+1), map[string]int{}
		p.jobs = append(p.jobs, j)
		return j
	}
	task := func(id pipewright.ResourceID, w *worker, steps ...step) *job {
		return add(&job{place: placeOf(id), worker: w, steps: steps, retries: 1, retryIn: 2 * minute, flake: 0.004})
	}
	w1, w2 := p.workers[0], p.workers[1]
	p.dags = []*dag{
		newDAG(placeOf(dagOrders), 1, 0,
			task(taskExtract, w1, step{0.05, needsRaw}, step{0.1, connects(p.db)}, step{0.2, notLocked(tableOrders)}, step{0.3, reads(tableOrders)}),
			task(taskValidate, w1, step{0.6, soundRows(tableOrders)}),
			task(taskTransform, w2, step{0.4, typed(tableOrders)}),
			task(taskLoad, w2, step{0.1, connects(p.wh)}, step{0.3, queues(5 * minute)})),
		newDAG(placeOf(dagCust), 2, 3*minute,
			task(custExtract, w2, step{0.05, needsRaw}, step{0.1, connects(p.db)}, step{0.2, notLocked(tableCust)}, step{0.3, reads(tableCust)}),
			task(custLoad, w2, step{0.1, connects(p.wh)}, step{0.3, queues(5 * minute)}, step{0.8, soundRows(tableCust)})),
	}
	add(&job{place: placeOf(glueOrders), offset: 10 * minute, memory: &memory{base: 0.52, limit: 1, unit: 16384},
		append: &appended{},
		steps:  []step{{0.05, both(needs(p.dags[0]), sound)}, {0.15, connects(p.db)}, {0.2, reads(tablePay)}, {0.3, typed(tablePay)}, {0.35, soundRows(tablePay)}, {0.5, fits}, {0.8, connects(p.wh)}, {0.82, both(queues(10*minute), writes)}}})
	add(&job{place: placeOf(glueCust), offset: 16 * minute, memory: &memory{base: 0.5, limit: 1, unit: 16384},
		steps: []step{{0.05, needs(p.dags[1])}, {0.5, fits}, {0.8, connects(p.wh)}, {0.82, queues(10 * minute)}}})
	add(&job{place: placeOf(glueBackfill), offset: 37 * minute, memory: &memory{base: 0.4, limit: 1, unit: 16384}, flake: 0.02})
	add(&job{place: placeOf(lambdaEnrich), offset: minute, memory: &memory{base: 0.55, limit: 1, unit: 512}, retries: 1, retryIn: minute, flake: 0.003,
		steps: []step{{0.1, goodVersion}, {0.3, connects(p.db)}, {0.6, fits}}})
	add(&job{place: placeOf(featureStore), offset: 22 * minute, steps: []step{{0.1, both(connects(p.wh), counted(p.job(glueOrders)))}}})
}

// scheduleJobs starts the timetables.
func (p *Plant) scheduleJobs() {
	for _, d := range p.dags {
		p.every(p.origin.Add(d.offset), always(d.every), func() { p.dagDue(d) })
	}
	for _, j := range p.jobs {
		if j.dag == nil {
			p.every(p.origin.Add(j.offset), always(j.every), func() { p.jobDue(j) })
		}
	}
}

// jobDue starts the scheduled run of a slot, unless the one before still runs.
func (p *Plant) jobDue(j *job) {
	slot := p.now
	jitter := between(p.dice("start", j.n, slot.Unix()), 0, 20*time.Second)
	p.after(jitter, func() {
		j.lastSlot = slot
		if j.active == nil {
			p.start(j, p.scheduledRun(j, slot))
		}
	})
}

// fills is the warehouse table that a job fills, if any.
func (j *job) fills() pipewright.ResourceID {
	switch j.id {
	case glueOrders:
		return factOrders
	case glueCust:
		return dimCust
	}
	return ""
}
