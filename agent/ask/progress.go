package ask

import (
	"fmt"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// shows reports whether somebody looks on while the question is answered.
func (t *turn) shows() bool { return t.q.Watch != nil }

// report shows one thing to whoever looks on, once.
func (t *turn) report(kind pipewright.ProgressKind, text string) {
	p := pipewright.Progress{Kind: kind, Text: Visible(text)}
	if !t.shows() || slices.Contains(*t.told, p) {
		return
	}
	*t.told = append(*t.told, p)
	t.q.Watch(p)
}

// doing tells which tool is called, and about what.
func (t *turn) doing(tool string, args map[string]any) {
	if of, ok := args["resource"]; ok {
		tool += fmt.Sprintf(" on %v", of)
	} else if of, ok := args["incident"]; ok {
		tool += fmt.Sprintf(" on %v", of)
	}
	t.report(pipewright.ProgressStep, tool)
}
