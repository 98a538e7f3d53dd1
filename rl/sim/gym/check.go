package gym

import (
	"fmt"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// checker collects what is wrong with a file: key, then why.
type checker struct{ found []string }

func (ck *checker) fault(key, format string, args ...any) {
	ck.found = append(ck.found, key+": "+fmt.Sprintf(format, args...))
}

func (ck *checker) share(key string, v float64) {
	if !(v >= 0 && v <= 1) {
		ck.fault(key, "%g is not a share from 0 to 1", v)
	}
}

// positive checks a number that has to be over 0 and at most this much.
func (ck *checker) positive(key string, v, most float64) {
	if !(v > 0 && v <= most) {
		ck.fault(key, "%g is not over 0 and at most %g", v, most)
	}
}

// Check reports everything that is wrong with a scenario, as Invalid, one line
// a fault.
func (sc *Scenario) Check() error {
	ck := &checker{}
	if !(sc.PerWeek.Low >= .01 && sc.PerWeek.High <= 10000) {
		ck.fault("incidents_per_week", "%g to %g is not within 0.01 to 10000", sc.PerWeek.Low, sc.PerWeek.High)
	}
	if sc.PerWeek.High < sc.PerWeek.Low {
		ck.fault("incidents_per_week.high", "%g is under low, %g", sc.PerWeek.High, sc.PerWeek.Low)
	}
	ck.share("cascades", sc.Cascades)
	ck.share("two_at_once", sc.Double)
	if !(sc.Spread >= 0 && sc.Spread <= 3) {
		ck.fault("spread", "%g is not from 0 to 3", sc.Spread)
	}
	if !(sc.MixSpread >= 0 && sc.MixSpread <= 3) {
		ck.fault("mix_spread", "%g is not from 0 to 3", sc.MixSpread)
	}
	ck.weights("faults", sc.Faults)
	ck.numbers("world", sc.World)
	ck.entities(sc)
	ck.regimes(sc.Regimes)
	ck.noise(sc.Noise)
	ck.people(sc.People)
	ck.positive("budget.actions", float64(sc.Budget.Actions), 100)
	ck.positive("budget.money", sc.Budget.Money, 1000)
	ck.possible(sc)
	if len(ck.found) > 0 {
		return pipewright.Errorf(pipewright.Invalid, "%s", strings.Join(ck.found, "\n"))
	}
	return nil
}

func (ck *checker) weights(key string, m map[string]float64) {
	known := Causes()
	for _, name := range sorted(m) {
		switch w := m[name]; {
		case !slices.Contains(known, name):
			ck.fault(key+"."+name, "is not a cause that the plant has; it has %s", strings.Join(known, ", "))
		case !(w >= 0 && w <= 1000):
			ck.fault(key+"."+name, "%g is not a weight from 0 to 1000", w)
		}
	}
}

func (ck *checker) numbers(key string, m map[string]float64) {
	for _, name := range sorted(m) {
		i := slices.IndexFunc(nominals[:], func(n nominal) bool { return n.name == name })
		switch v := m[name]; {
		case i < 0:
			ck.fault(key+"."+name, "is not a number of the plant")
		case nominals[i].shape == chance && !(v > 0 && v < 1):
			ck.fault(key+"."+name, "%g is not between 0 and 1, both excluded", v)
		case nominals[i].shape == factor && !(v >= nominals[i].value/100 && v <= nominals[i].value*100):
			ck.fault(key+"."+name, "%g is not from %g to %g", v, nominals[i].value/100, nominals[i].value*100)
		}
	}
}

// entities need ids of known kinds, and something that each can have wrong.
func (ck *checker) entities(sc *Scenario) {
	seen := map[string]bool{}
	for i, e := range sc.Entities {
		key := fmt.Sprintf("entities[%d]", i)
		id, err := pipewright.ParseResourceID(e.ID)
		switch {
		case err != nil:
			ck.fault(key+".id", "%v", err)
		case kindOf(id.Kind()) < 0:
			ck.fault(key+".id", "%s is not a kind that the plant has; it has %s", id.Kind(), strings.Join(Kinds(), ", "))
		case seen[e.ID]:
			ck.fault(key+".id", "%s is listed twice", e.ID)
		}
		seen[e.ID] = true
		if e.Env == "" {
			ck.fault(key+".env", "is empty; write prod or staging")
		}
		if !(e.Criticality >= .5 && e.Criticality <= 2) {
			ck.fault(key+".criticality", "%g is not from 0.5 to 2", e.Criticality)
		}
	}
}

// possible checks that there is always a fault of a weight over 0 that strikes
// something.
func (ck *checker) possible(sc *Scenario) {
	if len(ck.found) > 0 {
		return
	}
	if !sc.breakable(nil) {
		ck.fault("faults", "nothing that is left can break any of the entities")
	}
	for i, g := range sc.Regimes {
		if !sc.breakable(g.Faults) {
			ck.fault(fmt.Sprintf("regimes[%d].faults", i), "nothing that is left can break any of the entities")
		}
	}
}

// breakable reports whether some fault strikes something, with these weights
// before the scenario's.
func (sc *Scenario) breakable(instead map[string]float64) bool {
	return slices.ContainsFunc(faults, func(f fault) bool {
		w, ok := instead[f.cause]
		if !ok {
			w = sc.weight(f)
		}
		return w > 0 && (len(sc.Entities) == 0 || slices.ContainsFunc(sc.Entities, func(e Entity) bool {
			return f.hits(&kinds[kindOf(pipewright.ResourceID(e.ID).Kind())])
		}))
	})
}

func (ck *checker) regimes(list []Regime) {
	last := 1
	for i, g := range list {
		key := fmt.Sprintf("regimes[%d]", i)
		if g.At <= last {
			ck.fault(key+".at", "%d does not come after %d", g.At, last)
		}
		last = max(last, g.At)
		ck.share(key+".break", g.Break)
		ck.weights(key+".faults", g.Faults)
		ck.numbers(key+".world", g.World)
	}
}

func (ck *checker) noise(n Noise) {
	ck.share("noise.false_healthy", n.FalseHealthy)
	ck.share("noise.false_sick", n.FalseSick)
	ck.share("noise.unknown_line", n.UnknownLine)
	ck.share("noise.misleading_line", n.MisleadingLine)
	ck.share("noise.false_metric", n.FalseMetric)
	ck.share("noise.probe_sensitivity", n.ProbeSensitivity)
	ck.share("noise.probe_false", n.ProbeFalse)
}

func (ck *checker) people(p People) {
	ck.positive("people.ask_minutes.day", p.Ask.Day, 10000)
	ck.positive("people.ask_minutes.night", p.Ask.Night, 10000)
	ck.positive("people.escalate_minutes.day", p.Escalate.Day, 10000)
	ck.positive("people.escalate_minutes.night", p.Escalate.Night, 10000)
	ck.share("people.ask_cost", p.AskCost)
	ck.share("people.escalate_cost", p.EscalateCost)
	ck.share("people.approve_good", p.ApproveGood)
	ck.share("people.approve_bad", p.ApproveBad)
}

// sorted are the keys in order.
func sorted(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
