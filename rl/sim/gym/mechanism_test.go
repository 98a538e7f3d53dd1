package gym

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	pipewright "github.com/pipewright/pipewright"
)

// well is a stage in which all is well and every chance has come out kindly, at
// ten in the morning.
func well(kind string, with func(*scene)) scene {
	p := &numbers{}
	for i, n := range nominals {
		p[i] = n.value
	}
	p[pPartialWrite] = 0
	s := newScene(p, &kinds[kindOf(kind)], time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC), 17)
	s.ourRule, s.idempotent, s.period, s.next = true, true, 60, 50
	s.link = link{standby: true, ours: true}
	s.access = access{limit: 6, renews: true}
	s.sessions = sessions{used: .6}
	s.bucket = bucket{tokens: 100, size: 100, rate: 8, quota: 1, cap: 1, cut: 1, wants: 40}
	s.input = input{guarded: true}
	s.columns = columns{castable: true, limit: .1}
	s.changelog = changelog{keyed: true}
	s.content = content{known: true, limit: .2}
	s.memory = memory{base: .6, volume: 1, width: 1, chunk: 1, size: 1}
	s.host = host{other: true, cpuHolds: true}
	s.release = release{previous: true, fits: true}
	s.model = model{live: .92, before: .91, candidate: .93, simple: .84, bar: .86, labels: true, clean: true, kept: true, lag: .2}
	s.features = features{good: true}
	s.traffic = traffic{load: .6, surge: 1, room: 1, kept: 1, nodes: true}
	s.lock = lock{}
	s.queue = queue{usual: .6, own: .3, slots: 1, cut: 1}
	s.disk = disk{used: .5, wants: .05, size: 1, temp: .1, elastic: true}
	with(&s)
	return s
}

func TestNothingIsWrongWhereAllIsWell(t *testing.T) {
	for _, k := range kinds {
		s := well(k.name, func(*scene) {})
		assert.Equal(t, fine, s.trouble(), k.name)
		for _, v := range k.verbs {
			c := s
			c.do(v, stream(1, "test"))
			c.idle(warmUp)
			assert.True(t, c.healthy(), "%s after %s", k.name, v)
		}
	}
}

// end is what becomes of a scene: recovered, unchanged or worse after two hours.
func end(s scene, v pipewright.Verb) Status {
	hurts := s.hurts
	s.do(v, stream(3, "test"))
	ok := s.healthy()
	s.idle(120)
	switch {
	case s.hurts > hurts:
		return Worse
	case ok && s.healthy():
		return Recovered
	}
	return Unchanged
}

