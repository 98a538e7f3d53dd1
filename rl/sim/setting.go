package sim

import (
	"strconv"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// tellSettings reports every setting once.
func (p *Plant) tellSettings() {
	for _, j := range p.jobs {
		if j.memory != nil {
			p.tellSize(j, "")
		}
	}
	p.tellFunction("")
	p.tellSlots("")
	p.tellRollout("")
	p.tellReplicas("")
}

func (p *Plant) tellSize(j *job, by string) {
	key, value := "worker_type", workerType(j.memory.limit)
	if j.id == lambdaEnrich {
		key, value = "memory_mb", strconv.Itoa(int(j.memory.limit*j.memory.unit))
	}
	p.setting(j.id, key, value, pipewright.ChangeConfig, by)
}

func (p *Plant) tellFunction(by string) {
	p.setting(lambdaEnrich, "version", strconv.Itoa(p.functionVersion()), pipewright.ChangeVersion, by)
}

func (p *Plant) tellSlots(by string) {
	p.setting(warehouseID, "slots", strconv.Itoa(int(p.warehouse.slots)), pipewright.ChangeConfig, by)
}

func (p *Plant) tellReplicas(by string) {
	p.setting(scorer, "replicas", strconv.Itoa(p.serving.replicas), pipewright.ChangeConfig, by)
}

func (p *Plant) image(r release) string { return p.imageName() + ":" + r.image }

// imageName is the deployment's name without its namespace.
func (p *Plant) imageName() string {
	name := p.names.of(scorer)
	return name[strings.LastIndexByte(name, '/')+1:]
}

func (p *Plant) tellRollout(by string) {
	s := &p.serving
	p.setting(scorer, "image", p.image(s.now), pipewright.ChangeVersion, by)
	p.setting(fraudModel, "version", strconv.Itoa(s.now.model), pipewright.ChangeVersion, by)
	if by != "" {
		p.event(pipewright.Info, "Normal", "ScalingReplicaSet", "Scaled up new replica set, image "+p.image(s.now))
	}
}
