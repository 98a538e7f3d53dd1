package gym

import "math/rand/v2"

// lock is what others do to the tables that the stage reads and writes.
type lock struct {
	held    float64 // until when a session holds a lock
	again   float64 // when the session's program takes it again; 0: it does not
	length  float64 // for how long then
	crosses renewal // another job writes the same rows in another order
	returns bool    // what is ended starts again
	writes  bool    // what is ended had work that nobody does again
}

func newLock(r *rand.Rand, p *numbers) lock {
	return lock{returns: coin(r, p[pBlockerReturns]), writes: coin(r, p[pBlockerWrites]), length: expo(r, p[lockMinutes])}
}

func (l *lock) trouble(now float64) trouble {
	switch {
	case now < l.held, l.again > 0 && now >= l.again && now < l.again+l.length:
		return lockWait
	case l.crosses.on(now):
		return deadlocked
	}
	return fine
}

// cancel ends the session that is in the way, if there is one.
func (l *lock) cancel(s *scene, r *rand.Rand) {
	if l.trouble(s.now) == fine {
		return
	}
	if l.writes {
		s.hurt("the work of the session that was ended is lost")
	}
	l.held, l.again, l.crosses.until = s.now, 0, s.now
	if l.returns {
		l.again = s.now + uniform(r, 1, 8)
	}
}
