package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// dice is the random stream of one occasion of one concern: a pure function of
// the seed, the concern and the keys. Nothing else that happens can shift it.
func (p *Plant) dice(concern string, keys ...int64) *rand.Rand {
	h := p.opt.Seed ^ 0xcbf29ce484222325
	for i := range len(concern) { // FNV-1a
		h = (h ^ uint64(concern[i])) * 0x100000001b3
	}
	for _, k := range keys {
		h = mix(h ^ uint64(k))
	}
	return rand.New(rand.NewPCG(h, mix(h)))
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// expo draws an exponential time with the given mean.
func expo(r *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(r.ExpFloat64() * float64(mean)).Round(time.Second)
}

// between draws a time from low to high, in whole seconds.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return (low + time.Duration(r.Float64()*float64(high-low))).Round(time.Second)
}

// spread draws a factor around 1: log-normal with the given sigma.
func spread(r *rand.Rand, sigma float64) float64 { return math.Exp(sigma * r.NormFloat64()) }

func scaled(d time.Duration, by float64) time.Duration { return time.Duration(float64(d) * by) }

// load is how busy the business is, 1 on average: a curve over the day with its
// top at 14:00 UTC, and quieter weekends.
func load(t time.Time) float64 {
	hour := float64(t.Hour()) + float64(t.Minute())/60
	l := 1 + 0.35*math.Cos(2*math.Pi*(hour-14)/24)
	if day := t.Weekday(); day == time.Saturday || day == time.Sunday {
		l *= 0.8
	}
	return l
}
