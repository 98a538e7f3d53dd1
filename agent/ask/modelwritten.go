package ask

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

var functionForm = regexp.MustCompile(`(?m)^\s*(?:functions?\.)?([a-z_]{3,40})\(([^()]*)\)\s*;?\s*$`)

// callsInText finds tool calls that a small model wrote as text instead of calling:
// <tool_call>{"name": …}</tool_call>, a JSON object or list with a tool's name, or
// search_logs(resource="…"). Only known names count.
func callsInText(text string, known func(string) bool) []ModelCall {
	var out []ModelCall
	add := func(name, args string) {
		if name = toolName(name); known(name) && len(out) < 8 {
			out = append(out, ModelCall{Tool: name, Args: args})
		}
	}
	for _, part := range objectsIn(text) {
		v, ok := readObject(part)
		if !ok {
			continue
		}
		if f, nested := v["function"].(map[string]any); nested {
			v = f
		}
		name, args := callOf(v)
		add(name, args)
	}
	for _, m := range functionForm.FindAllStringSubmatch(text, -1) {
		add(m[1], "{"+m[2]+"}")
	}
	return slices.Clip(out)
}

// callOf reads the name and the arguments of a call under the names that models use.
func callOf(v map[string]any) (name, args string) {
	for _, key := range []string{"name", "tool", "tool_name", "function", "action"} {
		if s, ok := v[key].(string); ok && name == "" {
			name = s
		}
	}
	for _, key := range []string{"arguments", "args", "parameters", "params", "input", "action_input", "tool_input"} {
		switch a := v[key].(type) {
		case string:
			return name, a
		case map[string]any:
			b, _ := json.Marshal(a) // came from JSON
			return name, string(b)
		}
	}
	return name, "{}"
}

// objectsIn cuts a text at the objects of its outermost level, at most 16.
func objectsIn(text string) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(text) && len(out) < 16; i++ {
		switch text[i] {
		case '{':
			if depth == 0 {
				start = i
			}
			depth++
		case '}':
			if depth > 0 {
				if depth--; depth == 0 {
					out = append(out, text[start:i+1])
				}
			}
		}
	}
	if depth > 0 {
		out = append(out, text[start:])
	}
	return out
}

// toolName takes off what models put around a name.
func toolName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "functions."), "function.")
	return strings.ReplaceAll(strings.Trim(name, "`\"'() "), "-", "_")
}
