package mcp

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/prompts"
	"github.com/pipewright/pipewright/tools"
)

// Bounds of one answer, in bytes: what a planner sees, and what evidence quotes.
const (
	maxRead    = 1 << 20 // looked at for secrets; far more than what is kept
	maxOutside = 16 << 10
	maxExcerpt = 2000
)

// result is a server's answer as a Result: text from outside, fenced.
func (r *Remote) result(name, query string, res *mcp.CallToolResult, w pipewright.Window) (tools.Result, error) {
	if res.NeedsInput() {
		return tools.Result{}, pipewright.Errorf(pipewright.Invalid, "%s asks back for input, and nobody is there to answer", ToolName(r.cfg.Name, name))
	}
	text := strings.TrimSpace(pipewright.Visible(r.cfg.Redact(cut(wordsOf(res), maxRead))))
	if res.IsError {
		return tools.Result{}, pipewright.Errorf(pipewright.Invalid, "%s says that it failed: %s", ToolName(r.cfg.Name, name), r.quote(text))
	}
	if text == "" {
		return tools.Result{Evidence: []pipewright.Evidence{}, Empty: fmt.Sprintf("%s answered %s with nothing", r.cfg.Name, query)}, nil
	}
	whole := len(text)
	if text = cut(text, maxOutside); len(text) < whole {
		text += fmt.Sprintf("\n(cut: %d bytes in all)", whole)
	}
	from := "mcp:server/" + r.cfg.Name
	e := pipewright.Evidence{Source: pipewright.ResourceID(from), Kind: pipewright.OutsideEvidence, Query: pipewright.Visible(r.cfg.Redact(query)), Start: w.Start, End: w.End, Excerpt: cut(text, maxExcerpt)}
	return tools.Result{Hits: 1, Data: prompts.Fence(from, text), Evidence: []pipewright.Evidence{e}}, nil
}

// wordsOf is everything an answer says as one text. A structured answer comes once
// more as text, by the protocol: it is taken once.
func wordsOf(res *mcp.CallToolResult) string {
	var parts []string
	if res.StructuredContent != nil {
		if b, err := json.Marshal(res.StructuredContent); err == nil {
			parts = append(parts, string(b))
		}
	}
	for _, c := range res.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			if res.StructuredContent == nil || !json.Valid([]byte(c.Text)) {
				parts = append(parts, c.Text)
			}
		case *mcp.ImageContent:
			parts = append(parts, fmt.Sprintf("(a picture, %s, %d bytes: left out)", c.MIMEType, len(c.Data)))
		case *mcp.AudioContent:
			parts = append(parts, fmt.Sprintf("(a recording, %s, %d bytes: left out)", c.MIMEType, len(c.Data)))
		case *mcp.EmbeddedResource:
			if c.Resource != nil {
				parts = append(parts, c.Resource.Text)
			}
		case *mcp.ResourceLink:
			parts = append(parts, fmt.Sprintf("(a link to %s: not followed)", c.URI))
		}
	}
	return strings.Join(parts, "\n")
}
