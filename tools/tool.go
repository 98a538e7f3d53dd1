package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
)

// Effect says whether a tool changes the world. The zero value is a write: the
// strict reading.
type Effect int

const (
	Write Effect = iota
	Read
)

// Arg is one argument of a tool, as a model and a person see it.
type Arg struct {
	Name     string
	Type     string // string, integer, number, boolean, time (RFC 3339)
	Purpose  string
	Required bool
	Enum     []string
}

// Result is what a read tool found. When Hits is 0, Empty says what was
// searched and why it may be empty.
type Result struct {
	Evidence []pipewright.Evidence // without ids; the caller numbers them
	Hits     int
	Data     any    // typed facts for the built-in planner; JSON for a model
	Empty    string // only when Hits is 0
}

// Tool is one read tool. Call honours ctx, writes nothing and never puts a
// secret into an error.
type Tool struct {
	Name    string
	Purpose string
	Effect  Effect
	Args    []Arg
	Call    func(ctx context.Context, args map[string]any) (Result, error)
}

// Schema is the tool's arguments as a JSON Schema object.
func (t Tool) Schema() json.RawMessage {
	props := map[string]any{}
	required := []string{}
	for _, a := range t.Args {
		p := map[string]any{"type": a.Type, "description": a.Purpose}
		if a.Type == "time" {
			p["type"], p["format"] = "string", "date-time"
		}
		if len(a.Enum) > 0 {
			p["enum"] = a.Enum
		}
		props[a.Name] = p
		if a.Required {
			required = append(required, a.Name)
		}
	}
	b, err := json.Marshal(map[string]any{
		"type": "object", "properties": props, "required": required, "additionalProperties": false,
	})
	if err != nil {
		panic(fmt.Sprintf("tools: schema of %s: %v", t.Name, err)) // maps of strings always encode
	}
	return b
}

// Registry holds the tools, probes and actuators of a running Pipewright. It is
// built once and then only read.
type Registry struct {
	tools     map[string]Tool
	probes    []Probe
	rows      []RowReader
	actuators map[pipewright.ActionKind][]Actuator
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry {
	return &Registry{tools: map[string]Tool{}, actuators: map[pipewright.ActionKind][]Actuator{}}
}

// AddTool registers a read tool. A second tool of the same name is an error.
func (r *Registry) AddTool(t Tool) error {
	if _, dup := r.tools[t.Name]; dup || t.Effect != Read || t.Call == nil {
		return pipewright.Errorf(pipewright.Invalid, "tool %q is registered twice, does not read, or has no function", t.Name)
	}
	r.tools[t.Name] = t
	return nil
}

// Tool looks a read tool up.
func (r *Registry) Tool(name string) (Tool, bool) {
	t, ok := r.tools[name]
	return t, ok
}

// Tools lists the read tools by name.
func (r *Registry) Tools() []Tool {
	out := make([]Tool, 0, len(r.tools))
	for _, t := range r.tools {
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Tool) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// AddProbe registers a probe.
func (r *Registry) AddProbe(p Probe) { r.probes = append(r.probes, p) }

// Probes lists the probes of a name that fit the resource's kind, in the order
// they were added.
func (r *Registry) Probes(name string, target pipewright.ResourceID) []Probe {
	var out []Probe
	for _, p := range r.probes {
		if p.Name == name && slices.Contains(p.Kinds, target.Kind()) {
			out = append(out, p)
		}
	}
	return out
}

// AddRows registers a reader of row counts.
func (r *Registry) AddRows(rows RowReader) { r.rows = append(r.rows, rows) }

// Rows looks up who counts the rows of a resource.
func (r *Registry) Rows(table pipewright.ResourceID) (RowReader, bool) {
	for _, rows := range r.rows {
		if slices.Contains(rows.Kinds, table.Kind()) {
			return rows, true
		}
	}
	return RowReader{}, false
}

// AddActuator registers an actuator after checking that its declaration is
// whole. Two of one kind must each say what they own.
func (r *Registry) AddActuator(a Actuator) error {
	if err := a.Check(); err != nil {
		return err
	}
	for _, other := range r.actuators[a.Kind] {
		if other.Owns == nil || a.Owns == nil {
			return pipewright.Errorf(pipewright.Invalid, "actuator %s is registered twice, and nothing says which resources are whose", a.Kind)
		}
	}
	r.actuators[a.Kind] = append(r.actuators[a.Kind], a)
	return nil
}

// Actuator looks up what does an action kind on a target.
func (r *Registry) Actuator(kind pipewright.ActionKind, target pipewright.ResourceID) (Actuator, bool) {
	for _, a := range r.actuators[kind] {
		if a.ActsOn(target) {
			return a, true
		}
	}
	return Actuator{}, false
}

// Declared lists every actuator, by kind.
func (r *Registry) Declared() []Actuator {
	var out []Actuator
	for _, kind := range slices.Sorted(maps.Keys(r.actuators)) {
		out = append(out, r.actuators[kind]...)
	}
	return out
}

// For lists the actuators that can act on the resource, sorted by kind.
func (r *Registry) For(target pipewright.ResourceID) []Actuator {
	var out []Actuator
	for kind := range r.actuators {
		if a, ok := r.Actuator(kind, target); ok {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b Actuator) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return out
}
