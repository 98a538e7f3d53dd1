package sim

import "time"

// cdc is the capture of changes from the source: it lags by seconds when all
// is well, by a minute more a minute while it is stuck or cut off.
type cdc struct {
	lag   float64 // seconds
	stuck *fault
	pause time.Time // a restart re-reads until then
}

func (p *Plant) stepCDC() {
	c := &p.cdc
	base := 2 + 4*p.dice("cdc", p.now.Unix()).Float64()*load(p.now)
	switch {
	case c.stuck != nil, p.db.down, p.now.Before(c.pause):
		c.lag += 60
	default:
		c.lag = max(base, c.lag-480)
	}
}

// needsRaw is the step that reads the captured changes of its slot.
func needsRaw(p *Plant, r *run) hitch {
	if p.cdc.lag < 20*60 {
		return hitch{}
	}
	return hitch{fail: &failure{code: missingInput, at: rawBucket}}
}

// needs is the step that reads what a DAG wrote for the same slot.
func needs(d *dag) func(*Plant, *run) hitch {
	return func(p *Plant, r *run) hitch {
		if !d.fresh.Before(r.slot.Truncate(d.every).Add(d.offset)) {
			return hitch{}
		}
		return hitch{fail: &failure{code: missingInput, at: d.id}}
	}
}
