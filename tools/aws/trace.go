package aws

import (
	"regexp"
	"strings"
)

// trace follows a record through a stack trace, Java's or Python's, and says
// which lines go on with it.
type trace struct {
	raised bool // a throwable or a traceback was seen
	python bool // in a Python traceback whose last line is still to come
	joint  bool // a traceback that another one follows
}

const tracebackStart = "Traceback (most recent call last):"

var (
	elided    = regexp.MustCompile(`^\s*\.\.\. \d+ (?:more|common frames omitted|elided)`)
	throwable = regexp.MustCompile(`^(?:[A-Za-z_$][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable|Failure)\b`)
	frame     = regexp.MustCompile(`^\s+at [\w$.<>/]+`)
	exception = regexp.MustCompile(`^[A-Za-z_][\w.]*(?:: |$)`)
)

func joins(line string) bool {
	return strings.HasPrefix(line, "The above exception was the direct cause") ||
		strings.HasPrefix(line, "During handling of the above exception")
}

// takes reports whether a line goes on with the record. bad says that the
// record is a warning or an error, which a bare throwable belongs to.
func (t trace) takes(line string, bad bool) bool {
	switch {
	case strings.TrimSpace(line) == "", line[0] == ' ', line[0] == '\t':
		return true
	case strings.HasPrefix(line, "Caused by: "), strings.HasPrefix(line, "Suppressed: "), elided.MatchString(line):
		return true
	case strings.HasPrefix(line, ": "): // py4j puts the Java side on a line of its own
		return t.raised
	case strings.HasPrefix(line, tracebackStart):
		return t.joint || bad && !t.raised
	case joins(line):
		return t.raised
	case t.python:
		return exception.MatchString(line)
	}
	return bad && !t.raised && throwable.MatchString(line)
}

// see moves on past a line that belongs to the record.
func (t *trace) see(line string) {
	switch {
	case strings.Contains(line, tracebackStart):
		t.raised, t.python, t.joint = true, true, false
	case joins(line):
		t.joint = true
	case t.python && exception.MatchString(line):
		t.python = false
	case throwable.MatchString(line), frame.MatchString(line), strings.HasPrefix(line, "Caused by: "):
		t.raised = true
	}
}
