package sim

import (
	"fmt"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

func (p *Plant) jobFor(own pipewright.ResourceID) (*job, error) {
	if j := p.job(own); j != nil {
		return j, nil
	}
	return nil, refused("%s is not a job", p.names.id(own))
}

// rerun starts the failed run of a job again, or one more when none failed.
func rerun(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	j, err := p.jobFor(own)
	if err != nil {
		return effect{}, err
	}
	if j.active != nil {
		return effect{}, refused("start %s: a run is active: %s", p.names.of(own), j.active.id)
	}
	p.warehouse.extra += 1.2
	r := p.again(j, "retry")
	return effect{id: r.id, say: "started run " + r.id, detail: map[string]string{"run": r.id}}, nil
}

// scaleJob doubles the memory of a job and runs what failed again.
func scaleJob(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	j, err := p.jobFor(own)
	if err != nil {
		return effect{}, err
	}
	before := p.sizeOf(j)
	if j.memory == nil || !j.memory.grow() {
		return effect{}, refused("scale %s up: %s is the biggest size", p.names.of(own), before)
	}
	return p.resized(j, before), nil
}

func shrinkJob(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	j, err := p.jobFor(own)
	if err != nil {
		return effect{}, err
	}
	before := p.sizeOf(j)
	if j.memory == nil || !j.memory.shrink() {
		return effect{}, refused("scale %s down: %s is the smallest size", p.names.of(own), before)
	}
	return p.resized(j, before), nil
}

func (p *Plant) resized(j *job, before string) effect {
	p.tellSize(j, "pipewright")
	e := effect{id: p.sizeOf(j), say: fmt.Sprintf("%s: %s, was %s", p.names.of(j.id), p.sizeOf(j), before),
		undo: map[string]string{"size": before}, detail: map[string]string{"before": before, "after": p.sizeOf(j)}}
	if j.failed != nil && j.active == nil {
		r := p.again(j, "retry")
		e.id, e.detail["run"] = r.id, r.id
		e.say += "; started run " + r.id
	}
	return e
}

func (p *Plant) sizeOf(j *job) string {
	switch {
	case j.memory == nil:
		return ""
	case j.id == lambdaEnrich:
		return strconv.Itoa(int(j.memory.limit*j.memory.unit)) + " MB"
	}
	return workerType(j.memory.limit)
}

func switchFunction(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	before := strconv.Itoa(p.functionVersion())
	p.function.back = !p.function.back
	p.tellFunction("pipewright")
	now := strconv.Itoa(p.functionVersion())
	return effect{id: now, say: fmt.Sprintf("alias live of %s points to version %s, was %s", p.names.of(own), now, before),
		undo: map[string]string{"version": before}, detail: map[string]string{"before": before, "after": now}}, nil
}

// clearTask runs a failed task again with what is downstream of it; on a DAG,
// from its failed task on. With nothing failed it runs the whole DAG once more.
func clearTask(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	d, from := p.dagFor(own)
	if d == nil {
		return effect{}, refused("%s is neither a DAG nor a task", p.names.id(own))
	}
	if d.active != nil {
		j := d.tasks[d.active.at]
		if j.active != nil {
			return effect{}, refused("clear %s: a run is active: %s", p.names.of(own), d.active.id)
		}
		return p.cleared(p.startTask(d, d.active.at, "retry")), nil // it was waiting for its own retry
	}
	if d.failed == nil {
		return p.cleared(p.triggerDAG(d)), nil
	}
	if from < 0 || from > d.failed.at {
		from = d.failed.at
	}
	return p.cleared(p.clear(d, from, "retry")), nil
}

func (p *Plant) cleared(r *run) effect {
	_, task := p.names.task(r.job.id)
	return effect{id: r.id, say: fmt.Sprintf("cleared %s of run %s: attempt %d is %s", task, r.id, r.attempt, r.state),
		detail: map[string]string{"run": r.id, "attempt": strconv.Itoa(r.attempt)}}
}

// dagFor finds the DAG of a DAG or task and the task's place in it, -1 for a DAG.
func (p *Plant) dagFor(own pipewright.ResourceID) (*dag, int) {
	for _, d := range p.dags {
		if d.id == own {
			return d, -1
		}
		for i, j := range d.tasks {
			if j.id == own {
				return d, i
			}
		}
	}
	return nil, -1
}

// runningIn is the active run of a task, or of the DAG's current task.
func (p *Plant) runningIn(own pipewright.ResourceID) (*dag, *run) {
	d, i := p.dagFor(own)
	if d == nil || d.active == nil || (i >= 0 && i != d.active.at) {
		return nil, nil
	}
	return d, d.tasks[d.active.at].active
}

// restartTask kills a running task and starts it again at once. A shallow hang
// of its worker dies with it; a deep one does not.
func restartTask(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	d, r := p.runningIn(own)
	if r == nil {
		return effect{}, refused("restart %s: nothing of it is running", p.names.of(own))
	}
	p.kill(d, r)
	next := p.startTask(d, d.active.at, "restart")
	e := p.cleared(next)
	e.say = "killed and " + e.say
	return e, nil
}

// kill ends a running task, whatever its DAG does next.
func (p *Plant) kill(d *dag, r *run) {
	w := r.job.worker
	was := r.frozen
	r.err = "set to failed from outside"
	p.finish(r, pipewright.RunCancelled)
	airflowFailure(p, r, failure{code: cancelled})
	if was && w.hung != nil && !w.deep {
		p.unhang(w, "restart")
	}
	d.active.at = indexOf(d, r.job)
}

func indexOf(d *dag, j *job) int {
	for i, t := range d.tasks {
		if t == j {
			return i
		}
	}
	return 0
}

// cancelRun kills a running task and fails its DAG run.
func cancelRun(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	d, r := p.runningIn(own)
	if r == nil {
		return effect{}, refused("cancel %s: nothing of it is running", p.names.of(own))
	}
	p.kill(d, r)
	r.job.failed = r
	p.taskFailed(d, r)
	return effect{id: r.id, say: "cancelled run " + r.id, detail: map[string]string{"run": r.id}}, nil
}
