package heal

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
)

// Config is what the loop is permitted and how patient it is. The zero Config
// permits nothing.
type Config struct {
	Modes        Modes
	Policy       string                      // planner (the default) or runbook
	Rules        catalogue.Runbook           // by symptom: their word counts for faults that the catalogue lacks
	Bars         map[pipewright.Risk]float64 // predicted recovery needed to act alone; default 0.90
	HarmBounds   map[pipewright.Risk]float64 // upper bound on predicted harm; RL.md's h_class
	Runs         map[pipewright.Risk]int     // verified runs before auto is earned; default R0 0, R1 3
	BreakerFails int                         // of the last five plans that ran alone: then everything is asked; default 3
	Limits       Limits
	Protected    []pipewright.ResourceID
	Freeze       []Freeze
	MayApprove   []string                          // who may approve; empty: nobody
	MayPromote   []string                          // who may let what touches data run alone; empty: nobody
	TwoPeople    []Scope                           // what two different people must approve
	ApprovalTTL  time.Duration                     // silence for this long denies and escalates
	Expires      map[pipewright.Risk]time.Duration // the same, for one risk class
	Reminder     time.Duration                     // how long before that people are reminded; 0: never
	EscalateTo   []string                          // who is next when nobody answered in time
	Debounce     time.Duration                     // a symptom must last this long before it is diagnosed
	Soak         time.Duration                     // a recovery must last this long before it counts
	Window       time.Duration                     // a limit of back-pressure is watched for so long; default 3 min
	MaxAttempts  int                               // actions tried on one incident before a person is called
	Seed         uint64                            // of every random choice; journaled with each decision
}

// Defaults are strict: everything is asked.
func Defaults() Config {
	return Config{
		Limits:      Limits{Cooldown: 10 * time.Minute, PerHour: 12, AtOnce: 3, MaxRadius: 10},
		ApprovalTTL: 30 * time.Minute,
		Reminder:    5 * time.Minute,
		Debounce:    time.Minute,
		Soak:        30 * time.Minute,
		MaxAttempts: 4,
		Rules:       catalogue.DefaultRunbook(),
	}
}

const defaultBar = 0.90

// Bar is the predicted recovery that an action of this risk needs to run alone.
func (cfg Config) Bar(r pipewright.Risk) float64 {
	if bar, ok := cfg.Bars[r]; ok {
		return bar
	}
	return defaultBar
}

var defaultHarm = map[pipewright.Risk]float64{pipewright.R0: 0.04, pipewright.R1: 0.10, pipewright.R2: 0.03}

// HarmBound is the most predicted harm (90 % quantile) that an action of this
// risk may carry to run alone.
func (cfg Config) HarmBound(r pipewright.Risk) float64 {
	if h, ok := cfg.HarmBounds[r]; ok {
		return h
	}
	return defaultHarm[r] // unknown risk: 0, nothing passes
}

// expiry is how long an approval of an action of this risk may wait.
func (cfg Config) expiry(r pipewright.Risk) time.Duration {
	if d, ok := cfg.Expires[r]; ok {
		return d
	}
	return cfg.ApprovalTTL
}

// needs is how many different people must approve an action.
func (cfg Config) needs(a pipewright.Action, env string) int {
	for _, s := range cfg.TwoPeople {
		if s.matches(a, env) {
			return 2
		}
	}
	return 1
}

// Freeze is a weekly window in which nothing runs alone: from Start for Length,
// on Days (none: every day), in Zone.
type Freeze struct {
	Name   string
	Days   []time.Weekday
	Start  time.Duration // after local midnight
	Length time.Duration
	Zone   *time.Location
}

// Holds reports whether the window is in force at t, and until when.
func (f Freeze) Holds(t time.Time) (end time.Time, in bool) {
	zone := f.Zone
	if zone == nil {
		zone = time.UTC
	}
	local := t.In(zone)
	for back := range 2 { // a window that began yesterday may still hold
		day := local.AddDate(0, 0, -back)
		start := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone).Add(f.Start)
		if !f.on(start.Weekday()) {
			continue
		}
		if end := start.Add(f.Length); !t.Before(start) && t.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

func (f Freeze) on(d time.Weekday) bool {
	for _, day := range f.Days {
		if day == d {
			return true
		}
	}
	return len(f.Days) == 0
}
