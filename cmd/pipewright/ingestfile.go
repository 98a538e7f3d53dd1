package main

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/record"
)

const (
	pollRecords = 20_000  // of one poll
	pollBytes   = 4 << 20 // of text of one poll, about
	headBytes   = 512     // by which a file is known again
)

// logFile is a log on disk as a source of telemetry. Its cursor names the file by its
// first bytes, and how far it was read: a file that was rotated or cut is read from its start.
//
// While a log is followed, its last record may be half written. It is held back until
// another record follows it, or nothing was added to the file from one poll to the next.
type logFile struct {
	path     string
	resource pipewright.ResourceID
	follow   bool
	in       io.Reader // the standard input, for "-"

	open    io.Closer
	kept    *os.File // when it is followed: the file read last, to know when another took its place
	closing bool     // another has: this is read to its end
	held    int64    // where a file ended when its last record was held back
	records *record.Reader
	head    string    // names the file
	many    int       // records of the batch before
	base    int64     // bytes before what records reads
	last    time.Time // of the record before: one without a time has its
	done    bool      // read to the end, for now when it is followed
	ahead   chan readFile
	noted   map[string]int // lines of what was handed over that are not kept as they were
}

// Name implements intake.Source.
func (f *logFile) Name() string { return "logs of " + f.path }

// Poll implements intake.Source. While its batch is stored, the next one is read.
func (f *logFile) Poll(_ context.Context, cursor string, now time.Time) (pipewright.Batch, error) {
	if f.done && !f.follow {
		return pipewright.Batch{Cursor: cursor}, nil
	}
	if f.ahead == nil {
		f.readAhead(cursor, now)
	}
	got := <-f.ahead
	if got.after != cursor { // the batch before was not stored: this one would leave a gap
		f.end()
		f.readAhead(cursor, now)
		got = <-f.ahead
	}
	f.ahead, f.done = nil, got.done
	if got.err == nil {
		f.note(got.noted)
	}
	if got.err == nil && !got.done {
		f.readAhead(got.batch.Cursor, now)
	}
	return got.batch, got.err
}

// readFile is what was read of a file after a cursor.
type readFile struct {
	after string
	batch pipewright.Batch
	done  bool // to the end of the file
	noted record.Noted
	err   error
}

// readAhead starts to read. Until the result was taken, the file is the reader's alone.
func (f *logFile) readAhead(cursor string, now time.Time) {
	ahead := make(chan readFile, 1)
	f.ahead = ahead
	go func() {
		got := readFile{after: cursor}
		got.batch, got.done, got.noted, got.err = f.read(cursor, now)
		ahead <- got
	}()
}

// read is the next batch of the file. It is done when the file has no more for now.
func (f *logFile) read(cursor string, now time.Time) (b pipewright.Batch, done bool, noted record.Noted, err error) {
	b.Cursor = cursor
	if f.records == nil {
		if err := f.begin(cursor, now); err != nil {
			return b, false, noted, err
		}
	}
	b.Lines = make([]pipewright.LogLine, 0, f.many)
	at := f.base
	for size := 0; len(b.Lines) < pollRecords && size < pollBytes; {
		rec, ok := f.records.Next()
		if done = !ok || f.holds(); done {
			break
		}
		b.Lines = append(b.Lines, f.line(rec))
		size += len(rec.Text)
		at = f.base + f.records.Read()
	}
	if err := f.records.Err(); err != nil {
		f.end()
		return b, false, noted, unread(f.path, err)
	}
	noted = f.records.Noted()
	b.Cursor = f.head + ":" + strconv.FormatInt(at, 10)
	f.many = len(b.Lines)
	if done {
		f.end()
	}
	if done && f.closing { // on with the file that took its place
		f.closing, done = false, false
		f.forget()
	}
	return b, done, noted, nil
}

// note adds up what was changed on the way in.
func (f *logFile) note(n record.Noted) {
	if f.noted == nil {
		f.noted = map[string]int{}
	}
	for what, n := range map[string]int{"long_lines_cut": n.Cut, "lines_not_UTF-8": n.Mend} {
		if n > 0 {
			f.noted[what] += n
		}
	}
}

