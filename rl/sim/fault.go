package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Fault is what is really wrong, for tests and trials only. Resource is where
// the cause sits, by its outside name. End is zero while it is live.
type Fault struct {
	Cause    string
	Resource pipewright.ResourceID
	Start    time.Time
	End      time.Time
	EndedBy  string
	Quiet    bool // its failures carry no message that names it
}

// fault is a live or past fault, keyed by its number.
type fault struct {
	Fault
	n int64
}

// faultKind is one way in which the shop can break.
type faultKind struct {
	cause  string
	at     pipewright.ResourceID
	weight float64
	quiet  float64           // share that says nothing of use
	holds  func(*fault) bool // whether this fault still sits in the mechanism
	late   bool              // joined the shop's faults after others: drawn apart, so that seeds keep their stories
	shows  bool              // breaks something visible within minutes, whatever the hour
	free   func() bool       // whether it can break now
	lasts  func(*rand.Rand) time.Duration
	begin  func(*fault, *rand.Rand)
	mend   func(by string) // what time, or a person, does about it
	by     string          // who mends it; empty: it passes
}

// Truth lists what was and is wrong, in order of start.
func (p *Plant) Truth() []Fault {
	out := make([]Fault, len(p.faults))
	for i, f := range p.faults {
		out[i] = f.Fault
		out[i].Resource = p.names.id(f.Resource)
	}
	return out
}

// scheduleFaults plans the old faults of the history and starts the arrivals.
func (p *Plant) scheduleFaults() {
	p.scheduleReleases()
	if p.opt.FaultEvery < 0 {
		return
	}
	p.scheduleOldFaults()
	if p.opt.Live {
		p.at(p.opt.Start.Add(-20*minute), func() { p.strikeFirst() })
	}
	p.nextFault(1, p.opt.Start)
}

// strikeFirst breaks what is live at the start.
func (p *Plant) strikeFirst() {
	if p.opt.First == "" {
		p.strike(-1, func(k faultKind) bool { return k.shows })
		return
	}
	wanted := func(k faultKind) bool { return k.cause == p.opt.First }
	if rng := p.dice("fault", -1); !p.strikeOne(-1, rng, true, wanted) {
		p.strikeOne(-1, rng, false, wanted)
	}
}

// Causes lists what can break, by name, each once.
func Causes() []string {
	var out []string
	for _, k := range New(Options{FaultEvery: -1, History: time.Hour}).faultKinds {
		if !slices.Contains(out, k.cause) {
			out = append(out, k.cause)
		}
	}
	slices.Sort(out)
	return out
}

// nextFault strikes the n-th fault after the one before: three tenths of the
// mean time at least, the rest exponential. Its time depends on nothing else
// that happens.
func (p *Plant) nextFault(n int64, last time.Time) {
	at := last.Add(scaled(p.opt.FaultEvery, 0.3) + expo(p.dice("arrival", n), scaled(p.opt.FaultEvery, 0.7)))
	p.at(at, func() {
		if p.broken() < mostBroken {
			p.strike(n, func(faultKind) bool { return true })
		}
		p.nextFault(n+1, at)
	})
}

// mostBroken is how many faults may be live at once: what strikes beyond it
// is not told apart by anybody.
const mostBroken = 4

func (p *Plant) broken() int {
	n := 0
	for _, f := range p.faults {
		if f.End.IsZero() {
			n++
		}
	}
	return n
}

// scheduleOldFaults spreads a few over the history, all over well before Start.
func (p *Plant) scheduleOldFaults() {
	room := p.opt.History - 18*time.Hour
	count := int64(room / (26 * time.Hour))
	for i := range count {
		rng := p.dice("old fault", i)
		at := p.origin.Add(8*time.Hour + scaled(room, (float64(i)+0.8*rng.Float64())/float64(count)))
		p.at(at, func() { p.strike(-100-i, func(faultKind) bool { return true }) })
	}
}

// strike breaks something that is not broken yet: kinds are tried in an order
// drawn by weight, so that what is free decides, not what was drawn before.
func (p *Plant) strike(n int64, want func(faultKind) bool) {
	rng := p.dice("fault", n)
	late := n > 0 && p.dice("late fault", n).Float64() < lateShare
	if !late || !p.strikeOne(n, rng, true, want) {
		p.strikeOne(n, rng, false, want)
	}
}

// lateShare is the share of faults that are of a late kind, where one is free.
const lateShare = 0.15

func (p *Plant) strikeOne(n int64, rng *rand.Rand, late bool, want func(faultKind) bool) bool {
	var kinds []faultKind
	for _, k := range p.faultKinds {
		if k.late == late {
			kinds = append(kinds, k)
		}
	}
	for len(kinds) > 0 {
		i := drawKind(rng, kinds)
		k := kinds[i]
		kinds = append(kinds[:i], kinds[i+1:]...)
		if want(k) && k.free() && !p.recent(k) {
			p.breakBy(k, n, rng)
			return true
		}
	}
	return false
}

// rest is how long a thing that was broken is not broken in the same way again.
const rest = 2 * time.Hour

func (p *Plant) recent(k faultKind) bool {
	for _, f := range p.faults {
		if f.Cause == k.cause && f.Resource == k.at && (f.End.IsZero() || p.now.Sub(f.End) < rest) {
			return true
		}
	}
	return false
}

func drawKind(rng *rand.Rand, kinds []faultKind) int {
	total := 0.0
	for _, k := range kinds {
		total += k.weight
	}
	x := rng.Float64() * total
	for i, k := range kinds {
		if x -= k.weight; x < 0 {
			return i
		}
	}
	return len(kinds) - 1
}

// breakBy makes a fault live and plans how it ends when nobody does anything.
func (p *Plant) breakBy(k faultKind, n int64, rng *rand.Rand) *fault {
	f := &fault{n: n, Fault: Fault{Cause: k.cause, Resource: k.at, Start: p.now}}
	f.Quiet = rng.Float64() < k.quiet
	p.faults = append(p.faults, f)
	lasts := k.lasts(rng)
	if n <= -100 { // in the history somebody looked after it soon
		lasts = between(rng, 25*minute, 80*minute)
	}
	k.begin(f, rng)
	p.after(lasts, func() {
		if k.holds(f) {
			p.end(f, k.by)
			k.mend(k.by)
		}
	})
	return f
}

// reopen makes a fault live again whose cure was taken back.
func (p *Plant) reopen(f *fault) { f.End, f.EndedBy = time.Time{}, "" }

// end closes a fault once.
func (p *Plant) end(f *fault, by string) {
	if f.End.IsZero() {
		f.End = p.now
		f.EndedBy = by
	}
}
