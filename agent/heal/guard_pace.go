package heal

import (
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// guardKillSwitch: a pause of everything stops approved actions too.
func guardKillSwitch(c Case) pipewright.Verdict {
	for _, p := range c.Pauses {
		if p.Resource == "" && p.Holds(c.Now) {
			return denyUntil(retryAt(p, c.Now), "all action is paused by %s%s; `pipewright resume` lifts it", p.By, because(p.Reason))
		}
	}
	return allow()
}

// guardPause: a paused resource, or one downstream of it, is not acted on
// alone; a person may still approve.
func guardPause(c Case) pipewright.Verdict {
	for _, p := range c.Pauses {
		if p.Resource == "" || !p.Holds(c.Now) || c.Approved != nil {
			continue
		}
		if p.Resource == c.Action.Target || slices.Contains(c.Upstream, p.Resource) {
			return denyUntil(retryAt(p, c.Now), "healing of %s is paused by %s%s", p.Resource, p.By, because(p.Reason))
		}
	}
	return allow()
}

func retryAt(p pipewright.Pause, now time.Time) time.Time {
	if p.Until.IsZero() {
		return now.Add(time.Hour) // a resume wakes it earlier
	}
	return p.Until
}

// guardCooldown: two actions on one target keep their distance; the tries of
// one back-off are one action.
func (cfg Config) guardCooldown(c Case) pipewright.Verdict {
	for _, r := range c.Recent {
		if r.Action.Target != c.Action.Target || ofMacro(r, c) {
			continue
		}
		if end := r.At.Add(cfg.Limits.Cooldown); c.Now.Before(end) {
			return denyUntil(end, "%s was acted on at %s and cools down for %s", c.Action.Target, clock(r.At), cfg.Limits.Cooldown)
		}
	}
	return allow()
}

func ofMacro(r Reservation, c Case) bool {
	macro := c.Action.Kind.Verb() == pipewright.BackoffRetry || c.Action.Pressure()
	return r.Incident == c.Incident.ID && macro && r.Action.SameMacro(c.Action)
}

func (cfg Config) guardRate(c Case) pipewright.Verdict {
	hourAgo, n, oldest := c.Now.Add(-time.Hour), 0, c.Now
	for _, r := range c.Recent {
		if r.At.After(hourAgo) && r.Macro == "" {
			n++
			if r.At.Before(oldest) {
				oldest = r.At
			}
		}
	}
	if n >= cfg.Limits.PerHour && !goesOn(c.Incident, c.Action) {
		return denyUntil(oldest.Add(time.Hour), "%d actions ran in the last hour, the most permitted", n)
	}
	if c.Settling >= cfg.Limits.AtOnce {
		return denyUntil(c.Now.Add(time.Minute), "%d actions are settling, the most at once", c.Settling)
	}
	return allow()
}

func (cfg Config) guardMaintenance(c Case) pipewright.Verdict {
	for _, w := range cfg.Freeze {
		if end, in := w.Holds(c.Now); in && c.Approved == nil {
			return denyUntil(end, "no action alone during %s, until %s", w.Name, clock(end))
		}
	}
	return allow()
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }
