package sim

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// link is the way over the network to a database. While it is faulty it goes up and
// down by itself: calls fail while it is down.
type link struct {
	to    pipewright.ResourceID
	down  bool
	fault *fault
	quiet bool // what fails on it says nothing of use
}

// connects is the step that needs a link.
func connects(l *link) func(*Plant, *run) hitch {
	return func(p *Plant, r *run) hitch {
		if !l.down {
			return hitch{}
		}
		return hitch{fail: &failure{code: unreachable, at: l.to, quiet: l.quiet}}
	}
}

// flap takes a link down, and up and down again until the fault ends.
func (p *Plant) flap(l *link, f *fault, down, up time.Duration) {
	rng := p.dice("flap", f.n)
	var toggle func()
	toggle = func() {
		if l.fault != f {
			return
		}
		l.down = !l.down
		mean := up
		if l.down {
			mean = down
		}
		p.after(20*time.Second+expo(rng, mean), toggle)
	}
	l.fault = f
	toggle()
}

func (l *link) restore() { l.fault, l.down, l.quiet = nil, false, false }
