package heal

import (
	"cmp"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl"
)

// Ladder is everything that rungs are made of: the configuration's rules, people's
// changes to them, and verified outcomes. It is pure, and all of it is journaled, so
// that a rung can be computed again. Which policy is in force is no part of it: going
// back to an older one raises no rung.
type Ladder struct {
	Rules    Modes
	Changes  []pipewright.ModeChange
	Outcomes []pipewright.Outcome
	// Evidence is what the outcomes have earned, as of Now; nil: the rules alone count.
	Evidence *rl.Ladder
	Now      time.Time
}

// Standing is a rung with where it comes from.
type Standing struct {
	Rung   pipewright.Rung
	Change *pipewright.ModeChange // nil: the configuration's
	Why    string                 // when evidence holds it below that
	Runs   int                    // verified, since it was last demoted
	Held   int                    // of those, recovered
}

// Promoted reports whether a person let exactly this run alone.
func (s Standing) Promoted() bool { return s.Change != nil && s.Rung == pipewright.Auto }

// Standing is the rung for one fault class, action and environment. What people said
// holds over the configuration; of several words that match, the strictest.
func (l Ladder) Standing(class pipewright.FaultClass, a pipewright.Action, env string) Standing {
	s := Standing{Rung: l.Rules.Rung(class, a, env)}
	for i, c := range l.Changes {
		if applies(c, class, a, env) && (s.Change == nil || c.Rung.Stricter(s.Rung) != s.Rung) {
			s = Standing{Rung: c.Rung, Change: &l.Changes[i]}
		}
	}
	return l.earned(s, rl.Cell{Class: string(class), Action: string(a.Kind), Env: env}, a.Risk)
}

// earned lowers auto to ask where the outcomes do not carry it. What the
// configuration says is a ceiling: runs must show it first. A person's word stands for
// the runs, but not against harm or the breaker.
func (l Ladder) earned(s Standing, cell rl.Cell, risk pipewright.Risk) Standing {
	if l.Evidence == nil {
		return s
	}
	e := l.Evidence.Stand(cell, string(risk), rl.Pooled{Recovery: 1}, l.Now) // the odds are the bar's to judge
	s.Runs, s.Held = e.Runs, e.Held
	if s.Rung != pipewright.Auto {
		return s
	}
	why := l.Evidence.Against(cell, l.Now)
	if why == "" && !s.Promoted() && e.Rung != rl.Auto && risk != pipewright.R2 {
		why = e.Why
	}
	if why != "" {
		s.Rung, s.Why = pipewright.AskRung, why
	}
	return s
}

// Facts are what outcomes and people's resets of the breaker say to the ladder, in
// the order of the journal. An approved run that held is a person's re-approval.
func Facts(outcomes []pipewright.Outcome, moves []pipewright.PolicyMove) (out []rl.Fact) {
	for _, o := range outcomes {
		for len(moves) > 0 && !moves[0].At.After(o.At) {
			out, moves = append(out, reset(moves[0])...), moves[1:]
		}
		out = append(out, factsOf(o)...)
	}
	for _, m := range moves {
		out = append(out, reset(m)...)
	}
	return out
}

func reset(m pipewright.PolicyMove) []rl.Fact {
	if m.Stage != pipewright.BreakerReset {
		return nil
	}
	return []rl.Fact{{At: m.At, Kind: rl.Reset, By: m.By}}
}

func factsOf(o pipewright.Outcome) (out []rl.Fact) {
	if !verified(o) || o.Class == pipewright.ClassRequested {
		return nil
	}
	f := rl.Fact{At: o.At, Kind: rl.Ran, Cell: cellOf(o), Risk: string(o.Action.Risk), Predicted: o.Predicted, Recovered: held(o), Harm: o.Harm, Alone: o.Auto}
	out = append(out, f)
	if held(o) && !o.Auto {
		out = append(out, rl.Fact{At: o.At, Kind: rl.Reapproved, Cell: f.Cell, By: "an approved run that held"})
	}
	if o.Auto && (held(o) || o.Harm || o.PlanLeft == 0) {
		out = append(out, rl.Fact{At: o.At, Kind: rl.PlanEnded, Cell: f.Cell, Recovered: held(o)})
	}
	return out
}

func cellOf(o pipewright.Outcome) rl.Cell {
	return rl.Cell{Class: string(o.Class), Action: string(o.Action.Kind), Env: cmp.Or(o.Env, pipewright.Resource{}.Env())}
}

// Needs is the evidence that the configuration asks for.
func (cfg Config) Needs() rl.Needs {
	n := rl.DefaultNeeds()
	n.Fails = cfg.BreakerFails
	for risk, runs := range cfg.Runs {
		n.Runs[string(risk)] = runs
	}
	return n
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
