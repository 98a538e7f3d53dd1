package heal

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Ladder is everything that rungs are made of: the configuration's rules, people's
// changes to them, and verified outcomes. It is pure, and all of it is journaled, so
// that a rung can be computed again. Which policy is in force is no part of it: going
// back to an older one raises no rung.
type Ladder struct {
	Rules    Modes
	Changes  []pipewright.ModeChange
	Outcomes []pipewright.Outcome
}

// Standing is a rung with where it comes from.
type Standing struct {
	Rung   pipewright.Rung
	Change *pipewright.ModeChange // nil: the configuration's
}

// Promoted reports whether a person let exactly this run alone.
func (s Standing) Promoted() bool { return s.Change != nil && s.Rung == pipewright.Auto }

// Standing is the rung for one fault class, action and environment. What people said
// holds over the configuration; of several words that match, the strictest.
func (l Ladder) Standing(class pipewright.FaultClass, a pipewright.Action, env string) Standing {
	s := Standing{Rung: l.Rules.Rung(class, a, env)}
	for i, c := range l.Changes {
		if applies(c, class, a, env) && (s.Change == nil || c.Rung.Stricter(s.Rung) != s.Rung) {
			s = Standing{c.Rung, &l.Changes[i]}
		}
	}
	return s
}

// applies reports whether a change is about an action. Only its own class and name
// raise what touches data to auto, never a pattern.
func applies(c pipewright.ModeChange, class pipewright.FaultClass, a pipewright.Action, env string) bool {
	if c.Rung == pipewright.Auto && a.Risk != pipewright.R0 && a.Risk != pipewright.R1 && (c.Class != class || c.Action != string(a.Kind)) {
		return false
	}
	return (c.Class == "" || c.Class == class) && (c.Env == "" || c.Env == env) && matchesKind(c.Action, a.Kind)
}

// Strictest is the standing under a split belief: the strictest among the incident's
// own class and the classes that hold splitBelief or more.
func (l Ladder) Strictest(inc pipewright.Incident, a pipewright.Action, env string) Standing {
	s := l.Standing(inc.Class, a, env)
	if inc.Diagnosis == nil {
		return s
	}
	held := inc.Diagnosis.Classes()
	for _, class := range pipewright.FaultClasses { // a fixed order, not the map's
		if held[class] < splitBelief {
			continue
		}
		o := l.Standing(class, a, env)
		if o.Rung.Stricter(s.Rung) != s.Rung || o.Rung == s.Rung && !o.Promoted() {
			s = o
		}
	}
	return s
}

// Harmed reports standing harm: the action made things worse for this class, and no
// person has had it done again since with a recovery that held.
func (l Ladder) Harmed(class pipewright.FaultClass, kind pipewright.ActionKind) bool {
	harmed := false
	for _, o := range l.Outcomes {
		switch {
		case o.Class != class || o.Action.Kind != kind:
		case o.Harm:
			harmed = true
		case held(o) && !o.Auto:
			harmed = false
		}
	}
	return harmed
}

// held reports whether an action brought a recovery that was still there after the soak.
func held(o pipewright.Outcome) bool {
	return o.Verification == pipewright.VerifyRecovered && o.Soaked && !o.Harm
}

// Held counts the recoveries that an action brought for a class and that lasted.
func (l Ladder) Held(class pipewright.FaultClass, kind pipewright.ActionKind) (n int) {
	for _, o := range l.Outcomes {
		if o.Class == class && o.Action.Kind == kind && held(o) {
			n++
		}
	}
	return n
}

// harmedClass is a class for which a kind stands harmed, of those that a change is
// about; empty when there is none.
func (l Ladder) harmedClass(c pipewright.ModeChange, kind pipewright.ActionKind) pipewright.FaultClass {
	i := slices.IndexFunc(pipewright.FaultClasses, func(class pipewright.FaultClass) bool {
		return (c.Class == "" || c.Class == class) && l.Harmed(class, kind)
	})
	if i < 0 {
		return ""
	}
	return pipewright.FaultClasses[i]
}
