package ask

import (
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Which tools the model sees and may call.

// toolsFor is which tools a small model is offered, by what the grammar made of the
// question.
func toolsFor(intent pipewright.Intent) []string {
	switch intent {
	case "count":
		return []string{"count_logs", "search_logs", "list_runs", "list_resources"}
	case "metric":
		return []string{"get_metric", "list_series", "list_resources"}
	case "failures", "status":
		return []string{"list_incidents", "list_runs", "count_logs", "list_resources"}
	case "changes":
		return []string{"recent_changes", "schema_history", "last_good_run", "lineage"}
	case "explain", "alternatives", "what_if", "incident":
		return []string{"get_incident", "list_incidents", "list_events", "list_approvals"}
	}
	return []string{"list_incidents", "search_logs", "recent_changes", "list_runs", "get_metric"}
}

// offer picks the tools that the model sees: those of the template when there is one. A
// small model sees few, with short schemas. Tools of others come last.
func (m *thought) offer() {
	for _, tool := range append(m.a.deps.Tools.Tools(), m.outside()...) {
		if tool.Effect != tools.Read || !m.fits(tool.Name) {
			continue
		}
		m.can = append(m.can, tool)
		if m.limits.Small {
			tool = shorter(tool)
		}
		m.offered = append(m.offered, ToolSpec{Name: tool.Name, Purpose: tool.Purpose, Schema: tool.Schema()})
	}
}

// fits reports whether the model is offered a tool of this name.
func (m *thought) fits(name string) bool {
	switch {
	case m.task != nil:
		return slices.Contains(m.task.Tools, name) && (!m.limits.Small || len(m.offered) < mostForSmall)
	case m.limits.Small:
		_, ours := m.a.deps.Tools.Tool(name)
		return !ours && len(m.offered) < mostForSmall+2 || slices.Contains(toolsFor(m.intent), name)
	}
	return true
}

// mostForSmall is how many tools a small model keeps apart.
const mostForSmall = 5

// tool is a tool that the model may call. Without a template that is any read tool that is
// registered, shown to it or not.
func (m *thought) tool(name string) (tools.Tool, bool) {
	if i := slices.IndexFunc(m.can, func(t tools.Tool) bool { return t.Name == name }); i >= 0 {
		return m.can[i], true
	}
	t, ok := m.a.deps.Tools.Tool(name)
	return t, ok && m.task == nil && t.Effect == tools.Read
}

// shorter drops the arguments that a small model can do without and shortens the rest.
func shorter(t tools.Tool) tools.Tool {
	var args []tools.Arg
	for _, a := range t.Args {
		if a.Required || slices.Contains([]string{"resource", "start", "end", "text", "state", "live"}, a.Name) {
			a.Purpose = firstLine(a.Purpose, 40)
			args = append(args, a)
		}
	}
	t.Args, t.Purpose = args, firstLine(t.Purpose, 90)
	return t
}
