package ask

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pipewright/pipewright/tools"
)

// arguments reads and checks the arguments of a call. note says what is wrong.
func (m *thought) arguments(tool tools.Tool, text string) (args map[string]any, note string) {
	args = map[string]any{}
	if strings.TrimSpace(text) == "" || strings.TrimSpace(text) == "{}" || strings.TrimSpace(text) == "null" {
		text = ""
	}
	given := map[string]any{}
	if text != "" {
		var ok bool
		if given, ok = readObject(text); !ok {
			return args, fmt.Sprintf("error: the arguments of %s are not a JSON object such as {%s}", tool.Name, example(tool))
		}
	}
	for _, name := range sortedKeys(given) {
		i := slices.IndexFunc(tool.Args, func(a tools.Arg) bool { return a.Name == strings.ToLower(name) })
		if i < 0 {
			return args, fmt.Sprintf("error: %s has no argument %q; it has %s", tool.Name, firstLine(Visible(name), 40), argNames(tool))
		}
		v, ok := fitArg(tool.Args[i], given[name], m.now)
		if !ok {
			return args, fmt.Sprintf("error: %s of %s must be %s, not %s", name, tool.Name, argForm(tool.Args[i]), firstLine(Visible(fmt.Sprint(given[name])), 60))
		}
		if v != nil {
			args[tool.Args[i].Name] = v
		}
	}
	for _, a := range tool.Args {
		if _, there := args[a.Name]; a.Required && !there {
			return args, fmt.Sprintf("error: %s needs %s: %s", tool.Name, a.Name, a.Purpose)
		}
	}
	m.bound(tool, args)
	return args, ""
}

// bound gives a call the window of the question when it names none, except where all
// that is open matters.
func (m *thought) bound(tool tools.Tool, args map[string]any) {
	has := func(name string) bool {
		return slices.ContainsFunc(tool.Args, func(a tools.Arg) bool { return a.Name == name })
	}
	_, start := args["start"]
	_, end := args["end"]
	if !start && !end && args["live"] == nil && has("start") && has("end") {
		args["start"], args["end"] = m.ans.Window.Start.UTC().Format(time.RFC3339), m.ans.Window.End.UTC().Format(time.RFC3339)
	}
}

func example(tool tools.Tool) string {
	for _, a := range tool.Args {
		if a.Name == "resource" {
			return `"resource": "glue:job/orders_etl"`
		}
	}
	return ""
}

func argNames(tool tools.Tool) string {
	var out []string
	for _, a := range tool.Args {
		out = append(out, a.Name)
	}
	return strings.Join(out, ", ")
}

func argForm(a tools.Arg) string {
	switch {
	case len(a.Enum) > 0:
		return "one of " + strings.Join(a.Enum, ", ")
	case a.Type == "time":
		return "a time such as 2026-01-31T14:00:00Z"
	}
	return "of type " + a.Type
}

// fitArg brings a value to the argument's type, as far as its meaning is certain. A
// value that says nothing becomes nil.
func fitArg(a tools.Arg, v any, now time.Time) (any, bool) {
	if s, ok := v.(string); ok {
		if s = strings.TrimSpace(s); s == "" || strings.EqualFold(s, "null") || strings.EqualFold(s, "none") {
			return nil, true
		}
		v = s
	}
	if v == nil {
		return nil, true
	}
	switch a.Type {
	case "integer":
		n, ok := numberOf(v)
		return int(n), ok && n == math.Trunc(n) && n >= 0 && n < 1e9
	case "number":
		return numberOf(v)
	case "boolean":
		if s, is := v.(string); is {
			b, err := strconv.ParseBool(strings.ToLower(s))
			return b, err == nil
		}
		b, ok := v.(bool)
		return b, ok
	case "time":
		s, ok := v.(string)
		if !ok {
			return nil, false
		}
		return timeOf(s, now)
	}
	s, ok := v.(string)
	if !ok {
		return nil, false
	}
	for _, e := range a.Enum {
		if strings.EqualFold(e, s) {
			return e, true
		}
	}
	return s, len(a.Enum) == 0
}

func numberOf(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	case string:
		f, err := strconv.ParseFloat(n, 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return 0, false
}

// timeOf reads a time as models write it: RFC 3339, the same without a zone (the
// asker's), a date, "now", or a duration back from now.
func timeOf(s string, now time.Time) (any, bool) {
	if strings.EqualFold(s, "now") {
		return now.UTC().Format(time.RFC3339), true
	}
	if d, err := time.ParseDuration(strings.TrimPrefix(strings.TrimPrefix(s, "now"), "-")); err == nil && d >= 0 {
		return now.Add(-d).UTC().Format(time.RFC3339), true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil && at.Year() > 0 {
			return at.UTC().Format(time.RFC3339), true
		}
	}
	return nil, false
}
