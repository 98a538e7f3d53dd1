package config

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestMCPServers(t *testing.T) {
	const first = "mcp_servers[0]"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a command":          {"{name: grafana, command: [npx, mcp-grafana], allow: [query], env: {GRAFANA_TOKEN: {env: AWS_KEY}}, timeout: 10s}", nil},
		"an address":         {"{name: docs, url: 'https://mcp.example.com/mcp', allow: [search], token: {env: AWS_KEY}}", nil},
		"on loopback":        {"{name: docs, url: 'http://127.0.0.1:9/mcp', allow: [search], token: {env: AWS_KEY}}", nil},
		"nothing":            {"{}", []string{first + ".name: give it a name of at most 30 of a-z, 0-9 and _; its tools are called by it", first + ": give either command or url"}},
		"both":               {"{name: a, command: [x], url: 'http://h', allow: [b]}", []string{first + ": give either command or url"}},
		"nothing is allowed": {"{name: a, command: [x]}", []string{first + ".allow: name the tools that may be called; no other is even listed"}},
		"allowed twice":      {"{name: a, command: [x], allow: [b, '', b]}", []string{first + ".allow[1]: is empty or named twice", first + ".allow[2]: is empty or named twice"}},
		"a name with spaces": {"{name: My Server, command: [x], allow: [b]}", []string{first + ".name: give it a name of at most 30 of a-z, 0-9 and _; its tools are called by it"}},
		"a written secret":   {"{name: a, command: [x], allow: [b], env: {TOKEN: hunter2}}", []string{first + ".env.TOKEN: a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}"}},
		"a written token":    {"{name: a, url: 'https://h', allow: [b], token: hunter2}", []string{first + ".token: a secret is never written in this file: refer to it with {env: NAME} or {file: PATH}"}},
		"an unset secret":    {"{name: a, command: [x], allow: [b], env: {TOKEN: {env: NOBODY_SET_THIS}}}", []string{first + ".env.TOKEN: the environment has no NOBODY_SET_THIS"}},
		"an empty secret":    {"{name: a, command: [x], allow: [b], env: {TOKEN: {}}}", []string{first + ".env.TOKEN: refer to it with {env: NAME} or {file: PATH}"}},
		"no variable":        {"{name: a, command: [x], allow: [b], env: {'A B': {env: AWS_KEY}}}", []string{first + `.env."A B": is not the name of an environment variable`}},
		"env for an address": {"{name: a, url: 'https://h', allow: [b], env: {T: {env: AWS_KEY}}}", []string{first + ".env.T: is only for a command; a url takes token"}},
		"token in the clear": {"{name: a, url: 'http://h', allow: [b], token: {env: AWS_KEY}}", []string{first + ".url: must be https: a token is sent to it"}},
		"a password in it":   {"{name: a, url: 'https://u:hunter2@h', allow: [b]}", []string{first + ".url: take the password out of the URL: password: {file: PATH} or {env: NAME}"}},
		"token of a command": {"{name: a, command: [x], allow: [b], token: {env: AWS_KEY}}", []string{first + ".token: is only for a url; a command takes env"}},
		"an empty program":   {"{name: a, command: [''], allow: [b]}", []string{first + ".command: its first word is the program to start"}},
		"too patient":        {"{name: a, command: [x], allow: [b], timeout: 1h}", []string{first + ".timeout: must be between 0s and 5m"}},
		"the same name":      {"{name: a, command: [x], allow: [b]}, {name: a, command: [x], allow: [b]}", []string{`mcp_servers[1].name: "a" is the name of another MCP server already`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := faultsOf(t, smallest+"mcp_servers: ["+c.text+"]\n")
			if name == "nothing" { // and more, which the next cases hold
				got = got[:2]
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSecretsOfMCPServersAreReadAndHidden(t *testing.T) {
	cfg, found := read([]byte(smallest+"prompts: mine\nmcp_servers: [{name: a, command: [x], allow: [b], env: {T: {env: AWS_KEY}}}, {name: d, url: 'https://h', allow: [b], token: {env: AWS_ID}}]\n"), "/etc/pipewright", env)
	require.Empty(t, found)
	assert.Equal(t, "s3cret-key", cfg.MCPServers[0].Env["T"].Value())
	assert.Equal(t, "s3cret-id", cfg.MCPServers[1].Token.Value())
	assert.Contains(t, cfg.Secrets(), "s3cret-key")
	assert.Contains(t, cfg.Secrets(), "s3cret-id")
	assert.Equal(t, "/etc/pipewright/mine", cfg.Prompts)
	j, err := json.Marshal(cfg)
	require.NoError(t, err)
	y, err := yaml.Marshal(cfg)
	require.NoError(t, err)
	for _, shown := range []string{string(j), string(y), fmt.Sprintf("%+v %#v %v", cfg, cfg, cfg.MCPServers)} {
		assert.NotContains(t, shown, "s3cret")
	}
}
