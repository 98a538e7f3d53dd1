package rl

import (
	"fmt"
	"time"
)

// Standing is where a cell stands on the ladder and what it would take to rise.
type Standing struct {
	Rung     Rung   `json:"rung"`
	Why      string `json:"why"`
	Runs     int    `json:"runs"` // verified since it was last demoted
	Held     int    `json:"held"` // of those, recovered
	Needed   int    `json:"needed"`
	Eligible bool   `json:"eligible"` // a person may promote it (R2)
}

// Pooled is what the posterior predicts, over all causes and places.
type Pooled struct {
	Recovery float64 `json:"recovery"`  // of the plan that begins with the action
	HarmHigh float64 `json:"harm_high"` // 90 % bound of the action's harm
}

// Stand is the rung of a cell. It answers ask with a reason unless everything
// speaks for auto.
func (l *Ladder) Stand(c Cell, risk string, pooled Pooled, now time.Time) Standing {
	var r record
	if known := l.cells[c]; known != nil {
		r = *known
	}
	var d suspicion
	if known := l.deeds[c.deed()]; known != nil {
		d = *known
	}
	base, known := l.needs.Runs[risk]
	s := Standing{Rung: Ask, Runs: r.runs, Held: r.held, Needed: base << min(d.harms, mostDouble)}
	if d.harms > 0 && base == 0 {
		s.Needed = 1 << min(d.harms, mostDouble)
	}
	bar, bound := l.needs.Bars[risk], l.needs.Caps[risk]
	switch {
	case !known:
		s.Why = fmt.Sprintf("the risk %q is not known", risk)
	case l.Against(c, now) != "":
		s.Why = l.Against(c, now)
	case s.Runs < s.Needed:
		s.Why = fmt.Sprintf("%d of %d verified runs", s.Runs, s.Needed)
	case !r.clean():
		s.Why = fmt.Sprintf("harm in the last %d runs", len(r.newest))
	case pooled.HarmHigh > bound:
		s.Why = fmt.Sprintf("harm of up to %.1f %% is predicted, over %.1f", 100*pooled.HarmHigh, 100*bound)
	case pooled.Recovery < bar:
		s.Why = fmt.Sprintf("%d of %d held, predicted %.2f, bar %.2f", s.Held, s.Runs, pooled.Recovery, bar)
	case risk == "R2" && !r.promoted:
		s.Eligible, s.Why = true, "it touches data: only a person promotes it"
	default:
		s.Rung, s.Why = Auto, fmt.Sprintf("%d of %d held, predicted %.2f, bar %.2f", s.Held, s.Runs, pooled.Recovery, bar)
	}
	return s
}

// Against is what stands against running a cell alone however good its record is, ""
// when nothing does: the breaker, a demotion that no person has looked at, harm done
// twice.
func (l *Ladder) Against(c Cell, now time.Time) string {
	d := l.deeds[c.deed()]
	switch {
	case l.tripped != "":
		return "everything is asked about: " + l.tripped
	case d != nil && d.standing != "":
		return d.standing + "; a person must re-approve it"
	case l.harmsSince(c.Action, now) >= 2:
		return fmt.Sprintf("%s made things worse twice within 30 days; a person must re-approve it", c.Action)
	}
	return ""
}

// Stricter is the lower of two standings. After a rollback, the standing is the
// stricter of those under both policies, so that a rollback never raises a rung.
func (s Standing) Stricter(o Standing) Standing {
	if s.Rung == Auto {
		return o
	}
	return s
}
