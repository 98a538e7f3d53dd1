package gym

import "math/rand/v2"

// access is what the stage logs in with.
type access struct {
	expired  bool // the credentials are past their time
	revoked  bool // the role itself is gone: no newer secret helps
	rotated  bool // the secret store holds newer ones
	shared   bool // others still use the old ones
	renews   bool // who asks for a new secret gets one that works
	failures int  // logins that failed
	limit    int  // failures that lock the account
	locked   float64
}

// lockout is how long a locked account stays so, in minutes.
const lockout = 60

func newAccess(r *rand.Rand, p *numbers) access {
	return access{renews: coin(r, p[pRenewable]), rotated: coin(r, p[pRotated]), shared: coin(r, p[pSharedSecret]), limit: 3 + int(expo(r, p[loginLimit]))}
}

func (a *access) trouble(now float64) trouble {
	if a.expired || a.revoked || now < a.locked {
		return denied
	}
	return fine
}

// login counts one try. Too many failures lock the account for everybody.
func (a *access) login(s *scene) {
	if a.trouble(s.now) == fine {
		return
	}
	if a.failures++; a.failures == a.limit {
		a.locked = s.now + lockout
		s.hurt("the account is locked")
	}
}

// refresh makes a new secret. Others that share the old one lose it.
func (a *access) refresh(s *scene) {
	if !a.renews {
		return
	}
	a.expired = false
	if a.shared {
		a.shared = false
		s.hurt("others used the secret that was replaced")
	}
}

// reread picks up what the secret store holds.
func (a *access) reread() {
	if a.rotated {
		a.expired = false
	}
}
