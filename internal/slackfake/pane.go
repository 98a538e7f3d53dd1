package slackfake

import "slices"

// Pane is a conversation in the assistant pane.
type Pane struct {
	Title    string
	Status   string   // now; a message of the bot's clears it
	Statuses []string // all that there were
	Prompts  []string
}

// OpenPane opens the assistant pane while a user looks at a channel, and returns the
// thread of the conversation.
func (s *Server) OpenPane(user, looking string) (channel, thread string) {
	s.mu.Lock()
	ch := s.conversation("D" + user)
	m := &Message{Channel: ch.id, TS: s.stamp(), User: BotUser, BotID: BotID, Text: "New conversation"}
	ch.messages = append(ch.messages, m)
	s.panes[ch.id+"/"+m.TS] = &Pane{}
	s.mu.Unlock()
	s.paneEvent("assistant_thread_started", user, ch.id, m.TS, looking)
	return ch.id, m.TS
}

// Look makes a user look at another channel while the pane is open.
func (s *Server) Look(user, channel, thread, at string) {
	s.paneEvent("assistant_thread_context_changed", user, channel, thread, at)
}

func (s *Server) paneEvent(kind, user, channel, thread, looking string) {
	s.event(map[string]any{"type": kind, "event_ts": s.stampLocked(), "assistant_thread": map[string]any{"user_id": user, "channel_id": channel, "thread_ts": thread,
		"context": map[string]any{"channel_id": looking, "team_id": Team}}})
}

// Pane is how a conversation in the pane looks now.
func (s *Server) Pane(channel, thread string) Pane {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.panes[channel+"/"+thread]; p != nil {
		out := *p
		out.Prompts, out.Statuses = slices.Clone(p.Prompts), slices.Clone(p.Statuses)
		return out
	}
	return Pane{}
}

// pane finds the conversation that a call is about.
func (s *Server) pane(c call) (*Pane, error) {
	if p := s.panes[c.text("channel_id")+"/"+c.text("thread_ts")]; p != nil {
		return p, nil
	}
	return nil, slackError("thread_not_found")
}

func (s *Server) setPrompts(c call) (map[string]any, error) {
	p, err := s.pane(c)
	if err != nil {
		return nil, err
	}
	list, _ := c.structure("prompts").([]any)
	if len(list) < 1 || len(list) > 4 {
		s.violate("%s: %d prompts, not 1 to 4", c.method, len(list))
		return nil, slackError("invalid_arguments")
	}
	p.Prompts = nil
	for _, item := range list {
		prompt, _ := item.(map[string]any)
		title, _ := prompt["title"].(string)
		message, _ := prompt["message"].(string)
		if title == "" || message == "" {
			s.violate("%s: a prompt without a title or message", c.method)
		}
		p.Prompts = append(p.Prompts, message)
	}
	return nil, nil
}

func (s *Server) setStatus(c call) (map[string]any, error) {
	p, err := s.pane(c)
	if err == nil {
		p.Status, p.Statuses = c.text("status"), append(p.Statuses, c.text("status"))
	}
	return nil, err
}

func (s *Server) setTitle(c call) (map[string]any, error) {
	p, err := s.pane(c)
	if err == nil {
		p.Title = c.text("title")
	}
	return nil, err
}
