package rl

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// The world of these tests is a table of incidents (not the mechanistic plant):
// 24 causes with chances of recovery and harm by verb, perturbed for each world.
// It is here to check the algorithm, not to report the product's figures.

var worldVerbs = []struct {
	name           string
	minutes, money float64
}{
	{"wait", 10, 0}, {"retry", 2, 0}, {"backoff", 12, 0}, {"restart", 4, 0}, {"scale", 8, .06}, {"throttle", 10, 0},
	{"reschedule", 60, 0}, {"remap", 6, 0}, {"rollback", 5, 0}, {"retrain", 90, .15}, {"fallback", 3, .08},
	{"refresh", 3, 0}, {"quarantine", 8, 0}, {"reload", 120, .20},
}

// worldTable has a line for each cause: hazard, effects (a second number is
// raised harm), error classes, flags that are likely; * is not in the catalogue.
const worldTable = `
net_transient    .08   | backoff .75, restart .4, retry .35                | timeout .5 connect .4 unknown .1    | several
net_persistent   .002  | rollback .35                                      | connect .6 timeout .4               | config
cdc_stuck        0     | reload .9 .15, restart .75 .05                    | lag .8 timeout .2                   |
schema_add       0     | remap .85, quarantine .2, rollback .15            | schema .8 type .2                   | schema
schema_type      0     | quarantine .35, remap .3 .3, rollback .25         | type .6 schema .4                   | schema
creds_expired    0     | refresh .92, restart .15                          | auth .8 connect .2                  |
oom_skew         0     | scale .75, throttle .25, restart .15              | memory .7 crash .3                  | memory
volume_spike     .005  | scale .7, throttle .6, reschedule .4, retry .05 .12 | memory .4 timeout .4 lag .2       | volume memory slow
code_bug         0     | rollback .85                                      | crash .5 data .3 unknown .2         | code
wh_contention    .015  | reschedule .7, throttle .6, scale .5, backoff .3, retry .1 .15, restart .2 .12 | timeout .6 queue .4 | slow
*wh_disk_full    0     | scale .8, restart .05 .08                         | crash .4 unknown .4 queue .2        |
*deadlock        .05   | backoff .85, retry .6, reschedule .6              | queue .5 timeout .5                 |
throttled        .03   | throttle .8, backoff .7, reschedule .6, retry .05 .15 | quota .8 timeout .2             | volume
upstream_late    .015  | reschedule .8, backoff .35                        | missing .7 lag .3                   | several
hung_worker      .004  | restart .88, scale .2                             | timeout .7 unknown .3               | slow memory
pod_crash        .03   | restart .8, fallback .6, backoff .5               | crash .7 connect .3                 |
*gpu_fail        0     | fallback .85, scale .5                            | crash .6 unknown .4                 | slow
bad_model        0     | rollback .92, fallback .7, retrain .2             | quality .8 data .2                  | model drift
data_drift       0     | retrain .75, fallback .35                         | quality .9 data .1                  | drift
concept_drift    0     | retrain .55 .08, fallback .4                      | quality 1                           | drift
fstore_slow      .02   | fallback .8, restart .4, scale .4                 | timeout .6 queue .4                 | slow
bad_data         0     | quarantine .8, reload .5, retrain .05 .3, remap .05 .25 | data .7 type .3               | volume drift
*cfg_quota       0     | rollback .6                                       | quota .7 crash .3                   | config
traffic_surge    .008  | scale .85, throttle .6, fallback .4               | queue .5 timeout .5                 | volume slow
`

