package plant

import (
	"context"
	"maps"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
	"github.com/pipewright/pipewright/tools"
)

// deed declares one action kind of the plant.
type deed struct {
	kind     pipewright.ActionKind
	targets  []string
	risk     pipewright.Risk
	hops     int
	expected time.Duration
	before   string // precondition
	after    string // postcondition
	undo     string
	inverse  pipewright.ActionKind // empty: nothing undoes it
	needs    []string              // what Describe must say, or the action is doomed
	lacking  string                // why it is doomed then
	unless   string                // what Describe must not say
	busy     string                // why it must wait then
	args     []string              // filled in from Describe; given ones must agree with it
	again    bool                  // it runs again what failed
	dryRun   string                // {name} is the target, {key} what Describe says
}

// Actuators returns the actions of the plant. changes serves the stored schema
// snapshots from which a remap's mapping is derived.
func Actuators(w World, changes tools.ChangeReader) []tools.Actuator {
	out := make([]tools.Actuator, 0, len(deeds)+1)
	for _, d := range deeds {
		out = append(out, d.actuator(w, d.prepare(w)))
	}
	for _, d := range []deed{throttle, release} {
		out = append(out, d.actuator(w, preparePressure(w)))
	}
	return append(out, remap.actuator(w, prepareRemap(w, changes)))
}

// Register adds the plant's probes and actuators.
func Register(reg *tools.Registry, w World, changes tools.ChangeReader) error {
	for _, p := range Probes(w) {
		reg.AddProbe(p)
	}
	for _, a := range Actuators(w, changes) {
		if err := reg.AddActuator(a); err != nil {
			return err
		}
	}
	return nil
}

type preparer = func(context.Context, pipewright.Action) (tools.Plan, error)

func (d deed) actuator(w World, prepare preparer) tools.Actuator {
	return tools.Actuator{
		Kind: d.kind, Targets: d.targets, Risk: d.risk, Hops: d.hops, Expected: d.expected,
		Precondition: d.before, Postcond: d.after, Undo: d.undo,
		FoundBy: "the plant's own record, by key",
		Prepare: prepare,
		Do: func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
			return w.Act(ctx, sim.Act{Kind: a.Kind, Target: a.Target, Args: a.Args, Key: a.Key})
		},
		Find: func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
			r, found, err := w.Find(ctx, a.Key)
			switch {
			case err != nil:
				return r, tools.FoundUnknown, err
			case found:
				return r, tools.FoundYes, nil
			}
			return r, tools.FoundNo, nil
		},
		Inverse: func(a pipewright.Action, _ pipewright.Receipt) *pipewright.Action {
			if d.inverse == "" {
				return nil
			}
			return &pipewright.Action{Kind: d.inverse, Target: a.Target, Risk: riskOf(d.inverse)}
		},
	}
}

func riskOf(kind pipewright.ActionKind) pipewright.Risk {
	for _, d := range append([]deed{release, throttle}, deeds...) {
		if d.kind == kind {
			return d.risk
		}
	}
	return remap.risk // the only one that is not in the table
}

// prepare checks what the plant says of the target and writes the dry run.
func (d deed) prepare(w World) preparer {
	return func(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
		state, err := w.Describe(ctx, a.Target)
		if err != nil {
			return tools.Plan{}, err
		}
		plan := tools.Plan{Action: a}
		plan.Action.Args = maps.Clone(a.Args)
		plan.DryRun = d.text(a.Target, state)
		if d.again {
			plan.Writes = writes(a.Target, state)
		}
		if plan.Later = d.later(state); plan.Later == "" {
			plan.Doomed = d.doomed(state) // while something is under way, nobody can tell
		}
		for _, key := range d.args {
			given := plan.Action.Args[key]
			switch {
			case state[key] == "":
			case given == "":
				if plan.Action.Args == nil {
					plan.Action.Args = map[string]string{}
				}
				plan.Action.Args[key] = state[key]
			case given != state[key]:
				plan.Doomed = key + " " + given + " is gone; it is " + state[key] + " now"
			}
		}
		return plan, nil
	}
}

func (d deed) later(state map[string]string) string {
	if d.unless != "" && state[d.unless] != "" {
		return d.busy
	}
	return ""
}

func (d deed) doomed(state map[string]string) string {
	for _, key := range d.needs {
		if state[key] == "" {
			return d.lacking
		}
	}
	return ""
}

func (d deed) text(target pipewright.ResourceID, state map[string]string) string {
	name := target.Name()
	namespace := "default"
	if ns, short, ok := strings.Cut(name, "/"); ok && target.System() == "k8s" {
		namespace, name = ns, short
	}
	pairs := []string{"{name}", name, "{namespace}", namespace}
	for _, key := range described {
		value := state[key]
		if value == "" {
			value = "none"
		}
		pairs = append(pairs, "{"+key+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(d.dryRun)
}

// described are the keys of a description that a dry run may show.
var described = []string{
	"size", "next_size", "smaller_size", "running", "failed", "version", "other_version", "dag", "task",
	"slots", "next_slots", "smaller_slots", "pid", "view", "image", "previous_image", "replicas", "next_replicas", "smaller_replicas", "broken",
}
