package gym

import "math/rand/v2"

// link is the way over the network to what the stage talks to.
type link struct {
	flaps   renewal // down while on
	stale   float64 // until when pooled connections are dead, though the link is up
	down    float64 // until when the other end does not listen
	ours    bool    // the other end can be started by us
	blocked bool    // a routing or firewall rule drops everything
	standby bool    // there is another way
	lags    bool    // and what answers there is behind
	moved   bool    // the other way is taken
}

func newLink(r *rand.Rand, p *numbers) link {
	return link{standby: coin(r, p[pStandby]), lags: coin(r, p[pStaleStandby]), ours: coin(r, p[pOwnEndpoint])}
}

func (l *link) trouble(now float64) trouble {
	switch {
	case l.moved:
		return fine
	case l.blocked:
		return timedOut
	case now < l.down:
		return refused
	case l.flaps.on(now):
		return timedOut
	case now < l.stale:
		return reset
	}
	return fine
}

// move takes the other way when there is one. What answers there may be behind,
// which a check downstream finds later.
func (l *link) move(s *scene) {
	if l.moved || !l.standby {
		return
	}
	l.moved = true
	if l.lags {
		s.doom(20, "what the standby answered was old")
	}
}

// reconnect drops pooled connections and starts the other end when it is ours.
func (l *link) reconnect(now float64) {
	l.stale = min(l.stale, now)
	if l.ours {
		l.down = min(l.down, now)
	}
}
