package llm

import (
	"encoding/json"
	"maps"
	"slices"
)

// Strict returns a JSON Schema in the form that strict decoding wants: every object
// lists all its properties as required and admits no others, and what was optional may
// be null. A schema that cannot be read is returned as it is.
func Strict(schema json.RawMessage) json.RawMessage {
	var v any
	if json.Unmarshal(schema, &v) != nil {
		return schema
	}
	b, err := json.Marshal(strict(v))
	if err != nil {
		return schema
	}
	return b
}

func strict(v any) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = strict(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = strict(x[k])
		}
		if props, ok := x["properties"].(map[string]any); ok {
			requireAll(x, props)
		}
	}
	return v
}

func requireAll(object, props map[string]any) {
	required := map[string]bool{}
	list, _ := object["required"].([]any)
	for _, r := range list {
		if s, ok := r.(string); ok {
			required[s] = true
		}
	}
	names := slices.Sorted(maps.Keys(props))
	all := make([]any, len(names))
	for i, name := range names {
		all[i] = name
		if p, ok := props[name].(map[string]any); ok && !required[name] {
			orNull(p)
		}
	}
	object["required"], object["additionalProperties"] = all, false
}

// orNull lets a property be null.
func orNull(p map[string]any) {
	switch t := p["type"].(type) {
	case string:
		if t != "null" {
			p["type"] = []any{t, "null"}
		}
	case []any:
		if !slices.Contains(t, any("null")) {
			p["type"] = append(t, "null")
		}
	}
	if e, ok := p["enum"].([]any); ok && !slices.Contains(e, nil) {
		p["enum"] = append(e, nil)
	}
}
