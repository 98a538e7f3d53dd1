package pipewright

import (
	"slices"
	"time"
)

// ApprovalState is the state of an approval. The zero value approves nothing.
type ApprovalState string

const (
	ApprovalPending ApprovalState = "pending"
	ApprovalGiven   ApprovalState = "approved"
	ApprovalDenied  ApprovalState = "denied"
	ApprovalExpired ApprovalState = "expired"
	ApprovalUsed    ApprovalState = "used"
)

// Approval asks people about one exact action, once, for a while.
type Approval struct {
	ID         string        `json:"id"` // ap-0001
	Incident   string        `json:"incident"`
	Action     Action        `json:"action"`
	ActionHash string        `json:"action_hash"`
	MayApprove []string      `json:"may_approve"` // names; "*" is anybody on this surface
	State      ApprovalState `json:"state"`
	AskedAt    time.Time     `json:"asked_at"`
	Expires    time.Time     `json:"expires"`
	By         string        `json:"by,omitempty"`
	At         time.Time     `json:"at,omitzero"`
	Reason     string        `json:"reason,omitempty"`
	// Needs is how many different people must approve before it runs: 0 and 1 are one.
	Needs int `json:"needs,omitempty"`
	// Given are the approvals so far, while more are needed.
	Given []Signature `json:"given,omitempty"`
	// Reminded is when people were told that it is about to expire.
	Reminded time.Time `json:"reminded,omitzero"`
}

// Signature is one person's approval where more than one is needed.
type Signature struct {
	By string    `json:"by"`           // the person
	As string    `json:"as,omitempty"` // the name under which they may, when it is a group's
	At time.Time `json:"at"`
}

// Signatures are the approvals so far, whether one or several are needed.
func (a Approval) Signatures() []Signature {
	if len(a.Given) == 0 && a.By != "" && (a.State == ApprovalGiven || a.State == ApprovalUsed) {
		return []Signature{{By: a.By, At: a.At}}
	}
	return a.Given
}

// Check reports whether who may settle the approval of exactly this action now.
// It returns nil or a Denied error with the reason.
func (a Approval) Check(actionHash, who string, now time.Time) error {
	switch {
	case a.State == ApprovalExpired && !a.At.Before(a.Expires), a.State == ApprovalPending && !now.Before(a.Expires):
		return Errorf(Denied, "%s expired at %s, and silence counts as a denial; ask for the action anew if it is still wanted", a.ID, a.Expires.UTC().Format(time.RFC3339))
	case a.State != ApprovalPending:
		return Errorf(Denied, "%s is already %s", a.ID, a.State)
	case actionHash != a.ActionHash:
		return Errorf(Denied, "%s was asked for other arguments; look at it again before approving", a.ID)
	case !slices.Contains(a.MayApprove, "*") && !slices.Contains(a.MayApprove, who):
		return Errorf(Denied, "%s may not approve %s", who, a.ID)
	}
	return nil
}

// RequestKind is what a person asks the loop to do from some surface.
type RequestKind string

const (
	RequestApprove RequestKind = "approve"
	RequestDeny    RequestKind = "deny"
	RequestAct     RequestKind = "act"    // propose an action on a resource
	RequestUndo    RequestKind = "undo"   // propose the inverse of an incident's last action
	RequestPause   RequestKind = "pause"  // no autonomous action on Resource (empty: anywhere) until Until
	RequestResume  RequestKind = "resume" // lift a pause
	// RequestFeedback says whether an incident's diagnosis was right: Reason is "right", "wrong",
	// or the name of the cause it really had. It moves no odds and no mode by itself.
	RequestFeedback RequestKind = "feedback"
	RequestMode     RequestKind = "mode" // put Mode in force, or back to the configuration's
	// RequestPolicy moves a policy version to a stage, as Policy says, or closes the breaker.
	RequestPolicy RequestKind = "policy"
)

// Request is a person's wish, written by any surface into the store and picked
// up by the loop that owns it. Surfaces can only propose: every check is made
// again by the loop.
type Request struct {
	ID         string      `json:"id"` // given by the store: rq-0001
	Kind       RequestKind `json:"kind"`
	Who        string      `json:"who"`              // the name by which they may, their own or a group's
	Person     string      `json:"person,omitempty"` // who it was, when Who is a group's name
	Surface    string      `json:"surface"`          // cli, chat, slack, console, mcp
	At         time.Time   `json:"at"`
	Incident   string      `json:"incident,omitempty"`
	Approval   string      `json:"approval,omitempty"`
	ActionHash string      `json:"action_hash,omitempty"` // what the person saw
	Action     *Action     `json:"action,omitempty"`
	Mode       *ModeChange `json:"mode,omitempty"`
	Policy     *PolicyMove `json:"policy,omitempty"`
	Resource   ResourceID  `json:"resource,omitempty"`
	Until      time.Time   `json:"until,omitzero"`
	Reason     string      `json:"reason,omitempty"`
	// Key, when it is set, makes the request idempotent: added again under the same
	// key, it is the request that was added first.
	Key string `json:"key,omitempty"`
	// Result is the loop's answer, empty while nobody has picked it up.
	Result string `json:"result,omitempty"`
	OK     bool   `json:"ok,omitempty"`
}

// By is the person behind the request.
func (r Request) By() string {
	if r.Person != "" {
		return r.Person
	}
	return r.Who
}

// Pause stops autonomous action on a resource and what is downstream of it, or
// everywhere: an empty Resource is the kill switch. A zero Until lasts until
// somebody resumes.
type Pause struct {
	Resource ResourceID `json:"resource,omitempty"`
	Until    time.Time  `json:"until,omitzero"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	Reason   string     `json:"reason,omitempty"`
}

// Holds reports whether the pause is in force at now.
func (p Pause) Holds(now time.Time) bool { return p.Until.IsZero() || now.Before(p.Until) }