func TestMechanisms(t *testing.T) {
	const glue, task, table, server = "glue:job", "airflow:task", "redshift:table", "k8s:deployment"
	tests := []struct {
		name string
		kind string
		with func(*scene)
		verb pipewright.Verb
		want Status
	}{
		{"a link that is up again within ten minutes bears a back-off", glue, func(s *scene) { s.link.flaps = renewal{until: 8} }, "backoff_retry", Recovered},
		{"and not a retry at once", glue, func(s *scene) { s.link.flaps = renewal{until: 8} }, "retry", Unchanged},
		{"a link that stays down for hours bears none", glue, func(s *scene) { s.link.flaps = renewal{until: 800} }, "backoff_retry", Unchanged},
		{"another way is taken when there is one", glue, func(s *scene) { s.link.blocked = true }, "reroute", Recovered},
		{"and not when there is none", glue, func(s *scene) { s.link.blocked, s.link.standby = true, false }, "reroute", Unchanged},
		{"what answers on the other way is behind", glue, func(s *scene) { s.link.blocked, s.link.lags = true, true }, "reroute", Worse},
		{"a rule of ours is taken back", glue, func(s *scene) { s.link.blocked = true }, "rollback", Recovered},
		{"a rule of others is not", glue, func(s *scene) { s.link.blocked, s.ourRule = true, false }, "rollback", Unchanged},

		{"a new secret works", glue, func(s *scene) { s.access.expired = true }, "refresh", Recovered},
		{"no secret helps a role that is gone", glue, func(s *scene) { s.access.expired, s.access.revoked = true, true }, "refresh", Unchanged},
		{"failed logins lock the account", glue, func(s *scene) { s.access.expired, s.access.limit = true, 2 }, "backoff_retry", Worse},
		{"others still used the old secret", glue, func(s *scene) { s.access.expired, s.access.shared = true, true }, "refresh", Worse},

		{"a size up holds the rows", glue, func(s *scene) { s.memory.width = 2.4 }, "scale_up", Recovered},
		{"and not when they are too many", glue, func(s *scene) { s.memory.width = 4 }, "scale_up", Unchanged},
		{"nor at the biggest size", glue, func(s *scene) { s.memory.width, s.memory.top = 2.4, true }, "scale_up", Unchanged},
		{"the same rows meet the same limit", glue, func(s *scene) { s.memory.width = 2.4 }, "retry", Unchanged},
		{"half the rows at a time need half", glue, func(s *scene) { s.memory.width = 2.4 }, "throttle", Recovered},
		{"and not when one key holds them all", glue, func(s *scene) { s.memory.key = 1.2 }, "throttle", Unchanged},
		{"spreading the key does", glue, func(s *scene) { s.memory.key = 1.2 }, "tune", Recovered},
		{"a leak starts anew", server, func(s *scene) { s.memory.leak, s.memory.since = .001, -900 }, "restart", Recovered},

		{"more slots shorten the queue", table, func(s *scene) { s.queue.until, s.queue.storm = 600, .55 }, "scale_up", Recovered},
		{"and not against a big storm", table, func(s *scene) { s.queue.until, s.queue.storm = 600, 1.2 }, "scale_up", Unchanged},
		{"an hour later the storm is over", table, func(s *scene) { s.queue.until, s.queue.storm = 30, .9 }, "reschedule", Recovered},
		{"one more query is too many for the others", table, func(s *scene) { s.queue.until, s.queue.storm, s.queue.frail = 600, 1.2, true }, "retry", Worse},

		{"a bigger disk has room", table, func(s *scene) { s.disk.used = .98 }, "scale_up", Recovered},
		{"left-overs can go", table, func(s *scene) { s.disk.used = .98 }, "release", Recovered},
		{"and not when there are none", table, func(s *scene) { s.disk.used, s.disk.temp = .98, .001 }, "release", Unchanged},
		{"what does not start on a full disk stays down", "postgres:db", func(s *scene) { s.disk.used, s.disk.wedges = .98, true }, "restart", Worse},

		{"the session in the way is ended", task, func(s *scene) { s.lock.held = 300 }, "cancel", Recovered},
		{"its program takes the lock again", task, func(s *scene) { s.lock.held, s.lock.returns, s.lock.length = 300, true, 300 }, "retry", Unchanged},
		{"its work is lost", task, func(s *scene) { s.lock.held, s.lock.writes = 300, true }, "cancel", Worse},
		{"a cycle is over at the next try", task, func(s *scene) { s.lock.crosses = renewal{until: 6} }, "backoff_retry", Recovered},

		{"the capture reads on", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, keyed: true, purged: 300, behind: 20} }, "restart", Recovered},
		{"and not when the log has dropped its place", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, keyed: true, behind: 20} }, "restart", Unchanged},
		{"then everything is copied anew", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, keyed: true, behind: 20} }, "reload", Recovered},
		{"twice, without keys", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, behind: 20} }, "reload", Worse},
		{"a record that stops it is skipped", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, poison: true, purged: 300} }, "quarantine", Recovered},
		{"one that does not is lost", "dms:task", func(s *scene) { s.changelog = changelog{stuck: true, purged: 300} }, "quarantine", Worse},

		{"a column more is mapped", task, func(s *scene) { s.columns.drift = added }, "remap", Recovered},
		{"a renamed one is mapped", task, func(s *scene) { s.columns.drift = renamed }, "remap", Recovered},
		{"the wrong one, when two fit", task, func(s *scene) { s.columns.drift, s.columns.ambiguous = renamed, true }, "remap", Worse},
		{"a cast works at first and breaks a check an hour later", task, func(s *scene) { s.columns.drift, s.columns.share, s.columns.checked = retyped, .5, true }, "remap", Worse},
		{"and holds where nothing checks", task, func(s *scene) { s.columns.drift, s.columns.share = retyped, .5 }, "remap", Recovered},
		{"few bad rows are set aside", task, func(s *scene) { s.columns.drift, s.columns.share = retyped, .05 }, "quarantine", Recovered},
		{"many are not", task, func(s *scene) { s.columns.drift, s.columns.share = retyped, .5 }, "quarantine", Unchanged},

		{"tokens come back", glue, func(s *scene) { s.bucket.tokens, s.bucket.others, s.bucket.until = 2, 2, 20 }, "backoff_retry", Recovered},
		{"and not while others take them all", glue, func(s *scene) { s.bucket.tokens, s.bucket.others, s.bucket.until = 2, 9, 400 }, "backoff_retry", Unchanged},
		{"others starve when it is drained again and again", glue, func(s *scene) {
			s.bucket.tokens, s.bucket.others, s.bucket.until, s.bucket.frail = 2, 9, 400, true
		}, "backoff_retry", Worse},
		{"asking for less is allowed", glue, func(s *scene) { s.bucket.quota = .3 }, "throttle", Recovered},
		{"a lower quota is taken back", glue, func(s *scene) { s.bucket.quota = .1 }, "rollback", Recovered},
		{"our own throttle is lifted", glue, func(s *scene) { s.bucket.cap = .3 }, "release", Recovered},

		{"data that comes within the hour", glue, func(s *scene) { s.input.arrives = 40 }, "reschedule", Recovered},
		{"and that does not", glue, func(s *scene) { s.input.arrives = 400 }, "reschedule", Unchanged},
		{"what makes it is started again", glue, func(s *scene) { s.input.arrives, s.input.ours = never, true }, "restart", Recovered},
		{"a part of it is loaded as all", glue, func(s *scene) { s.input.arrives, s.input.guarded = 400, false }, "retry", Worse},

		{"a hung worker starts again", glue, func(s *scene) { s.host.hung = true }, "restart", Recovered},
		{"it hangs again on a bad machine", glue, func(s *scene) { s.host.hung, s.host.bad, s.host.other = true, true, false }, "restart", Unchanged},
		{"a run that was in its write leaves half", glue, func(s *scene) { s.host.hung, s.writing, s.idempotent = true, true, false }, "restart", Worse},
		{"and nothing when it replaces what is there", glue, func(s *scene) { s.host.hung, s.writing = true, true }, "restart", Recovered},
		{"rows that were left are there twice", glue, func(s *scene) { s.partial, s.idempotent = true, false }, "retry", Worse},
		{"a lost GPU is not in the next node", server, func(s *scene) { s.host.noGPU = true }, "reroute", Recovered},
		{"it is in the same one", server, func(s *scene) { s.host.noGPU = true }, "restart", Unchanged},
		{"the processor holds the load", server, func(s *scene) { s.host.noGPU = true }, "fallback", Recovered},

		{"a bug goes with its version", glue, func(s *scene) { s.release.bug = true }, "rollback", Recovered},
		{"the version before is gone", glue, func(s *scene) { s.release.bug, s.release.previous = true, false }, "rollback", Unchanged},
		{"the version before no longer fits", glue, func(s *scene) { s.release.bug, s.release.fits = true, false }, "rollback", Worse},

		{"a bad model goes back", server, func(s *scene) { s.model.errors = true }, "rollback", Recovered},
		{"it is bad on every replica", server, func(s *scene) { s.model.errors = true }, "restart", Unchanged},
		{"new inputs are learnt", server, func(s *scene) { s.model.shift = .12 }, "retrain", Recovered},
		{"from wrong data wrong things are learnt", server, func(s *scene) { s.model.shift, s.model.clean = .12, false }, "retrain", Worse},
		{"without new outcomes the old relation is learnt again", server, func(s *scene) { s.model.turn, s.model.labels = .2, false }, "retrain", Unchanged},
		{"the version before has not seen them either", server, func(s *scene) { s.model.shift = .12 }, "rollback", Unchanged},
		{"a younger candidate has", server, func(s *scene) { s.model.shift = .12 }, "canary", Recovered},
		{"a worse candidate is not taken", server, func(s *scene) { s.model.candidate = .5 }, "canary", Recovered},
		{"unless it is promoted unseen", server, func(s *scene) { s.model.candidate = .5 }, "promote", Worse},

		{"a young cache answers alone", "feature:store", func(s *scene) { s.features.slow = 300 }, "fallback", Recovered},
		{"an old one does not", "feature:store", func(s *scene) { s.features.slow, s.features.good = 300, false }, "fallback", Unchanged},
		{"old values are replaced", "feature:store", func(s *scene) { s.features.stale = true }, "refresh", Recovered},

		{"wrong rows are set aside", task, func(s *scene) { s.content.bad, s.content.fixed = .05, 900 }, "quarantine", Recovered},
		{"and not when nobody can tell them", task, func(s *scene) { s.content.bad, s.content.fixed, s.content.known = .05, 900, false }, "quarantine", Unchanged},
		{"the source has put them right by then", task, func(s *scene) { s.content.bad, s.content.fixed = .05, 60 }, "reload", Recovered},

		{"more replicas take the surge", server, func(s *scene) { s.traffic.surge, s.traffic.until = 2.4, 300 }, "scale_up", Recovered},
		{"and not without nodes", server, func(s *scene) { s.traffic.surge, s.traffic.until, s.traffic.nodes = 2.4, 300, false }, "scale_up", Unchanged},
		{"fewer replicas make it worse", server, func(s *scene) { s.traffic.surge, s.traffic.until = 2.4, 300 }, "scale_down", Worse},

		{"fewer workers leave sessions free", task, func(s *scene) { s.sessions.used = 1.2 }, "scale_down", Recovered},
		{"more workers take those of others", task, func(s *scene) { s.sessions.used = .95 }, "scale_up", Worse},
		{"a leak of sessions is closed", task, func(s *scene) { s.sessions.used, s.sessions.leak = 1.2, .5 }, "restart", Recovered},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			s := well(x.kind, x.with)
			assert.True(t, s.kind.can(x.verb), "%s has no %s", x.kind, x.verb)
			assert.Equal(t, x.want, end(s, x.verb))
		})
	}
}

