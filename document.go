package pipewright

import "time"

// DocumentKind says what a document is of.
type DocumentKind string

// Kinds of documents.
const (
	LogDocument      DocumentKind = "log"      // a template in an hour, or one record
	RunDocument      DocumentKind = "run"      // a run with its error
	MetricDocument   DocumentKind = "metric"   // a window of a metric
	ChangeDocument   DocumentKind = "change"   // a change of a schema, a setting or a version
	IncidentDocument DocumentKind = "incident" // a past incident with its outcome
	RunbookDocument  DocumentKind = "runbook"  // a section of a runbook
)

// Document is what is searched.
type Document struct {
	ID       string
	Kind     DocumentKind
	Resource ResourceID
	Run      string
	At       time.Time // when it happened, or began
	Until    time.Time // when it last happened; zero: at At
	Level    Level
	Text     string
	// Meaning is what is embedded; empty: Text. The lines of one template share
	// theirs, which makes the vectors a hundred times fewer than the lines.
	Meaning  string
	Terms    string // the words by which a store's own index finds it, from Meaning, between spaces
	Template string // id of the template that it counts, for a log
	Count    int64  // records of the template in the window
	Citation Citation
	Shape    []float32 // of a metric window, its vector
}

// Citation says where a document stands.
type Citation struct {
	Source    string // resource or file
	FirstLine int64  // inclusive, 0 when it has no lines
	LastLine  int64
}

// DocumentQuery selects documents before any is ranked. Empty fields select everything.
type DocumentQuery struct {
	Kinds     []DocumentKind
	Resources []ResourceID
	Levels    []Level
	Run       string
	Window    Window // something of the document lies in it
	// NewSince leaves out what is not new: documents from before it, and those of a
	// template that the same resource logged before it.
	NewSince time.Time
}

// LogTemplate is an event that log records are instances of, as a store keeps it.
type LogTemplate struct {
	ID       string
	Text     string // variables as <*>
	Meaning  string // what is embedded, one of its records
	Terms    string // see Document
	Level    Level  // the most severe of its records
	Count    int64
	First    time.Time
	Last     time.Time
	Examples []string
	Values   [][]string // by variable, in order: some of the words seen there
}

// Mined is what mining a batch of records found. Each record names its template.
type Mined struct {
	Templates []LogTemplate // new ones, and those whose text, level or samples changed; counts are the store's
	Joined    []Joined      // in this order
	State     []byte        // of the miner: what is to be added to it, nil for nothing
	Whole     bool          // State is all of it, in place of what is stored
}

// Empty reports whether nothing was found.
func (m Mined) Empty() bool {
	return len(m.Templates)+len(m.Joined) == 0 && m.State == nil && !m.Whole
}

// Joined says that a template turned out to be an instance of another.
type Joined struct{ From, Into string }

// Space is the vectors of one embedder. Vectors of two spaces are never compared.
type Space struct {
	Number     int64  // given by the store
	Model      string // name and version
	Dimensions int
	Ready      bool // everything that was there has a vector
}

// ShapeSpace is the model of the vectors that metric windows come with.
const ShapeSpace = "shape-1"

// Meaning is a text that documents share, by its number in the store.
type Meaning struct {
	Number int64
	Text   string
}

// Vector is a meaning in a space.
type Vector struct {
	Order   int64 // in which it came to the store
	Meaning int64
	Values  []float32
}

// Near is a meaning that was found. Score is comparable within one result only.
type Near struct {
	Meaning int64
	Score   float64
}
