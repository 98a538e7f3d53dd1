package gym

import "math/rand/v2"

// host is what the work runs on: a worker, a pod, a GPU.
type host struct {
	hung     bool
	bad      bool    // it hangs or crashes again on the same machine
	spare    bool    // another worker is free
	crashing float64 // until when pods crash
	poison   bool    // an input crashes it each time
	noGPU    bool    // the device is lost
	onCPU    bool
	cpuHolds bool // without the device it is fast enough
	standIn  bool // something simpler answers instead of what crashes
	other    bool // another machine is free, also one with a GPU
}

func newHost(r *rand.Rand, p *numbers) host {
	return host{spare: coin(r, p[pSpare]), other: coin(r, p[pNewNode]), cpuHolds: coin(r, .8)}
}

func (h *host) trouble(now float64) trouble {
	switch {
	case h.hung:
		return hung
	case (now < h.crashing || h.poison) && !h.standIn:
		return crashed
	case h.noGPU && !(h.onCPU && h.cpuHolds):
		return deviceLost
	}
	return fine
}

// dead reports whether nothing reports progress.
func (h *host) dead(now float64) bool { return h.hung || now < h.crashing || h.poison }

// restart starts the process again on the same machine, or by chance on
// another one.
func (h *host) restart(now float64, r *rand.Rand) {
	if h.bad && h.other && coin(r, .25) {
		h.move(now)
	}
	if !h.bad {
		h.hung = false
		h.crashing = min(h.crashing, now)
	}
}

// move goes to another machine, when one is free.
func (h *host) move(now float64) {
	if !h.other {
		return
	}
	h.hung, h.bad, h.noGPU = false, false, false
	h.crashing = min(h.crashing, now)
}
