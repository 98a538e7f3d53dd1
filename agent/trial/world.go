package trial

import (
	"context"
	"slices"

	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// world is one plant with the catalogue that its agent has. One goroutine owns
// it.
type world struct {
	opt     *Options
	seed    uint64
	know    knowledge
	reader  *catalogue.Reader
	people  gym.People
	minutes map[string]float64 // of a probe
	live    *gym.Gym           // where policies learn
	test    *gym.Gym           // the same world, where they are measured
	numbers *gym.Ceiling       // for the ceilings only
	seen    map[int][]rl.Seen  // what an incident looks like, read once for all policies
}

// estimates is how many scenes each number of the ceiling is drawn from.
const estimates = 150

func newWorld(o *Options, seed uint64, cat *catalogue.Catalogue, looks *catalogue.Looks) (*world, error) {
	sc := o.Scenario
	if sc == nil {
		sc = gym.DefaultScenario()
	}
	plant := gym.Options{Seed: seed, Incidents: o.Incidents + o.Test, Logs: o.Logs, Scenario: sc}
	w := &world{opt: o, seed: seed, know: newKnowledge(cat, looks, o.Quality, seed), reader: looks.Reader(),
		people: sc.People, minutes: map[string]float64{}, seen: map[int][]rl.Seen{}}
	for _, c := range gym.Checks() {
		w.minutes[c.Probe] = c.Seconds / 60
	}
	var err error
	if w.live, err = gym.New(plant); err != nil {
		return nil, err
	}
	if w.test, err = gym.New(plant); err != nil {
		return nil, err
	}
	w.numbers, err = gym.Estimate(plant, o.Incidents, estimates)
	return w, err
}

// session opens the next incident of a gym.
func (w *world) session(g *gym.Gym) (*session, bool) {
	c, ok := g.Next()
	if !ok {
		return nil, false
	}
	if w.seen[c.N] == nil {
		w.seen[c.N] = w.know.see(w.reader.Read(sight(c)))
	}
	return &session{Case: c, Seen: slices.Clip(w.seen[c.N]), Seed: w.seed<<32 ^ uint64(c.N)<<8}, true
}

// exam measures a policy on the test incidents; it learns nothing there.
func (w *world) exam(p policy) (t tally) {
	if b, ok := p.(*believer); ok {
		p = b.greedy()
	}
	w.test.Seek(w.opt.Incidents)
	open := map[int]*session{}
	for s, ok := w.session(w.test); ok; s, ok = w.session(w.test) {
		play(w.test, s, still{p})
		open[s.Case.N] = s
		w.account(&t, w.test, open, nil)
	}
	w.account(&t, w.test, open, nil)
	return t
}

// still is a policy that is only watched.
type still struct{ policy }

func (still) closed(*session)               {}
func (still) settled(*session, gym.Outcome) {}

// account counts what has settled and hands it on.
func (w *world) account(t *tally, g *gym.Gym, open map[int]*session, then policy) {
	for _, o := range g.Settled() {
		s := open[o.Case]
		if s == nil {
			continue
		}
		delete(open, o.Case)
		t.add(s, o, g.Truth(o.Case))
		if then != nil {
			then.settled(s, o)
		}
	}
}

// Stage is where one policy stood after a number of incidents in one world.
type stage struct {
	after  int
	test   tally // a frozen copy on the test incidents
	online tally // what it did itself since the checkpoint before
}

// live lets a policy live through a world and measures it at the checkpoints.
func (w *world) lives(ctx context.Context, p policy, tick func(n int)) ([]stage, error) {
	var out []stage
	var online tally
	open, suspects := map[int]*session{}, suspects{}
	w.live.Seek(0)
	measure := func(after int) {
		if !slices.Contains(w.opt.Checkpoints, after) {
			return
		}
		if t, ok := p.(*tabled); ok {
			t.explore = false
			defer func() { t.explore = true }()
		}
		out = append(out, stage{after, w.exam(p), online})
		online = tally{}
		tick(w.opt.Test)
	}
	if t, ok := p.(*tabled); ok {
		t.explore = true
	}
	measure(0)
	for n := 1; n <= w.opt.Incidents; n++ {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s, ok := w.session(w.live)
		if !ok {
			break
		}
		play(w.live, s, p)
		online.repeats += suspects.look(s)
		open[s.Case.N] = s
		w.account(&online, w.live, open, p)
		if n%50 == 0 {
			tick(50)
		}
		measure(n)
	}
	return out, nil
}

// fixed reports whether a policy is the same at every checkpoint.
func fixed(p policy) bool {
	switch p := p.(type) {
	case ruled, simple, *knowing:
		return true
	case *believer:
		return !p.learns && p.ladder == nil
	}
	return false
}
