package pipewright

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// SignalKind says what a detector saw.
type SignalKind string

const (
	RunFailedSignal   SignalKind = "run_failed"
	RunOverdueSignal  SignalKind = "run_overdue"    // runs far longer than it should, or did not start when due
	ThresholdSignal   SignalKind = "threshold"      // a metric over its limit, with hysteresis
	AnomalySignal     SignalKind = "anomaly"        // a metric far from its own past
	SchemaDiffSignal  SignalKind = "schema_diff"    // columns differ between two snapshots
	HeartbeatSignal   SignalKind = "heartbeat_lost" // a resource that reported stopped reporting
	LogErrorSignal    SignalKind = "log_errors"     // error lines from something that has no runs
	RequestedByPerson SignalKind = "requested"
)

// Signal is one symptom: what a detector saw, where and when. Fingerprint is
// the same for the same symptom seen again, and never depends on free text.
type Signal struct {
	Kind        SignalKind `json:"kind"`
	Resource    ResourceID `json:"resource"`
	Metric      string     `json:"metric,omitempty"`
	Run         string     `json:"run,omitempty"`
	At          time.Time  `json:"at"` // when the symptom began, in the system's time
	Severity    Severity   `json:"severity"`
	Summary     string     `json:"summary"`         // one line for people
	Value       float64    `json:"value,omitempty"` // observed value, in the metric's unit
	Limit       float64    `json:"limit,omitempty"` // what it was compared with
	Fingerprint string     `json:"fingerprint"`
}

// Fingerprint derives the stable name of a symptom.
func Fingerprint(kind SignalKind, resource ResourceID, metric string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(kind), string(resource), metric}, "\x00")))
	return hex.EncodeToString(sum[:8])
}
