package gym

import (
	"math/rand/v2"

	pipewright "github.com/pipewright/pipewright"
)

// deed is what an actuator does to a stage, whatever is wrong with it. The
// median time and the money are the study's.
type deed struct {
	minutes float64
	money   float64
	change  func(*scene, *rand.Rand)
}

var deeds = map[pipewright.Verb]deed{ // looked up, never walked
	"retry":         {2, 0, retry},
	"backoff_retry": {0, 0, nil}, // its own times: see backOff
	"restart":       {4, 0, restart},
	"scale_up":      {8, .06, scaleUp},
	"scale_down":    {5, 0, scaleDown},
	"throttle":      {10, 0, throttle},
	"release":       {3, 0, loosen},
	"reschedule":    {60, 0, reschedule},
	"remap":         {6, 0, func(s *scene, r *rand.Rand) { s.columns.remap(s, r) }},
	"rollback":      {5, 0, rollback},
	"retrain":       {90, .15, func(s *scene, r *rand.Rand) { s.model.retrain(s, r) }},
	"promote":       {5, 0, func(s *scene, _ *rand.Rand) { s.model.promote(s) }},
	"canary":        {30, .02, func(s *scene, _ *rand.Rand) { s.model.canary() }},
	"fallback":      {3, .08, fallback},
	"reroute":       {4, .03, reroute},
	"refresh":       {3, 0, refresh},
	"quarantine":    {8, 0, quarantine},
	"reload":        {120, .20, reload},
	"tune":          {6, 0, tune},
	"cancel":        {2, 0, cancel},
}

// Price is what an action usually takes: minutes and money. It is what anybody
// can know beforehand. Both are 0 for a verb that the gym does not have.
func Price(v pipewright.Verb) (minutes, money float64) {
	if v == pipewright.BackoffRetry {
		return 12, 0
	}
	d := deeds[v]
	return d.minutes, d.money
}

// do carries a verb out and lets the stage work, or be looked at.
func (s *scene) do(v pipewright.Verb, r *rand.Rand) {
	if v == pipewright.BackoffRetry {
		s.backOff(r)
		return
	}
	d := deeds[v]
	s.pass(about(r, d.minutes, .3) * s.p[handSpeed])
	d.change(s, r)
	if !s.kind.service {
		s.try(r)
		return
	}
	s.pass(uniform(r, 2, 5))
}

// backOff tries after 30 s, 2 and 10 minutes more, and stops when a try works.
func (s *scene) backOff(r *rand.Rand) {
	for _, pause := range []float64{.5, 2, 10} {
		s.pass(pause * uniform(r, .8, 1.2))
		s.changelog.attach(s.now)
		s.try(r)
		if s.healthy() {
			return
		}
	}
}
