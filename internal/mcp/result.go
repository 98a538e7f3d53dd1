package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// maxResult bounds the JSON of one result, in bytes. A client may see it twice, as
// a value and as text.
const maxResult = 48 << 10

var resultSchema = json.RawMessage(`{"type":"object","properties":{
"hits":{"type":"integer","description":"how many records fit"},
"empty":{"type":"string","description":"what was searched and why it may be empty"},
"evidence":{"type":"array","items":{"type":"object"},"description":"what was read, with source, query and excerpt"},
"data":{"description":"the records"},
"left_out":{"type":"string","description":"what did not fit"},
"stale":{"type":"string","description":"why the systems may have gone on since"}},"required":["hits","evidence"]}`)

// found is a tool's result as a reply: numbered, redacted, cleaned and bounded.
func (s *Server) found(res tools.Result, stale string) (reply, error) {
	for i := range res.Evidence {
		res.Evidence[i].ID = fmt.Sprintf("e%d", i+1)
	}
	evidence, err := s.plain(res.Evidence)
	if err != nil {
		return reply{}, err
	}
	cited := firstThatFit(evidence, maxResult/3)
	data, err := s.plain(res.Data)
	if err != nil {
		return reply{}, err
	}
	out := map[string]any{"hits": res.Hits, "evidence": cited}
	if res.Empty != "" {
		out["empty"] = s.clean(res.Empty)
	}
	if stale != "" {
		out["stale"] = s.clean(stale)
	}
	data, left := newest(data)
	if more := len(res.Evidence) - len(cited); more > 0 {
		left = strings.TrimPrefix(fmt.Sprintf("%s; %d more pieces of evidence", left, more), "; ")
	}
	if data != nil {
		out["data"] = data
	}
	return bounded(out, left, "")
}

// plain is a value as JSON decodes it, with every text in it redacted and cleaned.
func (s *Server) plain(v any) (any, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "encode a result: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "decode a result: %w", err)
	}
	return each(tree, s.clean), nil
}

func (s *Server) clean(text string) string { return pipewright.Visible(s.deps.Redact(text)) }

// each applies f to every text of a tree, the keys too.
func each(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = each(v[i], f)
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[f(k)] = each(e, f)
		}
		return out
	}
	return v
}

// firstThatFit keeps the beginning of the evidence within a size, long excerpts cut
// short: what matters most comes first.
func firstThatFit(evidence any, size int) []any {
	out := []any{}
	list, _ := evidence.([]any)
	for _, e := range list {
		e, _ = limits{text: 2000, list: 20}.cut(e)
		b, err := json.Marshal(e)
		if size -= len(b) + 1; err != nil || size < 0 && len(out) > 0 {
			break
		}
		out = append(out, e)
	}
	return out
}

// newest shortens the records to their end when they are too many: a list, or the
// lists of an object. left says what was left out.
func newest(data any) (kept any, left string) {
	fit := func(list []any) []any {
		end := newestThatFit(list, maxResult/2)
		if len(end) < len(list) {
			left = fmt.Sprintf("data shows the last %d of %d records; narrow the window or set a limit", len(end), len(list))
		}
		return end
	}
	switch data := data.(type) {
	case []any:
		kept = fit(data)
		return kept, left
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(data)) {
			if list, ok := data[k].([]any); ok {
				data[k] = fit(list)
			}
		}
	}
	return data, left
}

// newestThatFit keeps the end of a list within a size: lists come oldest first.
func newestThatFit(list []any, size int) []any {
	from := len(list)
	for from > 0 {
		b, err := json.Marshal(list[from-1])
		if size -= len(b) + 1; err != nil || size < 0 && from < len(list) {
			break
		}
		from--
	}
	return list[from:]
}

// bounded makes the reply of an object: cut until it fits. lead comes before the
// text, which is the object as JSON.
func bounded(out map[string]any, left, lead string) (reply, error) {
	for _, l := range []limits{{8000, 1 << 20}, {2000, 50}, {500, 20}, {160, 6}, {60, 2}} {
		tree, cutAny := l.cut(out)
		obj, _ := tree.(map[string]any)
		if cutAny {
			obj["left_out"] = strings.TrimPrefix(left+"; long texts and lists are cut short", "; ")
		} else if left != "" {
			obj["left_out"] = left
		}
		b, err := json.Marshal(obj)
		if err != nil {
			return reply{}, pipewright.Errorf(pipewright.Internal, "encode a result: %w", err)
		}
		if len(b) <= maxResult {
			return reply{text: lead + string(b), value: json.RawMessage(b)}, nil
		}
	}
	return reply{}, pipewright.Errorf(pipewright.Invalid, "the result is too large to send; ask for less")
}

// limits are the most bytes of a text and elements of a list.
type limits struct{ text, list int }

func (l limits) cut(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return cut(v, l.text), len(v) > l.text
	case []any:
		shorter := len(v) > l.list
		out := make([]any, 0, min(len(v), l.list))
		for _, e := range v[:min(len(v), l.list)] {
			e, was := l.cut(e)
			out, shorter = append(out, e), shorter || was
		}
		return out, shorter
	case map[string]any:
		shorter := false
		out := make(map[string]any, len(v))
		for k, e := range v {
			e, was := l.cut(e)
			out[cut(k, 200)], shorter = e, shorter || was
		}
		return out, shorter
	}
	return v, false
}

// cut keeps at most n bytes of whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