var (
	worldErrors = []string{"timeout", "connect", "lag", "schema", "type", "auth", "memory", "crash", "data", "queue", "quota", "missing", "quality", "unknown"}
	worldStages = []string{"db", "cdc", "dag", "etl", "lambda", "warehouse", "features", "model"}
	worldFlags  = []string{"code", "config", "schema", "model", "drift", "volume", "memory", "slow", "several"}
	// what each probe finds
	worldProbes = map[string]string{
		"credential": "creds_expired", "additive": "schema_add", "breaking": "schema_type", "endpoint": "net_persistent",
		"upstream": "upstream_late", "wlm": "wh_contention", "locks": "deadlock", "node": "hung_worker",
	}
	probeNames = []string{"credential", "additive", "breaking", "endpoint", "upstream", "wlm", "locks", "node"}
	// the hand-written two-step runbook, by error class
	worldRules = map[string][]string{
		"timeout": {"backoff", "restart"}, "connect": {"backoff", "restart"}, "lag": {"restart", "reschedule"}, "schema": {"remap", "rollback"},
		"type": {"quarantine", "rollback"}, "auth": {"refresh", "restart"}, "memory": {"scale", "restart"}, "crash": {"restart", "rollback"},
		"data": {"quarantine", "rollback"}, "queue": {"backoff", "scale"}, "quota": {"throttle", "backoff"}, "missing": {"reschedule", "backoff"},
		"quality": {"rollback", "fallback"}, "unknown": {"retry", "restart"},
	}
)

// fate is one cause of a world: what it does and what it looks like.
type fate struct {
	name      string
	missing   bool
	hazard    float64
	weight    float64
	ok, worse []float64 // by verb, nominal or of the world
	shows     [][]float64
}

func worldFeatures() []Feature {
	fs := []Feature{{"error", worldErrors}, {"stage", worldStages}}
	for _, f := range append(slices.Clone(worldFlags), probeNames...) {
		fs = append(fs, Feature{f, []string{"no", "yes"}})
	}
	return fs
}

func level(p float64) float64 {
	best := .02
	for _, l := range []float64{.15, .4, .7, .9} {
		if math.Abs(l-p) < math.Abs(best-p) {
			best = l
		}
	}
	return best
}

func verbIndex(name string) int {
	return slices.IndexFunc(worldVerbs, func(v struct {
		name           string
		minutes, money float64
	}) bool {
		return v.name == name
	})
}

func number(s string) float64 {
	var whole, frac, scale float64 = 0, 0, 1
	before, after, _ := strings.Cut(s, ".")
	for _, d := range before {
		whole = 10*whole + float64(d-'0')
	}
	for _, d := range after {
		scale /= 10
		frac += float64(d-'0') * scale
	}
	return whole + frac
}

// nominal parses the table.
func nominal() []fate {
	var out []fate
	for i, line := range strings.Split(strings.TrimSpace(worldTable), "\n") {
		part := strings.Split(line, "|")
		head := strings.Fields(part[0])
		f := fate{name: strings.TrimPrefix(head[0], "*"), missing: head[0][0] == '*', hazard: number(head[1]), weight: []float64{1.5, .75, .75, .3}[i%4]}
		for range worldVerbs {
			f.ok, f.worse = append(f.ok, .02), append(f.worse, .02)
		}
		f.ok[0] = .01
		for _, e := range strings.Split(part[1], ",") {
			w := strings.Fields(e)
			v := verbIndex(w[0])
			f.ok[v] = number(w[1])
			if len(w) > 2 {
				f.worse[v] = number(w[2])
			}
		}
		errors := make([]float64, len(worldErrors))
		for e := range errors {
			errors[e] = .05 / float64(len(errors))
		}
		words := strings.Fields(part[2])
		for k := 0; k < len(words); k += 2 {
			errors[slices.Index(worldErrors, words[k])] += .95 * number(words[k+1])
		}
		stages := make([]float64, len(worldStages))
		for s := range stages {
			stages[s] = .5 / float64(len(stages))
		}
		stages[i%8] += .3
		stages[(i*3+1)%8] += .2
		f.shows = [][]float64{errors, stages}
		for _, flag := range worldFlags {
			p := .06
			if strings.Contains(part[3], flag) {
				p = .75
			}
			f.shows = append(f.shows, []float64{1 - p, p})
		}
		for _, probe := range probeNames {
			p := .03
			if worldProbes[probe] == f.name {
				p = .9
			}
			f.shows = append(f.shows, []float64{1 - p, p})
		}
		out = append(out, f)
	}
	return out
}

// tableWorld is one world: true causes, and effects of stage and verb that no
// catalogue knows.
type tableWorld struct {
	causes []fate
	stage  [][]float64 // [stage][verb] logits
	crit   []float64
	probes bool
}

