package airflow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// raised is one exception of a structured log message, the outermost first in
// its list. IsCause says that the one before it was raised from it.
type raised struct {
	Type    string   `json:"exc_type"`
	Value   string   `json:"exc_value"`
	Notes   []string `json:"exc_notes"`
	IsCause bool     `json:"is_cause"`
	Frames  []struct {
		File string `json:"filename"`
		Line int    `json:"lineno"`
		Name string `json:"name"`
	} `json:"frames"`
}

// traceback writes an error_detail as Python prints a traceback, the root cause
// first, and names the root cause. Both are empty when there is none.
func traceback(detail json.RawMessage) (text, cause string) {
	var chain []raised
	if len(detail) == 0 || json.Unmarshal(detail, &chain) != nil || len(chain) == 0 {
		return "", ""
	}
	var b strings.Builder
	for i := len(chain) - 1; i >= 0; i-- {
		e := chain[i]
		if len(e.Frames) > 0 {
			b.WriteString(tracebackStart + "\n")
		}
		for _, f := range e.Frames {
			fmt.Fprintf(&b, "  File %q, line %d, in %s\n", f.File, f.Line, f.Name)
		}
		b.WriteString(e.line(strings.TrimSpace(e.Value)))
		for _, n := range e.Notes {
			b.WriteString("\n" + n)
		}
		if i > 0 {
			b.WriteString("\n\n" + joint(e.IsCause) + "\n\n")
		}
	}
	root := chain[len(chain)-1]
	return b.String(), root.line(firstLine(root.Value))
}

// line is the last line of a Python traceback.
func (e raised) line(value string) string {
	if value == "" {
		return e.Type
	}
	return e.Type + ": " + value
}

func joint(isCause bool) string {
	if isCause {
		return "The above exception was the direct cause of the following exception:"
	}
	return "During handling of the above exception, another exception occurred:"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
