package gym

// reading is a metric and when it is far from its own past.
type reading struct {
	metric string
	is     string
	on     gates // one of these is on the way
	far    func(*scene) bool
}

// readings are in order of name, so that what is seen is too.
var readings = []reading{
	{"accuracy", "low", gModel, func(s *scene) bool { return s.model.quality() < s.model.bar || s.features.stale }},
	{"connections", "high", gSessions, func(s *scene) bool { return s.sessions.used > .93 || s.lock.trouble(s.now) != fine }},
	{"cpu_percent", "high", gQueue | gTraffic | gHost, func(s *scene) bool {
		return s.kind.on.has(gQueue) && s.queue.load(s) > .9 || s.kind.on.has(gTraffic) && s.traffic.at(s.now) > .9 || s.host.hung && s.period > 60
	}},
	{"cpu_percent", "low", gHost | gLog, func(s *scene) bool { return s.host.hung && s.period < 60 || s.changelog.stuck }},
	{"disk_percent", "high", gDisk, func(s *scene) bool { return s.disk.fill(s.now) > .9 }},
	{"duration_seconds", "high", gInput | gLock | gQueue | gBucket, (*scene).late},
	{"error_rate", "high", gLink | gRelease | gModel, func(s *scene) bool { return s.kind.service && s.loud() }},
	{"freshness_seconds", "high", gInput | gLog | gFeatures | gLock | gQueue, func(s *scene) bool {
		return !s.kind.service && !s.done && s.period <= 60 || among(s.trouble(), lagging, logGone, stale, inputMissing)
	}},
	{"heartbeat_age_seconds", "high", gHost, func(s *scene) bool { return s.host.dead(s.now) }},
	{"lag_seconds", "high", gLog | gTraffic, func(s *scene) bool {
		return s.kind.on.has(gLog) && s.trouble() != fine || s.kind.on.has(gTraffic) && s.traffic.at(s.now) > 1.2
	}},
	{"latency_p99_ms", "high", gTraffic | gModel | gFeatures | gSessions, func(s *scene) bool {
		return s.kind.service && among(s.trouble(), slow, timedOut, serverErrors, deviceLost, lockWait, tooManySessions)
	}},
	{"lock_waits", "high", gLock, func(s *scene) bool { return s.lock.trouble(s.now) != fine }},
	{"memory_percent", "high", gMemory, func(s *scene) bool { return s.memory.use(s.now) > .92 }},
	{"psi", "high", gModel, func(s *scene) bool { // computed from samples: noisy
		return 1.6*s.model.shift+.35*s.model.turn+.05*stream(s.seed, "psi").NormFloat64() > .15
	}},
	{"queue_seconds", "high", gQueue, func(s *scene) bool { return s.queue.wait(s) > 5 }},
	{"rejected_rows", "high", gContent | gColumns, func(s *scene) bool { return s.content.bad > .02 || s.columns.trouble() == wrongType }},
	{"replicas_ready", "low", gGPU, func(s *scene) bool { return s.host.trouble(s.now) != fine }},
	{"requests_per_second", "high", gTraffic | gBucket, func(s *scene) bool {
		return s.kind.on.has(gTraffic) && s.now < s.traffic.until || s.bucket.others > 0 && s.now < s.bucket.until
	}},
	{"restarts", "high", gHost, func(s *scene) bool { return s.host.trouble(s.now) == crashed }},
	{"rows", "high", gMemory, func(s *scene) bool { return s.memory.rows(s.now) > 1.4 }},
	{"rows", "low", gInput | gLog, func(s *scene) bool { return among(s.trouble(), inputMissing, lagging, logGone) }},
	{"throttles", "high", gBucket, func(s *scene) bool { return s.bucket.trouble(s.now) == rateLimited }},
}

func among(t trouble, list ...trouble) bool {
	for _, x := range list {
		if t == x {
			return true
		}
	}
	return false
}

// late reports whether runs take long before they end, if they end.
func (s *scene) late() bool {
	return !s.kind.service && among(s.trouble(), lockWait, queued, slowedDown, hung, inputMissing)
}

// loud reports whether what fails answers with errors.
func (s *scene) loud() bool {
	return !among(s.trouble(), fine, slow, stale, inaccurate, lagging, inputMissing, slowedDown, hung)
}

// metrics lists what is seen to be far from its past: what is covered, and
// what happens to be.
func (s *scene) metrics(noise Noise) []Deviation {
	r := stream(s.seed, "metrics")
	var out []Deviation
	for _, m := range readings {
		covered, chance := coin(r, s.p[pCovered]), coin(r, noise.FalseMetric)
		if s.kind.on&m.on == 0 {
			continue
		}
		if m.far(s) && covered || chance {
			out = append(out, Deviation{m.metric, m.is})
		}
	}
	return out
}
