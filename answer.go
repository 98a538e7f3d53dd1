package pipewright

import "time"

// Intent is what a question is after.
type Intent string

// Intents is the closed list.
var Intents = []Intent{
	"diagnose", "status", "count", "metric", "failures", "changes", "explain",
	"alternatives", "what_if", "incident", "act", "approve", "deny", "undo",
	"pause", "resume", "policy", "help", "unknown",
}

// Question is what somebody asks on some surface.
type Question struct {
	Text    string         `json:"text"`
	Asker   string         `json:"asker"`
	Person  string         `json:"person,omitempty"` // who it is, when Asker is the name of a group that may approve
	Thread  string         `json:"thread"`           // conversation state is kept for each (Asker, Thread)
	Surface string         `json:"surface"`
	At      time.Time      `json:"at"`
	Zone    *time.Location `json:"-"` // the asker's zone; nil is UTC
	// ID names the message that asked, when the surface may hand it over twice. Requests
	// filed for it carry it in their Key, so that each is filed once.
	ID string `json:"id,omitempty"`
	// Template names a prompt template and Inputs are its inputs, when the question was
	// asked through one ("rca glue:job/orders_etl since=2h"); Text then says it in words.
	Template string            `json:"template,omitempty"`
	Inputs   map[string]string `json:"inputs,omitempty"`
	// Watch, when it is set, is told what is being done and found before the answer is
	// there. It is called from one goroutine at a time and must not block.
	Watch func(Progress) `json:"-"`
}

// Progress is one thing worth showing while an answer is on its way.
type Progress struct {
	Kind ProgressKind `json:"kind"`
	Text string       `json:"text"` // one line for people, redacted and grounded like the answer
}

// ProgressKind says what a Progress is about.
type ProgressKind string

const (
	ProgressStep  ProgressKind = "step"  // what is being done: "search_logs on glue:job/orders_etl"
	ProgressClaim ProgressKind = "claim" // a sentence of the answer that already holds against the evidence
)

// AnswerVerdict comes first on every answer.
type AnswerVerdict string

const (
	ActionSuggested AnswerVerdict = "action_suggested"
	ActionRequired  AnswerVerdict = "action_required"
	NoAction        AnswerVerdict = "no_action"
	InconclusiveV   AnswerVerdict = "inconclusive"
	Clarify         AnswerVerdict = "clarify"
	Unsupported     AnswerVerdict = "unsupported"
)

// ToolCall records one call of a read tool.
type ToolCall struct {
	Tool string         `json:"tool"`
	Args map[string]any `json:"args"`
	Hits int            `json:"hits"`
}

// Proposal is an action an answer proposes, with the ruling the guards would
// give it now. It runs only through the loop.
type Proposal struct {
	Action ActionKind        `json:"action"`
	Target ResourceID        `json:"target"`
	Args   map[string]string `json:"args"`
	Risk   Risk              `json:"risk"`
	Ruling Ruling            `json:"ruling"`
	Why    string            `json:"why"`
}

// Usage is what an answer cost.
type Usage struct {
	Calls   int     `json:"calls"`
	Tokens  int     `json:"tokens"`
	Seconds float64 `json:"seconds"`
	Cost    float64 `json:"cost,omitempty"` // dollars a model cost, by the configured prices
	// What the model's part of it was, and how it stands against the day (UTC).
	ModelCalls int     `json:"model_calls,omitempty"`
	CostToday  float64 `json:"cost_today,omitempty"` // dollars, by everybody, this answer included
	DailyCost  float64 `json:"daily_cost,omitempty"` // dollars; 0: no bound
}

// Answer is the reply to a Question.
type Answer struct {
	Question   string        `json:"question"`
	Intent     Intent        `json:"intent"`
	Window     Window        `json:"window"`
	Resources  []ResourceID  `json:"resources"`
	Planner    string        `json:"planner"`            // builtin or model
	Template   string        `json:"template,omitempty"` // the prompt template it was asked through: name@sha256:...
	ToolCalls  []ToolCall    `json:"tool_calls"`
	Verdict    AnswerVerdict `json:"verdict"`
	Answer     string        `json:"answer"`
	Confidence float64       `json:"confidence"`
	Hypotheses []Hypothesis  `json:"hypotheses"`
	Evidence   []Evidence    `json:"evidence"`
	RuledOut   []RuledOut    `json:"ruled_out"`
	Unknown    []string      `json:"unknown"`
	Proposals  []Proposal    `json:"proposals"`
	Choices    []string      `json:"choices"`
	Filed      []string      `json:"filed,omitempty"` // ids of the requests that this answer filed
	Charts     []Chart       `json:"charts,omitempty"`
	Usage      Usage         `json:"usage"`
}
