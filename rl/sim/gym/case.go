package gym

import (
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Case is what can be seen of an incident before anything is done about it.
type Case struct {
	N           int       // number of the incident, from 0
	At          time.Time // when it was noticed, UTC
	Night       bool      // 20:00 to 08:00, or a weekend: people answer later
	Resource    pipewright.ResourceID
	Stage       string                  // the resource's kind: glue:job
	Env         string                  // prod, staging
	Team        string                  // whose it is
	Criticality float64                 // what a minute costs, against others: 0.5 to 2
	Signals     []pipewright.SignalKind // sorted
	Metrics     []Deviation             // sorted by name
	Changes     []pipewright.Change     // of the last 24 hours, newest last, at the resource or where it reads from
	Logs        []string                // 0 to 5 records; empty without Options.Logs
	Others      []pipewright.ResourceID // what else is in trouble at the same time, sorted
	Verbs       []pipewright.Verb       // what can be done to this resource
	Probes      []string                // what can be asked of it
}

// Deviation is a metric far from its own past.
type Deviation struct {
	Metric string
	Is     string // high, low
}

// Status is how things look, or are.
type Status string

// The zero status is no status.
const (
	Recovered Status = "recovered"
	Unchanged Status = "unchanged"
	Worse     Status = "worse"
	Unknown   Status = "unknown" // only as a label: it was never looked at
)

// Answer is what a probe says.
type Answer struct {
	Says    string  // yes, no, unknown
	Seconds float64 // what it took
}

// Result is what an action, a wait or a soak looks like when it is over.
type Result struct {
	Seen    Status  // as verified, which is wrong now and then
	Minutes float64 // plant time it took
	Cost    float64 // money
}

// Reply is a person's answer to a proposal.
type Reply struct {
	Approved bool
	Minutes  float64
	Cost     float64
}

// Step is one action of a settled incident, or a wait (no verb).
type Step struct {
	Verb     pipewright.Verb
	Approved bool    // a person had approved it
	Seen     Status  // right after
	Label    Status  // after the soak: what to learn from
	Severity float64 // 1 to 2 when the label is worse
	Why      string  // what it made worse, for people
	Minutes  float64
	Cost     float64
}

// Outcome is what became of an incident. It settles when its cascade is over
// and at least two more incidents have begun.
type Outcome struct {
	Case      int
	Group     int // the first incident of its cascade, itself when it is alone
	Size      int // incidents in its cascade, which have one cause; each counts 1/Size
	Steps     []Step
	Return    float64
	Minutes   float64 // from noticed to healthy
	Cost      float64 // money
	Asks      int
	Escalated bool            // a person finished it
	ByItself  bool            // it was healthy again with no step that recovered it
	Fixed     pipewright.Verb // what the person did who finished it; empty: something that no verb stands for
}

// Auto reports whether it became healthy with no person having done it.
func (o Outcome) Auto() bool { return !o.Escalated }

// Harms counts the steps that made it worse, of those that no person approved
// or of all.
func (o Outcome) Harms(alone bool) int {
	n := 0
	for _, s := range o.Steps {
		if s.Label == Worse && !(alone && s.Approved) {
			n++
		}
	}
	return n
}
