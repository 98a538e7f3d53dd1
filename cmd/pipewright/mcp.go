package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/mcp"
	"github.com/pipewright/pipewright/tools"
)

// mcpFlags say how the MCP server is reached and what it may do.
type mcpFlags struct {
	dbFlags
	http      string
	proposals bool
}

func (p program) mcpCommand() *cobra.Command {
	var f mcpFlags
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve the Model Context Protocol: read tools, questions and prompts for other agents",
		Long: "Serve the Model Context Protocol on stdin and stdout, or with --http on loopback. Other agents may read and ask; with\n" +
			"--allow-proposals they may also file proposals, which take the same way through the guards as everybody's. Nobody\n" +
			"approves over MCP.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withAsker(cmd.Context(), f.dbFlags, "", func(ctx context.Context, a asker) error {
				d, err := p.mcpDeps(ctx, f, a)
				if err != nil {
					return err
				}
				if f.http != "" {
					return p.serveHTTP(ctx, f, mcp.NewServer(d))
				}
				err = mcp.NewServer(d).Run(ctx, &sdk.IOTransport{Reader: readCloser(p.in), Writer: writeCloser{p.out}})
				if errors.Is(err, io.EOF) {
					return nil // the client left
				}
				return err
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.http, "http", "", "serve on this loopback address instead, such as 127.0.0.1:9471; PIPEWRIGHT_MCP_TOKEN is the token asked for")
	cmd.Flags().BoolVar(&f.proposals, "allow-proposals", false, "let clients file proposals")
	cmd.AddCommand(p.mcpServersCommand())
	return cmd
}

func readCloser(r io.Reader) io.ReadCloser {
	if c, ok := r.(io.ReadCloser); ok {
		return c
	}
	return io.NopCloser(r)
}

type writeCloser struct{ io.Writer }

func (writeCloser) Close() error { return nil }

func (p program) mcpDeps(ctx context.Context, f mcpFlags, a asker) (mcp.Deps, error) {
	deps, err := a.deps(ctx, a.clock(ctx), &files{asker: a})
	if err != nil {
		return mcp.Deps{}, err
	}
	var cfg config.Config
	if f.config != "" {
		if cfg, err = config.Load(f.config, p.env); err != nil {
			return mcp.Deps{}, err
		}
	}
	red, err := redactorOf(ctx, a.store, cfg)
	if err != nil {
		return mcp.Deps{}, err
	}
	return mcp.Deps{Ask: deps, World: a.store, Prompts: a.know.prompts, AllowProposals: f.proposals, Who: p.who(), Version: version, Log: p.logger(), Fresh: a.reread,
		Now:    func(ctx context.Context) (time.Time, error) { return p.nowOf(ctx, a.store) },
		Redact: func(s string) string { s, _ = red.Text(s); return s }}, nil
}

// clock is the time of the store as far as it can be read.
func (a asker) clock(ctx context.Context) func() time.Time {
	return func() time.Time {
		now, err := a.p.nowOf(ctx, a.store)
		if err != nil {
			return a.p.now().UTC()
		}
		return now
	}
}

// files takes requests to the store as they are, one ruling at a time.
type files struct {
	asker
	mu sync.Mutex
}

func (f *files) Propose(ctx context.Context, rq pipewright.Request) (pipewright.Request, error) {
	return f.store.AddRequest(ctx, rq)
}

func (f *files) Rule(ctx context.Context, a pipewright.Action) (pipewright.Proposal, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := f.p.nowOf(ctx, f.store)
	if err != nil {
		return pipewright.Proposal{}, err
	}
	return f.loop.Rule(ctx, now, a)
}

// inUse says what to do about an address that another program has.
func inUse(err error, where string) string {
	if errors.Is(err, syscall.EADDRINUSE) {
		return "; another program listens there: stop it, or give another address with " + where
	}
	return ""
}

