package heal

import (
	"path"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Scope says which actions a rule is about. Empty fields match everything.
type Scope struct {
	Risk   pipewright.Risk
	Action string // a pattern of action kinds
	Env    string
}

// ParseScope reads a scope as the configuration spells it: a risk class or a pattern
// of action kinds, with @ and an environment where it is about one only: "R2",
// "postgres.*", "R1@prod".
func ParseScope(text string) (Scope, error) {
	what, env, in := strings.Cut(text, "@")
	s := Scope{Env: env}
	switch pipewright.Risk(what) {
	case pipewright.R0, pipewright.R1, pipewright.R2:
		s.Risk = pipewright.Risk(what)
	default:
		s.Action = what
	}
	_, err := path.Match(s.Action, "")
	if err != nil || what == "" || in && env == "" || s.Action != "" && s.Action != "*" && !strings.Contains(s.Action, ".") {
		return Scope{}, pipewright.Errorf(pipewright.Invalid, "%q is neither a risk such as R2, nor a pattern of actions such as postgres.*, nor one of them in an environment such as R1@prod", text)
	}
	return s, nil
}

func (s Scope) matches(a pipewright.Action, env string) bool {
	return (s.Risk == "" || s.Risk == a.Risk) && (s.Env == "" || s.Env == env) && matchesKind(s.Action, a.Kind)
}

// matchesKind reports whether a pattern, empty for every one, matches an action kind.
// A pattern that cannot be read matches nothing.
func matchesKind(pattern string, kind pipewright.ActionKind) bool {
	ok, err := path.Match(pattern, string(kind))
	return pattern == "" || err == nil && ok
}
