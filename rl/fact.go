package rl

import "time"

// Rung is what a person still has to say before an action runs. The words are
// those of the four rungs; a Ladder only ever says ask or auto, and the caller
// takes the stricter of that and its configured mode.
type Rung string

const (
	Ask  Rung = "ask"
	Auto Rung = "auto"
)

// Cell is what autonomy is earned for.
type Cell struct {
	Class  string `json:"class"`
	Action string `json:"action"` // action kind: glue.retry
	Env    string `json:"env,omitempty"`
}

// deed is a cell whatever the environment: harm in one is a warning in all.
type deed struct{ class, action string }

func (c Cell) deed() deed { return deed{c.Class, c.Action} }

// FactKind says what a Fact reports.
type FactKind string

const (
	Ran        FactKind = "ran"        // an action ran and its result was verified
	PlanEnded  FactKind = "plan_ended" // a plan that ran without a person ended
	Promoted   FactKind = "promoted"   // a person lets an R2 cell run alone
	Reapproved FactKind = "reapproved" // a person looked at what was demoted and lets it earn autonomy again
	Reset      FactKind = "reset"      // a person closed the breaker
	Changed    FactKind = "changed"    // a connector, an engine or the catalogue has a new version
)

// Fact is one journaled thing that autonomy depends on. Facts come in the
// journal's order; At is only used to see how old a harm is, so that clocks that
// differ cannot reorder them.
type Fact struct {
	At   time.Time `json:"at"`
	Kind FactKind  `json:"kind"`
	Cell Cell      `json:"cell,omitzero"` // Changed: an empty Action means every action
	Risk string    `json:"risk,omitempty"`
	By   string    `json:"by,omitempty"` // the person; without one, a promotion, re-approval or reset is void

	Predicted float64 `json:"predicted,omitempty"` // Ran: chance of recovery of this action when it was decided
	Recovered bool    `json:"recovered,omitempty"` // Ran, PlanEnded
	Harm      bool    `json:"harm,omitempty"`      // Ran
	Alone     bool    `json:"alone,omitempty"`     // Ran: no person approved it
}