// serveHTTP serves on a loopback address until ctx ends.
func (p program) serveHTTP(ctx context.Context, f mcpFlags, server *mcp.Server) error {
	token := p.env("PIPEWRIGHT_MCP_TOKEN")
	host, _, err := net.SplitHostPort(f.http)
	ip := net.ParseIP(host)
	switch {
	case err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()):
		return pipewright.Errorf(pipewright.Invalid, "--http %q is not a loopback address such as 127.0.0.1:9471", f.http)
	case f.proposals && token == "":
		return pipewright.Errorf(pipewright.Invalid, "proposals over HTTP need a token: set PIPEWRIGHT_MCP_TOKEN, and give it to the client (Authorization: Bearer ...)")
	}
	listen, err := net.Listen("tcp", f.http)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "listen on %s: %w%s", f.http, err, inUse(err, "--http"))
	}
	web := &http.Server{Handler: server.Handler(token), ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	fmt.Fprintf(p.out, "serving MCP on http://%s\n", listen.Addr())
	if err := web.Serve(listen); !errors.Is(err, http.ErrServerClosed) {
		return pipewright.Errorf(pipewright.Unavailable, "serve MCP: %w", err)
	}
	return nil
}

// remotes are the configured MCP servers of others, connected to nothing yet.
func (p program) remotes(cfg config.Config, redact func(string) string) outsiders {
	out := outsiders{}
	for _, m := range cfg.MCPServers {
		dial := mcp.HTTP(m.URL, m.Token.Value())
		if len(m.Command) > 0 {
			dial = mcp.Command(m.Command, p.childEnv(m))
		}
		out = append(out, mcp.NewRemote(mcp.RemoteConfig{Name: m.Name, Dial: dial, Allow: m.Allow, Within: time.Duration(m.Timeout), Redact: redact, Now: p.now}))
	}
	return out
}

// childEnv is all that a server started as a process sees of the environment.
func (p program) childEnv(m config.MCPServer) []string {
	var out []string
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		if v := p.env(name); v != "" {
			out = append(out, name+"="+v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Env)) {
		out = append(out, name+"="+m.Env[name].Value())
	}
	return out
}

// offered is what one outside server offers of what is allowed.
type offered struct {
	Server string   `json:"server"`
	OK     bool     `json:"ok"`
	Tools  []string `json:"tools"`
	Faults []string `json:"faults,omitempty"`
}

func (p program) mcpServersCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "servers -c FILE",
		Short: "Check the configured MCP servers of others: what they offer of what is allowed",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.config == "" {
				return pipewright.Errorf(pipewright.Invalid, "it needs a configuration: pipewright mcp servers -c FILE")
			}
			cfg, err := config.Load(f.config, p.env)
			if err != nil {
				return err
			}
			return p.checkServers(cmd.Context(), f, cfg)
		},
	}
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "the configuration file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON for machines")
	return cmd
}

func (p program) checkServers(ctx context.Context, f dbFlags, cfg config.Config) error {
	sick := false
	for _, o := range p.offers(ctx, cfg) {
		sick = sick || !o.OK
		if err := p.printOffered(f, o); err != nil {
			return err
		}
	}
	if sick {
		return exitCode(1)
	}
	return nil
}

// offers asks every outside server what it offers, one after another.
func (p program) offers(ctx context.Context, cfg config.Config) (all []offered) {
	hide := func(text string) string {
		for _, secret := range cfg.Secrets() {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
		return text
	}
	for i, r := range p.remotes(cfg, hide) {
		o := offered{Server: cfg.MCPServers[i].Name, Tools: []string{}}
		found, faults, err := r.Tools(ctx)
		if err != nil {
			faults = append(faults, err.Error())
		}
		for _, t := range found {
			o.Tools = append(o.Tools, t.Name)
		}
		o.Faults, o.OK = faults, len(faults) == 0
		_ = r.Close() // it was only looked at
		all = append(all, o)
	}
	return all
}

// examineServers checks the outside servers for doctor.
func (p program) examineServers(ctx context.Context, cfg config.Config) (checks []tools.Check) {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	for _, o := range p.offers(ctx, cfg) {
		c := tools.Check{System: "mcp " + o.Server, Call: "list its tools", Say: fmt.Sprintf("%d of what is allowed: %s", len(o.Tools), strings.Join(o.Tools, ", "))}
		if !o.OK {
			c.Err = pipewright.Errorf(pipewright.Unavailable, "%s", strings.Join(o.Faults, "; "))
		}
		checks = append(checks, c)
	}
	return checks
}

func (p program) printOffered(f dbFlags, o offered) error {
	if f.json {
		return json.NewEncoder(p.out).Encode(o)
	}
	mark := "ok  "
	if !o.OK {
		mark = "FAIL"
	}
	fmt.Fprintf(p.out, "%s %s: %d tools %v\n", mark, o.Server, len(o.Tools), o.Tools)
	for _, fault := range o.Faults {
		fmt.Fprintf(p.out, "     %s\n", pipewright.Visible(fault))
	}
	return nil
}
