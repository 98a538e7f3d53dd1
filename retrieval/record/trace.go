package record

import (
	"regexp"
	"strings"
)

// tracer follows a stack trace from line to line.
type tracer struct {
	python bool // between "Traceback" and the line that names the error
	frames bool // a frame or an error was the line before
	chain  bool // another trace is announced
	golang bool // after a panic of Go
}

// errorKinds are what the names of errors end in.
var errorKinds = []string{"Error", "Exception", "Failure", "Fault", "Throwable", "Interrupt", "Exit", "Warning", "Killed"}

var (
	errorLine = regexp.MustCompile(`^(?:[A-Za-z_][\w$]*[./])*[A-Z_a-z][\w$]*(?:` + strings.Join(errorKinds, "|") + `)\b`)
	anyError  = regexp.MustCompile(`\b(?:(?:[A-Za-z_][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception)\b|Error:)`)
)

const traceback = "Traceback (most recent call last):"

// goesOn reports whether a line goes on with the trace of the lines before it, and takes it in.
func (t *tracer) goesOn(line string) bool {
	trimmed := strings.TrimSpace(line)
	indented := line != "" && (line[0] == ' ' || line[0] == '\t')
	was := *t
	switch {
	case strings.HasPrefix(trimmed, traceback):
		*t = tracer{python: true}
		return was.chain
	case panicked(line):
		*t = tracer{golang: true}
		return false
	case t.golang && ofPanic(line):
		return true
	case t.python && indented:
		return true
	case t.python && trimmed != "":
		*t = tracer{frames: true}
		return true
	case strings.HasPrefix(trimmed, "at ") && indented, strings.HasPrefix(trimmed, "... ") && strings.HasSuffix(trimmed, " more"),
		strings.HasPrefix(trimmed, "Caused by: "), strings.HasPrefix(trimmed, "Suppressed: "), strings.HasPrefix(trimmed, "---> ") && indented:
		t.frames = true
		return true
	case chained(trimmed):
		*t = tracer{chain: true, frames: true}
		return true
	case trimmed == "":
		return was.frames || was.chain
	case !was.frames && mayNameError(trimmed) && (strings.HasPrefix(trimmed, "Error: ") || errorLine.MatchString(trimmed)):
		t.frames = true
		return !indented && was.chain
	}
	goes := indented && was.frames
	if !goes {
		*t = tracer{}
	}
	return goes
}

// panicked reports whether a line begins a panic of Go.
func panicked(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}

// ofPanic reports whether a line goes on with a panic of Go.
func ofPanic(line string) bool {
	if line == "" || line[0] == '\t' || line[len(line)-1] == ')' {
		return true
	}
	for _, begin := range []string{"goroutine ", "created by ", "exit status ", "[signal ", "runtime stack:"} {
		if strings.HasPrefix(line, begin) {
			return true
		}
	}
	return false
}

// mayNameError is a quick look before errorLine: its first word holds a capital that one
// of the kinds of error begins with, and one of their ends.
func mayNameError(s string) bool {
	end := 0
	for end < len(s) && wordBytes[s[end]] {
		end++
	}
	name := s[:end]
	if !strings.ContainsAny(name, "EFTIWK") {
		return false
	}
	for _, kind := range errorKinds {
		if strings.Contains(name, kind) {
			return true
		}
	}
	return false
}

// wordBytes are what errorLine allows before the kind of error.
var wordBytes = func() (in [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$./") {
		in[c] = true
	}
	return in
}()

// chained reports whether a line of Python announces another trace.
func chained(s string) bool {
	return s == "During handling of the above exception, another exception occurred:" ||
		s == "The above exception was the direct cause of the following exception:"
}

// rootCause is what went wrong first: the error that ends the first trace of Python, else
// the last "Caused by" of Java and its like, else the panic of Go, else the error before the
// frames.
func rootCause(lines []string) string {
	if len(lines) < 2 {
		return ""
	}
	caused, named, panics, framed, routines := "", "", "", false, false
	python := false
	for _, line := range lines {
		trimmed := strings.TrimSpace(line)
		indented := line != "" && (line[0] == ' ' || line[0] == '\t')
		switch {
		case strings.HasSuffix(trimmed, traceback):
			python = true
		case python && !indented && trimmed != "":
			return trimmed
		case panics == "" && panicked(line):
			panics = trimmed
		case strings.HasPrefix(line, "goroutine "):
			routines = true
		case strings.HasPrefix(trimmed, "at ") && indented:
			framed = true
		default:
			if c, ok := causedBy(trimmed); ok {
				caused = c
			} else if named == "" {
				named = errorIn(trimmed)
			}
		}
	}
	switch {
	case caused != "":
		return caused
	case panics != "" && routines:
		return panics
	case framed, python: // AWS Lambda names the error before the trace
		return named
	}
	return ""
}

// causedBy is what a line of Java, .NET or Node names as the cause of the error before it.
func causedBy(trimmed string) (string, bool) {
	for _, mark := range []string{"Caused by: ", "---> ", "[cause]: "} {
		if c, ok := strings.CutPrefix(trimmed, mark); ok {
			return strings.TrimSuffix(c, " {"), true
		}
	}
	return "", false
}

// errorIn is the error that a line names, from its name on.
func errorIn(trimmed string) string {
	if at := anyError.FindStringIndex(trimmed); at != nil {
		return trimmed[at[0]:]
	}
	return ""
}

// headAndTail is the head and the tail of a record's lines, within maxRecord bytes, and
// how many lines are between them.
func headAndTail(lines []string) (head, tail []string, left int) {
	head = takeLines(lines, false)
	tail = takeLines(lines[len(head):], true)
	return head, tail, len(lines) - len(head) - len(tail)
}

// takeLines is as many lines as half a record holds, from the front or the back.
func takeLines(lines []string, back bool) []string {
	size := 0
	for n := range lines {
		l := lines[n]
		if back {
			l = lines[len(lines)-1-n]
		}
		if size += len(l) + 1; size > maxRecord/2 || n >= maxLines/2 {
			if back {
				return lines[len(lines)-n:]
			}
			return lines[:n]
		}
	}
	return lines
}
