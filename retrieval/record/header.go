package record

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Header is what stands before the message of a line.
type Header struct {
	At      time.Time // zero: the line has none
	Level   pipewright.Level
	Logger  string // component, class, file or process, as written
	Message string
	Partial bool // the line goes on in the next one (Kubernetes' P)
}

// levelNames are the ways in which logs write a level.
var levelNames = map[string]pipewright.Level{
	"trace": pipewright.Debug, "debug": pipewright.Debug, "fine": pipewright.Debug, "verbose": pipewright.Debug,
	"info": pipewright.Info, "information": pipewright.Info, "notice": pipewright.Info,
	"warn": pipewright.Warn, "warning": pipewright.Warn,
	"error": pipewright.Err, "err": pipewright.Err, "severe": pipewright.Err, "fatal": pipewright.Err, "critical": pipewright.Err,
	"eror": pipewright.Err, "dbug": pipewright.Debug,
	"crit": pipewright.Err, "alert": pipewright.Err, "emerg": pipewright.Err, "panic": pipewright.Err,
}

// Parse reads the header of a line, whatever its format: a time, a level, a logger in
// any of the usual orders, or the fields of JSON and logfmt. A line without one is all
// message. now tells the year of times that have none.
func Parse(line string, now time.Time) (Header, bool) {
	if h, ok := fields(line, now); ok {
		return h, true
	}
	if h, ok := klog(line, now); ok {
		return h, true
	}
	head, versioned := skipPriority(line)
	before, rest, at, n, ok := findStamp(head, now)
	if !ok {
		return Header{Message: line}, false
	}
	h := Header{At: at}
	frame := strings.TrimPrefix(strings.TrimPrefix(rest[n:], "]"), " ")
	rest = strings.TrimLeft(frame, " \t")
	if versioned {
		h.Logger, h.Message = structuredData(rest)
		return h, true
	}
	if msg, partial, ok := container(rest); ok {
		inner, found := Parse(msg, now)
		if !found {
			inner = Header{Message: msg}
		}
		inner.At, inner.Partial = at, partial
		return inner, true
	}
	h.Message = h.consume(rest)
	if h.Message == rest {
		h.Message = frame // nothing was taken: a line of a trace keeps its place
	}
	h.Logger = cmp.Or(h.Logger, before)
	return h, true
}

// findStamp looks for the time at the beginning of a line, or after one or two words that
// are no words of a language: a mark, the name of a file, a number, a tag in capitals.
func findStamp(line string, now time.Time) (before, rest string, at time.Time, n int, ok bool) {
	rest = line
	for range 3 {
		rest = strings.TrimPrefix(rest, "[")
		if at, n, ok = stamp(rest, now); ok {
			return before, rest, at, n, true
		}
		word, after := headWord(rest)
		if at, ok = epoch(word); ok {
			return before, rest, at, len(word), true
		}
		if hasSmall(word) && lettersOnly(word) || after == "" {
			return "", "", at, 0, false
		}
		if word != "-" {
			before = strings.TrimSuffix(word, "]")
		}
		rest = strings.TrimLeft(after, " ")
	}
	return "", "", at, 0, false
}

// hasSmall reports whether a word has a small letter of ASCII.
func hasSmall(word string) bool {
	for i := range len(word) {
		if word[i] >= 'a' && word[i] <= 'z' {
			return true
		}
	}
	return false
}

func lettersOnly(word string) bool {
	for i := range len(word) {
		if c := word[i]; (c|0x20 < 'a' || c|0x20 > 'z') && c != ',' && c != '.' {
			return false
		}
	}
	return true
}

// longestLevel is the length of the longest of levelNames.
const longestLevel = len("information")

