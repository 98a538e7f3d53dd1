package sim

import (
	"math"
	"time"
)

// memory is a job's need for memory against its limit, both in units of the
// memory of the smallest size. need = rows x width x skew: with the rows of an
// average slot and no skew it is base.
type memory struct {
	base  float64
	limit float64 // doubles with each size
	unit  float64 // megabytes of the smallest size
	skew  float64 // factor while a fault lasts; 0: none
	short float64 // the limit when the fault began
	quiet bool
	fault *fault
}

const biggest = 8 // sizes: 1, 2, 4, 8 units

// rowsOf is how much data a slot brings, before any skew.
func (p *Plant) rowsOf(j *job, slot time.Time) float64 {
	rows := 12000 * load(slot) * spread(p.dice("rows", j.n, slot.Unix()), 0.06)
	if m := j.memory; m != nil && m.skew > 0 {
		rows *= m.skew
	}
	return math.Round(rows)
}

// need is what the run wants, in units.
func (m *memory) need(r *run) float64 { return m.base * r.rows / 12000 }

// percent is the top of the memory used, in percent of the limit.
func (m *memory) percent(r *run) float64 {
	used := m.need(r) * min(1, 0.5+float64(r.next)/float64(len(r.job.steps)+1)) / m.limit * 100
	return min(used, 99.6)
}

// usedMB is the same in megabytes.
func (m *memory) usedMB(r *run) float64 { return m.percent(r) / 100 * m.limit * m.unit }

// fits is the step at which a run needs all of its memory.
func fits(p *Plant, r *run) hitch {
	m := r.job.memory
	if m.need(r) <= m.limit {
		return hitch{}
	}
	if m.fault != nil { // it may have been cured by a size that is gone again
		p.reopen(m.fault)
		m.short = m.limit
	}
	return hitch{fail: &failure{code: outOfMemory, quiet: m.quiet}}
}

// passed ends a fault that a run has survived: the limit is high enough now.
func (m *memory) passed(p *Plant) {
	if m.fault != nil && m.limit > m.short {
		p.end(m.fault, "capacity")
	}
}

// grow doubles the limit; false at the biggest size.
func (m *memory) grow() bool {
	if m.limit >= biggest {
		return false
	}
	m.limit *= 2
	return true
}

func (m *memory) shrink() bool {
	if m.limit <= 1 {
		return false
	}
	m.limit /= 2
	return true
}
