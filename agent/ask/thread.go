package ask

import (
	"context"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// state is what a thread remembers between two turns.
type state struct {
	Intent    pipewright.Intent       `json:"intent"`
	Resources []pipewright.ResourceID `json:"resources,omitempty"`
	Kinds     []string                `json:"kinds,omitempty"`
	Window    pipewright.Window       `json:"window"`
	Timed     bool                    `json:"timed,omitempty"`
	Incident  string                  `json:"incident,omitempty"`
	Metric    string                  `json:"metric,omitempty"`
	Pending   string                  `json:"pending,omitempty"` // the question whose choices were offered
	Choices   []string                `json:"choices,omitempty"`
	Text      string                  `json:"text,omitempty"`  // the question as it was asked
	Asked     about                   `json:"asked,omitempty"` // what it named, in its words or the thread's
	Page      int                     `json:"page,omitempty"`
	Offers    []offer                 `json:"offers,omitempty"`
	Wished    *pipewright.Action      `json:"wished,omitempty"` // what the asker asked for here last
}

// about is what a question was about.
type about struct {
	Resources []pipewright.ResourceID `json:"resources,omitempty"`
	Incident  string                  `json:"incident,omitempty"`
}

// offer is something that "do it" may mean: a pending approval, or an action that
// the last answer proposed.
type offer struct {
	Approval string            `json:"approval,omitempty"`
	Hash     string            `json:"hash"`
	Action   pipewright.Action `json:"action"`
	Incident string            `json:"incident,omitempty"`
}

func (t *turn) load() error {
	if t.a.deps.Threads == nil {
		return nil
	}
	b, err := t.a.deps.Threads.Thread(t.ctx, t.q.Asker, t.q.Thread)
	if err != nil || len(b) == 0 {
		return err
	}
	if json.Unmarshal(b, &t.prev) != nil {
		t.prev = state{} // a thread from another version starts anew
	}
	return nil
}

func (t *turn) save(ctx context.Context) error {
	if t.a.deps.Threads == nil {
		return nil
	}
	s := t.next
	s.Intent, s.Window = t.ans.Intent, t.ans.Window
	s.Text, s.Page, s.Asked.Incident = t.r.text, t.page, t.r.incident
	if s.Window.Span() == 0 {
		s.Window = pipewright.Window{} // an instant is no range to go back from
	}
	if len(t.ans.Resources) > 0 && len(s.Resources) == 0 {
		s.Resources = t.ans.Resources
	}
	if t.ans.Intent == "help" || t.ans.Intent == "unknown" {
		s = t.prev // small talk does not end a conversation
	}
	if s.Wished == nil {
		s.Wished = t.prev.Wished
	}
	if len(t.ans.Choices) > 0 {
		s.Choices = slices.Clone(t.ans.Choices)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "encode thread: %w", err)
	}
	return t.a.deps.Threads.SaveThread(ctx, t.q.Asker, t.q.Thread, b)
}
