package retrieval

import (
	"cmp"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Kind says what a document is of.
type Kind = pipewright.DocumentKind

// Kinds of documents.
const (
	KindLog      = pipewright.LogDocument
	KindRun      = pipewright.RunDocument
	KindMetric   = pipewright.MetricDocument
	KindChange   = pipewright.ChangeDocument
	KindIncident = pipewright.IncidentDocument
	KindRunbook  = pipewright.RunbookDocument
)

// Document is what is searched.
type Document = pipewright.Document

// Citation says where a document stands.
type Citation = pipewright.Citation

// meaningOf is what stands for a document among vectors.
func meaningOf(d *Document) string { return cmp.Or(d.Meaning, d.Text) }

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
