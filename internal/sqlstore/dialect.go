package sqlstore

import (
	"context"
	"database/sql"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Dialect is where the two databases differ.
type Dialect struct {
	// Fault gives an error of the driver a kind and a sentence. doing is verb and object.
	Fault func(doing string, err error) error
	// Again reports whether a transaction only lost against another one. nil: none does.
	Again func(err error) bool
	// Fence refuses a commit by a loop that is no longer the owner. nil: it always is.
	Fence func(ctx context.Context, tx *sql.Tx) error

	// Field is the text under a key of a row's body.
	Field func(key string) string
	// SignalOn is a condition: one of an incident's signals is on one of the resources.
	SignalOn func(marks string) string
	// SkipLocked ends a query whose rows somebody else may be taking.
	SkipLocked string
	// ByTime makes a query over all resources walk an index on time.
	ByTime func(index string) string

	// Lines and Points store what is not there yet and return it.
	Lines  func(g *Ingestion, list []pipewright.LogLine) ([]pipewright.LogLine, error)
	Points func(g *Ingestion, list []pipewright.Point) ([]pipewright.Point, error)

	// Kept reads log records that are not kept as rows of a table. nil: they are.
	Kept KeptLines
	// Span is a query for the earliest and the latest time of a log record from $1 on, as
	// the columns lo and hi.
	Span string

	// Meaning stores a meaning that is not there, and returns its number.
	Meaning func(g *Ingestion, hash []byte, m NewMeaning) (int64, error)
	// Documents stores documents by their names, no name twice: see OnSameDocument.
	Documents func(g *Ingestion, list []*DocumentRow) error
	// Vectors stores vectors that are not there.
	Vectors func(g *Ingestion, sp pipewright.Space, list []pipewright.Vector) error
	// Rank says how meanings m are found and ranked by terms, which arg makes parameters of.
	Rank func(ctx context.Context, db *sql.DB, terms []string, arg func(any) string) (Ranking, error)
	// Near says how meanings are ranked by their vectors v; ok is false when the database
	// has no index of them. nil: it never has.
	Near func(ctx context.Context, sp pipewright.Space, q []float32, arg func(any) string) (n Nearness, ok bool, err error)
	// Among is a condition's end: the number is in a list in JSON, its parameter.
	Among string
	// DropMeanings are statements that remove meanings without a document.
	DropMeanings []string

	// Size is a query for the bytes that the store takes.
	Size string
	// Forget are statements that remove lines and samples from before $1 and since 1970.
	Forget []string
	// DropDays removes what no statement of Forget does: partitions, or records in blocks, from
	// before a moment. nil: there is nothing.
	DropDays func(ctx context.Context, tx *sql.Tx, before time.Time) error

	Text Text
}

// KeptLines reads log records within a transaction that sees one moment.
type KeptLines interface {
	Logs(ctx context.Context, tx *sql.Tx, q LineQuery) ([]pipewright.LogLine, error)
	CountLogs(ctx context.Context, tx *sql.Tx, q LineQuery) (int, error)
	// SearchLogs finds the records that hold all words of the query, or any, best first.
	SearchLogs(ctx context.Context, tx *sql.Tx, q LineQuery, all bool) ([]pipewright.LogHit, error)
	// Rows and Count are the records as rows of the table "lines".
	Rows(ctx context.Context, tx *sql.Tx) (Rows, error)
	Count(ctx context.Context, tx *sql.Tx) (int64, error)
}

// LineQuery is a query for log records whose resources are looked up and whose text is cut
// into words.
type LineQuery struct {
	pipewright.LogQuery
	IDs   []int64 // of the resources; empty: all
	Words []Word
}

// Text is how lines are searched for words.
type Text struct {
	// Expr turns words into the index's own expression, for all of them or any.
	Expr func(words []Word, all bool) (expr string, ok bool)
	// Holds is a condition on lines: they fit the expression, its parameter.
	Holds string
	// Fits and Score find and rank lines that fit the expression, which is $1. A higher
	// score is better.
	Fits, Score string
}

// Ranking is how meanings m are found and ranked: a higher score is better.
type Ranking struct{ From, Fits, Score string }

// Nearness is how the vectors v of meanings are ranked: by an index in this order.
type Nearness struct {
	First        []string // run first, in the same transaction
	Exact        []string // in their place when the index found too few
	Score, Order string
}
