package sim

import (
	"fmt"
	"strconv"

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

// Describe reads what a client of the system can see of a resource now: its
// settings, its active and failed run, and what an action would change. Absent
// keys do not apply. An unknown resource is a NotFound error.
func (p *Plant) Describe(target pipewright.ResourceID) (map[string]string, error) {
	own, ok := p.names.back[target]
	if !ok {
		return nil, pipewright.Errorf(pipewright.NotFound, "describe %s: no such resource", target)
	}
	m := map[string]string{}
	switch own.System() {
	case "glue", "lambda":
		p.describeJob(p.job(own), m)
	case "airflow":
		p.describeDAG(own, m)
	case "redshift":
		p.describeWarehouse(m)
	case "postgres":
		p.describeDatabase(own, m)
	case "k8s":
		p.describeServer(m)
	}
	return m, nil
}

func (p *Plant) describeJob(j *job, m map[string]string) {
	m["size"] = p.sizeOf(j)
	if j.memory.limit < biggest {
		bigger := *j.memory
		bigger.grow()
		m["next_size"] = p.sizeOf(&job{place: j.place, memory: &bigger})
	}
	if j.memory.limit > 1 {
		smaller := *j.memory
		smaller.shrink()
		m["smaller_size"] = p.sizeOf(&job{place: j.place, memory: &smaller})
	}
	if j.active != nil {
		m["running"] = j.active.id
	}
	if j.failed != nil {
		m["failed"] = j.failed.id
	}
	if j.id == lambdaEnrich {
		m["version"] = strconv.Itoa(p.functionVersion())
		m["other_version"] = strconv.Itoa(2*p.function.version - 1 - p.functionVersion())
	}
}

func (p *Plant) describeDAG(own pipewright.ResourceID, m map[string]string) {
	d, i := p.dagFor(own)
	if _, r := p.runningIn(own); r != nil {
		m["running"], m["state"] = r.id, string(r.state)
	}
	_, m["task"] = p.names.task(d.tasks[max(i, 0)].id)
	m["dag"] = p.names.of(d.id)
	if d.failed != nil && i <= d.failed.at {
		m["failed"] = d.failed.id
		_, m["task"] = p.names.task(d.tasks[d.failed.at].id)
	}
	if d.active != nil && d.tasks[d.active.at].active == nil && (i < 0 || i == d.active.at) {
		m["failed"] = d.active.id // its last attempt failed, the next one waits
	}
}

func (p *Plant) describeWarehouse(m map[string]string) {
	w := &p.warehouse
	m["slots"] = strconv.Itoa(int(w.slots))
	if w.slots*2 <= mostSlots {
		m["next_slots"] = strconv.Itoa(int(w.slots * 2))
	}
	if w.slots > 6 {
		m["smaller_slots"] = strconv.Itoa(int(w.slots / 2))
	}
	if w.sizing {
		m["sizing"] = "true"
	}
	if w.blocker != 0 {
		m["pid"] = strconv.Itoa(w.blocker)
	}
	for _, j := range p.jobs {
		if j.fills() != "" && j.failed != nil {
			m["failed"] = j.failed.id
		}
	}
}

func (p *Plant) describeDatabase(own pipewright.ResourceID, m map[string]string) {
	for _, t := range p.tables {
		if own != shopDB && own != t.id {
			continue
		}
		if t.locker != 0 && m["pid"] == "" {
			m["pid"] = strconv.Itoa(t.locker)
		}
		if own == t.id && t.view != nil {
			m["view"] = p.names.of(own) + "_compat"
		}
	}
}

func (p *Plant) describeServer(m map[string]string) {
	s := &p.serving
	m["image"], m["previous_image"] = p.image(s.now), p.image(s.before)
	m["replicas"] = strconv.Itoa(s.replicas)
	if s.replicas+2 <= mostReplicas {
		m["next_replicas"] = strconv.Itoa(s.replicas + 2)
	}
	if s.replicas > 2 {
		m["smaller_replicas"] = strconv.Itoa(s.replicas - 2)
	}
}
