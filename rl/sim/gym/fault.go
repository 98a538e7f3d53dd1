package gym

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// fault is one way in which a stage can break: what it needs on its way, how
// common it is against the others, and what it does to the state.
type fault struct {
	cause  string
	needs  gates
	weight float64
	not    string // kinds that it does not strike
	strike func(*scene, *rand.Rand)
}

// faults is everything that can break. Nothing depends on the names; draws are
// by place in this list.
var faults = []fault{
	{"network_transient", gLink, 1.6, "", flaky},
	{"source_unavailable", gLink, .5, "", func(s *scene, r *rand.Rand) { s.link.down = 10 + expo(r, s.p[endpointMinutes]) }},
	{"route_misconfigured", gLink, .35, "", func(s *scene, _ *rand.Rand) { s.link.blocked = true; s.changed("rule") }},
	{"cdc_slot_stuck", gLog, .8, "", stuckLog},
	{"schema_column_added", gColumns, .6, "", func(s *scene, _ *rand.Rand) { s.columns.drift = added; s.changed("added") }},
	{"schema_column_renamed", gColumns, .7, "", func(s *scene, _ *rand.Rand) { s.columns.drift = renamed; s.changed("renamed") }},
	{"schema_type_changed", gColumns, .6, "", func(s *scene, r *rand.Rand) {
		s.columns.drift, s.columns.share = retyped, uniform(r, .01, .3)
		s.changed("retyped")
	}},
	{"credentials_expired", gAccess, .7, "", func(s *scene, _ *rand.Rand) { s.access.expired = true }},
	{"credentials_revoked", gAccess, .2, "", func(s *scene, r *rand.Rand) {
		s.access.revoked = true
		if coin(r, .4) {
			s.changed("grant")
		}
	}},
	{"memory_exhausted", gMemory, 1.1, "", outgrown},
	{"volume_spike", gMemory, .9, "postgres:db k8s:deployment", spike},
	{"code_bug_deployed", gRelease, 1, "postgres:db", buggy},
	{"config_quota_lowered", gBucket, .4, "", func(s *scene, r *rand.Rand) { s.bucket.quota = uniform(r, .08, .28); s.changed("quota") }},
	{"throttle_left_on", gBucket, .25, "", func(s *scene, r *rand.Rand) {
		s.bucket.cap = uniform(r, .1, .4)
		if coin(r, s.p[pNotOver]) { // what it was set for is not over
			crowded(s, r)
		}
		if coin(r, .3) {
			s.changed("throttle")
		}
	}},
	{"warehouse_contention", gQueue, 1.4, "", contention},
	{"disk_full", gDisk, .7, "", fillUp},
	{"table_lock_held", gLock, .7, "", func(s *scene, r *rand.Rand) { s.lock.held = 15 + expo(r, s.p[lockMinutes]) }},
	{"deadlock", gLock, .6, "", func(s *scene, r *rand.Rand) { s.lock.crosses = newRenewal(r, 4, 5, 4+expo(r, s.p[crossMinutes])) }},
	{"rate_limited", gBucket, .9, "", crowded},
	{"upstream_late", gInput, 1.4, "", late},
	{"worker_hung", gHost, 1, "", func(s *scene, r *rand.Rand) { s.host.hung, s.host.bad = true, coin(r, s.p[pBadHost]) }},
	{"pod_crash_loop", gHost, .8, "postgres:db airflow:task glue:job", crashLoop},
	{"gpu_failed", gGPU, .8, "", func(s *scene, _ *rand.Rand) { s.host.noGPU = true }},
	{"model_bad_rollout", gModel, 1.3, "", badRollout},
	{"data_drift", gModel, 1.1, "", func(s *scene, r *rand.Rand) { s.model.shift = uniform(r, .09, .2) }},
	{"concept_drift", gModel, .7, "", func(s *scene, r *rand.Rand) { s.model.turn = uniform(r, .09, .2) }},
	{"feature_store_slow", gFeatures, .9, "", func(s *scene, r *rand.Rand) { s.features.slow = 12 + expo(r, s.p[slowMinutes]) }},
	{"cache_stale", gFeatures, .5, "", func(s *scene, r *rand.Rand) { s.features.stale, s.features.held = true, coin(r, s.p[pHeld]) }},
	{"bad_data", gContent, 1.2, "", func(s *scene, r *rand.Rand) {
		s.content.bad, s.content.fixed = about(r, .06, .6), expo(r, s.p[sourceMinutes])
	}},
	{"traffic_surge", gTraffic, .9, "", surge},
	{"connections_exhausted", gSessions, .6, "", tooMany},
}

