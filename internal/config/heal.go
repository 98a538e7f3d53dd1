package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// Runbook is one's own rules by symptom and, after them, the built-in ones.
func (h Heal) Runbook() (catalogue.Runbook, []catalogue.Fault) {
	own, wrong := catalogue.NewRunbook(h.Rules)
	return append(own, catalogue.DefaultRunbook()...), wrong
}

func (c *Config) checkHeal(f *faults) {
	for i, m := range c.Heal.Modes {
		key := fmt.Sprintf("heal.modes[%d]", i)
		if !pipewright.Rung(m.Rung).Valid() {
			f.add(key+".rung", "%q is not observe, suggest, ask or auto", m.Rung)
		}
		if m.Class != "" && !pipewright.FaultClass(m.Class).Valid() {
			f.add(key+".class", "%q is not a fault class; they are %v", m.Class, pipewright.FaultClasses)
		}
		if _, err := path.Match(m.Action, ""); err != nil {
			f.add(key+".action", "%q is not a pattern such as airflow.*", m.Action)
		}
		if m.Risk != "" && !knownRisk(pipewright.Risk(m.Risk)) {
			f.add(key+".risk", "%q is not R0, R1 or R2", m.Risk)
		}
	}
	_, wrong := c.Heal.Runbook()
	for _, w := range wrong {
		f.add("heal.rules"+w.Key, "%s", w.Why)
	}
	c.checkEarning(f)
	checkShares(f, "heal.bars", c.Heal.Bars)
	checkShares(f, "heal.harm_bounds", c.Heal.HarmBounds)
	c.checkFreeze(f)
	c.checkPeople(f)
	c.checkPatience(f)
}

// checkEarning checks what decides and what it must have shown first.
func (c *Config) checkEarning(f *faults) {
	if p := c.Heal.Policy; p != "planner" && p != "runbook" && p != "" {
		f.add("heal.policy", "%q is not planner or runbook", p)
	}
	for _, risk := range []pipewright.Risk{pipewright.R0, pipewright.R1, pipewright.R2} {
		if n := c.Heal.VerifiedRuns[risk]; n < 0 || n > 1000 {
			f.add("heal.verified_runs."+string(risk), "is %d; give 0 to 1000", n)
		}
	}
	for risk := range c.Heal.VerifiedRuns {
		if !knownRisk(risk) {
			f.add("heal.verified_runs."+string(risk), "the risks are R0, R1 and R2")
		}
	}
	if n := c.Heal.BreakerFails; n < 0 || n > 5 {
		f.add("heal.breaker_fails", "is %d; give 1 to 5, of the last five plans, or leave it out for 3", n)
	}
}

func (c *Config) checkFreeze(f *faults) {
	for i, w := range c.Heal.Freeze {
		key := fmt.Sprintf("heal.freeze[%d]", i)
		if _, err := w.Begin(); err != nil {
			f.add(key+".start", "%s", err)
		}
		if _, err := w.Weekdays(); err != nil {
			f.add(key+".days", "%s", err)
		}
		if w.Name == "" {
			f.add(key+".name", "give it a name; refusals show it")
		}
		if w.Length <= 0 || w.Length > Duration(24*time.Hour) {
			f.add(key+".length", "must be longer than 0s and at most 24h")
		}
	}
}

// checkPatience refuses numbers that mean nothing. Zero is a meaning: a limit of
// zero lets nothing run alone.
func (c *Config) checkPatience(f *faults) {
	h := c.Heal
	for _, d := range []struct {
		key string
		is  Duration
	}{
		{"limits.cooldown", h.Limits.Cooldown}, {"debounce", h.Debounce}, {"soak", h.Soak}, {"pressure_window", h.PressureWindow}, {"approval_reminder", h.ApprovalReminder},
	} {
		if d.is < 0 {
			f.add("heal."+d.key, "must not be negative")
		}
	}
	for _, n := range []struct {
		key string
		is  int
	}{
		{"limits.per_hour", h.Limits.PerHour}, {"limits.at_once", h.Limits.AtOnce}, {"limits.max_radius", h.Limits.MaxRadius},
	} {
		if n.is < 0 {
			f.add("heal."+n.key, "must not be negative")
		}
	}
	if h.MaxAttempts < 1 {
		f.add("heal.max_attempts", "must be at least 1")
	}
}

func knownRisk(r pipewright.Risk) bool {
	return r == pipewright.R0 || r == pipewright.R1 || r == pipewright.R2
}

func checkShares(f *faults, key string, m map[pipewright.Risk]float64) {
	for _, r := range slices.Sorted(maps.Keys(m)) {
		if !knownRisk(r) {
			f.add(join(key, string(r)), "the risks are R0, R1 and R2")
		} else if v := m[r]; !(v >= 0 && v <= 1) {
			f.add(join(key, string(r)), "%v is not between 0 and 1", v)
		}
	}
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// Weekdays are the days of the window; none means every day.
func (w Freeze) Weekdays() ([]time.Weekday, error) {
	var out []time.Weekday
	for _, d := range w.Days {
		day, ok := weekdays[d]
		if !ok {
			return nil, pipewright.Errorf(pipewright.Invalid, "%q is not one of mon, tue, wed, thu, fri, sat, sun", d)
		}
		out = append(out, day)
	}
	return out, nil
}

// Begin is when the window starts, after local midnight.
func (w Freeze) Begin() (time.Duration, error) {
	t, err := time.Parse("15:04", w.Start)
	if err != nil {
		return 0, pipewright.Errorf(pipewright.Invalid, "%q is not a time of day such as 22:00", w.Start)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
