package heal

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/detect"
	"github.com/pipewright/pipewright/tools"
)

// Case is everything a guard may look at about one action, read just before
// the verdict. Guards are pure: they take a case and return a verdict.
type Case struct {
	Now      time.Time
	Incident pipewright.Incident
	Action   pipewright.Action
	Decision pipewright.Decision
	Actuator *tools.Actuator         // nil: nobody knows how to do this
	Target   *pipewright.Resource    // nil: Pipewright never observed it
	Touches  []pipewright.ResourceID // blast radius, the target first
	Rung     pipewright.Rung
	Unearned string                  // why evidence holds the rung below what the rules permit
	Promoted bool                    // a person let exactly this run alone
	Upstream []pipewright.ResourceID // of the target: a pause there holds here too
	Pauses   []pipewright.Pause
	Recent   []Reservation // the last hour's, and older ones within the cooldown
	Settling int           // actions reserved and not yet settled
	Still    detect.Status // of the symptom, read just now
	Record   string        // "9 of 10 held, ": what this action has shown here, "" when nothing
	Unproved string        // why the odds cannot be relied on yet, "" when they can
	Advised  bool          // the runbook says to do so for such symptoms
	Harmed   bool          // (class, kind) did harm before and nobody has cleared it
	Plan     tools.Plan
	Rerun    *pipewright.Rerun    // whether it writes twice, read just now; nil: it runs nothing again
	Approved *pipewright.Approval // a person's approval of exactly this action
}

// rung fills in how far an action may go, by its incident's classes: this one, or the
// one that it is a further step of.
func (c *Case) rung(l Ladder, a pipewright.Action, env string) {
	s := l.Strictest(c.Incident, a, env)
	c.Rung, c.Promoted, c.Unearned = s.Rung, s.Promoted(), s.Why
	if s.Runs > 0 {
		c.Record = fmt.Sprintf("%d of %d held, ", s.Held, s.Runs)
	}
	c.Harmed = l.Harmed(c.Incident.Class, a.Kind)
}

// Guard is one reason why an action may not run, or must be asked first.
type Guard struct {
	Name  string
	Check func(Case) pipewright.Verdict
}

// Guards judge a case together: the strictest verdict wins, and among equals
// the first. No guard at all denies.
type Guards []Guard

// Judge returns the strictest verdict. An Ask that a valid approval answers
// becomes an Allow. A guard that panics or returns no guard name denies.
func (gs Guards) Judge(c Case) pipewright.Verdict {
	if len(gs) == 0 {
		return pipewright.Verdict{By: "guards", Why: "no guard is configured, so nothing may run"}
	}
	worst := pipewright.Verdict{Ruling: pipewright.Allow, By: "guards", Why: "every guard agreed"}
	for _, g := range gs {
		v := g.judge(c)
		if v.Ruling == pipewright.Ask && c.Approved != nil {
			v = pipewright.Verdict{Ruling: pipewright.Allow, By: "approval", Why: fmt.Sprintf("approved by %s (%s)", signers(c.Approved.Signatures()), c.Approved.ID)}
			if worst.By == "guards" {
				worst = v
			}
		}
		if v.Ruling < worst.Ruling {
			worst = v
		}
	}
	return worst
}

func (g Guard) judge(c Case) (v pipewright.Verdict) {
	defer func() {
		if r := recover(); r != nil {
			v = pipewright.Verdict{By: g.Name, Why: fmt.Sprintf("the guard failed (%v), so it denies", r)}
		}
	}()
	v = g.Check(c)
	v.By = g.Name
	return v
}

func allow() pipewright.Verdict { return pipewright.Verdict{Ruling: pipewright.Allow} }

func ask(format string, args ...any) pipewright.Verdict {
	return pipewright.Verdict{Ruling: pipewright.Ask, Why: fmt.Sprintf(format, args...)}
}

func deny(format string, args ...any) pipewright.Verdict {
	return pipewright.Verdict{Ruling: pipewright.Deny, Why: fmt.Sprintf(format, args...)}
}

func denyUntil(t time.Time, format string, args ...any) pipewright.Verdict {
	v := deny(format, args...)
	v.Retry = t
	return v
}

// Standard returns the guards in the order their reasons are given.
func Standard(cfg Config) Guards {
	return Guards{
		{"known", guardKnown},
		{"kill_switch", guardKillSwitch},
		{"protected", cfg.guardProtected},
		{"still_true", guardStillTrue},
		{"pause", guardPause},
		{"precondition", guardPrecondition},
		{"mode", guardMode},
		{"blast_radius", cfg.guardRadius},
		{"cooldown", cfg.guardCooldown},
		{"rate", cfg.guardRate},
		{"maintenance", cfg.guardMaintenance},
		{"diagnosis", guardDiagnosis},
		{"risk", guardRisk},
		{"harm", guardHarm},
		{"rerun", cfg.guardRerun},
		{"people", cfg.guardPeople},
		{"track", guardTrack},
		{"bar", cfg.guardBar},
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}