func drawWorld(seed uint64, probes bool) *tableWorld {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &tableWorld{causes: nominal(), probes: probes, crit: []float64{1, 1, 1.5, 2, 1.5, 2, 1.5, 2}}
	for i := range w.causes {
		c := &w.causes[i]
		c.weight *= math.Exp(.7 * r.NormFloat64())
		for v := range worldVerbs {
			c.ok[v] = sigma(logit(c.ok[v]) + .8*r.NormFloat64()*truth(c.ok[v] > .02))
			c.worse[v] = sigma(logit(c.worse[v]) + .5*r.NormFloat64())
		}
		for f, row := range c.shows {
			if f >= 2+len(worldFlags) {
				continue
			}
			sum := 0.0
			for k := range row {
				row[k] *= math.Exp(.3 * r.NormFloat64())
				sum += row[k]
			}
			for k := range row {
				row[k] /= sum
			}
		}
	}
	for range worldStages {
		row := make([]float64, len(worldVerbs))
		for v := range row {
			row[v] = .5 * r.NormFloat64()
		}
		w.stage = append(w.stage, row)
	}
	return w
}

// prior is a quantised catalogue of the nominal table with a share of wrong
// entries, without the causes it does not know and of the rest some more.
func worldPrior(seed uint64, wrong, missing float64) Prior {
	r := rand.New(rand.NewPCG(seed, 9))
	p := Prior{Hash: "table", Features: worldFeatures()}
	for _, v := range worldVerbs {
		p.Verbs = append(p.Verbs, Verb{v.name, v.minutes})
	}
	levels := []float64{.02, .15, .4, .7, .9}
	for _, f := range nominal() {
		if f.missing || r.Float64() < missing {
			continue
		}
		c := Cause{Name: f.name, Class: f.name, Weight: f.weight, Hazard: f.hazard, Shows: f.shows, Harm: slices.Clone(f.worse)}
		for v, ok := range f.ok {
			l := level(ok)
			if ok > .02 && r.Float64() < wrong {
				at := slices.Index(levels, l)
				l = levels[max(0, min(4, at+2*r.IntN(2)-1))]
			}
			c.Recovery = append(c.Recovery, l)
			c.Harm[v] = max(.02, level(f.worse[v])*truth(f.worse[v] > .1))
		}
		p.Causes = append(p.Causes, c)
	}
	return p
}

// event is one incident of a world.
type event struct {
	cause, stage int
	values       []int // by feature
	seed         uint64
}

func (w *tableWorld) draw(r *rand.Rand) event {
	total := 0.0
	for _, c := range w.causes {
		total += c.weight
	}
	e := event{seed: r.Uint64()}
	u := r.Float64() * total
	for i, c := range w.causes {
		if u -= c.weight; u < 0 {
			e.cause = i
			break
		}
	}
	for _, row := range w.causes[e.cause].shows {
		u, k := r.Float64(), 0
		for k < len(row)-1 && u >= row[k] {
			u -= row[k]
			k++
		}
		e.values = append(e.values, k)
	}
	e.stage = e.values[1]
	return e
}

// chances of a verb for an incident, with what time does by itself.
func (w *tableWorld) chances(cause, stage, verb int) (ok, worse float64) {
	c := w.causes[cause]
	ok = sigma(logit(c.ok[verb]) + w.stage[stage][verb])
	ok = 1 - (1-ok)*math.Exp(-c.hazard*worldVerbs[verb].minutes)
	worse = c.worse[verb]
	return (1 - worse) * ok, worse
}

func (w *tableWorld) terms(stage int) Terms {
	t := DefaultTerms()
	t.Criticality = w.crit[stage]
	return t
}

func (w *tableWorld) toCase(e event) Case {
	c := Case{Terms: w.terms(e.stage), Seed: e.seed, Left: 4}
	for f, feature := range worldFeatures() {
		if f < 2+len(worldFlags) || w.probes {
			c.Seen = append(c.Seen, Seen{feature.Name, feature.Values[e.values[f]]})
		}
	}
	c.Context = Context{Error: worldErrors[e.values[0]], Stage: worldStages[e.stage], Signature: signature(e)}
	for _, v := range worldVerbs {
		risk := "R1"
		switch v.name {
		case "wait", "backoff":
			risk = "R0"
		}
		c.Candidates = append(c.Candidates, Candidate{Verb: v.name, Pull: Pull{Money: v.money, Risk: risk, Severity: 1.3}})
	}
	return c
}

