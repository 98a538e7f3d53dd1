package gym

import "math/rand/v2"

// changelog is the log of changes that the capture reads: how far it is
// behind, and until when the log keeps what was not read.
type changelog struct {
	stuck  bool
	poison bool    // a record that stops it each time
	purged float64 // when the log drops the place where it stands
	behind float64 // minutes of changes to catch up with, at minute 0
	keyed  bool    // rows that are read twice are told apart
	ready  float64 // when it has caught up
}

// pace is how many minutes of changes are read in one.
const pace = 25

func newChangelog(r *rand.Rand, p *numbers) changelog {
	return changelog{keyed: coin(r, p[pKeyed])}
}

func (c *changelog) trouble(now float64) trouble {
	switch {
	case c.stuck && now > c.purged:
		return logGone
	case c.stuck, now < c.ready:
		return lagging
	}
	return fine
}

// attach reads on from where it stood. It works while the log still holds that
// place and nothing there stops it again.
func (c *changelog) attach(now float64) {
	if !c.stuck || c.poison || now > c.purged {
		return
	}
	c.stuck = false
	c.ready = now + (c.behind+now)/pace
}

// skip passes over the record where it stands. If that is not what stopped it,
// a change is lost, which a comparison with the source finds later.
func (c *changelog) skip(s *scene) {
	if c.stuck && !c.poison {
		s.doom(50, "a change that was not at fault was skipped")
	}
	c.poison = false
	c.attach(s.now)
}

// reload copies everything anew. Rows without a key come twice.
func (c *changelog) reload(s *scene) {
	c.stuck, c.poison, c.ready = false, false, s.now
	if !c.keyed {
		s.hurt("rows without a key were loaded twice")
	}
}
