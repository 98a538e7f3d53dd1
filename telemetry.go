package pipewright

import "time"

// Level is the severity of a log line.
type Level string

const (
	Debug Level = "debug"
	Info  Level = "info"
	Warn  Level = "warn"
	Err   Level = "error"
)

// LogLine is one record of a log; a stack trace is one record with newlines.
type LogLine struct {
	Resource ResourceID `json:"resource"`
	At       time.Time  `json:"at"`
	Level    Level      `json:"level"`
	Text     string     `json:"text"`
	Run      string     `json:"run,omitempty"` // id of the run that wrote it, when known
	// UID is the source's own name for this record (event id, offset, ...). A
	// record that comes again with the same Resource and UID is stored once.
	// Empty: the store derives one from run, time and text.
	UID string `json:"uid,omitempty"`
	// Line is the record's number within its resource, from 1, given by the
	// store in order of arrival. It is what a citation points at.
	Line int64 `json:"line,omitempty"`
	// Template is the id of the template that intake found the record to be an instance of.
	// Stores count by it and do not return it.
	Template string `json:"-"`
}

// Point is one sample of a metric of a resource.
type Point struct {
	Resource ResourceID `json:"resource"`
	Metric   string     `json:"metric"` // snake_case with its unit: cpu_percent, queue_seconds, error_rate
	At       time.Time  `json:"at"`
	Value    float64    `json:"value"`
}

// RunState is the state of a run. The empty state is unknown.
type RunState string

const (
	RunQueued    RunState = "queued"
	RunRunning   RunState = "running"
	RunSucceeded RunState = "succeeded"
	RunFailed    RunState = "failed"
	RunCancelled RunState = "cancelled"
)

// Done reports whether the run has ended.
func (s RunState) Done() bool {
	return s == RunSucceeded || s == RunFailed || s == RunCancelled
}

// Run is one execution of a job, task, DAG or pipeline. A run is stored under
// (Resource, ID, Attempt); a later observation replaces an earlier one unless
// it would move a done run back.
type Run struct {
	Resource ResourceID        `json:"resource"`
	ID       string            `json:"id"`
	Attempt  int               `json:"attempt"`
	State    RunState          `json:"state"`
	Started  time.Time         `json:"started"`
	Ended    time.Time         `json:"ended,omitzero"` // zero while it runs
	Error    string            `json:"error,omitempty"`
	Detail   map[string]string `json:"detail,omitempty"` // rows, memory_mb, trigger, parent run, ...
}

// ChangeKind says what kind of thing changed.
type ChangeKind string

const (
	ChangeSchema  ChangeKind = "schema"
	ChangeConfig  ChangeKind = "config"
	ChangeVersion ChangeKind = "version" // code, image or model version
	ChangeAction  ChangeKind = "action"  // somebody, or Pipewright, did something
)

// Change is a difference seen between two observations of a resource.
type Change struct {
	ID       string     `json:"id"` // stable: the same change observed twice has one id
	Resource ResourceID `json:"resource"`
	At       time.Time  `json:"at"`
	Kind     ChangeKind `json:"kind"`
	Summary  string     `json:"summary"` // one line: `column "customer_id" renamed to "buyer_id"`
	Before   string     `json:"before,omitempty"`
	After    string     `json:"after,omitempty"`
	By       string     `json:"by,omitempty"` // who made it, when the system says so
}

// Column is a column of a table as a source reports it.
type Column struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Nullable bool     `json:"nullable,omitempty"`
	Sample   []string `json:"sample,omitempty"` // hashes of a few distinct values, at most 64; never the values
}

// Schema is a snapshot of a table's columns, in order.
type Schema struct {
	Resource ResourceID `json:"resource"`
	At       time.Time  `json:"at"`
	Columns  []Column   `json:"columns"`
}

// Setting is an observed configuration value or version of a resource, such
// as memory_mb=4096 or image=fraud:1.8.2. A new value becomes a Change.
type Setting struct {
	Resource ResourceID `json:"resource"`
	At       time.Time  `json:"at"`
	Key      string     `json:"key"`
	Value    string     `json:"value"`
	Kind     ChangeKind `json:"kind"` // ChangeConfig or ChangeVersion
	By       string     `json:"by,omitempty"`
}

// Batch is what one poll of one source brought. It is stored in one
// transaction with its cursor, so nothing is lost and nothing counted twice.
type Batch struct {
	Source    string // name of the source the cursor belongs to
	Cursor    string // where the next poll goes on; opaque to the store
	Resources []Resource
	Edges     []Edge
	Lines     []LogLine
	Points    []Point
	Runs      []Run
	Changes   []Change
	Schemas   []Schema
	Settings  []Setting
	Documents []Document // of what is above, beside log records
	Mined     Mined      // templates of Lines
}

// Empty reports whether the batch carries no observation.
func (b Batch) Empty() bool {
	return len(b.Resources)+len(b.Edges)+len(b.Lines)+len(b.Points)+len(b.Runs)+
		len(b.Changes)+len(b.Schemas)+len(b.Settings)+len(b.Documents) == 0 && b.Mined.Empty()
}
