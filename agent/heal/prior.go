package heal

import (
	"math"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Prior is the fault catalogue as the learner reads it: every verb, what an
// incident shows, and for each cause its weight and levels.
func Prior(cat *catalogue.Catalogue) rl.Prior {
	b := Basis{Verbs: []rl.Verb{{Name: rl.Wait, Minutes: 10}}}
	for _, v := range pipewright.Verbs {
		b.Verbs = append(b.Verbs, rl.Verb{Name: string(v), Minutes: usual(v)})
	}
	looks := features(cat)
	for _, l := range looks {
		b.Features = append(b.Features, rl.Feature{Name: l.name, Values: []string{yes, no}})
	}
	b.Shows = func(c *catalogue.Cause) (rows [][]float64) {
		for _, l := range looks {
			at := l.level(*c)
			rows = append(rows, []float64{at, 1 - at})
		}
		return rows
	}
	return b.Prior(cat)
}

// Basis is what a prior is stated over: the arms, what can be observed, and how often
// each cause shows it.
type Basis struct {
	Verbs    []rl.Verb
	Features []rl.Feature
	Shows    func(*catalogue.Cause) [][]float64
	// TimeHeals counts what goes away by itself while a verb takes its time. Where
	// waiting is no arm, it would have any slow verb stand in for it.
	TimeHeals bool
}

// Prior is the catalogue in numbers. Its order is that of the catalogue, so that one
// catalogue is one prior.
func (b Basis) Prior(cat *catalogue.Catalogue) rl.Prior {
	p := rl.Prior{Hash: cat.Hash, Verbs: b.Verbs, Features: b.Features}
	for i := range cat.Causes {
		c := &cat.Causes[i]
		out := rl.Cause{Name: c.Name, Class: string(c.Class), Weight: c.Prior(), Hazard: hazard(c), Shows: b.Shows(c)}
		for _, v := range b.Verbs {
			level := c.Recovery(pipewright.Verb(v.Name)).Mean
			if b.TimeHeals {
				level = max(level, 1-(1-level)*math.Exp(-out.Hazard*v.Minutes))
			}
			out.Recovery = append(out.Recovery, level)
			out.Harm = append(out.Harm, c.Worsening(pipewright.Verb(v.Name)).Mean)
		}
		p.Causes = append(p.Causes, out)
	}
	return p
}

const yes, no = "yes", "no"

// minutes are medians until the result of a verb is seen, by RL.md 3.2; a verb
// without an entry takes 5.
var minutes = map[pipewright.Verb]float64{
	"retry": 2, pipewright.BackoffRetry: 12, "restart": 4, "scale_up": 8, "scale_down": 8, "throttle": 10, "reschedule": 60,
	"remap": 6, "retrain": 90, "canary": 15, "fallback": 3, "refresh": 3, "quarantine": 8, "reload": 120, "open_change": 60,
}

func usual(v pipewright.Verb) float64 {
	if m, ok := minutes[v]; ok {
		return m
	}
	return 5
}

// backoffMinutes is until the last try of a back-off.
const backoffMinutes = 12.5

// hazard is how often a cause goes away by itself, per minute: what a retry that
// waits achieves over one at once is the waiting.
func hazard(c *catalogue.Cause) float64 {
	later, now := c.Recovery(pipewright.BackoffRetry).Mean, c.Recovery("retry").Mean
	if later <= now {
		return 0
	}
	return -math.Log((1-later)/(1-now)) / backoffMinutes
}
