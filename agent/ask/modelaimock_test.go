//go:build integration

package ask_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/internal/llm"
)

// aimock starts the independent model server of npm's @copilotkit/aimock with a scripted
// diagnosis: three tool calls at once, then an answer in the strict form that was asked for.
// PIPEWRIGHT_EMULATE is the folder that deploy/lab/emulate made: make test-integration sets it.
func aimock(t *testing.T, more ...string) (url string) {
	t.Helper()
	peers := os.Getenv("PIPEWRIGHT_EMULATE")
	if peers == "" {
		t.Skip("run make test-integration, or deploy/lab/emulate and set PIPEWRIGHT_EMULATE to the folder that it prints")
	}
	file := filepath.Join(t.TempDir(), "fixtures.json")
	call := func(name string, args any) any { return map[string]any{"name": name, "arguments": args} }
	final := map[string]any{"hasToolResult": true}
	script := map[string]any{"fixtures": []any{
		map[string]any{"match": map[string]any{"hasToolResult": false}, "response": map[string]any{"toolCalls": []any{
			call("search_logs", map[string]any{"resource": job, "level": "error"}), call("list_incidents", map[string]any{"live": true}), call("recent_changes", map[string]any{"resource": job, "hops": 6})}}},
		map[string]any{"match": final, "response": map[string]any{"content": answers("action_required", dropped, renamedAt).suspects("schema_column_renamed", table, nil).json()}},
	}}
	b, err := json.Marshal(script)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b, 0o600))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(free.Addr().String())
	require.NoError(t, err)
	require.NoError(t, free.Close())
	cmd := exec.Command(filepath.Join(peers, "node"), append([]string{filepath.Join(peers, "node_modules/@copilotkit/aimock/dist/cli.js"), "-h", "127.0.0.1", "-p", port, "-f", file, "--chunk-size", "5", "--log-level", "silent", "--strict"}, more...)...)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	url = "http://127.0.0.1:" + port
	require.Eventually(t, func() bool {
		r, err := http.Get(url + "/__aimock/journal")
		if err == nil {
			_ = r.Body.Close()
		}
		return err == nil
	}, 20*time.Second, 50*time.Millisecond)
	return url
}

// journal is what the server was asked, in order.
func journal(t *testing.T, url string) (bodies []map[string]any) {
	t.Helper()
	r, err := http.Get(url + "/__aimock/journal")
	require.NoError(t, err)
	defer func() { _ = r.Body.Close() }()
	var entries []struct {
		Body map[string]any `json:"body"`
	}
	require.NoError(t, json.NewDecoder(r.Body).Decode(&entries))
	for _, e := range entries {
		bodies = append(bodies, e.Body)
	}
	return bodies
}

func TestAskAnIndependentServer(t *testing.T) {
	for _, vendor := range []string{"openai", "anthropic"} {
		for _, streamed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, streamed %t", vendor, streamed), func(t *testing.T) {
				url := aimock(t)
				e, err := llm.New(llm.Config{Vendor: vendor, URL: url + "/v1", Model: "gpt-4.1", Key: "sk-test"})
				require.NoError(t, err)
				d := newShop(nil).deps(t)
				d.Model, d.Catalogue = e, causes
				var shown []pipewright.Progress
				q := pipewright.Question{Text: "why did glue:job/orders_etl fail?", Asker: "ann", Thread: "t", At: now}
				if streamed {
					q.Watch = func(p pipewright.Progress) { shown = append(shown, p) }
				}
				a, err := ask.New(d).Ask(t.Context(), q)
				require.NoError(t, err)
				assert.Equal(t, "model", a.Planner, "%v", a.Unknown)
				assert.Contains(t, a.Answer, "the column customer_id does not exist [e1]")
				assert.Contains(t, a.Answer, `was renamed to "buyer_id" at 02:20`)
				assert.InDelta(t, 0.91, a.Confidence, 1e-9)
				var tools []string
				for _, c := range a.ToolCalls {
					tools = append(tools, c.Tool)
				}
				assert.Equal(t, []string{"search_logs", "list_incidents", "recent_changes"}, tools[:3], "the three calls of one reply, in its order")
				if streamed {
					assert.Equal(t, "UndefinedColumn: the column customer_id does not exist.", texts(shown, pipewright.ProgressClaim)[0])
				}
				if vendor == "openai" {
					for _, b := range journal(t, url) {
						format, _ := b["response_format"].(map[string]any)
						assert.Equal(t, "json_schema", format["type"])
						assert.Equal(t, streamed, b["stream"] == true)
					}
				}
			})
		}
	}
}

func TestAskAnIndependentServerThatIsIll(t *testing.T) {
	for flag, says := range map[string]string{
		"--chaos-ratelimit":  "its provider takes no more requests for now",
		"--chaos-drop":       "it could not be reached",
		"--chaos-malformed":  "it could not be reached",
		"--chaos-disconnect": "it could not be reached",
	} {
		t.Run(flag, func(t *testing.T) {
			e, err := llm.New(llm.Config{Vendor: "openai", URL: aimock(t, flag, "1") + "/v1", Model: "gpt-4.1", Key: "sk-test", Retry: llm.Retry{First: time.Millisecond, Longest: 2 * time.Millisecond}})
			require.NoError(t, err)
			a := modelled(t, newShop(nil), e, ask.Limits{}, "why did glue:job/orders_etl fail?")
			assert.Equal(t, "builtin", a.Planner)
			assert.Contains(t, a.Answer, "the model did not serve ("+says+"), so the built-in planner answered")
			assert.Contains(t, a.Answer, "customer_id")
		})
	}
}
