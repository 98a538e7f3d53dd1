package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// blocks is a reply on Anthropic's wire.
func blocks(s Step) any {
	content, stop := []any{}, "end_turn"
	if s.Text != "" {
		content = append(content, map[string]any{"type": "text", "text": s.Text})
	}
	for i, c := range s.Calls {
		var input any
		_ = json.Unmarshal([]byte(c.Args), &input)
		content, stop = append(content, map[string]any{"type": "tool_use", "id": fmt.Sprintf("toolu_%d", i), "name": c.Tool, "input": input}), "tool_use"
	}
	return map[string]any{"id": "x", "type": "message", "role": "assistant", "content": content, "stop_reason": stop, "usage": map[string]any{"input_tokens": 100, "output_tokens": 20}}
}

// streamBlocks writes the same in small pieces: block after block, each with its beginning,
// its deltas and its end.
func streamBlocks(w http.ResponseWriter, s Step) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(kind string, event map[string]any) {
		event["type"] = kind
		b, _ := json.Marshal(event)
		_, _ = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, b)
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
	}
	index, stop := 0, "end_turn"
	block := func(begin map[string]any, delta, key string, parts []string) {
		send("content_block_start", map[string]any{"index": index, "content_block": begin})
		for _, part := range parts {
			send("content_block_delta", map[string]any{"index": index, "delta": map[string]any{"type": delta, key: part}})
		}
		if s.Cut {
			panic(http.ErrAbortHandler)
		}
		send("content_block_stop", map[string]any{"index": index})
		index++
	}
	send("message_start", map[string]any{"message": map[string]any{"id": "x", "type": "message", "role": "assistant", "usage": map[string]any{"input_tokens": 100, "output_tokens": 1}}})
	send("ping", map[string]any{})
	if s.Text != "" {
		block(map[string]any{"type": "text", "text": ""}, "text_delta", "text", pieces(s.Text))
	}
	for i, c := range s.Calls {
		stop = "tool_use"
		block(map[string]any{"type": "tool_use", "id": fmt.Sprintf("toolu_%d", i), "name": c.Tool, "input": map[string]any{}}, "input_json_delta", "partial_json", pieces(c.Args))
	}
	send("message_delta", map[string]any{"delta": map[string]any{"stop_reason": stop}, "usage": map[string]any{"output_tokens": 20}})
	send("message_stop", map[string]any{})
}
