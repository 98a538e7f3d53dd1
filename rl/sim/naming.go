package sim

import (
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// naming maps the shop's own ids, on which every mechanism and every chance
// keys, to the names that the outside sees.
type naming struct {
	out  map[pipewright.ResourceID]pipewright.ResourceID
	back map[pipewright.ResourceID]pipewright.ResourceID
}

// Resources are the shop's, under their own names.
func Resources() []pipewright.ResourceID {
	out := make([]pipewright.ResourceID, 0, len(shop))
	for _, r := range shop {
		out = append(out, r.id)
	}
	return out
}

func newNaming(rename func(pipewright.ResourceID) pipewright.ResourceID) naming {
	n := naming{out: map[pipewright.ResourceID]pipewright.ResourceID{}, back: map[pipewright.ResourceID]pipewright.ResourceID{}}
	for _, r := range shop {
		to := r.id
		if rename != nil {
			to = rename(r.id)
		}
		n.out[r.id], n.back[to] = to, r.id
	}
	return n
}

// id is the resource's outside id.
func (n naming) id(own pipewright.ResourceID) pipewright.ResourceID { return n.out[own] }

// of is the resource's outside name: what stands in its logs.
func (n naming) of(own pipewright.ResourceID) string { return n.out[own].Name() }

// task splits a task's outside name into DAG and task.
func (n naming) task(own pipewright.ResourceID) (dag, task string) {
	name := n.of(own)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return name, name
}
