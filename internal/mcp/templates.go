package mcp

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/pipewright/pipewright/prompts"
)

// addPrompts offers the prompt templates, rendered with the client's values.
func (s *Server) addPrompts() {
	if s.deps.Prompts == nil {
		return
	}
	for _, p := range s.deps.Prompts.Prompts() {
		offered := &mcp.Prompt{Name: p.Name, Description: p.Purpose}
		for _, in := range p.Inputs {
			offered.Arguments = append(offered.Arguments, &mcp.PromptArgument{Name: in.Name, Description: in.Purpose, Required: in.Required})
		}
		s.mcp.AddPrompt(offered, render(p))
	}
}

func render(p prompts.Prompt) mcp.PromptHandler {
	return func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		r, err := p.Render(req.Params.Arguments)
		if err != nil {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: err.Error()}
		}
		return &mcp.GetPromptResult{Description: p.Purpose,
			Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: r.Text}}}}, nil
	}
}
