package trial

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// Options say what a trial runs. The zero value is none: see Check.
type Options struct {
	Worlds      int
	Incidents   int // that a policy learns from
	Test        int // later incidents that a frozen copy is measured on
	Checkpoints []int
	Seed        uint64 // of the first world; the next have the numbers after it
	Policies    []string
	Quality     Quality
	Logs        bool
	Probes      bool
	Scenario    *gym.Scenario // nil: the gym's own
	Workers     int
}

// Most of what a trial can hold.
const (
	mostWorlds    = 1000
	mostIncidents = 100000
)

// Check reports the first option that makes no sense, as Invalid.
func (o *Options) Check() error {
	switch {
	case o.Worlds < 1 || o.Worlds > mostWorlds:
		return pipewright.Errorf(pipewright.Invalid, "simulate: %d worlds: 1 to %d are possible", o.Worlds, mostWorlds)
	case o.Incidents < 0 || o.Incidents > mostIncidents:
		return pipewright.Errorf(pipewright.Invalid, "simulate: %d incidents a world: 0 to %d are possible", o.Incidents, mostIncidents)
	case o.Test < 1 || o.Test > mostIncidents:
		return pipewright.Errorf(pipewright.Invalid, "simulate: %d test incidents: 1 to %d are possible", o.Test, mostIncidents)
	case len(o.Policies) == 0:
		return pipewright.Errorf(pipewright.Invalid, "simulate: name a policy: one or more of %s", strings.Join(Policies(), ", "))
	case !slices.Contains(Qualities, o.Quality):
		return pipewright.Errorf(pipewright.Invalid, "simulate: the catalogue %q is not one of %s", o.Quality, join(Qualities))
	}
	for _, p := range o.Policies {
		if !slices.Contains(Policies(), p) {
			return pipewright.Errorf(pipewright.Invalid, "simulate: there is no policy %q: choose of %s", p, strings.Join(Policies(), ", "))
		}
	}
	for i, n := range o.Checkpoints {
		if n < 0 || n > o.Incidents || i > 0 && n <= o.Checkpoints[i-1] {
			return pipewright.Errorf(pipewright.Invalid, "simulate: the checkpoint %d does not lie between the one before it and the %d incidents", n, o.Incidents)
		}
	}
	if len(o.Checkpoints) == 0 {
		return pipewright.Errorf(pipewright.Invalid, "simulate: name a checkpoint: the number of incidents after which to measure")
	}
	return nil
}

func join[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = fmt.Sprint(x)
	}
	return strings.Join(out, ", ")
}

// Checkpoints are the usual ones up to a number of incidents, and that number.
func Checkpoints(incidents int) []int {
	var out []int
	for _, n := range []int{0, 50, 100, 300, 1000, 3000, 10000} {
		if n < incidents {
			out = append(out, n)
		}
	}
	return append(out, incidents)
}
