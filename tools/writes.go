package tools

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// WriteMode is how a job puts its rows where they go. The zero value is not known.
type WriteMode string

const (
	Appends    WriteMode = "append"      // a second run adds its rows again
	Overwrites WriteMode = "overwrite"   // a second run replaces its own partition
	Merges     WriteMode = "merge"       // rows are matched by key
	Transacts  WriteMode = "transaction" // all rows or none: a failed run leaves nothing
	ReadsOnly  WriteMode = "none"        // it writes no rows
)

// WritesLabel is the label of a resource that says its WriteMode where its system
// does not.
const WritesLabel = "writes"

// Valid reports whether m is one of the modes.
func (m WriteMode) Valid() bool {
	switch m {
	case Appends, Overwrites, Merges, Transacts, ReadsOnly:
		return true
	}
	return false
}

// Writes is what a system knows of the output of a run that failed. What it does
// not know is left out.
type Writes struct {
	Mode     WriteMode
	Run      string           // the failed run
	Began    time.Time        // when that run began
	Bookmark Answer           // Yes: the job's bookmark stands behind the failed run's input, which is not read again
	Marker   Answer           // Yes: the output carries the mark of a whole one, such as _SUCCESS
	Landed   []Landed         // by table
	Readers  []pipewright.Run // that took the output as their input since
	Evidence []pipewright.Evidence
}

// Landed is what lies in a table of one run, or of what came since it began.
type Landed struct {
	Table    pipewright.ResourceID
	Part     string  // partition; empty: the whole table
	Rows     float64 // of that run
	Of       float64 // rows that a whole run writes; 0: not known
	Exact    bool    // the rows are the run's alone; else of whatever wrote there since
	Evidence []pipewright.Evidence
}

// RowReader counts what came into a table since a time, read live. known is false
// when the table does not say.
type RowReader struct {
	Kinds []string
	Since func(ctx context.Context, table pipewright.ResourceID, since time.Time) (l Landed, known bool, err error)
}
