package airflow

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Bounds of one task's log. Only the middle of a long log is left out.
const (
	headRecords = 200
	tailRecords = 800
	maxRecord   = 256 << 10 // bytes of one record; the rest of it is left out
)

// record is one entry of a task log.
type record struct {
	At    time.Time
	Level pipewright.Level
	Text  string
	// Cause is the error at the root of the exception that the record carries,
	// as "Type: first line of its message".
	Cause string
}

// taskLog is what is kept of a log.
type taskLog struct {
	Records []record
	LeftOut int // records of the middle that were not kept
}

// readLog reads a task log in either form that Airflow serves: a JSON object
// with a list called content, or one JSON value a line. Entries are structured
// messages, or plain lines as tasks of Airflow 2 wrote them. end is the time of
// entries that carry none.
func readLog(from io.Reader, end time.Time) (taskLog, error) {
	keep := keeper{}
	group := false
	err := entries(from, func(raw json.RawMessage) {
		r, ok := parseEntry(raw, end)
		switch {
		case !ok:
		case r.Text == "::group::Log message source details": // where the file lies, not what it says
			group = true
		case r.Text == "::endgroup::":
			group = false
		case group || strings.HasPrefix(r.Text, "::group::"):
		default:
			keep.add(r)
		}
	})
	return keep.log(), err
}

// entries calls f for every entry of the log.
func entries(from io.Reader, f func(json.RawMessage)) error {
	in := bufio.NewReaderSize(from, 64<<10)
	for {
		line, whole, err := boundedLine(in)
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var page struct {
				Content []json.RawMessage `json:"content"`
			}
			switch {
			case whole && json.Unmarshal(line, &page) == nil && page.Content != nil:
				for _, raw := range page.Content {
					f(raw)
				}
			case whole && json.Valid(line):
				f(line)
			default: // not JSON, or cut: a plain line
				text, _ := json.Marshal(strings.ToValidUTF8(string(line), "\uFFFD")) // a string always encodes
				f(text)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// boundedLine reads a line but keeps at most maxAnswer bytes of it.
func boundedLine(in *bufio.Reader) (line []byte, whole bool, err error) {
	whole = true
	for {
		part, more, err := in.ReadLine()
		if room := maxAnswer - len(line); len(part) > room {
			part, whole = part[:room], false
		}
		line = append(line, part...)
		if err != nil || !more {
			return line, whole, err
		}
	}
}

// parseEntry reads one entry: a structured message or a plain line.
func parseEntry(raw json.RawMessage, end time.Time) (record, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return plainRecord(text, end), strings.TrimSpace(text) != ""
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return record{}, false
	}
	r := record{At: end, Level: levelOf(str(m, "level")), Text: str(m, "event")}
	if at, err := time.Parse(time.RFC3339Nano, str(m, "timestamp")); err == nil {
		r.At = at.UTC()
	}
	if r.Level != pipewright.Info && r.Level != pipewright.Debug {
		r.Text += facts(m)
	}
	var trace string
	if trace, r.Cause = traceback(m["error_detail"]); trace == "" {
		for _, key := range []string{"exc_info", "exception"} {
			if s := str(m, key); strings.Contains(s, tracebackStart) {
				trace, r.Cause = strings.TrimSpace(s), lastLine(s)
			}
		}
	}
	if trace != "" {
		r.Text = strings.TrimSpace(r.Text + "\n" + trace)
	}
	r.Text = bounded(r.Text)
	return r, strings.TrimSpace(r.Text) != ""
}

func str(m map[string]json.RawMessage, key string) string {
	var s string
	if json.Unmarshal(m[key], &s) != nil {
		return ""
	}
	return s
}

// told are the keys that say where a record is from, or that are shown already.
var told = map[string]bool{
	"timestamp": true, "event": true, "level": true, "logger": true, "filename": true, "lineno": true, "error_detail": true,
	"exc_info": true, "exception": true, "run_id": true, "dag_id": true, "task_id": true, "try_number": true, "map_index": true,
	"ti_id": true, "ti": true, "loc": true, "func_name": true,
}

// facts is the rest of a structured message, " key=value" by key: an exit code,
// a signal. Airflow puts there what a person would look for after a kill.
func facts(m map[string]json.RawMessage) string {
	var b strings.Builder
	for _, k := range sortedKeys(m) {
		if told[k] || bytes.Equal(m[k], []byte("null")) {
			continue
		}
		v := string(m[k])
		var s string
		if json.Unmarshal(m[k], &s) == nil {
			v = s
		}
		b.WriteString(" " + k + "=" + v)
	}
	return b.String()
}

func levelOf(word string) pipewright.Level {
	switch strings.ToLower(word) {
	case "debug":
		return pipewright.Debug
	case "warning", "warn":
		return pipewright.Warn
	case "error", "critical", "fatal", "exception":
		return pipewright.Err
	}
	return pipewright.Info
}

// plainShape is a line as Airflow 2 wrote it: [time] {file:line} LEVEL - text.
var plainShape = regexp.MustCompile(`^\[([^\]]{19,40})\] (?:\{[^}]*\} )?([A-Z]+) - `)

func plainRecord(text string, end time.Time) record {
	text = strings.TrimRight(text, "\r\n")
	r := record{At: end, Level: pipewright.Info, Text: bounded(text)}
	m := plainShape.FindStringSubmatch(text)
	if m == nil {
		return r
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z0700", time.RFC3339Nano} {
		if at, err := time.Parse(layout, m[1]); err == nil {
			r.At = at.UTC()
		}
	}
	r.Level, r.Text = levelOf(m[2]), bounded(text[len(m[0]):])
	return r
}

// bounded cuts a record at a blank, so that redaction later on sees whole words.
func bounded(s string) string {
	if len(s) <= maxRecord {
		return s
	}
	s = cut(s, maxRecord)
	if i := strings.LastIndexAny(s, " \n\t"); i > maxRecord/2 {
		s = s[:i]
	}
	return s + " [cut]"
}

// rootCause is the line that says best why the task failed: the innermost
// exception of the last record that holds one, else the last error line.
func (l taskLog) rootCause() string {
	last := ""
	for i := len(l.Records) - 1; i >= 0; i-- {
		r := l.Records[i]
		if r.Cause != "" {
			return r.Cause
		}
		if last == "" && r.Level == pipewright.Err {
			last = firstLine(r.Text)
		}
	}
	return last
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}
