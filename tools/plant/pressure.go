package plant

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// throttle and release are declared like the others and prepared by preparePressure.
var (
	throttle = deed{kind: "k8s.throttle", targets: servers, risk: pipewright.R1, hops: 0, expected: 3 * time.Minute,
		before: "it serves requests", after: "error_rate and latency_p99_ms are back at a lower rate; what is over it is refused",
		undo: "k8s.release lets everything in again", inverse: "k8s.release"}
	release = deed{kind: "k8s.release", targets: servers, risk: pipewright.R1, hops: 0, expected: 3 * time.Minute,
		before: "a limit is in force", after: "everything is let in, and error_rate and latency_p99_ms stay",
		undo: "k8s.throttle holds it back again"}
)

// least is the smallest share of what is asked that a limit may let in.
const least = 0.05

// preparePressure reads what the server is asked and what it lets in.
func preparePressure(w World) preparer {
	return func(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
		state, err := w.Describe(ctx, a.Target)
		if err != nil {
			return tools.Plan{}, err
		}
		asked, _ := strconv.ParseFloat(state["asked"], 64) // absent: nothing is asked
		limit, _ := strconv.ParseFloat(state["limit"], 64) // absent: no limit
		plan := tools.Plan{Action: a, Rate: &tools.Rate{Asked: asked, Limit: limit, Least: max(1, least*asked), Unit: "requests a second"}}
		plan.Action.Args = maps.Clone(a.Args)
		now := "everything"
		if limit > 0 {
			now = state["limit"]
		}
		if a.Kind == release.kind {
			if limit == 0 {
				plan.Doomed = "no limit is in force"
			}
			plan.DryRun = fmt.Sprintf("kubectl annotate ingress/%s nginx.ingress.kubernetes.io/limit-rps- (now %s of %s requests a second)", a.Target.Name(), now, state["asked"])
			return plan, nil
		}
		if plan.Action.Args[tools.RateArg] == "" {
			from := asked
			if limit > 0 {
				from = min(from, limit)
			}
			plan.Action.Args = map[string]string{tools.RateArg: strconv.FormatFloat(max(from/2, plan.Rate.Least), 'f', 0, 64)}
		}
		if rate, err := strconv.ParseFloat(plan.Action.Args[tools.RateArg], 64); err != nil || !(rate >= 1) {
			return plan, pipewright.Errorf(pipewright.Invalid, "%s of %s: rate %q is not a number of requests a second, 1 or more", a.Kind, a.Target, plan.Action.Args[tools.RateArg])
		}
		plan.DryRun = fmt.Sprintf("kubectl annotate ingress/%s nginx.ingress.kubernetes.io/limit-rps=%s --overwrite (now %s of %s requests a second)",
			a.Target.Name(), plan.Action.Args[tools.RateArg], now, state["asked"])
		return plan, nil
	}
}
