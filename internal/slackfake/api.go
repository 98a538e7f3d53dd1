package slackfake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// call is one call of the Web API: its arguments, whatever form they came in.
type call struct {
	method string
	args   map[string]any
	token  string
}

func (c call) text(name string) string {
	switch v := c.args[name].(type) {
	case string:
		return v
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}
}

// structure is an argument that is JSON, within JSON or as text in a form.
func (c call) structure(name string) any {
	text, ok := c.args[name].(string)
	if !ok {
		return c.args[name]
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return v
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic("slackfake: " + err.Error()) // a defect of the fake
	}
}

func read(r *http.Request) (call, error) {
	c := call{method: strings.TrimPrefix(r.URL.Path, "/api/"), args: map[string]any{}}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return c, err
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && len(body) > 0 {
		if err := json.Unmarshal(body, &c.args); err != nil {
			return c, err
		}
	} else {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return c, err
		}
		for k := range r.URL.Query() {
			c.args[k] = r.URL.Query().Get(k)
		}
		for k := range form {
			c.args[k] = form.Get(k)
		}
	}
	c.token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if t := c.text("token"); t != "" {
		c.token = t
	}
	return c, nil
}

// slackError is an error code of Slack's.
type slackError string

func (e slackError) Error() string { return string(e) }

func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	c, err := read(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fault := s.strike(c.method)
	if fault.before(w) {
		return
	}
	s.mu.Lock()
	s.calls[c.method]++
	answer, err := s.do(c)
	scopes := s.scopes
	s.mu.Unlock()
	if fault != nil && fault.AfterEffect {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("X-OAuth-Scopes", scopes)
	if err != nil {
		write(w, map[string]any{"ok": false, "error": err.Error()})
		return
	}
	if answer == nil {
		answer = map[string]any{}
	}
	answer["ok"] = true
	write(w, answer)
}

func (s *Server) do(c call) (map[string]any, error) {
	want := BotToken
	if c.method == "apps.connections.open" {
		want = AppToken
	}
	switch {
	case c.token == "":
		return nil, slackError("not_authed")
	case s.revoked:
		return nil, slackError("token_revoked")
	case c.token != want:
		return nil, slackError("invalid_auth")
	}
	methods := map[string]func(call) (map[string]any, error){
		"auth.test": s.authTest, "apps.connections.open": s.openSocket,
		"chat.postMessage": s.postMessage, "chat.update": s.updateMessage, "chat.postEphemeral": s.postEphemeral, "chat.delete": s.deleteMessage,
		"chat.startStream": s.startStream, "chat.appendStream": s.appendStream, "chat.stopStream": s.stopStream,
		"conversations.history": s.history, "conversations.replies": s.replies, "conversations.info": s.channelInfo,
		"assistant.threads.setSuggestedPrompts": s.setPrompts, "assistant.threads.setStatus": s.setStatus, "assistant.threads.setTitle": s.setTitle,
		"views.open": s.openView, "views.publish": s.publishView, "views.update": s.updateView,
		"users.info": s.userInfo, "usergroups.users.list": s.groupMembers,
		"reactions.add": s.react, "files.getUploadURLExternal": s.uploadURL, "files.completeUploadExternal": s.completeUpload,
	}
	do, ok := methods[c.method]
	if !ok {
		return nil, slackError("unknown_method")
	}
	return do(c)
}

func (s *Server) authTest(call) (map[string]any, error) {
	return map[string]any{"url": s.web.URL, "team": "Shop", "user": "pipewright", "team_id": Team, "user_id": BotUser, "bot_id": BotID}, nil
}

func (s *Server) openSocket(call) (map[string]any, error) {
	return map[string]any{"url": "ws" + strings.TrimPrefix(s.web.URL, "http") + "/socket"}, nil
}

func (s *Server) userInfo(c call) (map[string]any, error) {
	u, ok := s.users[c.text("user")]
	if !ok {
		return nil, slackError("user_not_found")
	}
	return map[string]any{"user": map[string]any{"id": u.ID, "name": u.Name, "team_id": u.Team, "deleted": u.Deleted, "is_bot": u.Bot,
		"is_restricted": u.Restricted, "is_stranger": u.Team != Team, "real_name": u.Name, "profile": map[string]any{"display_name": u.Name}}}, nil
}

func (s *Server) groupMembers(c call) (map[string]any, error) {
	members, ok := s.groups[c.text("usergroup")]
	if !ok {
		return nil, slackError("no_such_subteam")
	}
	return map[string]any{"users": slices.Clone(members)}, nil
}

func (s *Server) channelInfo(c call) (map[string]any, error) {
	ch := s.channels[c.text("channel")]
	if ch == nil {
		return nil, slackError("channel_not_found")
	}
	return map[string]any{"channel": map[string]any{"id": ch.id, "name": strings.ToLower(ch.id), "is_archived": ch.archived, "is_member": ch.member, "is_channel": true}}, nil
}

func (s *Server) react(c call) (map[string]any, error) {
	if s.find(c.text("channel"), c.text("timestamp")) == nil {
		return nil, slackError("message_not_found")
	}
	return nil, nil
}

func (s *Server) history(c call) (map[string]any, error) {
	return s.page(c, func(m *Message) bool { return m.Thread == "" || m.Thread == m.TS })
}

func (s *Server) replies(c call) (map[string]any, error) {
	root := c.text("ts")
	if s.find(c.text("channel"), root) == nil {
		return nil, slackError("thread_not_found")
	}
	return s.page(c, func(m *Message) bool { return m.TS == root || m.Thread == root })
}

// page lists messages the way Slack does: a bound below, so many at a time, and
// metadata only when it was asked for.
func (s *Server) page(c call, keep func(*Message) bool) (map[string]any, error) {
	ch := s.channels[c.text("channel")]
	if ch == nil {
		return nil, slackError("channel_not_found")
	}
	limit, _ := strconv.Atoi(c.text("limit"))
	if limit == 0 {
		limit = 100
	}
	from, _ := strconv.Atoi(c.text("cursor"))
	var found []map[string]any
	n, next := 0, ""
	for _, m := range ch.messages {
		if m.Deleted || m.OnlyFor != "" || !keep(m) || m.TS < c.text("oldest") {
			continue
		}
		if n++; n <= from {
			continue
		}
		if len(found) == limit {
			next = strconv.Itoa(n - 1)
			break
		}
		found = append(found, m.wire(c.text("include_all_metadata") == "true" || c.text("include_all_metadata") == "1"))
	}
	if found == nil {
		found = []map[string]any{}
	}
	return map[string]any{"messages": found, "has_more": next != "", "response_metadata": map[string]any{"next_cursor": next}}, nil
}

// wire is a message as the API returns it.
func (m *Message) wire(metadata bool) map[string]any {
	out := map[string]any{"type": "message", "ts": m.TS, "user": m.User, "text": m.Text}
	if m.BotID != "" {
		out["bot_id"] = m.BotID
	}
	if m.Thread != "" {
		out["thread_ts"] = m.Thread
	}
	if metadata && m.Metadata != nil {
		out["metadata"] = m.Metadata
	}
	var files []any
	for _, f := range m.Files {
		files = append(files, map[string]any{"id": f.ID, "name": f.Name})
	}
	if files != nil {
		out["files"] = files
	}
	return out
}

func (s *Server) violate(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}
