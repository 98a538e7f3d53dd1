package pipewright

import "slices"

// FaultClass is the family a cause belongs to. The list is closed: modes,
// levels of autonomy and reports key on it.
type FaultClass string

// FaultClasses is the closed list, in the order reports use.
var FaultClasses = []FaultClass{
	"schema_drift", "data_quality", "transient_network", "persistent_network",
	"resource_exhaustion", "contention", "stuck", "crashed", "throttled",
	"credentials", "code_or_config", "upstream_late", "model_quality",
	"model_serving", "drift", "capacity", "requested", "unknown",
}

const (
	ClassRequested FaultClass = "requested" // a person asked for an action
	ClassUnknown   FaultClass = "unknown"
)

// Valid reports whether c is in the closed list.
func (c FaultClass) Valid() bool { return slices.Contains(FaultClasses, c) }

// Verb is what an action does, whatever the system. Learning pools over it.
type Verb string

// Verbs is the closed list.
var Verbs = []Verb{
	"retry", "backoff_retry", "restart", "scale_up", "scale_down", "throttle",
	"release", "reschedule", "remap", "rollback", "retrain", "promote", "canary",
	"fallback", "reroute", "refresh", "quarantine", "reload", "tune", "cancel",
	"pause", "resume", "silence", "open_change",
}

// BackoffRetry is the one verb that spans several tries of one action.
const BackoffRetry Verb = "backoff_retry"

// Valid reports whether v is in the closed list.
func (v Verb) Valid() bool { return slices.Contains(Verbs, v) }

// Risk is how bad a wrong action can be. Code decides it, never a model. The
// zero value is unknown and is treated as worse than R2.
type Risk string

const (
	R0 Risk = "R0" // harmless
	R1 Risk = "R1" // reversible
	R2 Risk = "R2" // touches data, or cannot be undone
)

// Rung is how far Pipewright may go alone for a (fault class, action kind,
// environment). The zero value is not a rung and permits nothing.
type Rung string

const (
	Observe Rung = "observe" // journal what it would do
	Suggest Rung = "suggest" // say it
	AskRung Rung = "ask"     // propose with buttons
	Auto    Rung = "auto"    // do it
)

var rungs = []Rung{Observe, Suggest, AskRung, Auto}

// Valid reports whether r is one of the four rungs.
func (r Rung) Valid() bool { return slices.Contains(rungs, r) }

// Stricter returns the rung that permits less. An invalid rung permits nothing
// and wins.
func (r Rung) Stricter(o Rung) Rung {
	if slices.Index(rungs, o) < slices.Index(rungs, r) {
		return o
	}
	return r
}

// Severity orders incidents for people.
type Severity string

const (
	SevInfo     Severity = "info"
	SevWarning  Severity = "warning"
	SevCritical Severity = "critical"
)

var severities = []Severity{SevInfo, SevWarning, SevCritical}

// Worse reports whether s is more severe than o.
func (s Severity) Worse(o Severity) bool {
	return slices.Index(severities, s) > slices.Index(severities, o)
}
