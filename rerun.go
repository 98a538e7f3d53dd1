package pipewright

// RerunVerdict says whether what failed may run again without writing twice. The
// zero value is unknown.
type RerunVerdict string

const (
	RerunUnknown RerunVerdict = "unknown" // nothing says what the failed run left behind
	RerunSafe    RerunVerdict = "safe"    // it left nothing, or a second run replaces it
	RerunUnsafe  RerunVerdict = "unsafe"  // it left rows that a second run would write again
)

// Rerun is the verdict on running something again, with what was read for it.
type Rerun struct {
	Verdict  RerunVerdict `json:"verdict"`
	Why      string       `json:"why"`
	Target   ResourceID   `json:"target,omitempty"`   // what would run again
	Run      string       `json:"run,omitempty"`      // the run that failed
	Evidence []Evidence   `json:"evidence,omitempty"` // r1, r2, ... in the order of the reasons
}

// IDs lists the evidence's ids.
func (r Rerun) IDs() []string {
	out := make([]string, len(r.Evidence))
	for i, e := range r.Evidence {
		out[i] = e.ID
	}
	return out
}
