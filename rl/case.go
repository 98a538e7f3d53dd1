package rl

// Case is what the agent knows of an incident when it must decide. It speaks in
// names, so that it can be journaled and posed again to any later model.
type Case struct {
	// Hypotheses are the diagnosis' belief over causes at places, which already
	// holds what the tried arms taught. None: the model believes by itself, from
	// Seen and Tried.
	Hypotheses []Hypothesis `json:"hypotheses,omitempty"`
	Seen       []Seen       `json:"seen,omitempty"` // features that are not part of the diagnosis' belief
	Context    Context      `json:"context,omitzero"`
	Candidates []Candidate  `json:"candidates"`
	// Advice is what a runbook says to do about such symptoms, in order. It counts for
	// faults that the catalogue does not hold.
	Advice []string `json:"advice,omitempty"`
	// Doubts are what has not recovered as predicted lately, in the order of the causes.
	Doubts  []Doubt `json:"doubts,omitempty"`
	Tried   []int   `json:"tried,omitempty"` // candidates pulled before, in order; each changed nothing
	Terms   Terms   `json:"terms,omitzero"`
	Probes  []Probe `json:"-"`                 // not part of the choice among arms
	Started string  `json:"started,omitempty"` // see Problem
	Rest    []int   `json:"rest,omitempty"`    // see Problem
	Left    int     `json:"left,omitempty"`
	Seed    uint64  `json:"seed"`
}

// Hypothesis is one cause at one place with its belief. A name that the model
// does not know is read as a spare cause.
type Hypothesis struct {
	Cause  string  `json:"cause"`
	Class  string  `json:"class"`
	Belief float64 `json:"belief"`
}

// Seen is one observed feature.
type Seen struct {
	Feature string `json:"feature"`
	Value   string `json:"value"`
}

// Candidate is one arm of a Case.
type Candidate struct {
	Verb   string `json:"verb"`
	Target string `json:"target,omitempty"` // for people and records
	Pull   Pull   `json:"pull"`             // Minutes 0: what the model has learned; Shift is filled in by the model
	// Aims are the hypotheses under which it is aimed right (indices); nil: all. The
	// right verb on the wrong thing never helps (level .02).
	Aims []int `json:"aims,omitempty"`
	// Failed is how often more of the same was tried in this incident and was too
	// little: each time counts against it as one run.
	Failed int `json:"failed,omitempty"`
}

// Context is where a case happened: what the residual pools over. An empty part
// is unknown and not pooled over.
type Context struct {
	Error     string `json:"error,omitempty"`     // error class
	Stage     string `json:"stage,omitempty"`     // kind of stage: glue:job
	Signature string `json:"signature,omitempty"` // what else it looked like, in few values
	Instance  string `json:"instance,omitempty"`  // the resource itself
	Tenant    string `json:"tenant,omitempty"`
}

// astray is the chance that a verb recovers what it is not aimed at: the level
// "never".
const astray = .02
