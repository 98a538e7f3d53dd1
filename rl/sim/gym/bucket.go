package gym

import "math/rand/v2"

// bucket is the token bucket of an interface that the stage calls, and what
// our own settings let it use.
type bucket struct {
	tokens float64 // at time at
	at     float64
	size   float64
	rate   float64 // a minute
	others float64 // what others take a minute
	until  float64 // when they stop
	quota  float64 // share of the rate that the settings leave
	cap    float64 // share that a throttle of ours leaves; 1: there is none
	wants  float64 // tokens for one run
	cut    float64 // share of them after we ask for less
	drains int
	frail  bool // others fail when we drain it
}

func newBucket(r *rand.Rand, p *numbers) bucket {
	size := uniform(r, 60, 140)
	return bucket{tokens: size, size: size, rate: p[refill] * size / 12, quota: 1, cap: 1, cut: 1,
		wants: size * uniform(r, .3, .6), frail: coin(r, p[pBrittle])}
}

// level is how many tokens there are: they come at the rate and others take
// theirs.
func (b *bucket) level(now float64) float64 {
	busy := max(min(now, b.until)-b.at, 0)
	free := max(now-b.at, 0) - busy
	l := min(max(b.tokens+(b.rate*b.quota-b.others)*busy, 0), b.size*b.quota)
	return min(l+b.rate*b.quota*free, b.size*b.quota)
}

func (b *bucket) trouble(now float64) trouble {
	switch {
	case b.cap < 1:
		return slowedDown
	case b.level(now) < b.wants*b.cut:
		return rateLimited
	}
	return fine
}

// draw takes what one run takes. Draining it again and again starves others.
func (b *bucket) draw(s *scene) {
	short := b.level(s.now) < b.wants*b.cut
	left := b.level(s.now) - b.wants*b.cut
	if short { // calls go through until they are refused
		left = b.level(s.now) / 2
	}
	b.tokens, b.at = max(left, 0), s.now
	if !short {
		return
	}
	if b.drains++; b.drains == 2 && b.frail {
		s.hurt("others that call the same interface were starved")
	}
}