func TestDelayedHarmIsSeenInTheSoakOnly(t *testing.T) {
	s := well("airflow:task", func(s *scene) { s.columns.drift, s.columns.share, s.columns.checked = retyped, .5, true })
	e := &episode{w: &world{sc: DefaultScenario()}, inc: &incident{}, scene: s}
	g := &Gym{w: e.w, open: e, opt: Options{Scenario: e.w.sc}}
	assert.Equal(t, Recovered, g.Act("remap").Seen)
	assert.Equal(t, Worse, g.Close().Seen)
	assert.Equal(t, Worse, e.steps[0].Label)
	assert.GreaterOrEqual(t, e.steps[0].Severity, 1.0)
	g.Escalate()
	assert.Less(t, e.outcome().Return, 0.0)
}

func TestWhatPassesIsOverByItself(t *testing.T) {
	s := well("airflow:task", func(s *scene) { s.link.flaps = renewal{until: 20} })
	e := &episode{w: &world{sc: DefaultScenario()}, inc: &incident{}, scene: s}
	g := &Gym{w: e.w, open: e, opt: Options{Scenario: e.w.sc}}
	assert.Equal(t, Unchanged, g.Wait(10*time.Minute).Seen)
	assert.Equal(t, Recovered, g.Wait(50*time.Minute).Seen, "the schedule has run it again")
	assert.Equal(t, Recovered, g.Close().Seen)
	o := e.outcome()
	assert.True(t, o.ByItself)
	assert.True(t, o.Auto())
}

func TestARegimeBreaksCures(t *testing.T) {
	sc := DefaultScenario()
	sc.Regimes = []Regime{{At: 501, Break: .4, NewMix: true}}
	best := func(seed uint64, incident int) map[string]pipewright.Verb {
		c, err := Estimate(Options{Seed: seed, Scenario: sc}, incident, 60)
		assert.NoError(t, err)
		out := map[string]pipewright.Verb{}
		for i, cause := range c.Causes {
			for _, k := range kinds {
				if !faults[i].hits(&k) {
					continue
				}
				top := .5
				for _, v := range c.Verbs {
					if o := c.Odds(k.name, cause, v); o.Recovered > top && o.Minutes < 30 {
						top, out[cause+" "+k.name] = o.Recovered, v
					}
				}
			}
		}
		return out
	}
	changed, all := 0, 0
	for seed := range uint64(4) {
		before, after := best(seed, 0), best(seed, 600)
		for where, v := range before {
			all++
			if after[where] != v {
				changed++
			}
		}
		assert.Equal(t, before, best(seed, 499), "nothing changes before its time")
	}
	t.Logf("of %d best verbs %d are no longer the best, or good", all, changed)
	assert.InDelta(t, .4, float64(changed)/float64(all), .15)
}
