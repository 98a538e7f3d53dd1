package slackfake

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Ids of the bot and its workspace, and the tokens that it is given.
const (
	BotUser  = "UBOT"
	BotID    = "BBOT"
	Team     = "T1"
	BotToken = "xoxb-fake"
	AppToken = "xapp-fake"
	Secret   = "signing-secret-fake"
)

// User is somebody in the workspace.
type User struct {
	ID, Name   string
	Bot        bool
	Deleted    bool
	Restricted bool
	Team       string // empty: this workspace
}

// Message is a message as the workspace keeps it.
type Message struct {
	Channel, TS, Thread string
	User, BotID         string
	Text                string
	Blocks              []any
	Metadata            map[string]any
	Edits               int
	Files               []File
	OnlyFor             string // an ephemeral message: who sees it
	Deleted             bool
	Streaming           bool // it grows, and cannot be edited yet
}

// File is an uploaded file.
type File struct{ ID, Name, Content string }

// View is a modal that was opened, or a home tab.
type View struct {
	ID, User, Callback, Private string
	Blocks                      []any
}

type channel struct {
	id       string
	archived bool
	member   bool
	messages []*Message
}

// Server is the workspace. Its methods may be called by several goroutines.
type Server struct {
	URL string // of the Web API, with the slash at the end
	Now func() time.Time

	web *httptest.Server

	mu         sync.Mutex
	users      map[string]User
	channels   map[string]*channel
	groups     map[string][]string
	panes      map[string]*Pane
	modals     []View
	homes      map[string]View
	triggers   map[string]bool
	uploads    map[string]*File
	faults     []*Fault
	calls      map[string]int
	violations []string
	revoked    bool
	noCharts   bool
	noStreams  bool
	scopes     string
	serial     int

	line line
}

// New starts a workspace with the channel C1, of which the bot is a member.
func New() *Server {
	s := &Server{Now: time.Now, users: map[string]User{}, channels: map[string]*channel{}, groups: map[string][]string{},
		homes: map[string]View{}, panes: map[string]*Pane{}, triggers: map[string]bool{}, uploads: map[string]*File{}, calls: map[string]int{},
		scopes: "app_mentions:read,assistant:write,channels:history,channels:read,chat:write,chat:write.public,commands,files:write,groups:history,groups:read,im:history,im:read,im:write,reactions:read,usergroups:read,users:read"}
	s.line.server = s
	s.line.open = map[string]*envelope{}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.api)
	mux.HandleFunc("/socket", s.line.accept)
	mux.HandleFunc("/upload/", s.receiveUpload)
	s.web = httptest.NewServer(mux)
	s.URL = s.web.URL + "/api/"
	s.AddUser(User{ID: BotUser, Name: "pipewright", Bot: true})
	s.AddChannel("C1")
	return s
}

// Close ends the workspace and every connection to it.
func (s *Server) Close() {
	s.line.close()
	s.web.Close()
}

// AddUser adds or replaces somebody.
func (s *Server) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Team == "" {
		u.Team = Team
	}
	s.users[u.ID] = u
}

// AddChannel adds a channel of which the bot is a member.
func (s *Server) AddChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id] = &channel{id: id, member: true}
}

// AddGroup sets the members of a user group.
func (s *Server) AddGroup(id string, members ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[id] = members
}

// Archive archives a channel, or brings it back.
func (s *Server) Archive(id string, archived bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels[id].archived = archived
}

// Revoke makes the bot's token invalid, or valid again.
func (s *Server) Revoke(revoked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = revoked
}

// Charts says whether the workspace takes charts as blocks; at first it does.
func (s *Server) Charts(taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noCharts = !taken
}

// Streams says whether the workspace lets messages grow; at first it does.
func (s *Server) Streams(taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noStreams = !taken
}

// Grant sets the scopes of the bot's token.
func (s *Server) Grant(scopes string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scopes = scopes
}

// Messages are the messages of a channel, threads included, oldest first, without
// deleted and ephemeral ones.
func (s *Server) Messages(id string) []Message {
	return s.messages(id, func(m *Message) bool { return m.OnlyFor == "" && !m.Deleted })
}

// Thread are the replies to a message.
func (s *Server) Thread(id, ts string) []Message {
	return s.messages(id, func(m *Message) bool { return m.Thread == ts && m.TS != ts && m.OnlyFor == "" && !m.Deleted })
}

// Ephemeral are the messages that only one person sees.
func (s *Server) Ephemeral(user string) (out []Message) {
	for _, id := range s.channelIDs() {
		out = append(out, s.messages(id, func(m *Message) bool { return m.OnlyFor == user })...)
	}
	return out
}

func (s *Server) channelIDs() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.channels {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (s *Server) messages(id string, keep func(*Message) bool) (out []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil {
		for _, m := range c.messages {
			if keep(m) {
				out = append(out, *m)
			}
		}
	}
	return out
}

// Home is a person's home tab.
func (s *Server) Home(user string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.homes[user]
	return v, ok
}

// Modals are the modals that were opened, oldest first.
func (s *Server) Modals() []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.modals)
}

// Calls counts the calls of a method.
func (s *Server) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Violations lists everything that the real Slack would not have taken.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Delete removes a message, as a person with the right to do so.
func (s *Server) Delete(id, ts string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.find(id, ts); m != nil {
		m.Deleted = true
	}
}

func (s *Server) find(id, ts string) *Message {
	if c := s.channels[id]; c != nil {
		for _, m := range c.messages {
			if m.TS == ts && !m.Deleted && m.OnlyFor == "" {
				return m
			}
		}
	}
	return nil
}

// stamp is the next message's ts: each is later than all before.
func (s *Server) stamp() string {
	s.serial++
	return fmt.Sprintf("%d.%06d", s.Now().Unix(), s.serial)
}

func (s *Server) id(prefix string) string {
	s.serial++
	return fmt.Sprintf("%s%06d", prefix, s.serial)
}

// conversation finds a channel, or the direct messages with a user, which exist for
// everybody.
func (s *Server) conversation(id string) *channel {
	if strings.HasPrefix(id, "U") {
		if _, ok := s.users[id]; !ok {
			return nil
		}
		id = "D" + id
	}
	if c := s.channels[id]; c != nil || !strings.HasPrefix(id, "D") {
		return c
	}
	s.channels[id] = &channel{id: id, member: true}
	return s.channels[id]
}
