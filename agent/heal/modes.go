package heal

import (
	"path"

	pipewright "github.com/pipewright/pipewright"
)

// splitBelief is the share of belief from which a fault class has a say in the
// mode: when the belief is split, the strictest mode wins.
const splitBelief = 0.10

// ModeRule sets a rung for what it matches. Empty fields match everything;
// Action is a glob over action kinds.
type ModeRule struct {
	Class  pipewright.FaultClass `yaml:"class"`
	Action string                `yaml:"action"`
	Env    string                `yaml:"env"`
	Risk   pipewright.Risk       `yaml:"risk"`
	Rung   pipewright.Rung       `yaml:"rung"`
}

// Modes are the rungs in force: the first rule that matches wins, and what no
// rule matches is asked about.
type Modes []ModeRule

// Check reports the first rule that is not valid.
func (m Modes) Check() error {
	for i, r := range m {
		if !r.Rung.Valid() {
			return pipewright.Errorf(pipewright.Invalid, "modes[%d].rung: %q is not observe, suggest, ask or auto", i, r.Rung)
		}
		if r.Class != "" && !r.Class.Valid() {
			return pipewright.Errorf(pipewright.Invalid, "modes[%d].class: %q is not a fault class", i, r.Class)
		}
		if _, err := path.Match(r.Action, ""); err != nil {
			return pipewright.Errorf(pipewright.Invalid, "modes[%d].action: %q is not a pattern", i, r.Action)
		}
	}
	return nil
}

// Rung is the rung for one fault class, action and environment.
func (m Modes) Rung(class pipewright.FaultClass, a pipewright.Action, env string) pipewright.Rung {
	for _, r := range m {
		if r.matches(class, a, env) {
			return r.Rung
		}
	}
	return pipewright.AskRung
}

func (r ModeRule) matches(class pipewright.FaultClass, a pipewright.Action, env string) bool {
	return (r.Class == "" || r.Class == class) && Scope{r.Risk, r.Action, r.Env}.matches(a, env)
}
