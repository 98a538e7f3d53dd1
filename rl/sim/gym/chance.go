package gym

import (
	"math"
	"math/rand/v2"
)

// stream is the random stream of one occasion of one concern: a pure function
// of the seed, the concern and the keys.
func stream(seed uint64, concern string, keys ...uint64) *rand.Rand {
	h := derive(seed, concern, keys...)
	return rand.New(rand.NewPCG(h, mix(h)))
}

// derive is a seed for a concern.
func derive(seed uint64, concern string, keys ...uint64) uint64 {
	h := seed ^ 0xcbf29ce484222325
	for i := range len(concern) { // FNV-1a
		h = (h ^ uint64(concern[i])) * 0x100000001b3
	}
	for _, k := range keys {
		h = mix(h ^ k)
	}
	return mix(h)
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func logit(p float64) float64    { return math.Log(p / (1 - p)) }
func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func coin(r *rand.Rand, p float64) bool               { return r.Float64() < p }
func uniform(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }
func expo(r *rand.Rand, mean float64) float64         { return mean * r.ExpFloat64() }

// about draws a factor around median: log-normal with the given sigma.
func about(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

// never is a time that no incident lives to see, in minutes.
const never = 1e9

// renewal is something that goes on and off by itself: on first, from minute 0.
type renewal struct {
	flips []float64 // when it changes, ascending
	until float64   // from then on it is off for good; 0: it never was on
}

// newRenewal draws phases of exponential length with these means until it ends.
func newRenewal(r *rand.Rand, on, off, until float64) renewal {
	n := renewal{until: until}
	for t, mean := 0.0, on; len(n.flips) < 48; mean = on + off - mean {
		t += .3 + expo(r, mean)
		if t >= until {
			break
		}
		n.flips = append(n.flips, t)
	}
	return n
}

// on reports whether it is on at a time.
func (n renewal) on(t float64) bool {
	if t >= n.until {
		return false
	}
	i := 0
	for i < len(n.flips) && n.flips[i] <= t {
		i++
	}
	return i%2 == 0
}
