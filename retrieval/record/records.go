package record

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	pipewright "github.com/pipewright/pipewright"
)

const (
	maxRecord = 1 << 20 // bytes of a record; its head and its tail are kept
	maxLines  = 5_000   // lines of a record
	// looseAtLeast is how many lines without a time a log may have before their share counts.
	looseAtLeast = 50
	cutNote      = "  [... %d lines left out ...]"
)

// Record is one record of a log: a line, or a line with the trace that follows it.
type Record struct {
	Header
	Text      string // message and trace, lines joined
	RootCause string // the line of a trace that says what went wrong first, empty without a trace
	First     int64  // number of its first line within the input, from 1
	Last      int64
	Offset    int64 // bytes before it
}

// Reader groups lines into records.
type Reader struct {
	lines  *Lines
	now    time.Time
	next   *Record // begun, may go on
	body   []string
	size   int
	head   int // lines of body before those left out
	left   int // lines left out
	n      int64
	trace  tracer
	key    privateKey
	dated  int // lines with a time so far
	loose  int // lines without one that were taken for the message of the line before
	offset int64
	export export
	noted  Noted
}

// Noted counts the lines that are not kept as they were read.
type Noted struct {
	Cut  int // longer than MaxLine
	Mend int // with bytes that are no UTF-8
}

// Noted is what was counted since it was asked last.
func (r *Reader) Noted() Noted {
	n := r.noted
	r.noted = Noted{}
	return n
}

// NewReader reads the records of r. now tells the year of times that have none.
func NewReader(r *Lines, now time.Time) *Reader { return &Reader{lines: r, now: now} }

// Next is the next record, false at the end or when reading failed: Err tells.
func (r *Reader) Next() (Record, bool) {
	for r.lines.Next() {
		line := string(r.lines.Line())
		if !utf8.ValidString(line) {
			line = strings.ToValidUTF8(line, "\uFFFD")
			r.noted.Mend++
		}
		if r.lines.Cut() {
			r.noted.Cut++
		}
		r.n++
		start := r.offset
		r.offset = r.lines.Read()
		line, n, at, ready := r.export.feed(line, r.n, start)
		if !ready {
			continue
		}
		h, dated := Parse(line, r.now)
		if r.next != nil && r.continues(line, h, dated) {
			r.append(h.Message)
			continue
		}
		done := r.finish()
		if strings.TrimSpace(line) != "" {
			r.begin(h, n, at)
		}
		if dated && !h.At.IsZero() {
			r.dated++
		}
		if done != nil {
			return *done, true
		}
	}
	done := r.finish()
	if len(r.export.open) > 0 { // the document was cut
		h, _ := Parse(r.export.flush(), r.now)
		r.begin(h, r.export.first, r.export.offset)
	}
	if done == nil {
		done = r.finish()
	}
	if done != nil {
		return *done, true
	}
	return Record{}, false
}

// Err is what stopped the reading, nil at the end of the input.
func (r *Reader) Err() error { return r.lines.Err() }

// Read is how many bytes of the input have been read into whole records returned by
// Next: where to go on after a stop.
func (r *Reader) Read() int64 {
	if r.next != nil {
		return r.next.Offset
	}
	return r.offset
}

// Ended reports whether the input has ended, so that the record returned last may go on
// when more is written to it.
func (r *Reader) Ended() bool { return r.next == nil && r.lines.ended() }

// Input is how many bytes of the input have been read at all.
func (r *Reader) Input() int64 { return r.lines.Read() }

// continues reports whether a line belongs to the record before it.
func (r *Reader) continues(line string, h Header, dated bool) bool {
	if r.next.Partial || r.key.goesOn(h.Message) {
		return true
	}
	inTrace := r.trace.goesOn(h.Message)
	if dated && !h.At.IsZero() {
		// Kubernetes gives every line of a trace a time of its own.
		return inTrace && h.Level == "" && h.At.Sub(r.next.At).Abs() < time.Second
	}
	return inTrace || r.dated > 0 && !dated && r.belongs(line)
}

// belongs reports whether a line without a time goes on with the message of the line
// before. It does, unless such lines are so many that they must be records of a kind
// that has none.
func (r *Reader) belongs(line string) bool {
	if line == "" || line[0] == ' ' || line[0] == '\t' {
		return true // blank lines at its end are taken off again
	}
	if panicked(line) {
		return false
	}
	r.loose++
	return r.loose <= looseAtLeast || r.loose <= r.dated
}

func (r *Reader) begin(h Header, n, at int64) {
	r.next = &Record{Header: h, First: n, Last: r.n, Offset: at}
	r.trace, r.key = tracer{}, privateKey{}
	r.body, r.size, r.head, r.left = r.body[:0], 0, 0, 0
	for l := range strings.SplitSeq(h.Message, "\n") {
		r.trace.goesOn(l)
		r.key.begins(l)
		r.body = append(r.body, l)
		r.size += len(l) + 1
	}
}

// append adds a line to the record that is open.
func (r *Reader) append(line string) {
	if r.next.Partial {
		h, _ := Parse(string(r.lines.Line()), r.now)
		r.next.Partial = h.Partial
		r.body[len(r.body)-1] += line
	} else {
		r.key.begins(line)
		r.body = append(r.body, line)
	}
	r.next.Last = r.n
	if r.size += len(line) + 1; r.size > 2*maxRecord || len(r.body) > 2*maxLines {
		r.shorten()
	}
}

// shorten leaves out the middle of the record that is open.
func (r *Reader) shorten() {
	head, tail, left := headAndTail(r.body)
	r.head, r.left = len(head), r.left+left
	r.body = append(append(make([]string, 0, len(head)+len(tail)), head...), tail...)
	r.size = 0
	for _, l := range r.body {
		r.size += len(l) + 1
	}
}

// finish closes the record that is open.
func (r *Reader) finish() *Record {
	done := r.next
	if done == nil {
		return nil
	}
	r.next = nil
	for len(r.body) > 1 && strings.TrimSpace(r.body[len(r.body)-1]) == "" {
		r.body = r.body[:len(r.body)-1]
	}
	if r.size > maxRecord || len(r.body) > maxLines {
		r.shorten()
	}
	if r.left > 0 {
		r.body = slices.Insert(r.body, r.head, fmt.Sprintf(cutNote, r.left))
	}
	done.Text = strings.Join(r.body, "\n")
	done.RootCause = rootCause(r.body)
	if done.RootCause != "" && done.Level == "" {
		done.Level = pipewright.Err
	}
	return done
}

// afterTrace is how many lines the message of an error may take after a trace.
const afterTrace = 3

// Headed is the share of the lines of a log that begin with a time, blank ones and those of
// traces apart: whether what comes before the message is a header in this log.
func Headed(lines []string, now time.Time) float64 {
	var t tracer
	dated, loose, spare := 0, 0, 0
	for _, line := range lines {
		h, ok := Parse(line, now)
		switch {
		case ok && !h.At.IsZero() && h.Message != "":
			dated++
			t, spare = tracer{}, 0
			t.goesOn(h.Message)
		case strings.TrimSpace(line) == "", line[0] == ' ', line[0] == '\t':
		case t.goesOn(line), t != tracer{}:
			spare = afterTrace
		case spare > 0:
			spare--
		default:
			loose++
		}
	}
	return float64(dated) / float64(max(1, dated+loose))
}
