package config

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// MCPServer is a server of somebody else's whose tools answer questions here: a
// command or an address. Only the tools that allow names are ever called or listed.
type MCPServer struct {
	Name    string            `yaml:"name"`
	Command []string          `yaml:"command"`
	URL     string            `yaml:"url"`
	Allow   []string          `yaml:"allow"`
	Env     map[string]Secret `yaml:"env"`   // for a command
	Token   Secret            `yaml:"token"` // for an address
	Timeout Duration          `yaml:"timeout"`
}

var mcpName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,29}$`)

func (c *Config) checkMCP(f *faults) {
	seen := map[string]bool{}
	for i, m := range c.MCPServers {
		key := fmt.Sprintf("mcp_servers[%d]", i)
		switch {
		case !mcpName.MatchString(m.Name):
			f.add(key+".name", "give it a name of at most 30 of a-z, 0-9 and _; its tools are called by it")
		case seen[m.Name]:
			f.add(key+".name", "%q is the name of another MCP server already", m.Name)
		}
		seen[m.Name] = true
		m.checkReach(f, key)
		m.checkAllow(f, key)
		if m.Timeout < 0 || m.Timeout > Duration(5*time.Minute) {
			f.add(key+".timeout", "must be between 0s and 5m")
		}
	}
}

// checkReach wants one way to reach it, with the secrets that go that way.
func (m MCPServer) checkReach(f *faults, key string) {
	switch {
	case (len(m.Command) > 0) == (m.URL != ""):
		f.add(key, "give either command or url")
		return
	case m.URL != "":
		m.checkAddress(f, key)
	case m.Command[0] == "":
		f.add(key+".command", "its first word is the program to start")
	}
	if m.Token.Given() && m.URL == "" {
		f.add(key+".token", "is only for a url; a command takes env")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Env)) {
		switch {
		case m.URL != "":
			f.add(join(key+".env", name), "is only for a command; a url takes token")
		case !variable.MatchString(name):
			f.add(join(key+".env", name), "is not the name of an environment variable")
		case !m.Env[name].Given():
			f.add(join(key+".env", name), "refer to it with {env: NAME} or {file: PATH}")
		}
	}
}

func (m MCPServer) checkAddress(f *faults, key string) {
	checkURL(f, key+".url", m.URL, "http", "https")
	if u, err := url.Parse(m.URL); err == nil && u.Scheme == "http" && m.Token.Given() && !loopback(u.Hostname()) {
		f.add(key+".url", "must be https: a token is sent to it")
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (m MCPServer) checkAllow(f *faults, key string) {
	if len(m.Allow) == 0 {
		f.add(key+".allow", "name the tools that may be called; no other is even listed")
	}
	for i, name := range m.Allow {
		if name == "" || slices.Contains(m.Allow[:i], name) {
			f.add(fmt.Sprintf("%s.allow[%d]", key, i), "is empty or named twice")
		}
	}
}

// secretsOfMCP walks the secrets of the MCP servers.
func (c *Config) secretsOfMCP(do func(key string, s *Secret)) {
	for i := range c.MCPServers {
		m := &c.MCPServers[i]
		for _, name := range slices.Sorted(maps.Keys(m.Env)) {
			s := m.Env[name]
			do(join(fmt.Sprintf("mcp_servers[%d].env", i), name), &s)
			m.Env[name] = s
		}
		do(fmt.Sprintf("mcp_servers[%d].token", i), &m.Token)
	}
}
