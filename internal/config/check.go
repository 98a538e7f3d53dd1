package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
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
	}
}

// faults collects sentences with their keys.
type faults []string

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, key+": "+fmt.Sprintf(format, args...))
}

// check lists everything that is wrong with the values.
func (c *Config) check() []string {
	var f faults
	if c.Store.Path == "" {
		f.add("store.path", "say in which file everything is kept")
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		f.add("zone", "%q is not a time zone such as Europe/Berlin", c.Zone)
	}
	if c.Poll < Duration(time.Second) {
		f.add("poll", "at least 1s, or the systems asked suffer")
	}
	c.checkSystems(&f)
	c.checkWorld(&f)
	c.checkHeal(&f)
	for i, r := range c.Redact {
		if _, err := regexp.Compile(r.Pattern); err != nil || r.Kind == "" {
			f.add(fmt.Sprintf("redact[%d]", i), "needs a kind and a valid pattern")
		}
	}
	return f
}

func (c *Config) checkSystems(f *faults) {
	seen := map[string]bool{}
	name := func(key, n string) {
		if n == "" || seen[n] {
			f.add(key+".name", "every system needs a name of its own")
		}
		seen[n] = true
	}
	for i, a := range c.Systems.Airflow {
		key := fmt.Sprintf("systems.airflow[%d]", i)
		name(key, a.Name)
		checkURL(f, key+".url", a.URL, "http", "https")
		if a.User == "" || !a.Password.Given() {
			f.add(key, "needs user and password (password: {file: ...} or {env: ...})")
		}
	}
	for i, p := range c.Systems.Postgres {
		key := fmt.Sprintf("systems.postgres[%d]", i)
		name(key, p.Name)
		checkURL(f, key+".url", p.URL, "postgres", "postgresql")
		if u, err := url.Parse(p.URL); err == nil && u.User != nil {
			if _, has := u.User.Password(); has {
				f.add(key+".url", "take the password out of the URL: password: {file: ...} or {env: ...}")
			}
		}
		if len(p.Schemas) == 0 {
			f.add(key+".schemas", "name the schemas to watch")
		}
	}
	for i, a := range c.Systems.AWS {
		key := fmt.Sprintf("systems.aws[%d]", i)
		name(key, a.Name)
		if a.Region == "" {
			f.add(key+".region", "say which region")
		}
		if a.Endpoint != "" {
			checkURL(f, key+".endpoint", a.Endpoint, "http", "https")
		}
		if a.AccessKey.Given() != a.SecretKey.Given() {
			f.add(key, "access_key and secret_key go together; without both the SDK's own chain is used")
		}
	}
	for i, p := range c.Systems.Plant {
		key := fmt.Sprintf("systems.plant[%d]", i)
		name(key, p.Name)
		checkURL(f, key+".url", p.URL, "http")
	}
	if len(seen) == 0 {
		f.add("systems", "name at least one system to watch")
	}
}

func checkURL(f *faults, key, raw string, schemes ...string) {
	u, err := url.Parse(raw)
	if err == nil {
		for _, s := range schemes {
			if u.Scheme == s && u.Host != "" {
				return
			}
		}
	}
	f.add(key, "%q is not a URL such as %s://host:port", redactURL(u, raw), schemes[0])
}

// redactURL shows a URL without its password, and nothing of what cannot be read.
func redactURL(u *url.URL, raw string) string {
	if u == nil {
		return fmt.Sprintf("(%d characters)", len(raw))
	}
	return u.Redacted()
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
	for i, w := range c.Heal.Freeze {
		key := fmt.Sprintf("heal.freeze[%d]", i)
		if _, err := w.Begin(); err != nil {
			f.add(key+".start", "%s", err)
		}
		if _, err := w.Weekdays(); err != nil {
			f.add(key+".days", "%s", err)
		}
		if w.Name == "" || w.Length <= 0 || w.Length > Duration(24*time.Hour) {
			f.add(key, "needs a name and a length of at most 24h")
		}
	}
	if len(c.Heal.MayApprove) == 0 {
		f.add("heal.may_approve", "name who may approve, or \"*\" for anybody who can reach this machine")
	}
	if c.Heal.ApprovalTTL <= 0 || c.Heal.Soak < 0 || c.Heal.Debounce < 0 || c.Heal.MaxAttempts < 1 {
		f.add("heal", "approval_ttl and max_attempts must be positive, soak and debounce not negative")
	}
}

func knownRisk(r pipewright.Risk) bool {
	return r == pipewright.R0 || r == pipewright.R1 || r == pipewright.R2
}

func checkShares(f *faults, key string, m map[pipewright.Risk]float64) {
	for _, r := range []pipewright.Risk{pipewright.R0, pipewright.R1, pipewright.R2} {
		if v, ok := m[r]; ok && (v < 0 || v > 1) {
			f.add(key+"."+string(r), "%v is not between 0 and 1", v)
		}
	}
	for r := range m {
		if !knownRisk(r) {
			f.add(key, "%q is not R0, R1 or R2", r)
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
