package sim

import (
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

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
	p.describeWrites(j, m)
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
	m["dag"], m["writes"] = p.names.of(d.id), "transaction"
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
	m["writes"] = "transaction" // one COPY
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
	m["asked"] = strconv.FormatFloat(p.asked(), 'f', 1, 64)
	if s.surge.limit > 0 {
		m["limit"] = strconv.FormatFloat(s.surge.limit, 'f', 1, 64)
	}
}