// unread says why a file could not be read on. What was read of it before is stored.
func unread(path string, err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		return pipewright.Errorf(pipewright.Invalid, "%s is damaged or was not written to its end (%w): ingest it again when it is whole, what is stored of it is not stored twice", path, err)
	}
	return pipewright.Errorf(pipewright.Unavailable, "read %s: %w", path, err)
}

// holds reports whether the record read last is to be held back: nothing follows it, and
// it is not known yet whether something will.
func (f *logFile) holds() bool {
	if !f.follow || f.closing || !f.records.Ended() {
		return false
	}
	end := f.base + f.records.Input()
	if end == f.held {
		return false // nothing was added since
	}
	f.held = end
	return true
}

func (f *logFile) drained() bool { return f.done }

// line is a record as the store keeps it.
func (f *logFile) line(rec record.Record) pipewright.LogLine {
	if rec.At.IsZero() {
		rec.At = f.last
	}
	f.last = rec.At
	text := rec.Text
	if rec.Logger != "" {
		text = rec.Logger + ": " + text
	}
	return pipewright.LogLine{Resource: f.resource, At: rec.At, Level: rec.Level, Text: text, UID: f.head + "@" + strconv.FormatInt(f.base+rec.Offset, 10)}
}

// begin opens the file where the cursor left it.
func (f *logFile) begin(cursor string, now time.Time) error {
	in, closer, err := f.input()
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(in, 64<<10)
	whole, err := f.seek(r, cursor)
	if err != nil || !whole {
		err = errors.Join(err, closer.Close())
	}
	switch {
	case err != nil:
		return err
	case !whole: // it was cut: what is there now is new
		return f.begin(cutSince(cursor), now)
	}
	f.open, f.records = closer, record.NewReader(record.NewLines(r), now)
	return nil
}

// input opens the file, or, when it is followed and another took its place since, what is
// left of the one before.
func (f *logFile) input() (io.Reader, io.Closer, error) {
	if !f.follow || f.path == "-" {
		return openInput(f.path, f.in)
	}
	if f.kept != nil {
		now, err := os.Stat(f.path)
		was, errWas := f.kept.Stat()
		f.closing = err == nil && errWas == nil && !os.SameFile(now, was)
		if f.closing || errors.Is(err, fs.ErrNotExist) { // none took its place yet
			if _, err := f.kept.Seek(0, io.SeekStart); err != nil {
				return nil, nil, pipewright.Errorf(pipewright.Unavailable, "read what is left of %s: %w", f.path, err)
			}
			in, err := unpacked(f.path, f.kept)
			return in, io.NopCloser(f.kept), err
		}
		f.forget()
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, pipewright.Errorf(pipewright.NotFound, "open it: %w", err)
	}
	f.kept = file
	in, err := unpacked(f.path, file)
	return in, io.NopCloser(file), err
}

// forget closes the file that was kept open; it was only read, so that its closing tells
// nothing.
func (f *logFile) forget() {
	if f.kept != nil {
		_ = f.kept.Close()
	}
	f.kept = nil
}

// seek skips what was read before, if this is the file that the cursor names. whole is
// false when the file has become shorter than that.
func (f *logFile) seek(r *bufio.Reader, cursor string) (whole bool, err error) {
	head, err := r.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, unread(f.path, err)
	}
	if binary(head) {
		return false, pipewright.Errorf(pipewright.Invalid, "%s is no text: nothing of it was read", f.path)
	}
	known, offset := parseCursor(cursor)
	if offset == 0 && !strings.Contains(known, ".") {
		known = "" // a file that was empty then has the name that every empty one has
	}
	f.base, f.head = 0, fingerprint(head, known)
	if f.head != known {
		return true, nil
	}
	f.base, err = io.CopyN(io.Discard, r, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, unread(f.path, err)
	}
	return f.base == offset, nil
}

// end closes the file; it was only read, so that its closing tells nothing.
func (f *logFile) end() {
	if f.open != nil {
		_ = f.open.Close()
	}
	f.open, f.records = nil, nil
}

