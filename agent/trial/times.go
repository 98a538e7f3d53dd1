package trial

import (
	"bytes"
	"slices"
	"time"

	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
	"github.com/pipewright/pipewright/rl/sim/gym"
)

// Times are how long the learner takes.
type Times struct {
	P50, P99 float64 // of a decision: pose and choose, microseconds
	Update   float64 // 99th percentile, microseconds
	Replay   float64 // of 10,000 incidents, seconds
	Same     bool    // the replay gave the same bits
}

// replayed is how many incidents are replayed.
const replayed = 10000

// watch times what a planner is asked in a world.
type watch struct {
	*believer
	now    func() time.Time
	choose []float64
	log    []rl.Episode
}

func (w *watch) next(s *session) move {
	if len(s.Steps) == 0 {
		w.look(s)
	}
	c := w.pose(s)
	w.choose = append(w.choose, least(w.now, func() {
		if p, err := w.model.Pose(c); err == nil {
			w.planner.Choose(p)
		}
	}))
	return w.believer.next(s)
}

func (w *watch) settled(s *session, o gym.Outcome) {
	e := episode(s, o, w.people)
	w.log = append(w.log, e)
	err := w.model.Learn(e)
	if err != nil {
		panic("trial: " + err.Error())
	}
}

// Time measures one world, one goroutine.
func Time(o Options, now func() time.Time) (t Times, err error) {
	cat := known()
	o.Incidents, o.Checkpoints, o.Worlds = 1000, []int{1000}, 1
	w, err := newWorld(&o, o.Seed, cat, catalogue.NewLooks(cat, platform()))
	if err != nil {
		return t, err
	}
	b, err := w.believer(plan{settings: open(), hyper: rl.DefaultHyper().Advised(), probing: allProbes})
	if err != nil {
		return t, err
	}
	x := &watch{believer: b, now: now}
	open := map[int]*session{}
	var sums tally
	for s, ok := w.session(w.live); ok; s, ok = w.session(w.live) {
		play(w.live, s, x)
		open[s.Case.N] = s
		w.account(&sums, w.live, open, x)
	}
	slices.Sort(x.choose)
	t.P50, t.P99 = x.choose[len(x.choose)/2], x.choose[len(x.choose)*99/100]
	if t.Update, err = updates(w.know.prior, x.log, now); err != nil {
		return t, err
	}
	log := make([]rl.Episode, 0, replayed)
	for len(log) < replayed {
		log = append(log, x.log[:min(len(x.log), replayed-len(log))]...)
	}
	var first []byte
	for i := range 2 {
		start := now()
		m, err := rl.Rebuild(w.know.prior, rl.DefaultHyper().Advised(), log)
		if err != nil {
			return t, err
		}
		t.Replay = now().Sub(start).Seconds()
		data, _, err := m.Snapshot()
		if err != nil {
			return t, err
		}
		if i == 0 {
			first = data
		}
		t.Same = bytes.Equal(first, data)
	}
	return t, nil
}

// repeats of each measurement: the least of them is what the work takes when
// nothing else has the processor.
const repeats = 5

// least is the shortest of some runs, in microseconds.
func least(now func() time.Time, work func()) float64 {
	best := 0.0
	for i := range repeats {
		start := now()
		work()
		if took := float64(now().Sub(start).Nanoseconds()) / 1e3; i == 0 || took < best {
			best = took
		}
	}
	return best
}

// updates is the 99th percentile of learning from one episode, each the least of
// some replays.
func updates(p rl.Prior, log []rl.Episode, now func() time.Time) (float64, error) {
	took := make([]float64, len(log))
	for i := range repeats {
		m, err := rl.NewModel(p, rl.DefaultHyper().Advised())
		if err != nil {
			return 0, err
		}
		for k, e := range log {
			start := now()
			if err := m.Learn(e); err != nil {
				return 0, err
			}
			if x := float64(now().Sub(start).Nanoseconds()) / 1e3; i == 0 || x < took[k] {
				took[k] = x
			}
		}
	}
	slices.Sort(took)
	return took[len(took)*99/100], nil
}
