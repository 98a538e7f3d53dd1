package ask

import (
	"context"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// What every question begins with.

// begin reads the thread and the observed world, and understands the words.
func (a *Asker) begin(ctx context.Context, q pipewright.Question) (*turn, error) {
	if q.Zone == nil {
		q.Zone = time.UTC
	}
	t := &turn{a: a, ctx: ctx, q: q, now: q.At.In(q.Zone), cited: map[string]string{}, told: &[]pipewright.Progress{}, asked: q.Text}
	t.ans = t.blank()
	if err := t.load(); err != nil {
		return nil, err
	}
	w, err := a.look(t)
	if err != nil {
		return nil, err
	}
	t.world = w
	if t.done, err = t.template(); err != nil || t.done {
		return t, err
	}
	t.understand()
	return t, t.fromTheStart()
}

// fromTheStart gives "all time" its beginning: when the first resource was observed.
func (t *turn) fromTheStart() error {
	if !t.r.timed || !t.r.window.Start.IsZero() || t.r.window.End.IsZero() {
		return nil
	}
	data, err := t.a.peek(t.ctx, "list_resources", map[string]any{"first_seen": true})
	if first := as[time.Time](data); err == nil && !first.IsZero() && first.Before(t.r.window.End) {
		t.r.window.Start = first.In(t.q.Zone)
	}
	return err
}

// look reads what the words are linked against. It does not count as a tool call
// of the answer: it is the same for every question.
func (a *Asker) look(t *turn) (world, error) {
	var w world
	ids, err := a.peek(t.ctx, "list_resources", map[string]any{"limit": 5000})
	if err != nil {
		return w, err
	}
	var resources []pipewright.Resource
	for _, id := range as[[]pipewright.ResourceID](ids) {
		resources = append(resources, pipewright.Resource{ID: id})
	}
	w.index = newIndex(resources)
	names, err := a.peek(t.ctx, "list_series", map[string]any{"limit": 5000})
	if err != nil {
		return w, err
	}
	t.series = as[[]pipewright.SeriesName](names)
	for _, s := range t.series {
		w.metrics = append(w.metrics, s.Metric)
	}
	w.metrics = unique(w.metrics)
	return w, nil
}

func (a *Asker) peek(ctx context.Context, name string, args map[string]any) (any, error) {
	tool, ok := a.deps.Tools.Tool(name)
	if !ok {
		return nil, pipewright.Errorf(pipewright.Internal, "the tool %s is not registered", name)
	}
	res, err := tool.Call(ctx, args)
	return res.Data, err
}

// as returns data of the expected type, or its zero value.
func as[T any](data any) T {
	v, _ := data.(T)
	return v
}

// blank is the answer before anything is known.
func (t *turn) blank() pipewright.Answer {
	a := emptyAnswer()
	if a.Question = t.asked; t.task != nil {
		a.Template = version(t.task)
		if a.Question == "" {
			a.Question = t.task.Question
		}
	}
	return a
}

func emptyAnswer() pipewright.Answer {
	return pipewright.Answer{Intent: "unknown", Planner: "builtin", Verdict: pipewright.NoAction,
		Resources: []pipewright.ResourceID{}, ToolCalls: []pipewright.ToolCall{}, Hypotheses: []pipewright.Hypothesis{},
		Evidence: []pipewright.Evidence{}, RuledOut: []pipewright.RuledOut{}, Unknown: []string{},
		Proposals: []pipewright.Proposal{}, Choices: []string{}}
}
