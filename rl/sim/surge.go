package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

// surge is what the model server is asked beyond its usual load, and the limit that
// holds some of it back. What is over the limit is refused at the door and does no
// harm behind it; what is over the capacity makes everything slow.
type surge struct {
	factor float64 // on the usual requests; 0: none
	limit  float64 // requests a second that are let in; 0: all
	fault  *fault
	deaf   bool // it writes no lines
}

// perReplica is how many requests a second one replica answers.
const perReplica = 45

// asked is how many requests a second come.
func (p *Plant) asked() float64 {
	n := p.noisy("scores", 5, 60, 2)
	if f := p.serving.surge.factor; f > 0 {
		n *= f
	}
	return n
}

// admitted is how many of them are let in.
func (p *Plant) admitted() float64 {
	n := p.asked()
	if limit := p.serving.surge.limit; limit > 0 {
		n = min(n, limit)
	}
	return n
}

// strain is how far the server is over what it can answer at ease, 0 when it is not.
func (p *Plant) strain() float64 {
	return max(0, p.admitted()/(perReplica*p.ready())-0.92)
}

// stepSurge ends a surge that enough replicas answer for a while.
func (p *Plant) stepSurge() {
	s := &p.serving.surge
	if s.fault == nil {
		return
	}
	if s.limit == 0 && p.strain() == 0 && p.now.Sub(s.fault.Start) > 10*minute {
		p.end(s.fault, "capacity")
	} else if !s.fault.End.IsZero() && p.strain() > 0 {
		p.reopen(s.fault)
	}
}

// surges: an event of the business sends more requests than the replicas answer,
// sometimes more than the most replicas do.
func (p *Plant) surges() faultKind {
	s := &p.serving.surge
	return faultKind{cause: "traffic_surge", at: scorer, weight: 1, quiet: 0.2, shows: true, late: true,
		free: func() bool { return s.fault == nil && p.serving.fault == nil }, lasts: passes(50*minute, 40*minute),
		holds: func(f *fault) bool { return s.fault == f },
		begin: func(f *fault, rng *rand.Rand) {
			s.fault, s.deaf = f, f.Quiet
			s.factor = perReplica * float64(p.serving.replicas) / (5 + 60*load(p.now)) * (1.5 + 2.5*rng.Float64())
		},
		mend: func(string) { s.fault, s.factor, s.deaf = nil, 0, false },
	}
}

// limitServer lets so many requests a second in.
func limitServer(p *Plant, own pipewright.ResourceID, args map[string]string) (effect, error) {
	rate, err := strconv.ParseFloat(args["rate"], 64)
	if err != nil || !(rate >= 1) || math.IsInf(rate, 0) {
		return effect{}, refused("limit %s: rate %q is not a number of requests a second, 1 or more", p.names.of(own), args["rate"])
	}
	s := &p.serving.surge
	before := limitWord(s.limit)
	s.limit = rate
	p.setting(scorer, "rate_limit", limitWord(rate), pipewright.ChangeConfig, "pipewright")
	return effect{id: "limit-" + strconv.FormatInt(p.now.Unix(), 36), say: fmt.Sprintf("%s lets in %s, before %s", p.names.of(own), limitWord(rate), before),
		undo: map[string]string{"rate_limit": before}, detail: map[string]string{"before": before, "after": limitWord(rate)}}, nil
}

// freeServer takes the limit off.
func freeServer(p *Plant, own pipewright.ResourceID, _ map[string]string) (effect, error) {
	s := &p.serving.surge
	if s.limit == 0 {
		return effect{}, refused("release %s: no limit is in force", p.names.of(own))
	}
	before := limitWord(s.limit)
	s.limit = 0
	p.setting(scorer, "rate_limit", limitWord(0), pipewright.ChangeConfig, "pipewright")
	return effect{id: "free-" + strconv.FormatInt(p.now.Unix(), 36), say: fmt.Sprintf("%s lets everything in, before %s", p.names.of(own), before),
		undo: map[string]string{"rate_limit": before}, detail: map[string]string{"before": before, "after": limitWord(0)}}, nil
}

func limitWord(rate float64) string {
	if rate == 0 {
		return "everything"
	}
	return strconv.FormatFloat(rate, 'g', 4, 64) + " requests a second"
}
