package slackfake

import (
	"fmt"
	"strings"
)

// Say writes a message as a user, in a thread unless thread is empty, and tells the
// bot of it as Slack would: once as a message, and once more when it mentions the bot.
func (s *Server) Say(user, channel, thread, text string) (ts string) {
	return s.SayWith(user, channel, thread, text, nil)
}

// SayWith writes a message whose event has further fields: attachments of a forward,
// a subtype, a bot's id.
func (s *Server) SayWith(user, channel, thread, text string, more map[string]any) (ts string) {
	s.mu.Lock()
	ch := s.conversation(channel)
	m := &Message{Channel: ch.id, TS: s.stamp(), Thread: thread, User: user, Text: text}
	ch.messages = append(ch.messages, m)
	s.mu.Unlock()
	event := map[string]any{"type": "message", "user": user, "text": text, "channel": ch.id, "ts": m.TS, "channel_type": "channel", "user_team": Team}
	if thread != "" {
		event["thread_ts"] = thread
	}
	if strings.HasPrefix(ch.id, "D") {
		event["channel_type"] = "im"
	}
	for k, v := range more {
		event[k] = v
	}
	s.event(event)
	if strings.Contains(text, "<@"+BotUser+">") && more == nil {
		mention := map[string]any{}
		for k, v := range event {
			mention[k] = v
		}
		mention["type"] = "app_mention"
		delete(mention, "channel_type")
		s.event(mention)
	}
	return m.TS
}

// Edit changes a message of a user's own.
func (s *Server) Edit(user, channel, ts, text string) {
	s.mu.Lock()
	m := s.find(channel, ts)
	m.Text = text
	thread := m.Thread
	s.mu.Unlock()
	s.event(map[string]any{"type": "message", "subtype": "message_changed", "channel": channel, "ts": s.stampLocked(), "hidden": true,
		"message": map[string]any{"type": "message", "user": user, "text": text, "ts": ts, "thread_ts": thread, "edited": map[string]any{"user": user, "ts": ts}}})
}

func (s *Server) stampLocked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stamp()
}

func (s *Server) event(e map[string]any) {
	s.mu.Lock()
	id := s.id("Ev")
	s.mu.Unlock()
	s.line.deliver("events_api", map[string]any{"type": "event_callback", "team_id": Team, "api_app_id": "A1", "event_id": id, "event_time": s.Now().Unix(), "event": e})
}

// React puts a reaction on a message.
func (s *Server) React(user, channel, ts, name string) {
	s.event(map[string]any{"type": "reaction_added", "user": user, "reaction": name, "event_ts": s.stampLocked(),
		"item": map[string]any{"type": "message", "channel": channel, "ts": ts}})
}

// OpenHome opens the bot's home tab.
func (s *Server) OpenHome(user string) {
	s.event(map[string]any{"type": "app_home_opened", "user": user, "channel": "D" + user, "tab": "home", "event_ts": s.stampLocked()})
}

func (s *Server) trigger() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.id("trigger.")
	s.triggers[id] = true
	return id
}

// Button is the value of a button on a message; ok is false when it has none.
func (m Message) Button(action string) (value string, ok bool) {
	return buttonIn(m.Blocks, action)
}

// Button is the value of a button in a view.
func (v View) Button(action string) (value string, ok bool) {
	return buttonIn(v.Blocks, action)
}

func buttonIn(blocks []any, action string) (string, bool) {
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			el, _ := e.(map[string]any)
			if el["action_id"] == action {
				value, _ := el["value"].(string)
				return value, true
			}
		}
	}
	return "", false
}

// Click presses a button on a message as a user. It panics when the button is not there:
// nobody could press it.
func (s *Server) Click(user string, m Message, action string) {
	value, ok := m.Button(action)
	if !ok {
		panic(fmt.Sprintf("slackfake: the message %s has no button %s", m.TS, action))
	}
	s.ClickOld(user, m, action, value)
}

// ClickOld presses a button as it once was: a message on a screen that was not
// refreshed.
func (s *Server) ClickOld(user string, m Message, action, value string) {
	s.line.deliver("interactive", s.Pressing(user, m, action, value))
}

// Pressing is the payload of a button pressed.
func (s *Server) Pressing(user string, m Message, action, value string) map[string]any {
	message := map[string]any{"ts": m.TS, "text": m.Text}
	container := map[string]any{"type": "message", "message_ts": m.TS, "channel_id": m.Channel}
	if m.Thread != "" {
		message["thread_ts"], container["thread_ts"] = m.Thread, m.Thread
	}
	return map[string]any{"type": "block_actions", "trigger_id": s.trigger(), "team": map[string]any{"id": Team}, "user": map[string]any{"id": user, "team_id": Team},
		"channel": map[string]any{"id": m.Channel}, "container": container, "message": message,
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": s.stampLocked()}}}
}

// ClickHome presses a button in a user's home tab.
func (s *Server) ClickHome(user, action string) {
	v, _ := s.Home(user)
	value, ok := v.Button(action)
	if !ok {
		panic("slackfake: the home tab has no button " + action)
	}
	s.line.deliver("interactive", map[string]any{"type": "block_actions", "trigger_id": s.trigger(), "user": map[string]any{"id": user, "team_id": Team},
		"container": map[string]any{"type": "view", "view_id": v.ID}, "view": map[string]any{"id": v.ID, "type": "home"},
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": s.stampLocked()}}})
}

// Submit sends a modal with values: block id, then action id, then value.
func (s *Server) Submit(user string, v View, values map[string]map[string]string) {
	state := map[string]any{}
	for block, fields := range values {
		inner := map[string]any{}
		for id, value := range fields {
			inner[id] = map[string]any{"type": "plain_text_input", "value": value, "selected_option": map[string]any{"value": value}} // whichever the field is
		}
		state[block] = inner
	}
	s.line.deliver("interactive", map[string]any{"type": "view_submission", "trigger_id": s.trigger(), "user": map[string]any{"id": user, "team_id": Team},
		"view": map[string]any{"id": v.ID, "type": "modal", "callback_id": v.Callback, "private_metadata": v.Private, "state": map[string]any{"values": state}}})
}

// Slash uses the slash command.
func (s *Server) Slash(user, channel, text string) {
	s.line.deliver("slash_commands", map[string]any{"command": "/pipewright", "text": text, "user_id": user, "channel_id": channel, "team_id": Team, "trigger_id": s.trigger()})
}

// Shortcut uses the message shortcut on a message.
func (s *Server) Shortcut(user, channel, ts string) {
	s.mu.Lock()
	m := *s.find(channel, ts)
	s.mu.Unlock()
	message := map[string]any{"ts": m.TS, "text": m.Text}
	if m.Thread != "" {
		message["thread_ts"] = m.Thread
	}
	s.line.deliver("interactive", map[string]any{"type": "message_action", "callback_id": "investigate", "trigger_id": s.trigger(), "user": map[string]any{"id": user, "team_id": Team},
		"channel": map[string]any{"id": channel}, "message": message})
}