// cutSince is the cursor for a file that was cut and begins as it did before: its records
// have the same places as others had, so that it gets another name.
func cutSince(cursor string) string {
	name, _ := parseCursor(cursor)
	head, times, _ := strings.Cut(name, ".")
	n, _ := strconv.Atoi(times) // none: it was never cut
	return head + "." + strconv.Itoa(n+1) + ":0"
}

// parseCursor cuts a cursor into the name of the file and the offset in it.
func parseCursor(s string) (string, int64) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return "", 0
	}
	n, err := strconv.ParseInt(s[i+1:], 10, 64)
	if err != nil || n < 0 {
		return "", 0
	}
	return s[:i], n
}

// fingerprint names a file by its first bytes: as many as known did, when it was made of
// fewer because the file was still short.
func fingerprint(head []byte, known string) string {
	if n, _, ok := strings.Cut(known, "-"); ok {
		name, _, _ := strings.Cut(known, ".") // and how often it was cut
		if k, err := strconv.Atoi(n); err == nil && k <= len(head) && named(head[:k]) == name {
			return known
		}
	}
	return named(head)
}

func named(head []byte) string {
	sum := sha256.Sum256(head)
	return strconv.Itoa(len(head)) + "-" + hex.EncodeToString(sum[:8])
}

// metricFile is a CSV of samples as a source of telemetry. It is read from its start: the
// store keeps one value for each instant.
type metricFile struct {
	path     string
	resource pipewright.ResourceID
	in       io.Reader

	rows    *csv.Reader
	open    io.Closer
	columns map[string]int
	line    int
	done    bool
}

// Name implements intake.Source.
func (f *metricFile) Name() string { return "metrics of " + f.path }

// Poll implements intake.Source.
func (f *metricFile) Poll(_ context.Context, cursor string, now time.Time) (pipewright.Batch, error) {
	b := pipewright.Batch{Cursor: cursor}
	if f.done {
		return b, nil
	}
	if f.rows == nil {
		if err := f.begin(); err != nil {
			return b, err
		}
	}
	for len(b.Points) < pollRecords {
		row, err := f.rows.Read()
		if errors.Is(err, io.EOF) {
			f.done = true
			return b, f.open.Close()
		}
		if err != nil {
			return b, pipewright.Errorf(pipewright.Invalid, "read %s: %w", f.path, err)
		}
		f.line++
		point, err := f.point(row, now)
		if err != nil {
			return b, err
		}
		b.Points = append(b.Points, point)
	}
	return b, nil
}

func (f *metricFile) drained() bool { return f.done }

func (f *metricFile) begin() error {
	in, closer, err := openInput(f.path, f.in)
	if err != nil {
		return err
	}
	f.rows, f.open, f.line = csv.NewReader(in), closer, 1
	f.rows.ReuseRecord = true
	head, err := f.rows.Read()
	if err != nil {
		return pipewright.Errorf(pipewright.Invalid, "%s has no header: its first line must name the columns timestamp and value", f.path)
	}
	f.columns = map[string]int{}
	for i, name := range head {
		f.columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, need := range []string{"timestamp", "value"} {
		if _, ok := f.columns[need]; !ok {
			return pipewright.Errorf(pipewright.Invalid, "%s has no column %q: its first line must name the columns timestamp and value", f.path, need)
		}
	}
	return nil
}

func (f *metricFile) point(row []string, now time.Time) (pipewright.Point, error) {
	at, ok := record.ParseTime(row[f.columns["timestamp"]], now)
	value, err := strconv.ParseFloat(strings.TrimSpace(row[f.columns["value"]]), 64)
	if !ok || err != nil {
		return pipewright.Point{}, pipewright.Errorf(pipewright.Invalid, "%s, line %d: %q is not a time or %q not a number", f.path, f.line, row[f.columns["timestamp"]], row[f.columns["value"]])
	}
	p := pipewright.Point{Resource: f.resource, At: at, Value: value, Metric: strings.TrimSuffix(strings.TrimSuffix(filepath.Base(f.path), ".gz"), ".csv")}
	if i, ok := f.columns["metric"]; ok {
		p.Metric = row[i]
	}
	if i, ok := f.columns["resource"]; ok {
		p.Resource = pipewright.ResourceID(row[i])
	}
	return p, nil
}
