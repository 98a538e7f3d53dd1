package gym

import "math/rand/v2"

// What each verb changes, whatever is wrong. It touches every mechanism that
// its actuator would touch.

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
	if s.kind.on.has(gLock) && s.kind.service && s.lock.writes {
		s.hurt("the work of every session on the server is lost")
	}
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
	if s.kind.on.has(gQueue) { // a warehouse that changes its size drops what runs
		s.interrupt()
	}
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
