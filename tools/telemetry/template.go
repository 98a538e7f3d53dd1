package telemetry

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// Template is the data of get_template: a message without its values, and how it occurs.
type Template struct {
	ID       string                `json:"id"`
	Resource pipewright.ResourceID `json:"resource"`
	Text     string                `json:"text"` // variables as <*>
	Count    int                   `json:"count"`
	Of       int                   `json:"of"` // records looked at: the newest 20,000 of the window at most
	First    time.Time             `json:"first"`
	Last     time.Time             `json:"last"`
	Values   [][]string            `json:"values"` // by variable: some of the words seen there
	Rate     []RateBucket          `json:"rate"`   // steps with records only
	Step     time.Duration         `json:"step"`
}

func (r reader) getTemplate() spec {
	return spec{name: "get_template", purpose: "how often a resource logged one message, whatever its values: the message, first and last time, count, values and rate",
		args: []tools.Arg{resourceArg, {Name: "text", Type: "string", Purpose: "the message, or words of it", Required: true}, levelArg, startArg, endArg},
		run: func(ctx context.Context, in input) (tools.Result, error) {
			q, ok, _, err := r.search(ctx, in)
			if err != nil {
				return tools.Result{}, err
			}
			if !ok {
				return r.nothing(ctx, in, "log record", time.Time{})
			}
			m, ok, err := retrieval.TemplateOf(ctx, r.logs(), q)
			if err != nil {
				return tools.Result{}, err
			}
			if !ok {
				return r.noLogs(ctx, in, q.LogQuery)
			}
			ends := m.Lines[:1]
			if n := len(m.Lines); n > 1 {
				ends = []pipewright.LogLine{m.Lines[n-1], m.Lines[0]}
			}
			return tools.Result{Hits: len(m.Lines), Data: templateOf(m), Evidence: citeEach(ends, in.query(), q.Window)}, nil
		}}
}

func templateOf(m retrieval.Mined) Template {
	t := Template{ID: m.ID, Resource: m.Lines[0].Resource, Text: m.Text, Count: len(m.Lines), Of: m.Of, First: m.Lines[0].At, Last: m.Lines[len(m.Lines)-1].At, Values: m.Values}
	for _, s := range m.Rate {
		t.Step = s.Width
		t.Rate = append(t.Rate, RateBucket{Start: s.Start, Count: int(s.Count)})
	}
	return t
}
