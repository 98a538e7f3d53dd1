package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Names under which structured logs keep the parts of a record, the more telling first.
var (
	timeKeys   = []string{"timestamp", "@timestamp", "time", "ts", "asctime", "eventTime", "datetime", "date", "t", "__REALTIME_TIMESTAMP"}
	levelKeys  = []string{"level", "levelname", "severity", "lvl", "log.level", "loglevel", "PRIORITY"}
	textKeys   = []string{"message", "@message", "msg", "log", "event", "text", "body", "textPayload", "jsonPayload.message", "fields.message", "short_message", "MESSAGE"}
	loggerKeys = []string{"logger", "name", "logger_name", "component", "caller", "module", "target", "SYSLOG_IDENTIFIER"}
	traceKeys  = []string{"exc_info", "exception", "stack_trace", "stacktrace", "stack", "traceback", "error.stack_trace", "error.stack", "err.stack", "full_message"}
)

// fields reads a line of JSON or logfmt.
func fields(line string, now time.Time) (Header, bool) {
	var m map[string]string
	trimmed := strings.TrimLeft(strings.TrimRight(line, " \t\r\n,"), " \t")
	object := strings.HasPrefix(trimmed, "{") && strings.HasSuffix(trimmed, "}")
	switch {
	case object:
		m = jsonFields(trimmed)
	case strings.Contains(line, "msg=") || strings.Contains(line, "level="):
		m = logfmt(line)
	}
	when, timed := first(m, timeKeys)
	text, ok := first(m, textKeys)
	if !ok && (!object || !timed) {
		return Header{}, false
	}
	level, _ := first(m, levelKeys)
	h := Header{Message: strings.TrimRight(text, "\n"), Level: levelOf(level)}
	if timed {
		h.At = moment(when, now)
	}
	h.Logger, _ = first(m, loggerKeys)
	if !ok { // an object that says when, but not in which of its members it says what
		h.Message = line
		return h, !h.At.IsZero()
	}
	if trace, ok := first(m, traceKeys); ok && trace != text {
		h.Message += "\n" + trace
	} else if trace := pythonTraces(m["error_detail"]); trace != "" {
		h.Message += "\n" + trace
	}
	h.unwrap(now)
	return h, true
}

// unwrap reads the header within the message, as it is when a shipper wrapped the line.
func (h *Header) unwrap(now time.Time) {
	inner, found := Parse(h.Message, now)
	if !found {
		word, rest := headWord(h.Message) // "[ERROR] ", as AWS Lambda writes
		if level, ok := levelNamed(strings.Trim(word, "[]")); ok && word[0] == '[' && h.Level == "" {
			h.Level, h.Message = level, strings.TrimLeft(rest, " \t")
		}
		return
	}
	if h.Level == "" {
		h.Level, h.Logger = inner.Level, inner.Logger
	}
	if h.At.IsZero() {
		h.At = inner.At
	}
	h.Message = inner.Message
}

func first(m map[string]string, keys []string) (string, bool) {
	for _, k := range keys {
		if v, ok := m[k]; ok && v != "" {
			return v, true
		}
	}
	return "", false
}

// within are the members whose own members count too, under both names with a dot between.
var within = []string{"error", "err", "fields", "jsonPayload"}

// jsonFields are the members of an object as text, nil when it is none.
func jsonFields(line string) map[string]string {
	var raw map[string]json.RawMessage
	if json.Unmarshal([]byte(line), &raw) != nil {
		return nil
	}
	m := make(map[string]string, len(raw))
	for k, v := range raw {
		m[k] = jsonText(v)
	}
	for _, k := range within {
		var inner map[string]json.RawMessage
		if v := raw[k]; len(v) > 0 && v[0] == '{' && json.Unmarshal(v, &inner) == nil {
			for sub, v := range inner {
				m[k+"."+sub] = jsonText(v)
			}
		}
	}
	return m
}

// jsonText is a value as text, empty when it is null.
func jsonText(v json.RawMessage) string {
	var s string
	if len(v) > 0 && (v[0] != '"' && v[0] != 'n' || json.Unmarshal(v, &s) != nil) {
		return string(v)
	}
	return s
}

// pythonTraces writes what Airflow logs of an exception and its causes, a JSON list with
// the last raised first, as Python prints it; empty when it is none.
func pythonTraces(list string) string {
	var raised []struct {
		Type   string `json:"exc_type"`
		Value  string `json:"exc_value"`
		Frames []struct {
			File string `json:"filename"`
			Line int    `json:"lineno"`
			Name string `json:"name"`
		} `json:"frames"`
	}
	if list == "" || json.Unmarshal([]byte(list), &raised) != nil {
		return ""
	}
	var lines []string
	for _, r := range slices.Backward(raised) {
		if len(lines) > 0 {
			lines = append(lines, "", "The above exception was the direct cause of the following exception:", "")
		}
		lines = append(lines, traceback)
		for _, f := range r.Frames {
			lines = append(lines, fmt.Sprintf("  File %q, line %d, in %s", f.File, f.Line, f.Name))
		}
		lines = append(lines, r.Type+": "+r.Value)
	}
	return strings.Join(lines, "\n")
}

// logfmt reads keys with values, which may be quoted; nil when a line is mostly something else.
func logfmt(line string) map[string]string {
	m := map[string]string{}
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		key, after, ok := strings.Cut(rest, "=")
		if !ok || key == "" || strings.ContainsAny(key, " \"") {
			return nil
		}
		if strings.HasPrefix(after, `"`) {
			quoted, err := strconv.QuotedPrefix(after)
			if err != nil {
				return nil
			}
			m[key], _ = strconv.Unquote(quoted)
			rest = after[len(quoted):]
			continue
		}
		m[key], rest, _ = strings.Cut(after, " ")
	}
	return m
}

// moment reads a time as text or as a number of seconds, milliseconds, microseconds or
// nanoseconds since 1970, told apart by its size.
func moment(s string, now time.Time) time.Time {
	if t, _, ok := stamp(s, now); ok {
		return t
	}
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 1e8 {
		return time.Time{}
	}
	unit := int64(time.Second)
	for limit := int64(1e11); n >= limit && unit > 1; limit *= 1e3 {
		unit /= 1e3
	}
	t := time.Unix(0, 0).Add(time.Duration(n) * time.Duration(unit)).UTC()
	d, _ := fraction("." + frac)
	return t.Add(d / time.Duration(int64(time.Second)/unit))
}

// levelOf reads a level as a word, or as the number that syslog (0 to 7) or bunyan and pino
// (10 to 60) write.
func levelOf(s string) pipewright.Level {
	if l, ok := levelNames[strings.ToLower(s)]; ok {
		return l
	}
	switch n, err := strconv.Atoi(s); {
	case err != nil || n < 0 || n > 60 || n > 7 && n < 10:
		return ""
	case n < 4:
		return pipewright.Err
	case n == 4:
		return pipewright.Warn
	case n == 5 || n == 6:
		return pipewright.Info
	case n == 7:
		return pipewright.Debug
	case n >= 50:
		return pipewright.Err
	case n >= 40:
		return pipewright.Warn
	case n >= 30:
		return pipewright.Info
	}
	return pipewright.Debug
}

// ParseTime reads a time alone: in any of the ways in which logs write one, or as a number
// of seconds, milliseconds, microseconds or nanoseconds since 1970.
func ParseTime(s string, now time.Time) (time.Time, bool) {
	t := moment(strings.TrimSpace(s), now)
	return t, !t.IsZero()
}
