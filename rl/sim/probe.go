package sim

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

// Reading is what a read-only check of a live system says. Known is false
// when the check does not fit the target.
type Reading struct {
	Known bool
	Yes   bool
	Say   string
}

func yes(is bool, format string, args ...any) Reading {
	return Reading{Known: true, Yes: is, Say: fmt.Sprintf(format, args...)}
}

// probes are the checks by name.
var probes = map[string]func(*Plant, pipewright.ResourceID) Reading{ // looked up, never walked
	"endpoint_reachable": probeEndpoint, "blocking_session": probeBlocking, "queue_long": probeQueue,
	"heartbeat_alive": probeHeartbeat, "memory_near_limit": probeMemory, "version_changed": probeVersion,
	"partial_write": probePartial, "rows_doubled": probeDoubled,
}

// Probe runs a read-only check by the name it has in the fault catalogue.
func (p *Plant) Probe(name string, target pipewright.ResourceID) Reading {
	own, known := p.names.back[target]
	run, ok := probes[name]
	if !known || !ok {
		return Reading{Say: fmt.Sprintf("%s cannot be checked on %s", name, target)}
	}
	return run(p, own)
}

// reaches lists the links that a resource talks over.
func (p *Plant) reaches(own pipewright.ResourceID) []*link {
	switch own {
	case shopDB, tableOrders, tableCust, tablePay, dmsTask, taskExtract, custExtract, lambdaEnrich:
		return []*link{p.db}
	case warehouseID, factOrders, dimCust, taskLoad, custLoad, glueCust, featureStore:
		return []*link{p.wh}
	case glueOrders, dagOrders, dagCust, worker1, worker2:
		return []*link{p.db, p.wh}
	}
	return nil
}

func probeEndpoint(p *Plant, own pipewright.ResourceID) Reading {
	links := p.reaches(own)
	for _, l := range links {
		if l.down {
			return yes(false, "connect to %s: timed out after 5 s", p.host(l.to))
		}
	}
	if links == nil {
		return Reading{Say: p.names.of(own) + " has no endpoint to check"}
	}
	return yes(true, "connect to %s: answered", p.host(links[0].to))
}

func probeBlocking(p *Plant, own pipewright.ResourceID) Reading {
	switch own.System() {
	case "redshift":
		if w := &p.warehouse; w.blocker != 0 {
			return yes(true, "session %d holds a lock; %d queries wait", w.blocker, int(p.queueLength()))
		}
		return yes(false, "no session blocks another")
	case "postgres":
		for _, t := range p.tables {
			if t.locker != 0 && (own == shopDB || own == t.id) {
				return yes(true, "session %d is idle in a transaction and locks %s; others wait for it", t.locker, p.names.of(t.id))
			}
		}
		return yes(false, "no session blocks another")
	}
	return Reading{Say: p.names.of(own) + " has no sessions"}
}

func probeQueue(p *Plant, own pipewright.ResourceID) Reading {
	if own.System() != "redshift" {
		return Reading{Say: p.names.of(own) + " has no queue to check"}
	}
	q := p.queueSeconds()
	return yes(q > 60, "a query waits %.0f s for a slot", q)
}

func probeHeartbeat(p *Plant, own pipewright.ResourceID) Reading {
	w := p.workerOf(own)
	switch {
	case own == dmsTask:
		return yes(p.cdc.stuck == nil, "last change read %.0f s ago", p.cdc.lag)
	case w == nil:
		return Reading{Say: p.names.of(own) + " has no heartbeat"}
	case w.down:
		return yes(false, "%s is rebooting", p.names.of(w.id))
	}
	age := p.heartbeatAge(w)
	return yes(age < 180, "%s reported progress %.0f s ago", p.names.of(w.id), age)
}

// workerOf is the worker itself, or the one that a task runs on.
func (p *Plant) workerOf(own pipewright.ResourceID) *worker {
	for _, w := range p.workers {
		if w.id == own {
			return w
		}
	}
	if j := p.job(own); j != nil {
		return j.worker
	}
	return nil
}

func probeMemory(p *Plant, own pipewright.ResourceID) Reading {
	j := p.job(own)
	if j == nil || j.memory == nil {
		return Reading{Say: p.names.of(own) + " does not report memory"}
	}
	r := j.failed
	if r == nil {
		r = &run{job: j, rows: p.rowsOf(j, j.lastSlot), next: len(j.steps)}
	}
	return yes(j.memory.need(r) > 0.9*j.memory.limit, "the last run used %.0f %% of its memory", j.memory.percent(r))
}

func probeVersion(p *Plant, own pipewright.ResourceID) Reading {
	switch own {
	case scorer, fraudModel:
		s := &p.serving
		if s.rolled.IsZero() {
			return yes(false, "no roll-out on record")
		}
		age := p.now.Sub(s.rolled)
		return yes(age.Hours() < 12, "%s went live %.0f minutes ago", p.image(s.now), age.Minutes())
	case lambdaEnrich:
		return yes(p.function.back, "version %d is live", p.functionVersion())
	}
	return Reading{Say: p.names.of(own) + " has no versions"}
}

func probePartial(p *Plant, own pipewright.ResourceID) Reading {
	j := p.job(own)
	if j == nil || j.append == nil {
		return Reading{Say: p.names.of(own) + " does not append"}
	}
	a := j.append
	if j.active != nil || !a.partial() {
		return yes(false, "the newest slot in %s is whole or being written", p.names.of(j.fills()))
	}
	return yes(true, "%s has %.0f of %.0f rows of %s and no _SUCCESS marker", p.names.of(j.fills()), a.rows, a.whole, slotName(a.slot))
}

func probeDoubled(p *Plant, own pipewright.ResourceID) Reading {
	for _, j := range p.jobs {
		if a := j.append; a != nil && j.fills() == own {
			w := a.worst()
			return yes(a.over != nil, "%s has %.0f rows of %s, its source %.0f", p.names.of(own), w.rows, slotName(w.slot), w.whole)
		}
	}
	return Reading{Say: p.names.of(own) + " has no rows that are counted"}
}
