package gym

import "math/rand/v2"

// sessions are the connections that a database lets in, in shares of its limit.
type sessions struct {
	used float64
	leak float64 // part of them that nobody uses any more
	hit  bool    // others were refused because of us
}

func newSessions(r *rand.Rand, _ *numbers) sessions { return sessions{used: uniform(r, .4, .82)} }

func (n *sessions) trouble() trouble {
	if n.used > 1 {
		return tooManySessions
	}
	return fine
}

// more opens a share more of them. Over the limit others are refused.
func (n *sessions) more(s *scene, share float64) {
	n.used *= 1 + share
	if n.used > 1 && !n.hit && share > 0 {
		n.hit = true
		s.hurt("the new workers took the connections of others")
	}
}

// drop closes those that nobody uses.
func (n *sessions) drop() {
	n.used -= n.leak
	n.leak = 0
}
