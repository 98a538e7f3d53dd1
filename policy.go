package pipewright

import "time"

// PolicyStage is how far a policy version has come.
type PolicyStage string

const (
	PolicyShadow PolicyStage = "shadow" // trained and compared; it decides nothing
	PolicyCanary PolicyStage = "canary" // it decides for one pipeline
	PolicyActive PolicyStage = "active" // it decides
	// PolicyBack is the version that was active before the one that is.
	PolicyBack PolicyStage = "rollback"
	// BreakerReset is no stage: a person closes the breaker that has everything asked about.
	BreakerReset PolicyStage = "reset"
)

// PolicyMove journals that a policy version came to a stage. The active pointer is
// the fold of the moves. None raises a rung: which policy is in force is no part of
// the ladder.
type PolicyMove struct {
	Version  string      `json:"version,omitempty"` // "sha256:..." of what its model has learned
	Stage    PolicyStage `json:"stage"`
	Pipeline ResourceID  `json:"pipeline,omitempty"` // canary: it decides there and downstream of it
	By       string      `json:"by,omitempty"`       // the person; empty: Pipewright
	At       time.Time   `json:"at"`
	// What the version learned from: the journal up to this event, and so many words
	// of feedback. From these it is rebuilt, bit by bit.
	Seq      int64 `json:"seq,omitempty"`
	Feedback int   `json:"feedback,omitempty"`
	Episodes int   `json:"episodes,omitempty"`
	// Prior is the hash of the fault catalogue in numbers that it began with: with another
	// one the same journal leads to another version.
	Prior string `json:"prior,omitempty"`
	// Settings are the learner's by name, of which the same is true; none: they were not
	// noted yet.
	Settings map[string]float64 `json:"settings,omitempty"`
	// The verdict of the off-policy evaluation at that time, and its reasons.
	Promote bool     `json:"promote,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
}

// Supposition is one thing that could have been different in a case: a kind of change
// that did or did not happen, or another action first.
type Supposition struct {
	Change   ChangeKind
	Happened bool
	Verb     Verb
	Target   ResourceID // of Verb; empty: wherever it is worth most
}
