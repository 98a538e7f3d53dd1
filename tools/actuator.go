package tools

import (
	"context"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Answer is what a probe says. The zero value is "could not tell".
type Answer int

const (
	CouldNotTell Answer = iota
	Yes
	No
)

// Finding is a probe's answer with what it read.
type Finding struct {
	Answer   Answer
	Evidence []pipewright.Evidence // without ids
	Say      string                // one line for people
}

// Probe is one read-only check of a resource, named as the fault catalogue
// names it: blocking_session, endpoint_reachable, schema_diff.
type Probe struct {
	Name  string
	Kinds []string // resource kinds it can check: "postgres:table"
	Run   func(ctx context.Context, target pipewright.ResourceID) (Finding, error)
}

// Found is the answer to "did the action with this key run?". The zero value
// is that nobody can tell, which goes to a person.
type Found int

const (
	FoundUnknown Found = iota
	FoundYes
	FoundNo // the system is certain that it did not run
)

// Actuator declares one action kind: everything the guards, the cards and the
// recovery after a crash need to know, in code, never from a model.
type Actuator struct {
	Kind         pipewright.ActionKind
	Targets      []string                         // resource kinds it acts on
	Owns         func(pipewright.ResourceID) bool // of those kinds, which resources are its system's; nil: all
	Risk         pipewright.Risk
	Precondition string // one line: what must hold
	Postcond     string // one line: what holds afterwards
	Undo         string // one line: how it is undone, or why it cannot be
	FoundBy      string // one line: how its receipt is found again
	Expected     time.Duration
	// Hops is how far downstream the action is felt while it runs: its blast
	// radius is the target and everything at most Hops downstream. 0: the target alone.
	Hops int
	// Feels is the one kind of resource downstream that its blast radius counts: of a pool
	// the DAGs, not each of their tasks. Empty: every kind.
	Feels string
	// Reaches are kinds of resource on which a verb is aimed at the target upstream of them:
	// what a task does too much of is held back at its pool.
	Reaches []string
	// Prepare checks the precondition against the live system, fills in the
	// arguments that it needs (a remap's column mapping, the run to retry) and
	// says exactly what Do would do. It changes nothing. More than one
	// possibility is an Ambiguous plan: it must be asked, never done alone.
	Prepare func(ctx context.Context, a pipewright.Action) (Plan, error)
	// Do runs the action under a.Key. Done twice with one key it acts once and
	// returns the same receipt.
	Do func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error)
	// Find looks for the receipt of a key, without acting.
	Find func(ctx context.Context, a pipewright.Action) (pipewright.Receipt, Found, error)
	// Inverse returns the action that undoes the one with this receipt; nil when
	// there is none.
	Inverse func(a pipewright.Action, r pipewright.Receipt) *pipewright.Action
}

// Plan is a prepared action: what would be done, in full.
type Plan struct {
	Action    pipewright.Action // with its arguments filled in
	DryRun    string            // exact call or statement, before and after
	Ambiguous string            // why it must be asked; empty when there is one way only
	Doomed    string            // why it cannot help (the precondition fails); empty when it may
	Later     string            // why it must wait: what stands in the way ends by itself, such as a run under way
	Rate      *Rate             // what a limit would hold back, for back-pressure; nil for any other action
	Writes    *Writes           // what is known of the failed run's output, where it is run again; nil: nothing
}

// ActsOn reports whether the target is of a kind it acts on, and its system's.
func (a Actuator) ActsOn(target pipewright.ResourceID) bool {
	return slices.Contains(a.Targets, target.Kind()) && (a.Owns == nil || a.Owns(target))
}

// Check reports a declaration with a hole in it.
func (a Actuator) Check() error {
	switch {
	case !a.Kind.Verb().Valid() || a.Kind.System() == "":
		return pipewright.Errorf(pipewright.Invalid, "action kind %q is not <system>.<verb> with a known verb", a.Kind)
	case len(a.Targets) == 0, a.Risk == "", a.Precondition == "", a.Postcond == "", a.Undo == "", a.FoundBy == "",
		a.Expected <= 0, a.Prepare == nil, a.Do == nil, a.Find == nil, a.Inverse == nil:
		return pipewright.Errorf(pipewright.Invalid, "actuator %s does not declare everything the guards need", a.Kind)
	}
	return nil
}
