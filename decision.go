package pipewright

import (
	"encoding/json"
	"time"
)

// Ruling is what a guard says. The zero value denies.
type Ruling int

const (
	Deny Ruling = iota
	Ask
	Allow
)

// String is the word used in JSON and on cards.
func (r Ruling) String() string {
	switch r {
	case Allow:
		return "allow"
	case Ask:
		return "ask"
	default:
		return "deny"
	}
}

// MarshalText writes the ruling's word.
func (r Ruling) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a ruling; an unknown word is a denial, not an error.
func (r *Ruling) UnmarshalText(b []byte) error {
	switch string(b) {
	case "allow":
		*r = Allow
	case "ask":
		*r = Ask
	default:
		*r = Deny
	}
	return nil
}

// Verdict is a ruling with the guard that made it and its reason. The zero
// verdict denies. A Deny with a Retry time may be decided again then.
type Verdict struct {
	Ruling Ruling    `json:"ruling"`
	By     string    `json:"by"`
	Why    string    `json:"why"`
	Retry  time.Time `json:"retry,omitzero"`
}

// Odds are the predicted chance of recovery of a plan with its 10 % and 90 %
// quantiles, computed from a posterior.
type Odds struct {
	Recovery float64 `json:"recovery"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Alternative is an action that was considered and not chosen.
type Alternative struct {
	Action Action `json:"action"`
	Odds   *Odds  `json:"odds,omitempty"`
	Why    string `json:"why"`
}

// Decision is what to try next and why, with everything needed to check it.
// Recovery, Low and High come from a posterior or are nil; they are never made up.
type Decision struct {
	Action       Action        `json:"-"` // journaled beside the decision
	Recovery     *float64      `json:"recovery"`
	Low          *float64      `json:"low"`
	High         *float64      `json:"high"`
	Harm         *float64      `json:"harm,omitempty"` // predicted chance of making it worse
	HarmHigh     *float64      `json:"harm_high,omitempty"`
	Policy       string        `json:"policy"`
	Propensity   float64       `json:"propensity"`
	Seed         uint64        `json:"seed"`
	Alternatives []Alternative `json:"alternatives,omitempty"`
	Reasons      []string      `json:"reasons,omitempty"`
	DryRun       string        `json:"dry_run,omitempty"` // the exact effect, before it happens
	Undo         string        `json:"undo,omitempty"`
	Expected     float64       `json:"expected_seconds,omitempty"`
	// Plan is what is to be tried in turn while nothing changes, Action first.
	Plan []Action `json:"plan,omitempty"`
	// Gate is what the policy itself says of its plan: auto (it passes the bar), ask or
	// escalate; "" when it leaves that to the guards.
	Gate string `json:"gate,omitempty"`
	// Paragraph says in plain words why: plan, causes, odds, evidence, runner-up, and what
	// would have been decided otherwise. Code writes it; each number follows from Record.
	Paragraph string `json:"paragraph,omitempty"`
	// Rerun is whether the action, where it runs again what failed, writes twice.
	Rerun *Rerun `json:"rerun,omitempty"`
	// Record is what is needed to make the decision again (rl.Record).
	Record json.RawMessage `json:"record,omitempty"`
}

// Verification is what was seen after an action. The zero value is not a
// verification; a read error is VerifyUnknown, never VerifyRecovered.
type Verification string

const (
	VerifyRecovered Verification = "recovered"
	VerifyUnchanged Verification = "unchanged"
	VerifyWorse     Verification = "worse"
	VerifyUnknown   Verification = "unknown"
	// VerifyPending means too early to say: look again later. It is never journaled
	// as a result.
	VerifyPending Verification = "pending"
)

// Outcome is what one action led to, with time, cost and harm kept apart.
type Outcome struct {
	Incident     string       `json:"incident"`
	Action       Action       `json:"action"`
	Cause        string       `json:"cause"` // top hypothesis when it was decided
	Class        FaultClass   `json:"fault_class"`
	Verification Verification `json:"verification"`
	Soaked       bool         `json:"soaked"`  // seen again after the soak
	Seconds      float64      `json:"seconds"` // from acting to the verification
	Cost         float64      `json:"cost"`    // money, in the units of the configuration
	Harm         bool         `json:"harm"`
	Auto         bool         `json:"auto"` // no person approved it
	At           time.Time    `json:"at"`
	Env          string       `json:"env,omitempty"`
	Predicted    float64      `json:"predicted,omitempty"` // chance that this action alone recovers it, when it was decided
	PlanLeft     int          `json:"plan_left,omitempty"` // actions of the same plan that were still to come
	// Planned is the chance that was predicted of what ended with this outcome: of the
	// whole plan that ran alone, of the one action that a person approved. 0: it goes on.
	Planned float64 `json:"planned,omitempty"`
	// Belief over causes when it was decided, for learning.
	Belief map[string]float64 `json:"belief,omitempty"`
	// Label is the cause that people say it really had, for learning. It is set from
	// their feedback when outcomes are read for that, and never stored.
	Label string `json:"label,omitempty"`
}
