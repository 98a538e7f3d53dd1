package gym

import "math/rand/v2"

// traffic is the load of requests against what the replicas can do.
type traffic struct {
	load  float64 // usual, in shares of what the replicas can do
	surge float64 // factor
	until float64
	room  float64 // what the replicas can do, against what they could
	kept  float64 // share of requests that are let in
	nodes bool    // there is room for more replicas
}

func newTraffic(r *rand.Rand, p *numbers) traffic {
	return traffic{load: uniform(r, .4, .7), surge: 1, room: 1, kept: 1, nodes: coin(r, p[pNodes])}
}

func (t *traffic) at(now float64) float64 {
	l := t.load * t.kept / t.room
	if now < t.until {
		l *= t.surge
	}
	return l
}

func (t *traffic) trouble(now float64) trouble {
	if t.at(now) > 1 {
		return slow
	}
	return fine
}

func (t *traffic) grow(by float64) {
	if t.nodes {
		t.room *= by
	}
}
