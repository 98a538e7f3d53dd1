package gym

import "math/rand/v2"

// features is the store that models read from, and its cache.
type features struct {
	slow    float64 // until when its backend is slow
	bound   bool    // because it has too little room for the load
	wedged  bool    // because of the process itself
	stale   bool    // the cache holds old values
	held    bool    // because what it is filled from is old
	good    bool    // the cache is young enough to answer alone
	onCache bool
	cold    float64 // until when the cache is empty
}

// warmUp is how long a cache takes to fill, in minutes.
const warmUp = 4

func newFeatures(r *rand.Rand, p *numbers) features {
	return features{good: coin(r, p[pCacheGood]), bound: coin(r, p[pLoadBound]), wedged: coin(r, p[pWedged])}
}

func (f *features) trouble(now float64) trouble {
	switch {
	case f.stale:
		return stale
	case f.onCache && f.good:
		return fine
	case now < f.slow, now < f.cold:
		return slow
	}
	return fine
}

// restart empties the cache; it fills again in some minutes.
func (f *features) restart(now float64) {
	f.stale, f.good = f.held, false
	f.cold = now + warmUp
	if f.wedged {
		f.slow = min(f.slow, now)
	}
}

func (f *features) grow(now float64) {
	if f.bound {
		f.slow = min(f.slow, now)
	}
}
