package gym

import "math/rand/v2"

// release is the version of the code and the settings that the stage runs with.
type release struct {
	bug      bool
	some     bool // it fails on some rows only, which can be set aside
	aside    bool
	setting  bool // a setting is wrong
	previous bool // the version before is kept
	fits     bool // and works with what else has changed since
	back     bool // it was taken back
}

func newRelease(r *rand.Rand, p *numbers) release {
	return release{some: coin(r, p[pSomeRows]), previous: coin(r, p[pPrevious]), fits: coin(r, p[pCompatible])}
}

func (v *release) trouble() trouble {
	switch {
	case v.bug && !(v.some && v.aside):
		return codeError
	case v.setting:
		return configError
	}
	return fine
}

// rollback goes back to the version before. When it does not fit what has
// changed since, things get worse.
func (v *release) rollback(s *scene) {
	if !v.previous || v.back {
		return
	}
	v.back = true
	if !v.fits {
		s.hurt("the version before does not work with what has changed since")
		return
	}
	v.bug, v.setting = false, false
}
