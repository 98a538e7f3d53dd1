package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

// overStdio runs `pipewright mcp` in process and returns a client's session.
func overStdio(t *testing.T, args ...string) *sdk.ClientSession {
	t.Helper()
	in, theirs := io.Pipe()
	ours, out := io.Pipe()
	var errs bytes.Buffer
	p := program{in: in, out: out, err: &errs, now: time.Now, env: func(string) string { return "" }}
	ended := make(chan int, 1)
	go func() { ended <- run(context.Background(), p, append([]string{"mcp"}, args...)); _ = out.Close() }()
	s, err := sdk.NewClient(&sdk.Implementation{Name: "test"}, nil).Connect(context.Background(), &sdk.IOTransport{Reader: ours, Writer: theirs}, nil)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = s.Close()
		assert.Zero(t, <-ended, errs.String())
	})
	return s
}

func callMCP(t *testing.T, s *sdk.ClientSession, name string, args map[string]any) (string, bool) {
	t.Helper()
	res, err := s.CallTool(context.Background(), &sdk.CallToolParams{Name: name, Arguments: args})
	require.NoError(t, err)
	text, ok := res.Content[0].(*sdk.TextContent)
	require.True(t, ok)
	return text.Text, !res.IsError
}

func TestMCPOverStdio(t *testing.T) {
	db := smallStore(t)
	s := overStdio(t, "--db", db)
	list, err := s.ListTools(context.Background(), nil)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, tool := range list.Tools {
		names[tool.Name] = true
	}
	for _, want := range []string{"ask", "list_incidents", "get_incident", "search_logs", "list_runs"} {
		assert.True(t, names[want], want)
	}
	assert.False(t, names["propose_action"])
	text, ok := callMCP(t, s, "list_runs", map[string]any{"resource": "glue:job/orders_etl"})
	assert.True(t, ok)
	assert.Contains(t, text, `"error":"boom"`)
	text, ok = callMCP(t, s, "ask", map[string]any{"question": "why did glue:job/orders_etl fail?"})
	assert.True(t, ok)
	assert.Contains(t, text, "(diagnose)")
	_, ok = callMCP(t, s, "ask", map[string]any{"question": "retry glue:job/orders_etl"})
	assert.True(t, ok)
	assert.Empty(t, requests(t, db))
}

func TestMCPFilesProposalsWhereAllowed(t *testing.T) {
	db := smallStore(t)
	s := overStdio(t, "--db", db, "--allow-proposals")
	text, ok := callMCP(t, s, "propose_action", map[string]any{"action": "glue.retry", "target": "glue:job/orders_etl", "reason": "it failed once"})
	require.True(t, ok, text)
	filed := requests(t, db)
	require.Len(t, filed, 1, text)
	assert.Equal(t, pipewright.RequestAct, filed[0].Kind)
	assert.Equal(t, "mcp", filed[0].Surface)
	assert.Equal(t, program{}.who(), filed[0].Who)
	assert.Equal(t, pipewright.ActionKind("glue.retry"), filed[0].Action.Kind)
}

func TestMCPOverHTTPStaysOnLoopbackAndAsksForATokenToPropose(t *testing.T) {
	db := smallStore(t)
	for _, address := range []string{"0.0.0.0:0", ":9471", "192.0.2.1:80", "example.com:80", "nonsense"} {
		_, errs, code := command(t, nil, "mcp", "--db", db, "--http", address)
		assert.Equal(t, 1, code, address)
		assert.Contains(t, errs, "is not a loopback address")
	}
	_, errs, code := command(t, nil, "mcp", "--db", db, "--http", "127.0.0.1:0", "--allow-proposals")
	assert.Equal(t, 1, code)
	assert.Contains(t, errs, "PIPEWRIGHT_MCP_TOKEN")
}

// handbook is somebody else's MCP server with one tool. authorized tells whether the last
// request carried the token.
func handbook(t *testing.T) (url string, authorized *bool) {
	t.Helper()
	authorized = new(bool)
	s := sdk.NewServer(&sdk.Implementation{Name: "docs"}, nil)
	sdk.AddTool(s, &sdk.Tool{Name: "search", Description: "search the handbook"}, func(context.Context, *sdk.CallToolRequest, struct{}) (*sdk.CallToolResult, any, error) {
		return &sdk.CallToolResult{Content: []sdk.Content{&sdk.TextContent{Text: "Runbook 7: a boom passes when the job is retried."}}}, nil, nil
	})
	stream := sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return s }, nil)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*authorized = r.Header.Get("Authorization") == "Bearer s3cret"
		stream.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	return srv.URL, authorized
}

func TestMCPServersOfOthers(t *testing.T) {
	url, authorized := handbook(t)
	file := filepath.Join(t.TempDir(), "pw.yaml")
	write := func(allow string) {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, "systems: {plant: [{name: p, url: 'http://127.0.0.1:1'}]}\nheal: {may_approve: [ana]}\nstore: {path: '%s'}\nmcp_servers: [{name: docs, url: '%s', token: {env: DOCS}, allow: [%s]}]\n", filepath.Join(filepath.Dir(file), "pw.db"), url, allow), 0o600))
	}
	env := map[string]string{"DOCS": "s3cret"}
	write("search")
	out, errs, code := command(t, env, "mcp", "servers", "-c", file)
	require.Zero(t, code, out+errs)
	assert.Equal(t, "ok   docs: 1 tools [docs_search]\n", out)
	assert.True(t, *authorized)
	out, _, _ = command(t, env, "doctor", "-c", file)
	assert.Contains(t, out, "ok   mcp docs: list its tools: 1 of what is allowed: docs_search")
	write("search, delete_everything")
	out, _, code = command(t, env, "mcp", "servers", "-c", file)
	assert.Equal(t, 1, code)
	assert.Contains(t, out, `docs has no tool "delete_everything"`)
	out, _, _ = command(t, env, "doctor", "-c", file)
	assert.Contains(t, out, `FAIL mcp docs: list its tools: docs has no tool "delete_everything"`)
}
