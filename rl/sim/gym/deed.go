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

func retry(s *scene, r *rand.Rand) {
	s.changelog.attach(s.now)
	if s.kind.service {
		s.try(r)
	}
	if s.host.hung && s.host.spare { // another worker takes the run; the hung one stays
		s.host.hung, s.host.spare = false, false
	}
}

func restart(s *scene, r *rand.Rand) {
	if s.kind.on.has(gDisk) && s.disk.wedges && s.disk.trouble(s.now) == diskFull {
		s.hurt("it does not start again: there is no room on the disk")
	}
	s.interrupt()
	s.link.reconnect(s.now)
	s.access.reread()
	s.sessions.drop()
	s.host.restart(s.now, r)
	s.changelog.attach(s.now)
	if s.kind.on.has(gInput) {
		s.input.push(s)
	}
	if s.memory.leak > 0 {
		s.memory.since = s.now
	}
	if s.kind.on.has(gFeatures) && s.kind.name == "feature:store" {
		s.features.restart(s.now)
	}
}

// interrupt stops a run in its write. Its rows stay when it is not idempotent.
func (s *scene) interrupt() {
	if s.writing && !s.idempotent {
		s.hurt("a run was stopped in its write and half of its rows stayed")
	}
	s.writing = false
}

func scaleUp(s *scene, r *rand.Rand) {
	s.memory.grow(s.p[scaleFactor])
	s.queue.slots *= s.p[slotsGain]
	s.traffic.grow(s.p[scaleFactor])
	s.features.grow(s.now)
	if s.kind.on.has(gDisk) {
		s.disk.grow(r)
	}
	if s.kind.on.has(gSessions) && s.kind.name != "postgres:db" {
		s.sessions.more(s, .12)
	}
	if s.kind.name == "postgres:db" { // a bigger server lets more sessions in
		s.sessions.used /= 1.3
	}
	if s.host.hung && s.host.spare || s.host.noGPU && s.host.other && s.traffic.nodes {
		s.host.move(s.now)
	}
}

func scaleDown(s *scene, _ *rand.Rand) {
	s.sessions.used *= s.p[downFactor]
	s.traffic.room *= .75
	if s.kind.on.has(gTraffic) && s.traffic.at(s.now) > 1 {
		s.hurt("what is left cannot take the requests")
	}
}

func throttle(s *scene, _ *rand.Rand) {
	cut := s.p[throttleCut]
	s.memory.chunk *= cut
	s.queue.cut *= cut
	s.bucket.cut *= cut
	s.sessions.used *= .85
	s.traffic.kept *= 1 - s.p[shed]
}

// loosen gives back what is held: a throttle of ours, room on the disk.
func loosen(s *scene, _ *rand.Rand) {
	s.bucket.cap = 1
	s.disk.clean()
}

func reschedule(s *scene, _ *rand.Rand) {
	if s.host.other {
		s.host.move(s.now)
	}
}

// rollback takes back what is ours to take back of what changed last.
func rollback(s *scene, _ *rand.Rand) {
	s.release.rollback(s)
	if s.ourRule {
		s.link.blocked = false
		s.bucket.quota = 1
	}
	if s.columns.ours {
		s.columns.drift = sameColumns
	}
	s.model.rollback()
}

func fallback(s *scene, r *rand.Rand) {
	s.model.onSimple = true
	s.features.onCache = true
	s.host.onCPU = true
	s.host.standIn = s.kind.on.has(gModel)
	s.traffic.room *= 1.5
	if s.kind.name == "postgres:db" {
		s.failOver(r)
	}
}

// failOver goes to the standby server. Sessions end, and what had not reached
// it is gone.
func (s *scene) failOver(r *rand.Rand) {
	if !s.link.standby {
		return
	}
	s.host.hung, s.host.crashing = false, s.now
	s.lock.held, s.lock.crosses.until = s.now, s.now
	s.sessions.drop()
	if coin(r, 2*s.p[pStaleStandby]) {
		s.hurt("the last writes had not reached the standby")
	}
}

func reroute(s *scene, _ *rand.Rand) {
	s.link.move(s)
	s.host.move(s.now)
}

func refresh(s *scene, _ *rand.Rand) {
	if s.kind.on.has(gAccess) {
		s.access.refresh(s)
	}
	if s.features.stale {
		s.features.stale = s.features.held
	}
}

// quarantine sets aside what fails: rows, a record of the log, an input.
func quarantine(s *scene, _ *rand.Rand) {
	s.columns.aside, s.content.aside, s.release.aside = true, true, true
	s.changelog.skip(s)
	if s.content.known {
		s.host.poison = false
	}
}

// reload reads everything from the source again, and replaces what is there.
func reload(s *scene, _ *rand.Rand) {
	if s.kind.on.has(gLog) {
		s.changelog.reload(s)
	}
	s.content.reload(s.now)
	s.partial = false
}

func tune(s *scene, _ *rand.Rand) {
	gain := s.p[tuneGain]
	s.memory.tune(gain)
	s.bucket.cut *= gain
	s.queue.cut *= .85
	s.sessions.used *= .75
	s.traffic.room *= 1.12
}

func cancel(s *scene, r *rand.Rand) {
	if s.kind.on.has(gLock) {
		s.lock.cancel(s, r)
	}
	if s.host.hung && !s.host.bad {
		s.interrupt()
		s.host.hung = false
	}
	s.queue.extra = 0
	if s.now < s.queue.until { // the heaviest query goes; its owner starts it again
		s.queue.storm *= .6
		if s.lock.writes {
			s.hurt("the query that was ended was somebody's nightly load")
		}
	}
}
