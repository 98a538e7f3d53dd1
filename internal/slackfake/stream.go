package slackfake

import "strings"

// startStream begins a message that grows. It goes into a thread, and outside direct
// messages Slack wants to know for whom it is.
func (s *Server) startStream(c call) (map[string]any, error) {
	if s.noStreams {
		return nil, slackError("unknown_method")
	}
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	switch thread := c.text("thread_ts"); {
	case thread == "" || s.find(ch.id, thread) == nil:
		s.violate("%s: without a thread", c.method)
		return nil, slackError("invalid_arguments")
	case !strings.HasPrefix(ch.id, "D") && (s.users[c.text("recipient_user_id")].ID == "" || c.text("recipient_team_id") != Team):
		s.violate("%s: without the person it is for", c.method)
		return nil, slackError("missing_recipient_user_id")
	}
	m := &Message{Channel: ch.id, TS: s.stamp(), Thread: c.text("thread_ts"), User: BotUser, BotID: BotID, Streaming: true}
	if err := s.add(c, m); err != nil {
		return nil, err
	}
	ch.messages = append(ch.messages, m)
	return map[string]any{"channel": ch.id, "ts": m.TS}, nil
}

// add adds the chunks of a call to a message: text and blocks.
func (s *Server) add(c call, m *Message) error {
	if c.text("markdown_text") != "" && c.text("chunks") != "" {
		return slackError("streaming_mode_mismatch")
	}
	text, blocks := c.text("markdown_text"), []any{}
	chunks, _ := c.structure("chunks").([]any)
	for _, item := range chunks {
		chunk, _ := item.(map[string]any)
		switch chunk["type"] {
		case "markdown_text":
			more, _ := chunk["text"].(string)
			text += more
		case "blocks":
			more, _ := chunk["blocks"].([]any)
			blocks = append(blocks, more...)
		default:
			s.violate("%s: a chunk of the type %v", c.method, chunk["type"])
			return slackError("invalid_chunks")
		}
	}
	if len([]rune(m.Text+text)) > 12_000 {
		return slackError("msg_too_long")
	}
	if faults := Limits(append(append([]any{}, m.Blocks...), blocks...), 50); len(faults) > 0 {
		s.violate("%s: %s", c.method, strings.Join(faults, "; "))
		return slackError("invalid_blocks")
	}
	m.Text, m.Blocks = m.Text+text, append(m.Blocks, blocks...)
	return nil
}

func (s *Server) growing(c call) (*Message, error) {
	m := s.find(c.text("channel"), c.text("ts"))
	switch {
	case m == nil:
		return nil, slackError("message_not_found")
	case !m.Streaming:
		return nil, slackError("message_not_in_streaming_state")
	}
	return m, s.add(c, m)
}

func (s *Server) appendStream(c call) (map[string]any, error) {
	m, err := s.growing(c)
	if err != nil {
		return nil, err
	}
	m.Edits++
	return map[string]any{"channel": m.Channel, "ts": m.TS}, nil
}

func (s *Server) stopStream(c call) (map[string]any, error) {
	m, err := s.growing(c)
	if err != nil {
		return nil, err
	}
	m.Streaming = false
	return map[string]any{"channel": m.Channel, "ts": m.TS}, nil
}
