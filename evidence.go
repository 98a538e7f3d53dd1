package pipewright

import "time"

// EvidenceKind says what an Evidence shows.
type EvidenceKind string

const (
	LogEvidence      EvidenceKind = "log"
	MetricEvidence   EvidenceKind = "metric"
	RunEvidence      EvidenceKind = "run"
	ChangeEvidence   EvidenceKind = "change"
	SchemaEvidence   EvidenceKind = "schema"
	TraceEvidence    EvidenceKind = "trace"
	IncidentEvidence EvidenceKind = "incident"
	RunbookEvidence  EvidenceKind = "runbook"
	OutsideEvidence  EvidenceKind = "outside" // the answer of an MCP server that is not ours
)

// Evidence is one thing that was read, with where, how and when, so that a
// person can read it again. For log evidence, Lines are record numbers within
// Source and Excerpt is exactly what
// `pipewright search --source SOURCE --lines a-b` prints.
type Evidence struct {
	ID      string       `json:"id"` // e1, e2, ... within one answer or diagnosis
	Source  ResourceID   `json:"source"`
	Kind    EvidenceKind `json:"kind"`
	Query   string       `json:"query"` // the exact query
	Start   time.Time    `json:"start"`
	End     time.Time    `json:"end"`
	Excerpt string       `json:"excerpt"`
	Lines   []int64      `json:"lines,omitempty"` // [first, last]
	Link    string       `json:"link,omitempty"`
}

// Hypothesis is one possible cause at one resource. Confidence is the belief
// that the learner computed, 0 to 1; it is never set by hand.
type Hypothesis struct {
	Cause      string     `json:"cause"`
	Class      FaultClass `json:"fault_class"`
	Resource   ResourceID `json:"resource"` // where the cause sits
	Confidence float64    `json:"confidence"`
	Evidence   []string   `json:"evidence"` // ids
	Summary    string     `json:"summary,omitempty"`
	Weights    []Weight   `json:"weights,omitempty"`
}

// Weight is one kind of observation with how many times likelier it is if this is the
// cause than if something else is: over 1 it speaks for the cause, under 1 against it.
type Weight struct {
	Say   string  `json:"say"` // a few words, with the id of its evidence
	Ratio float64 `json:"ratio"`
}

// RuledOut is a cause that was considered and why it does not hold.
type RuledOut struct {
	Cause string `json:"cause"`
	Why   string `json:"why"`
}

// Diagnosis is what is believed about an incident, most likely first.
type Diagnosis struct {
	At           time.Time    `json:"at"`
	Hypotheses   []Hypothesis `json:"hypotheses"`
	Evidence     []Evidence   `json:"evidence"`
	RuledOut     []RuledOut   `json:"ruled_out,omitempty"`
	Unknown      []string     `json:"unknown,omitempty"` // what would settle it, or what could not be read
	Inconclusive bool         `json:"inconclusive,omitempty"`
	Changes      []Change     `json:"changes,omitempty"` // since the last good run, upstream included
	Checked      []Checked    `json:"checked,omitempty"` // probes that were run because they could change the plan
}

// Top is the most likely hypothesis. ok is false when there is none or the
// diagnosis is inconclusive.
func (d Diagnosis) Top() (h Hypothesis, ok bool) {
	if len(d.Hypotheses) == 0 {
		return Hypothesis{Class: ClassUnknown}, false
	}
	return d.Hypotheses[0], !d.Inconclusive
}

// Classes returns the belief summed by fault class.
func (d Diagnosis) Classes() map[FaultClass]float64 {
	m := map[FaultClass]float64{}
	for _, h := range d.Hypotheses {
		m[h.Class] += h.Confidence
	}
	return m
}
