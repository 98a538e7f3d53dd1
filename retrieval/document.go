package retrieval

import (
	"cmp"
	"slices"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Kind says what a document is of.
type Kind string

// Kinds of documents.
const (
	KindLog      Kind = "log"      // a template in a window, or one record
	KindRun      Kind = "run"      // a run with its error
	KindMetric   Kind = "metric"   // a window of a metric
	KindChange   Kind = "change"   // a change of a schema, a setting or a version
	KindIncident Kind = "incident" // a past incident with its outcome
	KindRunbook  Kind = "runbook"  // a section of a runbook
)

// Document is what is searched.
type Document struct {
	ID       string
	Kind     Kind
	Resource pipewright.ResourceID
	Run      string
	At       time.Time // when it happened, or began
	Level    pipewright.Level
	Text     string
	// Meaning is what is embedded; empty: Text. The lines of one template share
	// theirs, which makes the vectors a hundred times fewer than the lines.
	Meaning  string
	Citation Citation
}

// meaning is what stands for the document among vectors.
func (d *Document) meaning() string { return cmp.Or(d.Meaning, d.Text) }

// Citation says where a document stands.
type Citation struct {
	Source    string // resource or file
	FirstLine int64  // inclusive, 0 when it has no lines
	LastLine  int64
}

// Filter selects documents before any is ranked. Empty fields select everything.
type Filter struct {
	Kinds     []Kind
	Resources []pipewright.ResourceID
	Levels    []pipewright.Level
	Run       string
	Window    pipewright.Window
}

// Holds reports whether the filter selects the document.
func (f Filter) Holds(d *Document) bool {
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, d.Kind)) &&
		(len(f.Resources) == 0 || slices.Contains(f.Resources, d.Resource)) &&
		(len(f.Levels) == 0 || slices.Contains(f.Levels, d.Level)) &&
		(f.Run == "" || f.Run == d.Run) &&
		f.Window.Holds(d.At)
}

// empty reports whether the filter selects everything.
func (f Filter) empty() bool {
	return len(f.Kinds)+len(f.Resources)+len(f.Levels) == 0 && f.Run == "" && f.Window == pipewright.Window{}
}
