package gym

// probe is a read-only check: what it needs on the way, how it reads when all
// is well, and whether what it looks for is there.
type probe struct {
	name    string
	on      gates
	healthy bool // yes is the answer when all is well
	seconds float64
	wrong   func(*scene) bool // what it looks for is there
}

// probes are in order of name.
var probes = []probe{
	{"additive_schema_diff", gColumns, false, 12, func(s *scene) bool { return s.columns.drift == added }},
	{"blocking_session", gLock, false, 6, func(s *scene) bool { return s.lock.trouble(s.now) != fine }},
	{"credential_valid", gAccess, true, 5, func(s *scene) bool { return s.access.trouble(s.now) != fine }},
	{"data_checks_pass", gContent, true, 45, func(s *scene) bool { return s.content.bad > 0 }},
	{"disk_near_full", gDisk, false, 4, func(s *scene) bool { return s.disk.fill(s.now) > .9 }},
	{"endpoint_reachable", gLink, true, 6, func(s *scene) bool { return among(s.link.trouble(s.now), timedOut, refused) }},
	{"heartbeat_alive", gHost, true, 4, func(s *scene) bool { return s.host.dead(s.now) }},
	{"log_position_held", gLog, true, 8, func(s *scene) bool { return s.changelog.stuck && s.now > s.changelog.purged }},
	{"memory_near_limit", gMemory, false, 5, func(s *scene) bool { return s.memory.use(s.now) > .9 }},
	{"node_healthy", gHost | gGPU, true, 10, func(s *scene) bool { return s.host.noGPU || s.host.bad }},
	{"partial_output", gInput | gQueue, false, 20, func(s *scene) bool { return s.partial || s.writing }},
	{"queue_long", gQueue, false, 6, func(s *scene) bool { return s.queue.wait(s) > 5 }},
	{"quota_reached", gBucket, false, 5, func(s *scene) bool { return s.bucket.trouble(s.now) != fine }},
	{"schema_diff", gColumns, false, 12, func(s *scene) bool { return s.columns.drift == renamed || s.columns.drift == retyped }}, // a breaking one
	{"sessions_near_limit", gSessions, false, 5, func(s *scene) bool { return s.sessions.used > .93 }},
	{"upstream_present", gInput, true, 10, func(s *scene) bool { return s.now < s.input.arrives }},
	{"version_changed", gRelease | gModel, false, 5, func(s *scene) bool { return s.deployed() }},
	{"volume_high", gMemory, false, 8, func(s *scene) bool { return s.memory.rows(s.now) > 1.4 }},
}

// deployed reports whether a version really changed in the last day.
func (s *scene) deployed() bool {
	for _, what := range s.lately {
		if what == "deploy" || what == "model" {
			return true
		}
	}
	return false
}

// probesOf lists what can be asked of a kind of stage.
func probesOf(k *kind) []string {
	var out []string
	for _, p := range probes {
		if k.on&p.on != 0 {
			out = append(out, p.name)
		}
	}
	return out
}

// ask answers a probe after some actions. It is wrong now and then, and as
// wrong when it is asked again with nothing done since.
func (s *scene) ask(name string, acted int, noise Noise) Answer {
	for i, p := range probes {
		if p.name != name || s.kind.on&p.on == 0 {
			continue
		}
		r := stream(s.seed, "probe", uint64(i), uint64(acted))
		found := coin(r, noise.ProbeFalse)
		if hit := coin(r, noise.ProbeSensitivity); p.wrong(s) {
			found = hit
		}
		says := "no"
		if found != p.healthy {
			says = "yes"
		}
		return Answer{Says: says, Seconds: p.seconds}
	}
	return Answer{Says: "unknown"}
}
