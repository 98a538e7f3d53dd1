package telemetry

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// The arguments that several tools share.
var (
	resourceArg = tools.Arg{Name: "resource", Type: "string", Purpose: "resource id, such as glue:job/orders_etl; empty for all"}
	kindArg     = tools.Arg{Name: "kind", Type: "string", Purpose: "resource kinds, comma separated, such as glue:job,airflow:dag"}
	startArg    = tools.Arg{Name: "start", Type: "time", Purpose: "start of the window, included"}
	endArg      = tools.Arg{Name: "end", Type: "time", Purpose: "end of the window, excluded"}
)

func limitArg(what string) tools.Arg {
	return tools.Arg{Name: "limit", Type: "integer", Purpose: what}
}

// must marks an argument as required.
func must(a tools.Arg) tools.Arg { a.Required = true; return a }

// input is the checked arguments of one call.
type input struct {
	tool  string
	order []tools.Arg
	v     map[string]any
}

// read checks the arguments: all names known, all types right, all required there.
func (s spec) read(args map[string]any) (input, error) {
	in := input{tool: s.name, order: s.args, v: map[string]any{}}
	for name, v := range args {
		i := slices.IndexFunc(s.args, func(a tools.Arg) bool { return a.Name == name })
		if i < 0 {
			return in, pipewright.Errorf(pipewright.Invalid, "%s has no argument %q", s.name, name)
		}
		value, ok := typed(s.args[i], v)
		if !ok {
			return in, pipewright.Errorf(pipewright.Invalid, "%s: %s must be %s", s.name, name, wanted(s.args[i]))
		}
		if value != nil {
			in.v[name] = value
		}
	}
	for _, a := range s.args {
		if _, there := in.v[a.Name]; a.Required && !there {
			return in, pipewright.Errorf(pipewright.Invalid, "%s needs %s: %s", s.name, a.Name, a.Purpose)
		}
	}
	if id := in.str("resource"); id != "" {
		if _, err := pipewright.ParseResourceID(id); err != nil {
			return in, err
		}
	}
	return in, nil
}

func wanted(a tools.Arg) string {
	if len(a.Enum) > 0 {
		return "one of " + strings.Join(a.Enum, ", ")
	}
	if a.Type == "time" {
		return "a time in RFC 3339"
	}
	return "of type " + a.Type
}

// typed converts a value, as Go or JSON gives it, to the argument's type. An empty
// string is an argument that was not given.
func typed(a tools.Arg, v any) (any, bool) {
	switch a.Type {
	case "integer":
		n, ok := integer(v)
		return n, ok
	case "boolean":
		b, ok := v.(bool)
		return b, ok
	case "time":
		return instant(v)
	}
	s := fmt.Sprint(v)
	switch v.(type) {
	case string, pipewright.ResourceID, pipewright.Level, pipewright.RunState, pipewright.State:
	default:
		return nil, false
	}
	if s == "" {
		return nil, true
	}
	return s, len(a.Enum) == 0 || slices.Contains(a.Enum, s)
}

func integer(v any) (int, bool) {
	switch n := v.(type) {
	case int:
		return n, n >= 0
	case int64:
		return int(n), n >= 0
	case float64:
		return int(n), n == math.Trunc(n) && n >= 0 && n < 1e9
	}
	return 0, false
}

func instant(v any) (any, bool) {
	switch t := v.(type) {
	case time.Time:
		if t.IsZero() {
			return nil, true
		}
		return t.UTC(), true
	case string:
		if t == "" {
			return nil, true
		}
		parsed, err := time.Parse(time.RFC3339, t)
		return parsed.UTC(), err == nil
	}
	return nil, false
}

func (in input) str(name string) string { s, _ := in.v[name].(string); return s }

func (in input) resource() pipewright.ResourceID { return pipewright.ResourceID(in.str("resource")) }

func (in input) window() pipewright.Window {
	start, _ := in.v["start"].(time.Time)
	end, _ := in.v["end"].(time.Time)
	return pipewright.Window{Start: start, End: end}
}

func (in input) kinds() []string {
	if in.str("kind") == "" {
		return nil
	}
	return strings.Split(in.str("kind"), ",")
}

func (in input) flag(name string) bool { b, _ := in.v[name].(bool); return b }

// bound returns a number from the arguments: def when it is missing, at most most.
func (in input) bound(name string, def, most int) int {
	n, ok := in.v[name].(int)
	if !ok || n == 0 {
		n = def
	}
	return min(n, most)
}

// query is the call as one line, arguments in the order of their declaration.
func (in input) query() string {
	var b strings.Builder
	b.WriteString(in.tool)
	for _, a := range in.order {
		switch v := in.v[a.Name].(type) {
		case nil:
		case time.Time:
			fmt.Fprintf(&b, " %s=%s", a.Name, v.Format(time.RFC3339))
		case string:
			if strings.ContainsAny(v, " \t\n\"") {
				fmt.Fprintf(&b, " %s=%q", a.Name, v)
			} else {
				fmt.Fprintf(&b, " %s=%s", a.Name, v)
			}
		default:
			fmt.Fprintf(&b, " %s=%v", a.Name, v)
		}
	}
	return b.String()
}
