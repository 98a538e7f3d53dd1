package config

import (
	"fmt"
	"net"
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
			ApprovalTTL: Duration(30 * time.Minute), ApprovalReminder: Duration(5 * time.Minute), Debounce: Duration(15 * time.Second), Soak: Duration(30 * time.Minute), PressureWindow: Duration(3 * time.Minute), MaxAttempts: 4,
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
	c.checkStore(&f)
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

func (c *Config) checkStore(f *faults) {
	if c.Store.Keep != 0 && c.Store.Keep < Duration(48*time.Hour) {
		f.add("store.keep", "at least 48h: detection and answers need a day to compare with")
	}
	if c.Store.KeepBytes < 0 {
		f.add("store.keep_bytes", "must not be negative")
	}
	if c.Store.Remote() {
		checkURL(f, "store.path", c.Store.Path, "postgres", "postgresql")
		return
	}
	if c.Store.Password.Given() {
		f.add("store.password", "a file needs none: leave it out, or give a postgres:// URL as the path")
	}
	if c.Store.Anchor != "" {
		f.add("store.anchor", "a file has its anchor beside it: leave it out, or give a postgres:// URL as the path")
	}
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
