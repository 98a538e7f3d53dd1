package heal

import (
	"context"
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/tools"
)

// repeats is the belief in causes that no retry ever mends from which one is not tried.
const repeats = 0.8

// Doomed says why running again what failed would fail the same way: a schema that does
// not fit, a permission that is missing, a version that has the fault; "" when it may
// help. It is pure.
func Doomed(inc pipewright.Incident, cat *catalogue.Catalogue, a pipewright.Action) string {
	if !isRun(a) || inc.Diagnosis == nil {
		return ""
	}
	sure, top := 0.0, ""
	for _, h := range inc.Diagnosis.Hypotheses {
		c, known := cat.Cause(h.Cause)
		if !known || c.Recovery(a.Kind.Verb()).Mean > catalogue.Never.P() {
			continue
		}
		if sure += h.Confidence; top == "" {
			top = h.Cause
		}
	}
	if sure < repeats {
		return ""
	}
	return fmt.Sprintf("it fails the same way each time, with %.0f %% belief in what no retry mends (%s)", 100*sure, top)
}

// heldFor is how long what helped counts as a reason not to take it back.
const heldFor = 24 * time.Hour

// takesBack says that an action that is its own inverse would undo what it mended
// itself; "" when it would not. Going back from a version twice is going forward.
func (l *Loop) takesBack(c Candidate) string {
	inverse := c.Actuator.Inverse(c.Action, pipewright.Receipt{})
	if inverse == nil || inverse.Kind != c.Action.Kind {
		return ""
	}
	n, last := 0, pipewright.Outcome{}
	for _, o := range l.outcomes {
		if o.Action.Kind == c.Action.Kind && o.Action.Target == c.Action.Target && o.Verification == pipewright.VerifyRecovered && l.now.Sub(o.At) < heldFor {
			n, last = n+1, o
		}
	}
	if n%2 == 0 {
		return ""
	}
	return fmt.Sprintf("it would take back what it mended in %s", last.Incident)
}

// strains are the probes that say that something has more to do than it can.
var strains = []string{"queue_long", "quota_reached"}

const strainWithin = 5 * time.Second // for one probe

// overloaded says that what a run would load has too much to do already; "" when it has
// not, or nothing here can tell. What runs again adds to the queue that it waits in.
func (l *Loop) overloaded(ctx context.Context, a pipewright.Action, plan tools.Plan) string {
	if !runsAgain(a, plan) {
		return ""
	}
	for _, id := range append([]pipewright.ResourceID{a.Target}, l.topo.Upstream(a.Target, 1)...) {
		for _, name := range strains {
			for _, p := range l.Registry.Probes(name, id) {
				if f := probe(ctx, p, id); f.Answer == tools.Yes {
					return fmt.Sprintf("%s has more to do than it can (%s), and one more run adds to it", id, f.Say)
				}
			}
		}
	}
	return ""
}

func probe(ctx context.Context, p tools.Probe, id pipewright.ResourceID) tools.Finding {
	ctx, cancel := context.WithTimeout(ctx, strainWithin)
	defer cancel()
	f, err := p.Run(ctx, id)
	if err != nil {
		return tools.Finding{} // it could not tell
	}
	return f
}
