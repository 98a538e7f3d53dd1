package aws

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

const (
	runOverlap = 10 * time.Minute // runs that started before the newest seen one and show up late
	logOverlap = 2 * time.Minute  // events that are dated before and arrive after
	logLate    = 5 * time.Minute  // after the end of a run, its log is complete
	logGiveUp  = 24 * time.Hour   // after that a log that cannot be read is let go
	maxQueue   = 4000             // logs of runs waiting to be read
)

// cursor is where the source goes on. Times are AWS's own, except those named
// Read and Tagged, which are of the polls.
type cursor struct {
	Jobs   map[string]jobMark `json:"jobs"`
	Groups map[string]mark    `json:"groups,omitempty"` // further log groups
	Logs   []logRef           `json:"logs,omitempty"`   // of runs: still to be read or followed
}

// jobMark is what is known of one job.
type jobMark struct {
	Since  time.Time            `json:"since,omitzero"` // start of the newest run seen
	Open   map[string]time.Time `json:"open,omitempty"` // runs seen unfinished, by id: their start
	Ended  map[string]time.Time `json:"ended,omitempty"`
	Read   time.Time            `json:"read,omitzero"`
	Env    string               `json:"env,omitempty"`
	Team   string               `json:"team,omitempty"`
	Tagged time.Time            `json:"tagged,omitzero"`
}

// mark is how far a log is read. After a Cut there was more than one poll
// reads, and the next one goes on exactly there. Skip says that what lies just
// before was too much to be read.
type mark struct {
	At   time.Time `json:"at,omitzero"`
	Cut  bool      `json:"cut,omitempty"`
	Skip bool      `json:"skip,omitempty"`
}

// logRef is the log of one run in one group.
type logRef struct {
	Job    string    `json:"job"`
	Run    string    `json:"run"`
	Group  string    `json:"group"`
	Full   bool      `json:"full,omitempty"` // the driver's log of a failed run: kept at length
	Start  time.Time `json:"start"`
	End    time.Time `json:"end,omitzero"` // zero while it runs
	Failed bool      `json:"failed,omitempty"`
	Mark   mark      `json:"mark,omitzero"`
	Held   bool      `json:"held,omitempty"` // its last record may go on
	Read   time.Time `json:"read,omitzero"`
}

// parseCursor reads a cursor; an empty or unreadable one starts the backfill,
// which stores nothing twice.
func parseCursor(text string) cursor {
	var c cursor
	if json.Unmarshal([]byte(text), &c) != nil {
		c = cursor{}
	}
	if c.Jobs == nil {
		c.Jobs = map[string]jobMark{}
	}
	if c.Groups == nil {
		c.Groups = map[string]mark{}
	}
	return c
}

func (c cursor) String() string {
	b, _ := json.Marshal(c) // plain values always encode
	return string(b)
}

// forget drops ended runs that cannot show up as new any more.
func (m *jobMark) forget() {
	maps.DeleteFunc(m.Ended, func(_ string, start time.Time) bool { return start.Before(m.Since.Add(-runOverlap)) })
}

// track adds the log of a run, or tells a known one how the run stands. At its
// end it is read once more, from the beginning when the run failed.
func (c *cursor) track(ref logRef) {
	for i := range c.Logs {
		if l := &c.Logs[i]; l.Run == ref.Run && l.Group == ref.Group {
			if l.End.IsZero() && !ref.End.IsZero() {
				if l.Read = (time.Time{}); ref.Full {
					l.Mark = mark{}
				}
			}
			l.Start, l.End, l.Failed, l.Full = ref.Start, ref.End, ref.Failed, ref.Full
			return
		}
	}
	c.Logs = append(c.Logs, ref)
}

// due reports whether the log should be read now: while the run goes on, at its
// end, a minute later and once more when the log is complete.
func (l logRef) due(now time.Time) bool {
	minute := l.End.Add(time.Minute)
	return l.End.IsZero() || l.Mark.Cut || l.Held || !l.Read.After(l.End) ||
		l.Read.Before(minute) && !now.Before(minute) || l.complete(now)
}

func (l logRef) complete(now time.Time) bool {
	return !l.End.IsZero() && !now.Before(l.End.Add(logLate))
}

// order puts failed runs first, then logs that were not read for longest, then
// the newest.
func (c *cursor) order() {
	slices.SortStableFunc(c.Logs, func(a, b logRef) int {
		if a.Failed != b.Failed {
			if a.Failed {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Read.Compare(b.Read), b.Start.Compare(a.Start), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Group, b.Group))
	})
}

// trim bounds the queue and returns how many logs were let go.
func (c *cursor) trim() int {
	dropped := max(0, len(c.Logs)-maxQueue)
	c.Logs = c.Logs[:len(c.Logs)-dropped]
	return dropped
}
