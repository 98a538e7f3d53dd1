package pipewright

import "time"

// Window is a half-open range of time [Start, End). A zero bound is open.
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Holds reports whether t lies in the window.
func (w Window) Holds(t time.Time) bool {
	return (w.Start.IsZero() || !t.Before(w.Start)) && (w.End.IsZero() || t.Before(w.End))
}

// Span is the length of the window, 0 when it is open.
func (w Window) Span() time.Duration {
	if w.Start.IsZero() || w.End.IsZero() {
		return 0
	}
	return w.End.Sub(w.Start)
}

// LogQuery selects log records. Empty fields select everything. Records come
// oldest first; with Newest the last Limit ones are taken (still oldest first).
type LogQuery struct {
	Resources []ResourceID
	Window    Window
	Run       string
	Levels    []Level
	Text      string // words that must all occur, matched by the store's full-text index
	FirstLine int64  // line numbers, inclusive; both 0 for no bound
	LastLine  int64
	Limit     int // 0: 1,000
	Newest    bool
	Enough    int // records from which a count may stop counting; 0: it counts all
}

// PointQuery selects samples of one metric of one resource, oldest first.
type PointQuery struct {
	Resource ResourceID
	Metric   string // empty: every metric of the resource
	Window   Window
	Limit    int // the newest that many; 0: 100,000
}

// RunQuery selects runs by start time, oldest first.
type RunQuery struct {
	Resources []ResourceID
	Window    Window
	States    []RunState
	ID        string
	Limit     int // the newest that many; 0: 1,000
}

// ChangeQuery selects changes, oldest first.
type ChangeQuery struct {
	Resources []ResourceID
	Window    Window
	Kinds     []ChangeKind
	Limit     int // the newest that many; 0: 1,000
}

// SeriesName names one stored metric series.
type SeriesName struct {
	Resource ResourceID `json:"resource"`
	Metric   string     `json:"metric"`
}

// LogHit is a log record with how well it fits a text query: higher is better,
// and only comparable within one result.
type LogHit struct {
	Line  LogLine `json:"line"`
	Score float64 `json:"score"`
}

// IncidentQuery selects incidents by when they opened, oldest first. Empty
// fields select everything.
type IncidentQuery struct {
	States    []State
	Resources []ResourceID // the incident shows on at least one of them
	Window    Window       // over OpenedAt
	Limit     int          // the newest that many; 0: 1,000
}

// EventQuery selects journaled events in order of Seq.
type EventQuery struct {
	Incident string // empty: of every incident
	AfterSeq int64  // only events with a higher Seq
	Limit    int    // 0: 1,000
}
