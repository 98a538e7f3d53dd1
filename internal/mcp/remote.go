package mcp

import (
	"context"
	"errors"
	"os/exec"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	pipewright "github.com/pipewright/pipewright"
)

// RemoteConfig is one MCP server of somebody else's.
type RemoteConfig struct {
	Name   string                        // a-z, 0-9 and _; its tools are called NAME_tool
	Dial   func() (mcp.Transport, error) // how it is reached: Command or HTTP
	Allow  []string                      // its tools that may be called; no other is even listed
	Within time.Duration                 // bounds one call, the connection included; 20 s unless set
	Rest   time.Duration                 // after a failure nobody asks it for that long; 30 s unless set
	Redact func(string) string           // hides confidential values; nil: nothing is known to be one
	Now    func() time.Time              // time.Now unless set
}

// Remote is a connection to such a server, made when it is first needed and again
// after it broke. It is safe for use by several goroutines.
type Remote struct {
	cfg  RemoteConfig
	lock chan struct{} // holds the fields below; a channel, so that waiting for it ends with ctx
	open *mcp.ClientSession
	last error // why it failed
	at   time.Time
}

// NewRemote returns a Remote that has not connected yet.
func NewRemote(cfg RemoteConfig) *Remote {
	if cfg.Within == 0 {
		cfg.Within = 20 * time.Second
	}
	if cfg.Rest == 0 {
		cfg.Rest = 30 * time.Second
	}
	if cfg.Redact == nil {
		cfg.Redact = func(s string) string { return s }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Remote{cfg: cfg, lock: make(chan struct{}, 1)}
}

// Command starts a server as a process that speaks over its stdin and stdout. Its
// environment is env and nothing else.
func Command(args, env []string) func() (mcp.Transport, error) {
	return func() (mcp.Transport, error) {
		path, err := exec.LookPath(args[0])
		if err != nil {
			return nil, pipewright.Errorf(pipewright.NotFound, "the command %s is not installed", args[0])
		}
		cmd := exec.Command(path, args[1:]...)
		cmd.Env = append([]string{}, env...)
		return &mcp.CommandTransport{Command: cmd, TerminateDuration: time.Second}, nil
	}
}

// Close ends the connection, and the process behind it.
func (r *Remote) Close() error {
	r.lock <- struct{}{}
	defer func() { <-r.lock }()
	s := r.open
	r.open = nil
	if s == nil {
		return nil
	}
	return s.Close()
}

// with calls f with a session, within the time for one call. What f blocks on
// cannot hold the caller longer than that.
func with[T any](ctx context.Context, r *Remote, f func(context.Context, *mcp.ClientSession) (T, error)) (T, error) {
	var none T
	bound, cancel := context.WithTimeout(ctx, r.cfg.Within)
	defer cancel()
	s, err := r.session(bound)
	if err != nil {
		return none, err
	}
	v, err := inTime(bound, func() (T, error) { return f(bound, s) })
	var answered *jsonrpc.Error
	switch {
	case err == nil:
		return v, nil
	case ctx.Err() != nil: // the caller left: the server did nothing wrong
		return none, pipewright.Errorf(pipewright.Unavailable, "%s: %w", r.cfg.Name, ctx.Err())
	case errors.As(err, &answered) && bound.Err() == nil:
		return none, pipewright.Errorf(pipewright.Invalid, "%s refused: %s", r.cfg.Name, r.quote(answered.Message))
	}
	return none, r.drop(s, err)
}

// inTime runs f and gives up on it when ctx ends.
func inTime[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		v   T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		v, err := f()
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.v, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// session is the open session, or a new one. A server that failed is left alone
// for a while, so that each caller does not wait for it anew.
func (r *Remote) session(ctx context.Context) (*mcp.ClientSession, error) {
	select {
	case r.lock <- struct{}{}:
		defer func() { <-r.lock }()
	case <-ctx.Done():
		return nil, pipewright.Errorf(pipewright.Unavailable, "%s does not answer", r.cfg.Name)
	}
	if r.open != nil {
		return r.open, nil
	}
	if r.last != nil && r.cfg.Now().Sub(r.at) < r.cfg.Rest {
		return nil, r.last
	}
	s, err := inTime(ctx, func() (*mcp.ClientSession, error) { return r.connect(ctx) })
	if err != nil {
		return nil, r.failed(err)
	}
	r.open, r.last = s, nil
	return s, nil
}

func (r *Remote) connect(ctx context.Context) (*mcp.ClientSession, error) {
	t, err := r.cfg.Dial()
	if err != nil {
		return nil, err
	}
	// No roots, no sampling, no questions to the person: it answers and asks nothing.
	c := mcp.NewClient(&mcp.Implementation{Name: "pipewright"}, &mcp.ClientOptions{Capabilities: &mcp.ClientCapabilities{}})
	s, err := c.Connect(ctx, t, nil)
	if err == nil && ctx.Err() != nil { // too late: nobody waits for it
		_ = s.Close()
		return nil, ctx.Err()
	}
	return s, err
}

// failed remembers a failure. The caller holds the lock.
func (r *Remote) failed(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = pipewright.Errorf(pipewright.Unavailable, "%s did not answer within %s", r.cfg.Name, r.cfg.Within)
	case errors.Is(err, context.Canceled):
		return pipewright.Errorf(pipewright.Unavailable, "%s: %w", r.cfg.Name, err)
	default:
		err = pipewright.Errorf(pipewright.Unavailable, "%s cannot be reached: %s", r.cfg.Name, r.quote(err.Error()))
	}
	r.last, r.at = err, r.cfg.Now()
	return err
}

// drop gives a broken session up and ends what is behind it, without waiting.
func (r *Remote) drop(s *mcp.ClientSession, err error) error {
	r.lock <- struct{}{}
	defer func() { <-r.lock }()
	if r.open == s {
		r.open = nil
		go func() { _ = s.Close() }() // bounded by the transport: it ends, then kills
	}
	return r.failed(err)
}
