package config

import (
	"fmt"
	"maps"
	"net"
	"path"
	"regexp"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Defaults are strict and local: everything is asked, nothing listens beyond
// this machine.
func Defaults() Config {
	return Config{
		Store:  Store{Path: "pipewright.db"},
		Listen: "127.0.0.1:9464",
		Zone:   "UTC",
		Poll:   Duration(10 * time.Second),
		Heal: Heal{
			Limits:      Limits{Cooldown: Duration(10 * time.Minute), PerHour: 12, AtOnce: 3, MaxRadius: 10},
			ApprovalTTL: Duration(30 * time.Minute), Debounce: Duration(15 * time.Second), Soak: Duration(30 * time.Minute), MaxAttempts: 4,
		},
		LLM: LLM{MaxCalls: 8, MaxTokens: 60_000, Timeout: Duration(30 * time.Second)},
	}
}

// check lists everything that is wrong with the values.
func (c *Config) check() faults {
	var f faults
	if c.Store.Path == "" {
		f.add("store.path", "say in which file everything is kept")
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		f.add("listen", "%q is not an address such as 127.0.0.1:9464", c.Listen)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		f.add("zone", "%q is not a time zone such as Europe/Berlin", c.Zone)
	}
	if c.Poll <= 0 || c.Poll < Duration(time.Second) && !c.onlyPlants() {
		f.add("poll", "at least 1s, or the systems asked suffer")
	}
	c.checkSystems(&f)
	c.checkWorld(&f)
	c.checkHeal(&f)
	c.checkRedact(&f)
	c.checkMCP(&f)
	c.LLM.check(&f)
	c.Slack.check(&f, c.Heal.MayApprove)
	return f
}

// onlyPlants reports whether nothing real is watched: a simulated plant may be
// asked as often as anybody likes, its time runs faster too.
func (c *Config) onlyPlants() bool {
	s := c.Systems
	return len(s.Plant) > 0 && len(s.Airflow)+len(s.Postgres)+len(s.AWS) == 0
}

var secretKind = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

func (c *Config) checkRedact(f *faults) {
	for i, r := range c.Redact {
		key := fmt.Sprintf("redact[%d]", i)
		if !secretKind.MatchString(r.Kind) {
			f.add(key+".kind", "say what it is in at most 40 of a-z, 0-9 and _; the placeholder shows it")
		}
		if expr, err := regexp.Compile(r.Pattern); err != nil {
			f.add(key+".pattern", "is not a pattern that Go's regexp (RE2) reads")
		} else if expr.MatchString("") {
			f.add(key+".pattern", "matches the empty text, which is in every line")
		}
	}
}

func (c *Config) checkWorld(f *faults) {
	resource := func(key, id string) {
		if _, err := pipewright.ParseResourceID(id); err != nil {
			f.add(key, "%s", err)
		}
	}
	for i, e := range c.Lineage {
		resource(fmt.Sprintf("lineage[%d].up", i), e.Up)
		resource(fmt.Sprintf("lineage[%d].down", i), e.Down)
	}
	for i, l := range c.Labels {
		resource(fmt.Sprintf("labels[%d].resource", i), l.Resource)
	}
	for i, id := range c.Heal.Protected {
		resource(fmt.Sprintf("heal.protected[%d]", i), id)
	}
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
	checkShares(f, "heal.bars", c.Heal.Bars)
	checkShares(f, "heal.harm_bounds", c.Heal.HarmBounds)
	c.checkFreeze(f)
	if len(c.Heal.MayApprove) == 0 {
		f.add("heal.may_approve", "name who may approve, or \"*\" for anybody who can reach this machine")
	}
	c.checkPatience(f)
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
		{"limits.cooldown", h.Limits.Cooldown}, {"debounce", h.Debounce}, {"soak", h.Soak},
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
	if h.ApprovalTTL <= 0 {
		f.add("heal.approval_ttl", "must be longer than 0s, or every question is denied as it is asked")
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
