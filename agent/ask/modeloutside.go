package ask

import (
	"context"

	"github.com/pipewright/pipewright/tools"
)

// Outside has read tools of others, such as MCP servers that the configuration allows.
// Only the model calls them, and what they return is text from outside like every log.
type Outside interface {
	// Tools connects where it must, within ctx. faults say what cannot be had, a line each.
	Tools(ctx context.Context) (found []tools.Tool, faults []string)
}

// outside lists the tools of others. Those that cannot be had are named as a gap, and cost
// the question nothing else.
func (m *thought) outside() []tools.Tool {
	if m.a.deps.Outside == nil {
		return nil
	}
	found, faults := m.a.deps.Outside.Tools(m.ctx)
	for _, f := range faults {
		m.gap("an outside tool could not be asked: %s", firstLine(Visible(f), 200))
	}
	return found
}
