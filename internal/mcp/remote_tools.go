package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Bounds of what a server may say about itself.
const (
	maxPages   = 20
	maxArgs    = 40
	maxPurpose = 400
)

// ToolName is what a server's tool is called here: letters, digits and _, at most 64.
func ToolName(server, tool string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, server+"_"+tool)
	return name[:min(len(name), 64)]
}

// Tools lists the server's tools that the configuration allows, as read tools, and
// what is wrong with the rest of the list. Tools that are not allowed are neither
// returned nor mentioned.
func (r *Remote) Tools(ctx context.Context) (found []tools.Tool, faults []string, err error) {
	offered, err := with(ctx, r, list)
	if err != nil {
		return nil, nil, err
	}
	taken := map[string]bool{}
	for _, name := range r.cfg.Allow {
		i := slices.IndexFunc(offered, func(t *mcp.Tool) bool { return t != nil && t.Name == name })
		switch {
		case i < 0:
			faults = append(faults, fmt.Sprintf("%s has no tool %q", r.cfg.Name, name))
		case destroys(offered[i]):
			faults = append(faults, fmt.Sprintf("%s says that %q destroys: it cannot be a read tool", r.cfg.Name, name))
		case taken[ToolName(r.cfg.Name, name)]:
			faults = append(faults, fmt.Sprintf("%s: the name of %q is taken by another of its tools", r.cfg.Name, name))
		default:
			taken[ToolName(r.cfg.Name, name)] = true
			found = append(found, r.tool(offered[i]))
		}
	}
	return found, faults, nil
}

// list reads the pages of the tool list, so many at most: a server may have no end.
func list(ctx context.Context, s *mcp.ClientSession) ([]*mcp.Tool, error) {
	var out []*mcp.Tool
	params := &mcp.ListToolsParams{}
	for range maxPages {
		page, err := s.ListTools(ctx, params)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Tools...)
		if page.NextCursor == "" {
			break
		}
		params.Cursor = page.NextCursor
	}
	return out, nil
}

// destroys reports what a server says of its own tool. Silence is no word for or
// against: the configuration allowed it.
func destroys(t *mcp.Tool) bool {
	a := t.Annotations
	return a != nil && !a.ReadOnlyHint && a.DestructiveHint != nil && *a.DestructiveHint
}

// tool is a server's tool as one of ours.
func (r *Remote) tool(t *mcp.Tool) tools.Tool {
	args := r.args(t.InputSchema)
	name := t.Name
	return tools.Tool{Name: ToolName(r.cfg.Name, name), Effect: tools.Read, Args: args.list,
		Purpose: fmt.Sprintf("%s of the outside server %s, which says of it: %s", r.quote(name), r.cfg.Name, r.quote(t.Description)),
		Call: func(ctx context.Context, given map[string]any) (tools.Result, error) {
			params, err := args.read(given)
			if err != nil {
				return tools.Result{}, err
			}
			began := r.cfg.Now()
			res, err := with(ctx, r, func(ctx context.Context, s *mcp.ClientSession) (*mcp.CallToolResult, error) {
				return s.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: params})
			})
			if err != nil {
				return tools.Result{}, err
			}
			return r.result(name, args.query(name, given), res, pipewright.Window{Start: began, End: r.cfg.Now()})
		}}
}

// quote is text of the server's as part of a sentence of ours.
func (r *Remote) quote(text string) string {
	text = strings.Join(strings.Fields(pipewright.Visible(r.cfg.Redact(text))), " ")
	return fmt.Sprintf("%q", cut(text, maxPurpose))
}

// arguments are the arguments of a server's tool. Those that ours have no type for
// are given as JSON.
type arguments struct {
	list []tools.Arg
	json map[string]bool
}

// args reads the properties of a JSON Schema, in order of name.
func (r *Remote) args(schema any) arguments {
	out := arguments{json: map[string]bool{}}
	m, _ := schema.(map[string]any)
	props, _ := m["properties"].(map[string]any)
	required, _ := m["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		if len(out.list) == maxArgs || pipewright.Visible(name) != name || len(name) > 64 {
			continue
		}
		p, _ := props[name].(map[string]any)
		says, _ := p["description"].(string)
		a := tools.Arg{Name: name, Type: "string", Purpose: r.quote(says), Required: slices.Contains(required, any(name))}
		switch t, _ := p["type"].(string); t {
		case "string", "integer", "number", "boolean":
			a.Type = t
		default:
			out.json[name], a.Purpose = true, "as JSON: "+a.Purpose
		}
		out.list = append(out.list, a)
	}
	return out
}

// read checks what a caller gives against what the server declared.
func (a arguments) read(given map[string]any) (map[string]any, error) {
	out := map[string]any{}
	for name, v := range given {
		if !slices.ContainsFunc(a.list, func(arg tools.Arg) bool { return arg.Name == name }) {
			return nil, pipewright.Errorf(pipewright.Invalid, "there is no argument %q", name)
		}
		out[name] = v
		if s, ok := v.(string); ok && a.json[name] {
			var decoded any
			if err := json.Unmarshal([]byte(s), &decoded); err != nil {
				return nil, pipewright.Errorf(pipewright.Invalid, "%s must be JSON", name)
			}
			out[name] = decoded
		}
	}
	for _, arg := range a.list {
		if _, ok := out[arg.Name]; arg.Required && !ok {
			return nil, pipewright.Errorf(pipewright.Invalid, "%s is needed", arg.Name)
		}
	}
	return out, nil
}

// query is the call as one line.
func (a arguments) query(name string, given map[string]any) string {
	var b strings.Builder
	b.WriteString(name)
	for _, arg := range a.list {
		if v, ok := given[arg.Name]; ok {
			fmt.Fprintf(&b, " %s=%s", arg.Name, cut(fmt.Sprintf("%q", fmt.Sprint(v)), 200))
		}
	}
	return b.String()
}
