package gym

import (
	"math"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// regime is what holds from an incident on.
type regime struct {
	from    int
	numbers [len(kinds)]numbers
	mix     []float64 // weights by place in faults
}

// world is what holds in one plant. It never changes once drawn.
type world struct {
	seed     uint64
	sc       *Scenario
	regimes  []regime
	entities [len(kinds)][]entity
	perWeek  float64
}

type entity struct {
	id          pipewright.ResourceID
	team, env   string
	criticality float64
}

var teams = []string{"orders", "finance", "growth", "ml-platform", "data-platform"}

func newWorld(seed uint64, sc *Scenario) *world {
	w := &world{seed: seed, sc: sc}
	r := stream(seed, "rate")
	w.perWeek = math.Exp(uniform(r, math.Log(sc.PerWeek.Low), math.Log(sc.PerWeek.High)))
	w.regimes = []regime{{numbers: drawNumbers(seed, sc), mix: w.drawMix(sc.weight, 0)}}
	for i, g := range sc.Regimes {
		w.regimes = append(w.regimes, w.next(w.regimes[i], g, uint64(i+1)))
	}
	w.drawEntities()
	return w
}

// drawMix draws how common each fault is here.
func (w *world) drawMix(weight func(fault) float64, n uint64) []float64 {
	r := stream(w.seed, "mix", n)
	mix := make([]float64, len(faults))
	for i, f := range faults {
		mix[i] = weight(f) * math.Exp(w.sc.MixSpread*r.NormFloat64())
	}
	return mix
}

// next is the regime after one.
func (w *world) next(before regime, g Regime, n uint64) regime {
	out := regime{from: g.At - 1, numbers: before.numbers, mix: before.mix}
	if g.Break > 0 {
		out.numbers = breakSome(out.numbers, derive(w.seed, "break", n), g.Break)
	}
	for i, nom := range nominals {
		if v, ok := g.World[nom.name]; ok {
			for k := range out.numbers {
				out.numbers[k][i] = v
			}
		}
	}
	if g.NewMix || len(g.Faults) > 0 {
		out.mix = w.drawMix(func(f fault) float64 {
			if v, ok := g.Faults[f.cause]; ok {
				return v
			}
			return w.sc.weight(f)
		}, n)
	}
	return out
}

func (w *world) regimeAt(incident int) *regime {
	at := 0
	for i := range w.regimes {
		if w.regimes[i].from <= incident {
			at = i
		}
	}
	return &w.regimes[at]
}

func (w *world) drawEntities() {
	r := stream(w.seed, "entities")
	for k := range kinds {
		for _, name := range kinds[k].names {
			e := entity{id: pipewright.ResourceID(kinds[k].name + "/" + name), team: teams[r.IntN(len(teams))], env: "prod",
				criticality: min(max(about(r, 1, .4), .5), 2)}
			if coin(r, .2) {
				e.env, e.criticality = "staging", .5
			}
			w.entities[k] = append(w.entities[k], e)
		}
	}
	if len(w.sc.Entities) > 0 {
		w.entities = [len(kinds)][]entity{}
	}
	for _, e := range w.sc.Entities {
		id := pipewright.ResourceID(e.ID)
		k := kindOf(id.Kind())
		w.entities[k] = append(w.entities[k], entity{id: id, team: e.Team, env: e.Env, criticality: e.Criticality})
	}
}

// kindOf is the place of a kind in kinds, -1 when there is none of that name.
func kindOf(name string) int {
	for i := range kinds {
		if kinds[i].name == name {
			return i
		}
	}
	return -1
}

// epoch is when every world begins: a Monday.
var epoch = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// arrivals draws when faults strike: a Poisson process that is busier by day
// and on weekdays, by thinning (Lewis and Shedler 1979).
func (w *world) arrivals(count int) []time.Time {
	r := stream(w.seed, "arrivals")
	out := make([]time.Time, 0, count)
	mean := 7 * 24 * 60 / w.perWeek / busiest
	for t := epoch; len(out) < count; {
		t = t.Add(time.Duration(expo(r, mean) * float64(time.Minute)))
		if coin(r, busy(t)/busiest) {
			out = append(out, t.Truncate(time.Second))
		}
	}
	return out
}

const busiest = 1.25 * 1.12

// busy is how many faults strike at a time, against the mean.
func busy(t time.Time) float64 {
	b := daily(float64(t.Hour()) + float64(t.Minute())/60)
	if weekend(t) {
		return b * .7
	}
	return b * 1.12
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

func night(t time.Time) bool { return weekend(t) || t.Hour() < 8 || t.Hour() >= 20 }
