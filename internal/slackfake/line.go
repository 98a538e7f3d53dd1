package slackfake

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// envelope is something that Slack has to deliver.
type envelope struct {
	id      string
	kind    string // events_api, interactive, slash_commands
	payload map[string]any
	sent    time.Time // zero: not under way
	over    *conn
	tries   int
}

// line delivers envelopes over Socket Mode, or over HTTP when an address is set, and
// again until each is acknowledged.
type line struct {
	server *Server

	mu      sync.Mutex
	conns   []*conn
	open    map[string]*envelope // not acknowledged
	order   []string
	hold    bool
	dice    *rand.Rand // not nil: in random order
	twice   bool
	address string
	acks    int
	worst   time.Duration // between delivery and acknowledgement
	closed  bool
}

type conn struct {
	ws *websocket.Conn
	mu sync.Mutex // one writer at a time
}

func (c *conn) send(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteJSON(v)
}

// accept takes a Socket Mode connection.
func (l *line) accept(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &conn{ws: ws}
	if err := c.send(map[string]any{"type": "hello", "num_connections": 1, "connection_info": map[string]any{"app_id": "A1"}}); err != nil {
		_ = ws.Close()
		return
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		_ = ws.Close()
		return
	}
	l.conns = append(l.conns, c)
	l.mu.Unlock()
	l.Flush()
	l.listen(c)
}

// listen reads acknowledgements until the connection ends.
func (l *line) listen(c *conn) {
	defer func() { _ = c.ws.Close() }()
	for {
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if err := c.ws.ReadJSON(&ack); err != nil {
			l.drop(c)
			return
		}
		l.acknowledge(ack.EnvelopeID)
	}
}

func (l *line) acknowledge(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.open[id]; ok {
		if !e.sent.IsZero() { // one that comes after its connection was lost has no beginning to be timed from
			l.worst = max(l.worst, time.Since(e.sent))
		}
		l.acks++
		delete(l.open, id)
	}
}

func (l *line) drop(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.open {
		if e.over == c {
			e.sent = time.Time{} // lost with it
		}
	}
	for i, have := range l.conns {
		if have == c {
			l.conns = append(l.conns[:i:i], l.conns[i+1:]...)
			return
		}
	}
}

// deliver hands an envelope to the line.
func (l *line) deliver(kind string, payload map[string]any) {
	l.mu.Lock()
	copies := 1
	if l.twice {
		copies = 2
	}
	for range copies {
		e := &envelope{id: fmt.Sprintf("env-%d", len(l.order)+1), kind: kind, payload: payload}
		l.open[e.id] = e
		l.order = append(l.order, e.id)
	}
	hold := l.hold
	l.mu.Unlock()
	if !hold {
		l.Flush()
	}
}

// patience is how long Slack waits for an acknowledgement before it delivers again.
const patience = 3 * time.Second

// Flush delivers what is not under way: what is new, what was lost with a connection,
// and what was not acknowledged in time.
func (l *line) Flush() {
	l.mu.Lock()
	var due []*envelope
	for _, id := range l.order {
		if e, ok := l.open[id]; ok && time.Since(e.sent) > patience {
			due = append(due, e)
		}
	}
	if l.dice != nil {
		l.dice.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	}
	conns, address := append([]*conn{}, l.conns...), l.address
	for i, e := range due {
		if address != "" || len(conns) > 0 {
			e.sent, e.tries = time.Now(), e.tries+1
		}
		if len(conns) > 0 {
			e.over = conns[i%len(conns)]
		}
	}
	l.mu.Unlock()
	for i, e := range due {
		switch {
		case address != "":
			if l.post(address, e) {
				l.acknowledge(e.id)
			}
		case len(conns) > 0:
			_ = conns[i%len(conns)].send(map[string]any{"type": e.kind, "envelope_id": e.id, "payload": e.payload, "accepts_response_payload": true, "retry_attempt": e.tries - 1})
		}
	}
}

// post delivers an envelope over HTTP, signed.
func (l *line) post(address string, e *envelope) bool {
	payload, err := json.Marshal(e.payload)
	if err != nil {
		panic("slackfake: " + err.Error()) // a defect of the fake
	}
	body, kind := payload, "application/json"
	switch e.kind {
	case "interactive":
		body, kind = []byte(url.Values{"payload": {string(payload)}}.Encode()), "application/x-www-form-urlencoded"
	case "slash_commands":
		form := url.Values{}
		for k, v := range e.payload {
			form.Set(k, fmt.Sprint(v))
		}
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	resp, err := http.DefaultClient.Do(Sign(address, kind, body, Secret, l.server.Now()))
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// Sign makes a request as Slack would send it at a moment.
func Sign(address, contentType string, body []byte, secret string, at time.Time) *http.Request {
	r, err := http.NewRequest(http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		panic("slackfake: " + err.Error()) // a bad address is the test's mistake
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = nil
	l.mu.Unlock()
	for _, c := range conns {
		_ = c.ws.Close()
	}
}

// Disconnect ends every connection: politely, as Slack does when it refreshes one, or
// without a word.
func (s *Server) Disconnect(politely bool) {
	s.line.mu.Lock()
	conns := append([]*conn{}, s.line.conns...)
	if politely {
		s.line.conns = nil
	}
	s.line.mu.Unlock()
	for _, c := range conns {
		if politely {
			_ = c.send(map[string]any{"type": "disconnect", "reason": "refresh_requested"})
			continue
		}
		_ = c.ws.Close()
	}
}

// Connections counts the open ones.
func (s *Server) Connections() int {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	return len(s.line.conns)
}

// Unacknowledged counts what was not acknowledged yet.
func (s *Server) Unacknowledged() int {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	return len(s.line.open)
}

// SlowestAck is the longest that an acknowledgement took.
func (s *Server) SlowestAck() time.Duration {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	return s.line.worst
}

// Trouble makes deliveries come twice, or in an order that the seed decides. A seed of
// 0 keeps the order.
func (s *Server) Trouble(twice bool, seed uint64) {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.twice, s.line.dice = twice, nil
	if seed != 0 {
		s.line.dice = rand.New(rand.NewPCG(seed, 1))
	}
}

// Hold keeps deliveries back until Release.
func (s *Server) Hold() {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.hold = true
}

// Release delivers what was held, and what was never acknowledged once more.
func (s *Server) Release() {
	s.line.mu.Lock()
	s.line.hold = false
	s.line.mu.Unlock()
	s.line.Flush()
}

// Again delivers once more what was never acknowledged.
func (s *Server) Again() { s.line.Flush() }

// Events sends everything to an address over HTTP instead of Socket Mode.
func (s *Server) Events(address string) {
	s.line.mu.Lock()
	defer s.line.mu.Unlock()
	s.line.address = address
}