// levelNamed is the level that a word names, whatever its case.
func levelNamed(word string) (pipewright.Level, bool) {
	if len(word) < 3 || len(word) > longestLevel {
		return "", false
	}
	var small [longestLevel]byte
	for i := range len(word) {
		c := word[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		small[i] = c
	}
	level, ok := levelNames[string(small[:len(word)])]
	return level, ok
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ,."

// epoch reads seconds or milliseconds since 1970, within this century.
func epoch(word string) (time.Time, bool) {
	if len(word) != 10 && len(word) != 13 || word[0] != '1' && len(word) == 13 {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < 946_684_800 {
		return time.Time{}, false
	}
	if len(word) == 13 {
		return time.UnixMilli(n).UTC(), true
	}
	return time.Unix(n, 0).UTC(), true
}

// consume takes level and logger off the front of what follows the time.
func (h *Header) consume(s string) string {
	s = skipToLevel(s)
	for range 6 {
		s = strings.TrimLeft(s, " \t")
		word, rest := headWord(s)
		switch level, ok := levelNamed(strings.Trim(word, "[]:|")); {
		case word == "":
			return s
		case word == "-" && h.Level != "" && h.Logger != "":
			return strings.TrimLeft(rest, " \t")
		case word == "-" || word == "|":
		case word == "LOG:" && h.Level == "": // of PostgreSQL
			h.Level = pipewright.Info
		case isRequest(word) && strings.HasPrefix(rest, "\t"):
		case ok && h.Level == "":
			h.Level = level
		case h.Logger == "" && h.Level == "" && isHost(word, rest):
		case h.Level != "" && h.Logger == "" && dottedLogger(word, rest):
			h.Logger = word
		case looksLikeLogger(word):
			if word[0] != '[' && word[0] != '{' {
				h.Logger = strings.TrimSuffix(word, ":")
			} else if h.Logger == "" { // a thread or a file, if nothing better comes
				h.Logger = strings.Trim(word, "[]{}:")
			}
			if strings.HasSuffix(word, ":") {
				return strings.TrimLeft(rest, " \t")
			}
		default:
			return s
		}
		s = rest
	}
	return s
}

// isRequest reports whether a word is what AWS Lambda writes before a message, a tab after
// it: the time once more, or the id of the request.
func isRequest(word string) bool {
	if len(word) == 36 && word[8] == '-' && word[13] == '-' && word[18] == '-' && word[23] == '-' {
		return true
	}
	return len(word) == 24 && word[10] == 'T' && word[23] == 'Z'
}

// maxCodes is how many words without a small letter may stand before the level.
const maxCodes = 8

// skipToLevel takes off what stands between the time and the level when none of it is a
// word of a language: the number of a process, the name of a node.
func skipToLevel(s string) string {
	rest := s
	for range maxCodes {
		rest = strings.TrimLeft(rest, " \t")
		word, after := headWord(rest)
		if _, ok := levelNamed(word); ok && !hasSmall(word) {
			return rest
		}
		if word == "" || word[0] == '[' || word[0] == '{' || hasSmall(word) {
			return s
		}
		rest = after
	}
	return s
}

// dottedLogger reports whether a word after the level is the name of a logger: letters
// between dots, with what the logger says about itself in brackets after it, or long.
func dottedLogger(word, rest string) bool {
	dots := strings.Count(word, ".")
	return dots > 0 && strings.Trim(word, letters+"_0123456789") == "" && !strings.HasSuffix(word, ".") &&
		(dots > 1 || strings.HasPrefix(strings.TrimLeft(rest, " "), "["))
}

// headWord is the first word of s, a bracketed one whole, and what follows it.
func headWord(s string) (word, rest string) {
	if s == "" {
		return "", ""
	}
	for _, pair := range []string{"[]", "{}"} {
		if s[0] != pair[0] {
			continue
		}
		depth := 0
		for i := range len(s) {
			switch s[i] {
			case pair[0]:
				depth++
			case pair[1]:
				depth--
			}
			if depth == 0 {
				return s[:i+1], s[i+1:]
			}
		}
	}
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// isHost reports whether a word is the host of a syslog line: a process with a number or
// a colon follows it.
func isHost(word, rest string) bool {
	next, _ := headWord(strings.TrimLeft(rest, " "))
	return !strings.HasSuffix(word, ":") && word[0] != '[' && word[0] != '{' && !isLevel(word) &&
		strings.HasSuffix(next, ":") && strings.Count(next, ".") < 2 && strings.Count(word, ".") < 2 && processName(next)
}

// processName reports whether a word with a colon names a process: "sshd[213]:", "cron:".
func processName(word string) bool {
	for i := range len(word) {
		switch c := word[i]; {
		case c == '[' || c == '(' || c == '/':
			return true
		case c >= 'A' && c <= 'Z':
			return strings.ContainsAny(word, "[(/")
		}
	}
	return true
}

func isLevel(word string) bool {
	_, ok := levelNamed(word)
	return ok
}

// looksLikeLogger reports whether a word names what wrote the line: in brackets or
// braces, a class with a colon, or a process with a colon.
func looksLikeLogger(w string) bool {
	if w[0] == '[' || w[0] == '{' {
		return true
	}
	name, ok := strings.CutSuffix(w, ":")
	return ok && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-$/()[]@#") == "" &&
		(strings.ContainsAny(name, ".[(/$") || strings.ToLower(name) == name)
}

// skipPriority takes the priority of syslog off, and the version of RFC 5424: "<34>1 ".
func skipPriority(s string) (rest string, versioned bool) {
	if !strings.HasPrefix(s, "<") {
		return s, false
	}
	end := strings.IndexByte(s, '>')
	if end < 2 || end > 4 || strings.Trim(s[1:end], "0123456789") != "" {
		return s, false
	}
	return strings.CutPrefix(s[end+1:], "1 ")
}

// structuredData reads what follows the time in RFC 5424: host, application, process and
// message id, and data in brackets; any of them may be a dash.
func structuredData(s string) (app, msg string) {
	for i := range 4 {
		word, rest := headWord(strings.TrimLeft(s, " "))
		if i == 1 && word != "-" {
			app = word
		}
		s = rest
	}
	s = strings.TrimLeft(s, " ")
	for strings.HasPrefix(s, "[") {
		word, rest := headWord(s)
		if word == s {
			break
		}
		s = rest
	}
	s = strings.TrimPrefix(s, "-")
	return app, strings.TrimPrefix(strings.TrimLeft(s, " "), "\uFEFF")
}

// container reads what the container runtime of Kubernetes writes after the time:
// the stream, and whether the line is whole.
func container(s string) (msg string, partial, ok bool) {
	for _, stream := range []string{"stdout ", "stderr "} {
		if rest, found := strings.CutPrefix(s, stream); found && len(rest) >= 2 && (rest[0] == 'F' || rest[0] == 'P') && rest[1] == ' ' {
			return rest[2:], rest[0] == 'P', true
		}
	}
	return "", false, false
}

// klog reads the header of Kubernetes' own logs: "E1120 13:10:32.123456       1 controller.go:114] ".
func klog(line string, now time.Time) (Header, bool) {
	if len(line) < 21 || strings.IndexByte("IWEF", line[0]) < 0 || line[5] != ' ' {
		return Header{}, false
	}
	at, n, ok := stamp(line[1:], now)
	head, msg, found := strings.Cut(line, "] ")
	if !ok || !found || len(head) > 120 {
		return Header{}, false
	}
	where := strings.Fields(head[1+n:])
	h := Header{At: at, Message: msg, Level: map[byte]pipewright.Level{'I': pipewright.Info, 'W': pipewright.Warn, 'E': pipewright.Err, 'F': pipewright.Err}[line[0]]}
	if len(where) > 0 {
		h.Logger = where[len(where)-1]
	}
	return h, true
}
