package sim

import (
	"fmt"
	"math"
	"time"
)

// release is a version of the model server with its model.
type release struct {
	image  string // tag
	model  int    // version of the registered model
	errors float64
	slow   float64 // factor on latency
	crash  int     // replicas that never become ready
	quiet  bool    // writes no error lines
	fault  *fault  // whose release it is; nil for a good one
}

// serving is the model server. A bad release shows only under traffic; going
// back from a good one is harmful, because features have moved on.
type serving struct {
	now, before release
	rolled      time.Time // last roll-out
	restarted   time.Time
	replicas    int
	minor       int
	fault       *fault
	surge       surge
}

func newServing() serving {
	good := func(minor int) release {
		return release{image: fmt.Sprintf("1.8.%d", minor), model: 10 + minor, slow: 1}
	}
	s := serving{now: good(2), before: good(1), replicas: 3, minor: 2}
	s.before.age()
	return s
}

// age makes a release one that live features have left behind.
func (r *release) age() {
	if r.errors == 0 && r.slow == 1 {
		r.errors, r.slow = 0.045, 1.8
	}
}

// rollout puts a new release live.
func (p *Plant) rollout(next release, by string) {
	s := &p.serving
	s.minor++
	next.image, next.model = fmt.Sprintf("1.8.%d", s.minor), 10+s.minor
	s.before = s.now
	if next.errors == 0 && next.slow == 1 && next.crash == 0 {
		s.before.age()
	}
	s.now, s.rolled = next, p.now
	p.tellRollout(by)
}

// rollback goes to the release before; the one that ran becomes the one before.
func (p *Plant) rollback(by string) {
	s := &p.serving
	s.now, s.before = s.before, s.now
	s.rolled = p.now
	p.tellRollout(by)
	if s.fault != nil && s.now.fault == nil {
		p.end(s.fault, by)
		s.fault = nil
	}
	if f := s.now.fault; f != nil { // forward again, to the bad one
		p.reopen(f)
		s.fault = f
	}
}

// ramp is how much of a release's ills shows, 0 to 1: they come with traffic,
// and a restart clears them for some minutes.
func (s *serving) ramp(now time.Time) float64 {
	since := now.Sub(s.rolled)
	if r := now.Sub(s.restarted) - 4*minute; !s.restarted.IsZero() && r < since {
		since = r
	}
	return math.Min(1, math.Max(0, since.Minutes()/3))
}

func (p *Plant) errorRate() float64 {
	s := &p.serving
	rng := p.dice("errors", p.now.Unix())
	rate := 0.002*spread(rng, 0.3) + s.now.errors*s.ramp(p.now)*spread(rng, 0.1)
	if down := p.now.Sub(s.restarted); !s.restarted.IsZero() && down < 2*minute {
		rate += 0.03
	}
	return min(rate+0.3*min(1, 2*p.strain()), 1)
}

func (p *Plant) latency() float64 {
	s := &p.serving
	rng := p.dice("latency", p.now.Unix())
	base := (70 + 22*load(p.now)) * spread(rng, 0.05)
	slow := 1 + (s.now.slow-1)*s.ramp(p.now)
	if s.now.crash > 0 {
		slow += 0.9 * s.ramp(p.now) * float64(s.now.crash) / float64(s.replicas)
	}
	return base * (slow + 9*p.strain())
}

func (p *Plant) ready() float64 {
	s := &p.serving
	ready := s.replicas - min(s.replicas-1, s.now.crash)
	if d := p.now.Sub(s.restarted); !s.restarted.IsZero() && d < 2*minute {
		ready--
	}
	return float64(max(ready, 1))
}

// function is the Lambda: its code version.
type function struct {
	version int
	back    bool // on the version before, which does not know today's events
}

// goodVersion is the step at which code of an earlier version trips over
// today's events.
func goodVersion(p *Plant, r *run) hitch {
	if p.function.back && p.dice("old code", r.slot.Unix(), int64(r.attempt)).Float64() < 0.6 {
		return hitch{fail: &failure{code: oldCode}}
	}
	return hitch{}
}
