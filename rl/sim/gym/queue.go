package gym

import (
	"math"
	"math/rand/v2"
)

// queue is the warehouse's queue before its slots: an M/G/k queue by its load,
// in shares of what the slots can do.
type queue struct {
	usual float64 // load of everybody at an average hour
	own   float64 // part of it that is this pipeline's
	storm float64 // load of somebody's heavy queries
	until float64
	extra float64 // queries that were given up on but still run
	slots float64
	cut   float64 // share of our own load that is left
	frail bool    // others' loads time out when it gets longer
}

func newQueue(r *rand.Rand, p *numbers) queue {
	return queue{usual: uniform(r, .5, .72), own: p[ownShare], slots: 1, cut: 1, frail: coin(r, 2*p[pBrittle])}
}

// load is over 1 when the queue grows.
func (q *queue) load(s *scene) float64 {
	busy := q.usual * daily(s.hour())
	l := busy*(1-q.own) + busy*q.own*q.cut + q.extra
	if s.now < q.until {
		l += q.storm * (1 - q.own + q.own*q.cut)
	}
	return l / q.slots
}

// wait is the mean wait for a slot in minutes: Sakasegawa's approximation for
// M/M/k with 6 slots and 3 minutes a query (k(1-rho) in the denominator, rho to
// the power of sqrt(2(k+1))-1), and past .97 a queue that only grows.
func (q *queue) wait(s *scene) float64 {
	rho := q.load(s)
	if rho > .97 {
		return 30 + 60*(rho-.97)
	}
	return 3 * math.Pow(rho, math.Sqrt(14)-1) / (6 * (1 - rho))
}

func (q *queue) trouble(s *scene) trouble {
	if q.wait(s) > s.p[patience] {
		return queued
	}
	return fine
}

// add is one more query in the queue. When it is long already, others give up.
func (q *queue) add(s *scene) {
	q.extra += s.p[retryLoad]
	if q.load(s) > 1.25 && q.frail {
		q.frail = false
		s.hurt("other loads timed out behind the one that was added")
	}
}

// daily is how busy an hour of the day is against the mean, highest at 14:00.
func daily(hour float64) float64 { return 1 + .25*math.Cos(2*math.Pi*(hour-14)/24) }
