package slackfake

import (
	"io"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) target(c call) (*channel, error) {
	ch := s.conversation(c.text("channel"))
	switch {
	case ch == nil:
		return nil, slackError("channel_not_found")
	case ch.archived:
		return nil, slackError("is_archived")
	case !ch.member:
		return nil, slackError("not_in_channel")
	}
	return ch, nil
}

// content reads and judges what a message is to hold.
func (s *Server) content(c call) (m Message, err error) {
	m = Message{User: BotUser, BotID: BotID, Text: c.text("text")}
	if b, ok := c.structure("blocks").([]any); ok {
		m.Blocks = b
	}
	m.Metadata, _ = c.structure("metadata").(map[string]any)
	if m.Text == "" && len(m.Blocks) == 0 {
		return m, slackError("no_text")
	}
	if len(m.Text) > 40_000 {
		return m, slackError("msg_too_long")
	}
	if c.method != "chat.update" && (c.text("unfurl_links") != "false" || c.text("unfurl_media") != "false") {
		s.violate("%s may unfold links: %.60s", c.method, m.Text)
	}
	if s.noCharts && slices.ContainsFunc(m.Blocks, func(b any) bool { m, _ := b.(map[string]any); return m["type"] == "data_visualization" }) {
		return m, slackError("invalid_blocks") // a workspace without them is not the bot's mistake
	}
	if faults := Limits(m.Blocks, 50); len(faults) > 0 {
		s.violate("%s: %s", c.method, strings.Join(faults, "; "))
		return m, slackError("invalid_blocks")
	}
	return m, nil
}

func (s *Server) postMessage(c call) (map[string]any, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m, err := s.content(c)
	if err != nil {
		return nil, err
	}
	m.Channel, m.Thread = ch.id, c.text("thread_ts")
	if m.Thread != "" && s.find(ch.id, m.Thread) == nil {
		return nil, slackError("thread_not_found")
	}
	m.TS = s.stamp()
	if p := s.panes[ch.id+"/"+m.Thread]; p != nil {
		p.Status = ""
	}
	ch.messages = append(ch.messages, &m)
	return map[string]any{"channel": ch.id, "ts": m.TS, "message": m.wire(true)}, nil
}

func (s *Server) updateMessage(c call) (map[string]any, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	old := s.find(ch.id, c.text("ts"))
	if old == nil {
		return nil, slackError("message_not_found")
	}
	if old.BotID != BotID {
		return nil, slackError("cant_update_message")
	}
	if old.Streaming {
		return nil, slackError("streaming_state_conflict")
	}
	m, err := s.content(c)
	if err != nil {
		return nil, err
	}
	old.Text, old.Blocks, old.Edits = m.Text, m.Blocks, old.Edits+1
	if m.Metadata != nil {
		old.Metadata = m.Metadata
	}
	return map[string]any{"channel": ch.id, "ts": old.TS, "text": old.Text}, nil
}

func (s *Server) postEphemeral(c call) (map[string]any, error) {
	ch, err := s.target(c)
	if err != nil {
		return nil, err
	}
	m, err := s.content(c)
	if err != nil {
		return nil, err
	}
	m.Channel, m.TS, m.OnlyFor, m.Thread = ch.id, s.stamp(), c.text("user"), c.text("thread_ts")
	ch.messages = append(ch.messages, &m)
	return map[string]any{"message_ts": m.TS}, nil
}

func (s *Server) deleteMessage(c call) (map[string]any, error) {
	m := s.find(c.text("channel"), c.text("ts"))
	if m == nil {
		return nil, slackError("message_not_found")
	}
	m.Deleted = true
	return map[string]any{"channel": m.Channel, "ts": m.TS}, nil
}

func (s *Server) uploadURL(c call) (map[string]any, error) {
	f := &File{ID: s.id("F"), Name: c.text("filename")}
	s.uploads[f.ID] = f
	return map[string]any{"upload_url": s.web.URL + "/upload/" + f.ID, "file_id": f.ID}, nil
}

func (s *Server) receiveUpload(w http.ResponseWriter, r *http.Request) {
	part, _, err := r.FormFile("file")
	var body []byte
	if err == nil {
		body, err = io.ReadAll(part)
	} else {
		body, err = io.ReadAll(r.Body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.uploads[strings.TrimPrefix(r.URL.Path, "/upload/")]; f != nil {
		f.Content = string(body)
	}
}

func (s *Server) completeUpload(c call) (map[string]any, error) {
	list, _ := c.structure("files").([]any)
	ch := s.conversation(c.text("channel_id"))
	if ch == nil {
		return nil, slackError("channel_not_found")
	}
	var out []any
	m := &Message{Channel: ch.id, TS: s.stamp(), Thread: c.text("thread_ts"), User: BotUser, BotID: BotID}
	for _, item := range list {
		entry, _ := item.(map[string]any)
		id, _ := entry["id"].(string)
		if f := s.uploads[id]; f != nil {
			m.Files = append(m.Files, *f)
			out = append(out, map[string]any{"id": f.ID, "title": f.Name})
		}
	}
	ch.messages = append(ch.messages, m)
	return map[string]any{"files": out}, nil
}