func signature(e event) string {
	out := ""
	for _, v := range e.values[2:6] {
		out += string(rune('0' + v))
	}
	return out
}

// chooser picks a verb for a case, -1 to call a person.
type chooser func(e event, c Case) int

// expected is the return of a chooser for one incident, and the chance that it
// recovers without a person: exact, because only an unchanged result goes on.
func (w *tableWorld) expected(e event, choose chooser) (value, recovers float64) {
	c := w.toCase(e)
	t, reach := c.Terms, 1.0
	for c.Left > 0 {
		a := choose(e, c)
		if a < 0 {
			break
		}
		ok, worse := w.chances(e.cause, e.stage, a)
		price := t.PerMinute*t.Criticality*worldVerbs[a].minutes + worldVerbs[a].money
		value += reach * (-price + ok + worse*(t.escalation(harmStretch)-1.3))
		recovers += reach * ok
		reach *= 1 - ok - worse
		c.Tried = append(c.Tried, a)
		c.Left--
	}
	return value + reach*t.Escalation(), recovers
}

// live runs one incident with sampled results and returns what it teaches.
func (w *tableWorld) live(e event, r *rand.Rand, choose chooser) Episode {
	c := w.toCase(e)
	ep := Episode{Seen: c.Seen, Context: c.Context, Weight: 1}
	for c.Left > 0 {
		a := choose(e, c)
		if a < 0 {
			break
		}
		ok, worse := w.chances(e.cause, e.stage, a)
		s := Step{Verb: worldVerbs[a].name, Result: Unchanged, Minutes: worldVerbs[a].minutes * math.Exp(.3*r.NormFloat64())}
		switch u := r.Float64(); {
		case u < ok:
			s.Result = Recovered
		case u < ok+worse:
			s.Result = Worse
		}
		ep.Steps = append(ep.Steps, s)
		if s.Result != Unchanged {
			break
		}
		c.Tried = append(c.Tried, a)
		c.Left--
	}
	return ep
}

func tableRules(e event, c Case) int {
	if len(c.Tried) == 0 && e.values[2] == 1 { // a deploy
		return verbIndex("rollback")
	}
	if len(c.Tried) == 0 && e.values[6] == 1 { // drift
		return verbIndex("retrain")
	}
	for _, name := range worldRules[worldErrors[e.values[0]]] {
		if v := verbIndex(name); !slices.Contains(c.Tried, v) && len(c.Tried) < 2 {
			return v
		}
	}
	return -1
}

// informed plans with the true parameters but not the cause.
func (w *tableWorld) informed(l *Planner) chooser {
	return func(e event, c Case) int {
		p := Problem{Tried: c.Tried, Terms: c.Terms, Left: c.Left, Seed: c.Seed}
		for _, cand := range c.Candidates {
			pull := cand.Pull
			pull.Minutes = worldVerbs[verbIndex(cand.Verb)].minutes
			p.Arms, p.Pulls = append(p.Arms, cand.Verb), append(p.Pulls, pull)
		}
		sum := 0.0
		for i, f := range w.causes {
			b := f.weight
			for k, row := range f.shows {
				if k < 2+len(worldFlags) || w.probes {
					b *= row[e.values[k]]
				}
			}
			ok, harm := make([]Beta, len(worldVerbs)), make([]Beta, len(worldVerbs))
			for v := range worldVerbs {
				x, y := w.chances(i, e.stage, v)
				ok[v], harm[v] = NewBeta(x, 1e6), NewBeta(y, 1e6)
			}
			for _, a := range c.Tried {
				b *= unchanged(ok[a].Mean(), harm[a].Mean())
			}
			sum += b
			p.Belief, p.Classes = append(p.Belief, b), append(p.Classes, f.name)
			p.OK, p.Harm = append(p.OK, ok), append(p.Harm, harm)
		}
		for i := range p.Belief {
			p.Belief[i] /= sum
		}
		return l.Choose(p).Arm
	}
}

func (m *Model) chooser(l *Planner) chooser {
	return func(_ event, c Case) int {
		p, err := m.Pose(c)
		if err != nil {
			panic(err)
		}
		return l.Choose(p).Arm
	}
}
