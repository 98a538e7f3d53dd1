package sim

import (
	"fmt"
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

func rebootWorker(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	for _, w := range p.workers {
		if w.id != own {
			continue
		}
		if w.down {
			return effect{}, refused("reboot %s: it is rebooting", p.names.of(own))
		}
		takes := between(p.dice("reboot", w.n, p.now.Unix()), 2*minute, 4*minute)
		p.reboot(w, takes, "restart")
		return effect{id: "reboot-" + strconv.FormatInt(p.now.Unix(), 36), say: "rebooting " + p.names.of(own)}, nil
	}
	return effect{}, refused("%s is not a worker", p.names.id(own))
}

// cancelBlocker ends the session that holds slots. With none, it ends whatever
// is being loaded.
func cancelBlocker(p *Plant, own pipewright.ResourceID, args map[string]string) (effect, error) {
	w := &p.warehouse
	pid := args["pid"]
	if pid != "" && pid != strconv.Itoa(w.blocker) {
		return effect{}, refused("pg_terminate_backend(%s): no such session", pid)
	}
	if w.blocker == 0 {
		p.cutTransfers()
		return effect{id: "none", say: "cancelled the running loads of " + p.names.of(own)}, nil
	}
	pid = strconv.Itoa(w.blocker)
	p.unblock("cancel")
	return effect{id: pid, say: "terminated session " + pid}, nil
}

// retryQuery asks for a failed load again: more work for the queue.
func retryQuery(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	p.warehouse.extra += 2
	id := strconv.Itoa(500000 + p.dice("retried", p.now.UnixNano()).IntN(90000))
	e := effect{id: id, say: "query " + id + " submitted to " + p.names.of(warehouseID)}
	for _, j := range p.jobs {
		if (j.fills() == own || own == warehouseID && j.fills() != "") && j.failed != nil && j.active == nil {
			r := p.again(j, "retry")
			e.detail = map[string]string{"run": r.id}
			break
		}
	}
	return e, nil
}

const mostSlots = 48

func growWarehouse(p *Plant, _ pipewright.ResourceID, _ map[string]string) (effect, error) {
	return p.resizeTo(p.warehouse.slots * 2)
}

func shrinkWarehouse(p *Plant, _ pipewright.ResourceID, _ map[string]string) (effect, error) {
	return p.resizeTo(p.warehouse.slots / 2)
}

func (p *Plant) resizeTo(slots float64) (effect, error) {
	w := &p.warehouse
	if w.sizing || slots > mostSlots || slots < 6 {
		return effect{}, refused("resize %s to %d slots: a resize is under way, or that is no size", p.names.of(warehouseID), int(slots))
	}
	before := strconv.Itoa(int(w.slots))
	p.resize(slots, between(p.dice("resize", p.now.Unix()), 5*minute, 10*minute))
	p.setting(warehouseID, "slots", strconv.Itoa(int(slots)), pipewright.ChangeConfig, "pipewright")
	return effect{id: "resize-" + strconv.FormatInt(p.now.Unix(), 36), say: fmt.Sprintf("resizing %s to %d slots, was %s", p.names.of(warehouseID), int(slots), before),
		undo: map[string]string{"slots": before}, detail: map[string]string{"before": before, "after": strconv.Itoa(int(slots))}}, nil
}

func restartCapture(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	c := &p.cdc
	c.pause = p.now.Add(3 * minute)
	if c.stuck != nil {
		p.end(c.stuck, "restart")
		c.stuck = nil
	}
	return effect{id: "resume-" + strconv.FormatInt(p.now.Unix(), 36), say: "replication task " + p.names.of(own) + " stopped and resumed"}, nil
}

// pokeCapture asks for a start of what counts as started already.
func pokeCapture(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	return effect{id: "start-" + strconv.FormatInt(p.now.Unix(), 36), say: "replication task " + p.names.of(own) + " is running; start had no effect"}, nil
}

func restartServer(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	p.serving.restarted = p.now
	p.event(pipewright.Info, "Normal", "Killing", "Stopping container")
	return effect{id: "restart-" + strconv.FormatInt(p.now.Unix(), 36), say: "deployment " + p.names.of(own) + " restarted"}, nil
}

func undoRollout(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	before := p.image(p.serving.now)
	p.rollback("pipewright")
	now := p.image(p.serving.now)
	return effect{id: now, say: fmt.Sprintf("deployment %s runs %s, ran %s", p.names.of(own), now, before),
		undo: map[string]string{"image": before}, detail: map[string]string{"before": before, "after": now}}, nil
}

const mostReplicas = 9

func addReplicas(p *Plant, _ pipewright.ResourceID, _ map[string]string) (effect, error) {
	return p.replicasTo(p.serving.replicas + 2)
}

func dropReplicas(p *Plant, _ pipewright.ResourceID, _ map[string]string) (effect, error) {
	return p.replicasTo(p.serving.replicas - 2)
}

func (p *Plant) replicasTo(n int) (effect, error) {
	s := &p.serving
	if n > mostReplicas || n < 1 {
		return effect{}, refused("scale %s to %d replicas: must be 1 to %d", p.names.of(scorer), n, mostReplicas)
	}
	before := strconv.Itoa(s.replicas)
	s.replicas = n
	p.tellReplicas("pipewright")
	return effect{id: strconv.Itoa(n), say: fmt.Sprintf("deployment %s scaled to %d replicas, was %s", p.names.of(scorer), n, before),
		undo: map[string]string{"replicas": before}, detail: map[string]string{"before": before, "after": strconv.Itoa(n)}}, nil
}

// putView gives the columns of a table back under the names of args["mapping"]:
// old=new::type, separated by ", ".
func putView(p *Plant, own pipewright.ResourceID, args map[string]string) (effect, error) {
	t := p.table(own)
	if t == nil || args["mapping"] == "" {
		return effect{}, refused("remap %s: needs a table and a mapping", p.names.id(own))
	}
	if err := p.remap(t, parseView(args["mapping"])); err != nil {
		return effect{}, err
	}
	name := p.names.of(own) + "_compat"
	return effect{id: name, say: "view " + name + " gives the old columns: " + args["mapping"], undo: map[string]string{"view": name}}, nil
}

func parseView(mapping string) []alias {
	var view []alias
	for part := range strings.SplitSeq(mapping, ", ") {
		rest, cast, _ := strings.Cut(part, "::")
		name, from, renamed := strings.Cut(rest, "=")
		if !renamed {
			from = name
		}
		view = append(view, alias{name, from, cast})
	}
	return view
}

func dropView(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	t := p.table(own)
	if t == nil || t.view == nil {
		return effect{}, refused("drop view of %s: there is none", p.names.id(own))
	}
	p.unmap(t)
	name := p.names.of(own) + "_compat"
	return effect{id: name, say: "dropped view " + name}, nil
}

// cancelSession ends the session that holds a lock on the table; on the
// database, of its first locked table. With none, it ends one of the application's.
func cancelSession(p *Plant, own pipewright.ResourceID, args map[string]string) (effect, error) {
	for _, t := range p.tables {
		if t.locker == 0 || (own != shopDB && own != t.id) {
			continue
		}
		pid := strconv.Itoa(t.locker)
		if want := args["pid"]; want != "" && want != pid {
			return effect{}, refused("pg_terminate_backend(%s): no such session", want)
		}
		p.unlock(t, "cancel")
		return effect{id: pid, say: "terminated session " + pid}, nil
	}
	for _, j := range p.jobs {
		if r := j.active; r != nil && (j.id == taskExtract || j.id == custExtract) && r.state == pipewright.RunRunning && !r.frozen {
			p.fail(r, failure{code: unreachable, at: shopDB})
			break
		}
	}
	return effect{id: "none", say: "terminated a session of the application on " + p.names.of(own)}, nil
}
