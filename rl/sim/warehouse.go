package sim

import (
	"math"
	"time"
)

// warehouse is a queue before slots: queries come with the load of the business, a
// nightly batch, the jobs and whatever retries add. Work that finds no slot
// piles up as backlog, in slot minutes.
type warehouse struct {
	slots   float64
	held    float64 // slots that a blocking session holds
	blocker int     // its process id, 0 for none
	peak    float64 // demand of unexpected queries
	extra   float64 // demand of retries, decaying
	backlog float64
	demand  float64
	sizing  bool // a resize is under way
	quiet   bool
	aborts  bool // says serializable isolation violation, not WLM
	fault   *fault
}

func (w *warehouse) free() float64 { return max(w.slots-w.held, 0.8) }

// queueSeconds is how long a query that comes now waits.
func (p *Plant) queueSeconds() float64 {
	w := &p.warehouse
	calm := 1 + 3*p.dice("queue", p.now.Unix()/60).Float64()
	return calm + w.backlog/w.free()*60
}

func (p *Plant) queueLength() float64 { return math.Floor(p.warehouse.backlog * 1.6) }

// stepWarehouse moves the queue on by one minute.
func (p *Plant) stepWarehouse() {
	w := &p.warehouse
	w.demand = 3.2*load(p.now) + 0.35*p.dice("demand", p.now.Unix()).NormFloat64() + nightly(p.now) + w.peak + w.extra
	for _, j := range p.jobs {
		if j.active != nil && !j.active.waited.IsZero() {
			w.demand += 0.15
		}
	}
	w.extra *= 0.85
	w.backlog = min(max(0, w.backlog+w.demand-w.free()), 25*w.free())
	if w.fault != nil && w.held == 0 && w.backlog == 0 && w.slots > w.demand && p.now.Sub(w.fault.Start) > 15*minute {
		p.end(w.fault, "capacity")
	}
}

// nightly is the demand of the reports that run from 02:00 to 02:30 UTC.
func nightly(t time.Time) float64 {
	if t.Hour() == 2 && t.Minute() < 30 {
		return 4.1
	}
	return 0
}

// queues is the step that waits for a slot, and gives up after a limit.
func queues(limit time.Duration) func(*Plant, *run) hitch {
	return func(p *Plant, r *run) hitch {
		var waited time.Duration
		if !r.waited.IsZero() {
			waited = p.now.Sub(r.waited)
		}
		need := p.queueSeconds()
		switch {
		case waited.Seconds()+10 >= need:
			return hitch{}
		case waited >= limit:
			return hitch{fail: &failure{code: queueTimeout, at: warehouseID, quiet: p.warehouse.quiet}}
		}
		left := time.Duration((need - waited.Seconds()) * float64(time.Second))
		return hitch{wait: min(left, 30*time.Second).Round(time.Millisecond)}
	}
}

// block lets a session hold slots; unblock ends it.
func (p *Plant) block(f *fault, pid int, held float64) {
	w := &p.warehouse
	w.fault, w.blocker, w.held = f, pid, held
}

func (p *Plant) unblock(by string) {
	w := &p.warehouse
	if w.blocker != 0 && w.fault != nil {
		p.end(w.fault, by)
	}
	w.blocker, w.held, w.fault, w.quiet = 0, 0, nil, false
}

// resize changes the slots of the warehouse: open transfers are cut at once, the slots are
// there minutes later.
func (p *Plant) resize(slots float64, takes time.Duration) {
	p.warehouse.sizing = true
	p.cutTransfers()
	p.after(takes, func() {
		p.warehouse.slots, p.warehouse.sizing = slots, false
	})
}

// cutTransfers fails the runs that are within the warehouse right now.
func (p *Plant) cutTransfers() {
	for _, j := range p.jobs {
		if r := j.active; r != nil && !r.waited.IsZero() {
			p.fail(r, failure{code: unreachable, at: warehouseID})
		}
	}
}
