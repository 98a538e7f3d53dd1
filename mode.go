package pipewright

import (
	"path"
	"strings"
	"time"
)

// ModeChange is a person's word on how far Pipewright may go alone. It holds over
// the configuration until it is taken back; where several match, the strictest holds.
type ModeChange struct {
	Class  FaultClass `json:"fault_class,omitempty"` // empty: every one
	Action string     `json:"action,omitempty"`      // a pattern of action kinds; empty: every one
	Env    string     `json:"env,omitempty"`         // empty: every one
	Rung   Rung       `json:"rung,omitempty"`        // empty: back to the configuration's
	By     string     `json:"by"`
	At     time.Time  `json:"at"`
	Reason string     `json:"reason,omitempty"`
}

// ParseModeChange reads a change as people write it: "*" is every class, every action
// or every environment, and the rung "default" goes back to the configuration's.
func ParseModeChange(class, action, env, rung string) (ModeChange, error) {
	some := func(s string) string {
		if s == "*" {
			return ""
		}
		return s
	}
	c := ModeChange{Class: FaultClass(some(class)), Action: some(action), Env: some(env), Rung: Rung(rung)}
	if rung == "" {
		return c, Errorf(Invalid, "say how far it may go: observe, suggest, ask, auto, or default for what the configuration says")
	}
	if rung == "default" {
		c.Rung = ""
	}
	return c, c.Check()
}

// Check reports what is wrong with a change.
func (c ModeChange) Check() error {
	_, err := path.Match(c.Action, "")
	switch {
	case c.Class != "" && !c.Class.Valid():
		return Errorf(Invalid, "%.60q is not a fault class; they are %v", c.Class, FaultClasses)
	case err != nil:
		return Errorf(Invalid, "%.60q is not a pattern of actions such as glue.*", c.Action)
	case c.Rung != "" && !c.Rung.Valid():
		return Errorf(Invalid, "%.60q is not observe, suggest, ask, auto or default", c.Rung)
	case len(c.Env) > 60 || Visible(c.Env) != c.Env || strings.ContainsAny(c.Env, "\n\t"):
		return Errorf(Invalid, "%.60q is not an environment: at most 60 plain characters", c.Env)
	}
	return nil
}

// Scope says what the change is about; two changes of the same scope replace each other.
func (c ModeChange) Scope() string {
	say := "any action"
	if c.Action != "" {
		say = c.Action
	}
	if c.Class != "" {
		say += " on " + string(c.Class)
	}
	if c.Env != "" {
		say += " in " + c.Env
	}
	return say
}
