// Package sim is the simulated plant: a company's data platform whose faults
// come from mechanisms (memory need against a limit, a link that goes up and
// down, a queue before the warehouse, versioned columns, ...), so that which
// action helps is a consequence and not a table.
//
// A plant is a pure function of its options and of the actions applied at
// which plant times. It reads no clock; every chance is drawn from a stream of
// its own concern, so that an action does not reshuffle unrelated events. What
// is wrong (Truth) is for tests and trials only and never in the telemetry.
package sim

import (
	"container/heap"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Options are everything a plant depends on besides the actions.
type Options struct {
	Seed    uint64
	Start   time.Time     // the plant's "now" when New returns
	History time.Duration // telemetry before Start; 0: seven days
	// FaultEvery is the mean time between faults after Start; 0: 20 minutes.
	// Negative: no faults at all, not even old ones in the history.
	FaultEvery time.Duration
	Live       bool          // a fault is live and showing at Start
	First      string        // its cause; empty: drawn
	Step       time.Duration // period of metrics, rounded to whole minutes; 0: one minute
	// Names renames every resource, also where its name stands within log text.
	// It must be one to one and keep each id's kind. nil keeps the names.
	Names func(pipewright.ResourceID) pipewright.ResourceID
}

const minute = time.Minute

func (o Options) withDefaults() Options {
	if o.History == 0 {
		o.History = 7 * 24 * time.Hour
	}
	if o.FaultEvery == 0 {
		o.FaultEvery = 20 * minute
	}
	if o.Step = o.Step.Round(minute); o.Step < minute {
		o.Step = minute
	}
	o.Start = o.Start.UTC().Truncate(minute)
	return o
}

// Plant is a simulated shop. It is not safe for concurrent use.
type Plant struct {
	opt    Options
	now    time.Time
	origin time.Time // where the history begins
	queue  events
	pushed uint64
	names  naming
	rec    recorder

	db, wh     *link
	tables     []*table
	workers    []*worker
	jobs       []*job
	dags       []*dag
	warehouse  warehouse
	cdc        cdc
	serving    serving
	function   function
	gauges     []gauge
	faultKinds []faultKind
	faults     []*fault
	acts       []Applied
	done       map[string]outcome // by key; looked up, never walked
}

// New builds the plant and runs its history up to Start.
func New(o Options) *Plant {
	o = o.withDefaults()
	p := &Plant{opt: o, origin: o.Start.Add(-o.History).Truncate(time.Hour), done: map[string]outcome{}}
	p.now = p.origin
	p.names = newNaming(o.Names)
	p.build()
	p.openTelemetry()
	p.scheduleFaults()
	p.Advance(o.Start)
	return p
}

// Now is the plant's time.
func (p *Plant) Now() time.Time { return p.now }

// Advance runs the plant up to and including a time. Going back does nothing.
func (p *Plant) Advance(to time.Time) {
	to = to.UTC()
	for len(p.queue) > 0 && !p.queue[0].at.After(to) {
		e := heap.Pop(&p.queue).(event) //nolint:errcheck // nothing else is ever pushed
		p.now = e.at
		e.do()
	}
	if to.After(p.now) {
		p.now = to
	}
}

// at runs do at a time, to the millisecond and never before now. Events of one time run in the order
// in which they were pushed.
func (p *Plant) at(t time.Time, do func()) {
	if t = t.Truncate(time.Millisecond); t.Before(p.now) {
		t = p.now
	}
	p.pushed++
	heap.Push(&p.queue, event{at: t, seq: p.pushed, do: do})
}

func (p *Plant) after(d time.Duration, do func()) { p.at(p.now.Add(d), do) }

// every runs do at from and then once a period, for ever.
func (p *Plant) every(from time.Time, period func(time.Time) time.Duration, do func()) {
	p.at(from, func() {
		do()
		p.every(p.now.Add(period(p.now)), period, do)
	})
}

func always(d time.Duration) func(time.Time) time.Duration {
	return func(time.Time) time.Duration { return d }
}

type event struct {
	at  time.Time
	seq uint64
	do  func()
}

// events is a heap by time, then by order of pushing.
type events []event

func (q events) Len() int { return len(q) }
func (q events) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].seq < q[j].seq
	}
	return q[i].at.Before(q[j].at)
}
func (q events) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *events) Push(e any)   { *q = append(*q, e.(event)) } //nolint:errcheck // nothing else is ever pushed
func (q *events) Pop() any {
	last := (*q)[len(*q)-1]
	(*q)[len(*q)-1] = event{} // let the closure go
	*q = (*q)[:len(*q)-1]
	return last
}
