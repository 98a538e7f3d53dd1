package sim

import (
	"math/rand/v2"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// kindsOfFault is everything that can break, one line of mechanism each.
func (p *Plant) kindsOfFault() []faultKind {
	var kinds []faultKind
	for _, t := range p.tables {
		kinds = append(kinds, p.renames(t))
		if t.id != tableCust {
			kinds = append(kinds, p.retypes(t))
		}
		if t.id != tablePay {
			kinds = append(kinds, p.locks(t))
		}
	}
	kinds = append(kinds, p.flaps(p.db), p.flaps(p.wh))
	for _, id := range []pipewright.ResourceID{glueOrders, glueCust, lambdaEnrich} {
		kinds = append(kinds, p.spikes(p.job(id)))
	}
	kinds = append(kinds, p.blocks(), p.peaks())
	for _, w := range p.workers {
		kinds = append(kinds, p.hangs(w))
	}
	return append(kinds, p.sticks(), p.misreleases(), p.cuts(p.job(glueOrders)), p.surges())
}

// hours is a person who gets to it after a while.
func hours(low, high float64) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration {
		return between(r, time.Duration(low*float64(time.Hour)), time.Duration(high*float64(time.Hour)))
	}
}

// passes is something that ends by itself.
func passes(least, mean time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return least + expo(r, mean) }
}

// flaps: the link to a database goes up and down for a while.
func (p *Plant) flaps(l *link) faultKind {
	return faultKind{cause: "network_transient", at: l.to, weight: 1.2, quiet: 0.2,
		free: func() bool { return l.fault == nil }, lasts: passes(8*minute, 15*minute),
		holds: func(f *fault) bool { return l.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			l.quiet = f.Quiet
			p.flap(l, f, between(rng, 3*minute, 8*minute), between(rng, minute, 4*minute))
		},
		mend: func(string) { l.restore() },
	}
}

// spikes: a job gets more data, or more of it on one key, than its size holds.
func (p *Plant) spikes(j *job) faultKind {
	m := j.memory
	size := func() float64 { return m.limit / (m.base * load(p.now)) } // skew that just fits
	return faultKind{cause: "memory_exhausted", at: j.id, weight: 0.8, quiet: 0.15, shows: j.id == glueOrders || j.id == lambdaEnrich,
		free:  func() bool { return m.fault == nil && m.limit < biggest && j.active == nil && size() < 5 },
		lasts: passes(60*minute, 90*minute),
		holds: func(f *fault) bool { return m.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			m.fault, m.quiet, m.short, m.skew = f, f.Quiet, m.limit, size()*(1.3+1.1*rng.Float64())
		},
		mend: func(string) { m.fault, m.quiet, m.skew = nil, false, 0 },
	}
}

// blocks: a long session holds most of the warehouse's slots.
func (p *Plant) blocks() faultKind {
	w := &p.warehouse
	return faultKind{cause: "warehouse_contention", at: warehouseID, weight: 0.9, quiet: 0.4,
		free: func() bool { return w.fault == nil }, lasts: passes(50*minute, 60*minute),
		holds: func(f *fault) bool { return w.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			w.quiet, w.aborts = f.Quiet, rng.Float64() < 0.4
			p.block(f, 1073700000+rng.IntN(90000), w.slots-1-0.8*rng.Float64())
		},
		mend: func(by string) { p.unblock(by) },
	}
}

// peaks: somebody's dashboards ask for more than the slots can do.
func (p *Plant) peaks() faultKind {
	w := &p.warehouse
	return faultKind{cause: "warehouse_contention", at: warehouseID, weight: 0.6, quiet: 0.4,
		free: func() bool { return w.fault == nil && w.slots <= 24 }, lasts: passes(50*minute, 70*minute),
		holds: func(f *fault) bool { return w.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			w.fault, w.quiet, w.aborts = f, f.Quiet, false
			w.peak = w.slots - 3.2*load(p.now) + 1.2 + 2*rng.Float64()
		},
		mend: func(string) { w.peak, w.fault, w.quiet = 0, nil, false },
	}
}

// hangs: a worker stops making progress.
func (p *Plant) hangs(w *worker) faultKind {
	return faultKind{cause: "worker_hung", at: w.id, weight: 0.9, quiet: 0.7,
		free: func() bool { return w.hung == nil && !w.down }, lasts: hours(4, 7), by: "oncall",
		holds: func(f *fault) bool { return w.hung == f },
		begin: func(f *fault, rng *rand.Rand) {
			p.hang(w, f, rng.Float64() < 0.45, rng.Float64() < 0.4, !f.Quiet)
		},
		mend: func(by string) {
			w.hung = nil
			p.deed(w.id, by, "rebooted by hand")
			p.reboot(w, 3*minute, by)
		},
	}
}

// sticks: the capture of changes stops reading.
func (p *Plant) sticks() faultKind {
	c := &p.cdc
	return faultKind{cause: "worker_hung", at: dmsTask, weight: 0.6, quiet: 1,
		free: func() bool { return c.stuck == nil }, lasts: hours(4, 7), by: "oncall",
		holds: func(f *fault) bool { return c.stuck == f },
		begin: func(f *fault, _ *rand.Rand) { c.stuck = f },
		mend: func(by string) {
			c.stuck = nil
			p.deed(dmsTask, by, "replication task resumed by hand")
		},
	}
}

// misreleases: a new model goes live and is bad.
func (p *Plant) misreleases() faultKind {
	s := &p.serving
	return faultKind{cause: "model_bad_rollout", at: scorer, weight: 1.2, quiet: 0.4, shows: true,
		free: func() bool { return s.fault == nil && s.now.errors == 0 && s.now.slow == 1 }, lasts: hours(4, 7), by: "ml-team",
		holds: func(f *fault) bool { return s.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			s.fault = f
			bad := release{slow: 1, quiet: f.Quiet, fault: f}
			switch x := rng.Float64(); {
			case x < 0.4:
				bad.errors, bad.slow = 0.08+0.25*rng.Float64(), 1.5
			case x < 0.7:
				bad.slow = 4 + 4*rng.Float64()
			default:
				bad.crash, bad.errors = 1, 0.03
			}
			p.rollout(bad, "ml-team")
		},
		mend: func(by string) {
			s.fault = nil
			p.rollout(release{slow: 1}, by)
		},
	}
}

// scheduleReleases rolls good releases out now and then: a new version is not
// a fault.
func (p *Plant) scheduleReleases() {
	period := func(at time.Time) time.Duration {
		return 6*time.Hour + expo(p.dice("release", at.Unix()), 16*time.Hour)
	}
	p.every(p.origin.Add(period(p.origin)), period, func() {
		if s := &p.serving; s.fault == nil && s.now.errors == 0 {
			p.rollout(release{slow: 1}, "ml-team")
		}
	})
}
