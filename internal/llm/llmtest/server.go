// Package llmtest is a model server for tests, in plain sight: it replies from a
// script, over the wires of OpenAI and Anthropic, and can be late, broken, silly or
// malicious. It keeps every request. Only tests call it.
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// Call is a tool call that the model makes. Args is its text, damaged or not.
type Call struct{ Tool, Args string }

// Step is one reply. The first field that is set decides: Status, Drop, Hang, Raw,
// else words and calls.
type Step struct {
	When       string // only for a request whose last message holds this
	Status     int
	RetryAfter string
	Drop       bool   // the connection ends
	Hang       bool   // nothing comes until the client goes
	Raw        string // the body, as it is
	Text       string
	Calls      []Call
	Finish     string // "" is right for what is said
	Uncounted  bool   // without usage
	Cut        bool   // the stream ends in the middle
	Forever    bool   // stays in the script
}

// Message is one line of a request.
type Message struct {
	Role, Text, CallID string
	Calls              []Call
}

// Request is what the server was asked.
type Request struct {
	Path     string
	Header   http.Header
	Model    string
	Messages []Message
	Tools    []string
	Strict   bool // a strict form was asked for
	Stream   bool
	Body     map[string]any
}

// Last is the text of the last message.
func (r Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Text
}

// Server is the fake. Play, when set, replies to what the script does not.
type Server struct {
	*httptest.Server
	Play func(Request) Step

	mu     sync.Mutex
	script []Step
	asked  []Request
}

// New starts a server on loopback with a script. Close it.
func New(script ...Step) *Server {
	s := &Server{script: script}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Requests are what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request{}, s.asked...)
}

// next keeps the request and takes its step off the script.
func (s *Server) next(r Request) Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	for i, step := range s.script {
		if !strings.Contains(r.Last(), step.When) {
			continue
		}
		if !step.Forever {
			s.script = append(s.script[:i:i], s.script[i+1:]...)
		}
		return step
	}
	if s.Play != nil {
		return s.Play(r)
	}
	return Step{Status: http.StatusTeapot}
}

func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r := Request{Path: req.URL.Path, Header: req.Header.Clone()}
	if json.Unmarshal(body, &r.Body) != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	r.read()
	step := s.next(r)
	switch {
	case step.Status != 0:
		w.Header().Set("Retry-After", step.RetryAfter)
		w.WriteHeader(step.Status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": "no: " + req.Header.Get("Authorization") + req.Header.Get("X-Api-Key") + req.Header.Get("Api-Key"), "type": "x"}})
	case step.Drop:
		panic(http.ErrAbortHandler)
	case step.Hang:
		<-req.Context().Done()
	case step.Raw != "":
		_, _ = io.WriteString(w, step.Raw)
	case strings.HasSuffix(r.Path, "/embeddings"):
		write(w, embeddings(r))
	case strings.HasSuffix(r.Path, "/messages") && r.Stream:
		streamBlocks(w, step)
	case strings.HasSuffix(r.Path, "/messages"):
		write(w, blocks(step))
	case r.Stream:
		stream(w, step)
	default:
		write(w, completion(step))
	}
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func usage(s Step) map[string]any {
	if s.Uncounted {
		return nil
	}
	return map[string]any{"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
}

func finishOf(s Step) string {
	switch {
	case s.Finish != "":
		return s.Finish
	case len(s.Calls) > 0:
		return "tool_calls"
	}
	return "stop"
}

func completion(s Step) any {
	var calls []any
	for i, c := range s.Calls {
		calls = append(calls, map[string]any{"id": fmt.Sprintf("call_%d", i), "type": "function", "function": map[string]any{"name": c.Tool, "arguments": c.Args}})
	}
	message := map[string]any{"role": "assistant", "content": s.Text}
	if calls != nil {
		message["tool_calls"] = calls
	}
	return map[string]any{"id": "x", "object": "chat.completion", "choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": finishOf(s)}}, "usage": usage(s)}
}

