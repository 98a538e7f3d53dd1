package airflow

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

const (
	overlap   = time.Minute        // read again at each poll: rows may be committed later than they are dated
	rememberL = 10 * time.Minute   // finished tries whose log was read; longer than overlap
	rememberR = 7 * 24 * time.Hour // finished DAG runs that may be cleared and run again
	maxRuns   = 500                // of those, the newest
	maxQueue  = 5000               // logs waiting to be read
	settle    = 5 * time.Second    // a log is complete that long after its task ended
	maxMisses = 3                  // times that a log is asked for before it is given up
)

// cursor is where the source goes on. Times are Airflow's own.
type cursor struct {
	Since   time.Time          `json:"since"`
	Version string             `json:"version,omitempty"` // id of the newest DAG version seen
	Runs    map[string]runMark `json:"runs,omitempty"`    // by dag and run: open ones, and those that may run again
	Open    []openTry          `json:"open,omitempty"`    // task instances last seen unfinished
	Queue   []logRef           `json:"queue,omitempty"`   // logs still to be read
	Logged  map[string]logMark `json:"logged,omitempty"`  // by try: logs that were read
}

// runMark is what must be known of a DAG run to tell its attempts apart:
// Airflow clears and reruns under one id.
type runMark struct {
	Attempt int       `json:"n"`
	Start   time.Time `json:"start"`
	Done    bool      `json:"done,omitempty"`
	Seen    time.Time `json:"seen"`
	Error   string    `json:"error,omitempty"`
}

type openTry struct {
	DAG   string    `json:"dag"`
	Run   string    `json:"run"`
	Task  string    `json:"task"`
	Map   int       `json:"map"`
	Try   int       `json:"try"`
	Start time.Time `json:"start"`
}

type logRef struct {
	openTry
	End    time.Time `json:"end"`
	Failed bool      `json:"failed,omitempty"`
	Misses int       `json:"misses,omitempty"` // times that it could not be read
}

// key names one try of one task instance.
func (t openTry) key() string {
	b, _ := json.Marshal([]any{t.DAG, t.Run, t.Task, t.Map, t.Try}) // strings and numbers always encode
	return string(b)
}

type logMark struct {
	At    time.Time `json:"at"`
	Error string    `json:"error,omitempty"`
}

func runKey(dag, run string) string { return dag + "\n" + run }

// parseCursor reads a cursor; an empty or unreadable one starts the backfill,
// which stores nothing twice.
func parseCursor(text string, start time.Time) cursor {
	var c cursor
	if text == "" || json.Unmarshal([]byte(text), &c) != nil || c.Since.IsZero() {
		c = cursor{Since: start}
	}
	if c.Runs == nil {
		c.Runs = map[string]runMark{}
	}
	if c.Logged == nil {
		c.Logged = map[string]logMark{}
	}
	return c
}

// String forgets what is too old to matter and encodes the rest.
func (c cursor) String() string {
	maps.DeleteFunc(c.Logged, func(_ string, m logMark) bool { return m.At.Before(c.Since.Add(overlap - rememberL)) })
	maps.DeleteFunc(c.Runs, func(_ string, m runMark) bool { return m.Done && m.Seen.Before(c.Since.Add(-rememberR)) })
	if extra := len(c.Runs) - maxRuns; extra > 0 {
		keys := slices.SortedFunc(maps.Keys(c.Runs), func(a, b string) int {
			return cmp.Or(c.Runs[a].Seen.Compare(c.Runs[b].Seen), cmp.Compare(a, b))
		})
		for _, k := range keys[:extra] {
			delete(c.Runs, k)
		}
	}
	b, _ := json.Marshal(c) // plain values always encode
	return string(b)
}

// enqueue adds a log to read, once. Failed ones go first, then the newest.
func (c *cursor) enqueue(ref logRef) {
	if _, read := c.Logged[ref.key()]; read {
		return
	}
	if !slices.ContainsFunc(c.Queue, func(q logRef) bool { return q.key() == ref.key() }) {
		c.Queue = append(c.Queue, ref)
	}
}

// take removes the next n logs to read, and returns how many were dropped since
// the queue is bounded: always old logs of tasks that succeeded, if there are any.
func (c *cursor) take(n int) (refs []logRef, dropped int) {
	slices.SortStableFunc(c.Queue, func(a, b logRef) int {
		if a.Failed != b.Failed {
			if a.Failed {
				return -1
			}
			return 1
		}
		return b.End.Compare(a.End)
	})
	n = min(n, len(c.Queue))
	refs, c.Queue = slices.Clone(c.Queue[:n]), slices.Clone(c.Queue[n:])
	if extra := len(c.Queue) - maxQueue; extra > 0 {
		c.Queue, dropped = c.Queue[:maxQueue], extra
	}
	return refs, dropped
}

// attempt says which attempt of its DAG run a row is, and remembers it.
func (c *cursor) attempt(r dagRun, now time.Time) runMark {
	key := runKey(r.DAG, r.ID)
	m, known := c.Runs[key]
	start, done := first(r.Start), runState(r.State).Done()
	switch {
	case !known:
		m = runMark{Attempt: 1}
	case m.Done && (!done || !start.Equal(m.Start)):
		m = runMark{Attempt: m.Attempt + 1}
	}
	m.Start, m.Done, m.Seen = start, done, now
	if done && r.State == "success" && m.Attempt == 1 {
		delete(c.Runs, key) // rarely cleared, and the bulk of all runs
	} else {
		c.Runs[key] = m
	}
	return m
}
