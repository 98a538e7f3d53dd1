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
	m := &Message{Channel: ch.id, TS: s.stamp(), Thread: c.text("thread_ts"), User: BotUser, BotID: BotID, Text: c.text("markdown_text"), Streaming: true}
	ch.messages = append(ch.messages, m)
	return map[string]any{"channel": ch.id, "ts": m.TS}, nil
}

func (s *Server) growing(c call) (*Message, error) {
	m := s.find(c.text("channel"), c.text("ts"))
	switch {
	case m == nil:
		return nil, slackError("message_not_found")
	case !m.Streaming:
		return nil, slackError("message_not_in_streaming_state")
	case len([]rune(m.Text+c.text("markdown_text"))) > 12_000:
		return nil, slackError("msg_too_long")
	}
	m.Text += c.text("markdown_text")
	return m, nil
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