// stream writes the reply in small pieces: text, then each call's name, then its
// arguments, the calls by turns.
func stream(w http.ResponseWriter, s Step) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(delta map[string]any, finish any) {
		b, _ := json.Marshal(map[string]any{"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}})
		_, _ = fmt.Fprintf(w, "data: %s\n\n", b)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	for _, part := range pieces(s.Text) {
		send(map[string]any{"content": part}, nil)
	}
	if s.Cut {
		panic(http.ErrAbortHandler)
	}
	call := func(i int, rest map[string]any) map[string]any {
		rest["index"] = i
		return map[string]any{"tool_calls": []any{rest}}
	}
	rest := make([][]string, len(s.Calls))
	for i, c := range s.Calls {
		send(call(i, map[string]any{"id": fmt.Sprintf("call_%d", i), "type": "function", "function": map[string]any{"name": c.Tool, "arguments": ""}}), nil)
		rest[i] = pieces(c.Args)
	}
	for more := true; more; {
		more = false
		for i := range rest {
			if len(rest[i]) > 0 {
				send(call(i, map[string]any{"function": map[string]any{"arguments": rest[i][0]}}), nil)
				rest[i], more = rest[i][1:], true
			}
		}
	}
	send(map[string]any{}, finishOf(s))
	if u := usage(s); u != nil {
		b, _ := json.Marshal(map[string]any{"choices": []any{}, "usage": u})
		_, _ = fmt.Fprintf(w, "data: %s\n\n", b)
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

func pieces(s string) []string {
	var out []string
	for r := []rune(s); len(r) > 0; {
		n := min(7, len(r))
		out, r = append(out, string(r[:n])), r[n:]
	}
	return out
}

// embeddings are vectors of the texts' lengths, the last one first: order is by index.
func embeddings(r Request) any {
	input, _ := r.Body["input"].([]any)
	var data []any
	for i := len(input) - 1; i >= 0; i-- {
		data = append(data, map[string]any{"index": i, "embedding": []float64{float64(len(fmt.Sprint(input[i]))), 1}})
	}
	return map[string]any{"data": data, "usage": map[string]any{"prompt_tokens": len(input), "total_tokens": len(input)}}
}

// read takes the parts out of the body, on either wire.
func (r *Request) read() {
	r.Model, _ = r.Body["model"].(string)
	r.Stream, _ = r.Body["stream"].(bool)
	if format, ok := r.Body["response_format"].(map[string]any); ok {
		r.Strict = format["type"] == "json_schema"
	}
	tools, _ := r.Body["tools"].([]any)
	for _, t := range tools {
		m, _ := t.(map[string]any)
		if f, ok := m["function"].(map[string]any); ok {
			m = f
		}
		r.Tools = append(r.Tools, fmt.Sprint(m["name"]))
	}
	if s, ok := r.Body["system"].(string); ok {
		r.Messages = append(r.Messages, Message{Role: "system", Text: s})
	}
	messages, _ := r.Body["messages"].([]any)
	for _, m := range messages {
		if v, ok := m.(map[string]any); ok {
			r.Messages = append(r.Messages, readMessage(v))
		}
	}
}

func readMessage(v map[string]any) Message {
	m := Message{Role: fmt.Sprint(v["role"])}
	m.CallID, _ = v["tool_call_id"].(string)
	if s, ok := v["content"].(string); ok {
		m.Text = s
	}
	parts, _ := v["content"].([]any)
	for _, p := range parts {
		b, _ := p.(map[string]any)
		switch b["type"] {
		case "text":
			m.Text += fmt.Sprint(b["text"])
		case "tool_use":
			args, _ := json.Marshal(b["input"])
			m.Calls = append(m.Calls, Call{fmt.Sprint(b["name"]), string(args)})
		case "tool_result":
			m.Text, m.CallID = m.Text+fmt.Sprint(b["content"]), fmt.Sprint(b["tool_use_id"])
		}
	}
	calls, _ := v["tool_calls"].([]any)
	for _, c := range calls {
		call, _ := c.(map[string]any)
		f, _ := call["function"].(map[string]any)
		m.Calls = append(m.Calls, Call{fmt.Sprint(f["name"]), fmt.Sprint(f["arguments"])})
	}
	return m
}
