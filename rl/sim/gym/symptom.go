package gym

import (
	"fmt"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// signals are the kinds of symptom that detectors would report.
func (s *scene) signals(t trouble, seesMetrics bool) []pipewright.SignalKind {
	r := stream(s.seed, "signals")
	overdue, either, errs, beat, diff, also := r.Float64(), r.Float64(), r.Float64(), r.Float64(), r.Float64(), r.Float64()
	var out []pipewright.SignalKind
	see := func(k pipewright.SignalKind, ok bool) {
		if ok {
			out = append(out, k)
		}
	}
	switch {
	case s.kind.service:
		see(pipewright.ThresholdSignal, either < .7)
		see(pipewright.AnomalySignal, either > .4)
		see(pipewright.LogErrorSignal, s.loud() && errs < .55)
	case s.late() && overdue < .65:
		see(pipewright.RunOverdueSignal, true)
	default:
		see(pipewright.RunFailedSignal, true)
	}
	see(pipewright.HeartbeatSignal, among(t, hung, crashed, deviceLost) && beat < .6)
	see(pipewright.SchemaDiffSignal, s.columns.drift != sameColumns && diff < .55 || diff > .985)
	see(pipewright.AnomalySignal, !s.kind.service && seesMetrics && also < .3)
	slices.Sort(out)
	return slices.Compact(out)
}

// notices are what a change looks like to people, by what was changed.
var notices = map[string]struct {
	kind pipewright.ChangeKind
	say  []string
}{
	"rule":     {pipewright.ChangeConfig, []string{"security group etl-egress: 2 rules changed", "route table rtb-private: a route replaced", "network policy deny-by-default applied"}},
	"grant":    {pipewright.ChangeConfig, []string{"role etl: policy detached", "IAM policy data-read replaced"}},
	"quota":    {pipewright.ChangeConfig, []string{"service quota set from 100 to 20", "api plan changed: 20 requests per second", "max_concurrent_runs changed from 10 to 2"}},
	"throttle": {pipewright.ChangeAction, []string{"throttled by an operator", "back-pressure set to 0.3"}},
	"setting":  {pipewright.ChangeConfig, []string{"environment: 3 values changed", "job parameters updated", "config map data-jobs updated"}},
	"deploy":   {pipewright.ChangeVersion, []string{"version 2.14.0 deployed", "commit 9f1c2ab deployed", "script version 41 published"}},
	"model":    {pipewright.ChangeVersion, []string{"model version 18 went live", "image scorer:1.9.0 rolled out"}},
	"added":    {pipewright.ChangeSchema, []string{`column "channel" added`, `column "device_id" added`}},
	"renamed":  {pipewright.ChangeSchema, []string{`column "customer_id" renamed to "buyer_id"`, `column "amount" removed`}},
	"retyped":  {pipewright.ChangeSchema, []string{`column "amount" changed type from numeric to text`, `type of "currency" changed`}},
}

// unrelated are changes that happen anyway: how often in a day.
var unrelated = []struct {
	what string
	rate float64
}{{"deploy", .12}, {"setting", .05}, {"quota", .01}, {"rule", .01}, {"added", .02}, {"renamed", .004}, {"retyped", .004}}

// changes lists what was recorded to have changed in the last 24 hours.
func (s *scene) changes(id pipewright.ResourceID) []pipewright.Change {
	r := stream(s.seed, "changes")
	var out []pipewright.Change
	note := func(what string, age float64) {
		n := notices[what]
		at := s.start.Add(-time.Duration(age * float64(time.Minute))).Truncate(time.Second)
		out = append(out, pipewright.Change{ID: fmt.Sprintf("%s-%d", n.kind, at.Unix()), Resource: id, At: at, Kind: n.kind,
			Summary: n.say[r.IntN(len(n.say))]})
	}
	for _, u := range unrelated {
		hit, age := coin(r, u.rate), uniform(r, 5, 1440)
		if hit && !(s.kind.on&gColumns == 0 && notices[u.what].kind == pipewright.ChangeSchema) {
			note(u.what, age)
		}
	}
	for _, what := range s.lately {
		recorded, age := coin(r, s.p[pWatched]), min(2+expo(r, 60), 1400)
		if recorded {
			note(what, age)
		}
	}
	slices.SortStableFunc(out, func(a, b pipewright.Change) int { return a.At.Compare(b.At) })
	return out
}

// fill puts names and numbers into a wording.
func fill(text string, id pipewright.ResourceID, seed uint64) string {
	if !strings.Contains(text, "{") {
		return text
	}
	r := stream(seed, "fill")
	return strings.NewReplacer(
		"{name}", id.Name(), "{host}", []string{"shop-db", "billing-db", "warehouse", "users-db"}[r.IntN(4)],
		"{ip}", fmt.Sprintf("10.0.%d.%d", r.IntN(8), 2+r.IntN(250)), "{pid}", fmt.Sprint(1000+r.IntN(60000)),
		"{n}", fmt.Sprint(2+r.IntN(900)), "{col}", []string{"customer_id", "amount", "currency", "channel"}[r.IntN(4)],
		"{id}", fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()&(1<<48-1)),
	).Replace(text)
}
