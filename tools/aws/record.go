package aws

import (
	"regexp"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

const (
	span      = 2 * time.Second // from the first line of a record to its last
	maxRecord = 64 << 10        // bytes of one record; the rest of it is left out
)

// event is one log event of CloudWatch.
type event struct {
	Stream, ID string
	At         time.Time
	Text       string
}

// record is one entry of a log: an event and the lines that follow it in its
// stream and belong to it. It depends on those alone, so it is the same
// whichever poll reads it.
type record struct {
	event
	Followed bool // by another record of its stream: it is whole
	trace    trace
	full     bool
}

// group joins events into records, oldest first. Events of one stream must come
// in its order.
func group(events []event) []record {
	var records []record
	last := map[string]int{} // stream to the index of its last record
	for _, e := range events {
		i, known := last[e.Stream]
		switch {
		case known && records[i].takes(e):
			records[i].join(e.Text)
			continue
		case strings.TrimSpace(e.Text) == "":
			continue
		case known:
			records[i].Followed = true
		}
		last[e.Stream] = len(records)
		records = append(records, newRecord(e))
	}
	slices.SortStableFunc(records, func(a, b record) int { return a.At.Compare(b.At) })
	return records
}

func newRecord(e event) record {
	r := record{event: e}
	r.Text = ""
	r.join(e.Text)
	return r
}

func (r *record) takes(e event) bool {
	first, _, _ := strings.Cut(e.Text, "\n")
	return e.At.Sub(r.At) <= span && !e.At.Before(r.At) && r.trace.takes(strings.TrimRight(first, "\r"), r.bad())
}

// join adds the lines of an event. What is over maxRecord is left out.
func (r *record) join(text string) {
	text = strings.TrimRight(text, "\r\n")
	for line := range strings.SplitSeq(text, "\n") {
		r.trace.see(strings.TrimRight(line, "\r"))
	}
	switch {
	case r.full:
	case r.Text == "":
		r.Text, r.full = bounded(text)
	case len(r.Text)+len(text) >= maxRecord:
		r.Text, r.full = r.Text+"\n[cut]", true
	default:
		r.Text += "\n" + text
	}
}

// bounded cuts a text at a blank, so that redaction later on sees whole words.
func bounded(s string) (text string, full bool) {
	if len(s) <= maxRecord {
		return s, false
	}
	s = cut(s, maxRecord)
	if i := strings.LastIndexAny(s, " \n\t"); i > maxRecord/2 {
		s = s[:i]
	}
	return s + " [cut]", true
}

func (r *record) bad() bool { l := levelOf(r.Text); return l == pipewright.Warn || l == pipewright.Err }

// level is what the record says of itself, else error when it carries a stack
// trace. Glue's error group holds the driver's whole standard error, so the
// group says nothing.
func (r *record) level() pipewright.Level {
	if l := levelOf(r.Text); l != "" {
		return l
	}
	if r.trace.raised {
		return pipewright.Err
	}
	return pipewright.Info
}

var (
	levelWord = regexp.MustCompile(`(?:^|[\s\[|:(])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)(?:$|[\s\]|:),])`)
	levelJSON = regexp.MustCompile(`"(?i:level|severity|log_level|levelname)"\s*:\s*"(\w+)"`)
	levels    = map[string]pipewright.Level{
		"TRACE": pipewright.Debug, "DEBUG": pipewright.Debug, "INFO": pipewright.Info, "NOTICE": pipewright.Info, "WARN": pipewright.Warn,
		"WARNING": pipewright.Warn, "ERROR": pipewright.Err, "FATAL": pipewright.Err, "CRITICAL": pipewright.Err, "SEVERE": pipewright.Err,
	}
)

// levelOf finds the level near the beginning of a line, as log4j, Python and
// Lambda write it, or in a JSON field; empty when there is none.
func levelOf(text string) pipewright.Level {
	line, _, _ := strings.Cut(text, "\n")
	if m := levelWord.FindStringSubmatch(cut(line, 100)); m != nil {
		return levels[m[1]]
	}
	if strings.HasPrefix(strings.TrimSpace(line), "{") {
		if m := levelJSON.FindStringSubmatch(cut(text, 2000)); m != nil {
			return levels[strings.ToUpper(m[1])]
		}
	}
	return ""
}
