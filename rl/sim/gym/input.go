package gym

import "math/rand/v2"

// input is the data that the stage waits for.
type input struct {
	arrives float64 // never, when what makes it has stopped
	ours    bool    // what makes it can be started again by us
	guarded bool    // the stage checks that it is complete
}

func newInput(r *rand.Rand, p *numbers) input {
	return input{ours: coin(r, p[pOwnUpstream]), guarded: coin(r, p[pGuard])}
}

func (i *input) trouble(now float64) trouble {
	if now < i.arrives {
		return inputMissing
	}
	return fine
}

// read is a run that starts now. Without a check it takes what is there.
func (i *input) read(s *scene) {
	if s.now < i.arrives && !i.guarded {
		i.arrives = s.now
		s.doom(45, "a part of the data was loaded as if it were all")
	}
}

// push starts what makes the data again, when it is ours, and waits for it.
func (i *input) push(s *scene) {
	if i.ours && s.now < i.arrives {
		s.pass(min(12, i.arrives-s.now))
		i.arrives = min(i.arrives, s.now)
	}
}
