package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// appended is what a job that appends has put into its table for the newest slot it
// worked on. A run that dies while it writes leaves a part of its rows; run again,
// it writes all of them beside those.
type appended struct {
	part
	over  *part  // an older slot whose rows are there twice
	fault *fault // that cut a write off
	cut   bool   // the next write dies half way
}

// part is what lies in a table of one slot.
type part struct {
	slot  time.Time
	run   string // that wrote the first rows
	began time.Time
	rows  float64
	whole float64 // what one run of the slot writes
	done  bool    // a run of the slot has set the marker _SUCCESS
}

// partial reports whether rows lie there without the marker of a whole write.
func (a *appended) partial() bool { return a.rows > 0 && !a.done }

// worst is the slot that is wrong, the newest one when none is.
func (a *appended) worst() part {
	if a.over != nil {
		return *a.over
	}
	return a.part
}

// sound is the step that refuses to append after a write that was not finished.
// The run of the very slot goes on: only a person knows whether it may.
func sound(p *Plant, r *run) hitch {
	if a := r.job.append; a.partial() && !a.slot.Equal(r.slot) {
		return hitch{fail: &failure{code: unfinished, at: r.job.fills()}}
	}
	return hitch{}
}

// writes is the step that appends half of the rows; the rest comes with the end of
// the run. A write that is cut off dies here.
func writes(p *Plant, r *run) hitch {
	a := r.job.append
	if a.rows == 0 || !a.slot.Equal(r.slot) {
		a.part = part{slot: r.slot, run: r.id, began: r.started, whole: r.rows}
	}
	a.rows += math.Round(r.rows / 2)
	if a.cut {
		a.cut = false
		return hitch{fail: &failure{code: writeLost, at: r.job.fills(), quiet: a.fault.Quiet}}
	}
	return hitch{}
}

// wrote is the end of a run that appends.
func (a *appended) wrote(p *Plant, r *run) {
	a.rows, a.done = a.rows+r.rows-math.Round(r.rows/2), true
	if a.rows > a.whole {
		over := a.part
		a.over = &over
	}
	if a.fault != nil && !a.cut && a.over == nil {
		p.end(a.fault, "reload")
		a.fault = nil
	}
}

// counted is the step at which the reader of a table compares its rows with those of
// the source.
func counted(j *job) func(*Plant, *run) hitch {
	return func(p *Plant, _ *run) hitch {
		if j.append.over != nil || j.append.partial() && j.active == nil {
			return hitch{fail: &failure{code: rowCount, at: j.fills()}}
		}
		return hitch{}
	}
}

// both checks one thing and then another.
func both(first, then func(*Plant, *run) hitch) func(*Plant, *run) hitch {
	return func(p *Plant, r *run) hitch {
		if h := first(p, r); h.fail != nil || h.wait > 0 {
			return h
		}
		return then(p, r)
	}
}

// cuts: a run that appends loses its executors half way through its write.
func (p *Plant) cuts(j *job) faultKind {
	a := j.append
	return faultKind{cause: "write_interrupted", at: j.id, weight: 1, quiet: 0, late: true,
		free: func() bool { return a.fault == nil && !a.partial() && j.active == nil }, lasts: hours(3, 6), by: "oncall",
		holds: func(f *fault) bool { return a.fault == f },
		begin: func(f *fault, _ *rand.Rand) { a.fault, a.cut = f, true },
		mend: func(by string) {
			slot := slotName(a.worst().slot)
			*a = appended{}
			p.deed(j.fills(), by, "rows of "+slot+" counted and put right by hand")
		},
	}
}

// reloadSlot deletes what lies in the table for the slot that is wrong, the newest
// when none is, and runs it again.
func reloadSlot(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	j, err := p.jobFor(own)
	if err != nil {
		return effect{}, err
	}
	a := j.append
	switch {
	case a == nil || a.worst().rows == 0:
		return effect{}, refused("reload %s: it appends nothing that could be deleted", p.names.of(own))
	case j.active != nil:
		return effect{}, refused("reload %s: a run is active: %s", p.names.of(own), j.active.id)
	}
	slot, gone := a.worst().slot, a.worst().rows
	a.part, a.over = part{}, nil
	j.extras++
	r := &run{job: j, slot: slot, trigger: "reload", attempt: 1, id: p.runID(j, slot, j.extras)}
	p.start(j, r)
	return effect{id: r.id, say: fmt.Sprintf("deleted %.0f rows of %s and started run %s", gone, slotName(slot), r.id),
		detail: map[string]string{"run": r.id, "deleted": strconv.Itoa(int(gone))}}, nil
}

func slotName(slot time.Time) string { return slot.UTC().Format("2006-01-02T15:04") }

// describeWrites is how a job writes and what its newest slot left, as its system's
// job parameters, load history and markers say.
func (p *Plant) describeWrites(j *job, m map[string]string) {
	switch {
	case j.id == lambdaEnrich:
		m["writes"] = "merge" // events are keyed
		return
	case j.fills() == "":
		m["writes"] = "none"
		return
	case j.append == nil:
		m["writes"] = "overwrite"
		return
	}
	a := j.append
	m["writes"], m["writes_into"] = "append", string(p.names.id(j.fills()))
	if a.rows == 0 {
		return
	}
	m["part"], m["part_run"], m["part_began"] = slotName(a.slot), a.run, a.began.Format(time.RFC3339)
	m["part_rows"], m["part_whole"] = strconv.Itoa(int(a.rows)), strconv.Itoa(int(a.whole))
	if a.done {
		m["part_marker"] = "true"
	}
	if a.partial() || a.over != nil {
		m["broken"] = slotName(a.worst().slot)
	}
}