// hits reports whether the fault can strike a kind of stage.
func (f fault) hits(k *kind) bool {
	if !k.on.has(f.needs) {
		return false
	}
	return !slices.Contains(strings.Fields(f.not), k.name)
}

// changed notes a change that people could know of.
func (s *scene) changed(what string) { s.lately = append(s.lately, what) }

func flaky(s *scene, r *rand.Rand) {
	s.link.flaps = newRenewal(r, s.p[flapDown], s.p[flapUp], 2+expo(r, s.p[flakyMinutes]))
	if s.kind.service && coin(r, s.p[pStalePool]) {
		s.link.stale = s.link.flaps.until + uniform(r, 5, 90)
	}
}

func stuckLog(s *scene, r *rand.Rand) {
	c := &s.changelog
	c.stuck, c.poison, c.behind = true, coin(r, s.p[pPoison]), uniform(r, 8, 50)
	c.purged = max(about(r, s.p[logRetention], .8)-c.behind, -1)
}

// outgrown: the rows got wider, one key got all of them, or the process leaks.
func outgrown(s *scene, r *rand.Rand) {
	m := &s.memory
	over := 1.06 + expo(r, s.p[growth])
	switch {
	case s.kind.service && coin(r, s.p[pLeak]):
		m.leak = (over - m.base) / (s.now - m.since)
	case coin(r, s.p[hotKey]):
		m.key = over - m.base
	default:
		m.width = over / m.base
	}
}

func spike(s *scene, r *rand.Rand) {
	m := &s.memory
	m.volume = (1.12 + expo(r, .5)) / m.base
	m.until = 10 + expo(r, s.p[spikeMinutes])
}

func buggy(s *scene, r *rand.Rand) {
	if coin(r, .25) {
		s.release.setting = true
		s.changed("setting")
		return
	}
	s.release.bug = true
	s.changed("deploy")
}

func contention(s *scene, r *rand.Rand) {
	q := &s.queue
	q.until = 10 + expo(r, s.p[stormMinutes])
	free := max(.99-q.load(s), 0)
	q.storm = free + .03 + expo(r, s.p[stormLoad])
}

func fillUp(s *scene, r *rand.Rand) {
	d := &s.disk
	d.used = 1 - d.wants*uniform(r, 0, .9)
	d.rate = uniform(r, 0, .0005)
}

func crowded(s *scene, r *rand.Rand) {
	b := &s.bucket
	b.tokens = b.wants * uniform(r, 0, .3)
	b.others = b.rate * uniform(r, .3, 1.1)
	b.until = 4 + expo(r, s.p[othersMinutes])
}

func late(s *scene, r *rand.Rand) {
	s.input.arrives = 6 + expo(r, s.p[lateMinutes])
	if coin(r, .1) {
		s.input.arrives = never
	}
}

func crashLoop(s *scene, r *rand.Rand) {
	h := &s.host
	switch x := r.Float64(); {
	case x < .1:
		h.poison = true
	case x < .25:
		h.crashing, h.bad = never, true
	default:
		h.crashing = 6 + expo(r, s.p[crashMinutes])
	}
}

func badRollout(s *scene, r *rand.Rand) {
	m := &s.model
	switch x := r.Float64(); {
	case x < .4:
		m.errors = true
	case x < .6:
		m.slow = true
	default:
		m.live = m.bar - uniform(r, .03, .15)
		if m.same {
			m.candidate = m.live
		}
	}
	m.before = max(m.before, m.bar+.01)
	s.changed("model")
}

func surge(s *scene, r *rand.Rand) {
	t := &s.traffic
	t.surge = (1.05 + expo(r, s.p[surgeLoad])) / t.load
	t.until = 12 + expo(r, s.p[surgeMinutes])
}

func tooMany(s *scene, r *rand.Rand) {
	n := &s.sessions
	n.used = 1.03 + expo(r, .25)
	if coin(r, s.p[leakShare]) {
		n.leak = n.used - uniform(r, .5, .8)
	}
}

// Causes lists the causes that the gym can put in. It is for reports and for
// the catalogue's tests: a policy that reads it learns no case's cause.
func Causes() []string {
	out := make([]string, len(faults))
	for i, f := range faults {
		out[i] = f.cause
	}
	return out
}
