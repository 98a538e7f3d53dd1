package airflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	pipewright "github.com/pipewright/pipewright"
)

const (
	maxAnswer = 16 << 20        // bytes of one JSON answer
	maxWait   = 5 * time.Second // of a Retry-After that we obey
)

// call is one request below /api/v2.
type call struct {
	method string
	path   []string // segments, not yet escaped
	query  url.Values
	body   any
	accept string // empty: JSON
}

func get(path ...string) call { return call{method: http.MethodGet, path: path} }

func (c call) with(query url.Values) call {
	c.query = query
	return c
}

// String is how errors and evidence name the call.
func (c call) String() string {
	p := "/api/v2"
	for _, s := range c.path {
		p += "/" + url.PathEscape(s)
	}
	if len(c.query) > 0 {
		p += "?" + c.query.Encode()
	}
	return c.method + " " + p
}

// passing is a failure that a read may try again.
type passing struct {
	err   error
	after time.Duration
}

func (p *passing) Error() string { return p.err.Error() }
func (p *passing) Unwrap() error { return p.err }

func retryExecutor(first, longest time.Duration) failsafe.Executor[*http.Response] {
	return failsafe.With[*http.Response](retrypolicy.NewBuilder[*http.Response]().
		HandleIf(func(_ *http.Response, err error) bool {
			var p *passing
			return errors.As(err, &p)
		}).
		WithMaxRetries(2).
		WithBackoff(first, longest).
		WithJitterFactor(0.2).
		WithDelayFunc(func(exec failsafe.ExecutionAttempt[*http.Response]) time.Duration {
			var p *passing
			if errors.As(exec.LastError(), &p) && p.after > 0 {
				return min(p.after, maxWait)
			}
			return -1 // the back-off
		}).
		ReturnLastFailure().
		Build())
}

// do makes the call and decodes its answer into out, unless out is nil. It
// returns the answer's headers.
func (c *Client) do(ctx context.Context, q call, out any) (http.Header, error) {
	ctx, stop := context.WithTimeout(ctx, c.cfg.Timeout)
	defer stop()
	resp, err := c.open(ctx, q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return resp.Header, c.decode(q, resp.Body, out)
}

func (c *Client) decode(q call, from io.Reader, out any) error {
	body, err := io.ReadAll(io.LimitReader(from, maxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(q.String(), err)
	case len(body) > maxAnswer:
		return pipewright.Errorf(pipewright.Unavailable, "airflow %s: the answer to %s is over %d MB", c.cfg.Name, q, maxAnswer>>20)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return pipewright.Errorf(pipewright.Unavailable,
			"airflow %s: %s did not answer in the form of REST API v2: check that url %s leads to Airflow 3", c.cfg.Name, q, c.base.Redacted())
	}
	return nil
}

// open sends the call and returns an answer of status 2xx, which the caller
// closes. A read that fails in passing is tried again; a refused token is
// renewed once, since a refused call did not run.
func (c *Client) open(ctx context.Context, q call) (*http.Response, error) {
	token, fresh, err := c.bearer(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := c.try(ctx, q, token)
	// 3.3 answers an expired token with 403, so both may mean the token.
	if refused(err) && !fresh {
		if token, err = c.renew(ctx, token); err != nil {
			return nil, err
		}
		resp, err = c.try(ctx, q, token)
	}
	return resp, plain(err)
}

func refused(err error) bool { return err != nil && pipewright.KindOf(err) == pipewright.Denied }

// plain takes the mark of the retry policy off an error.
func plain(err error) error {
	var p *passing
	if errors.As(err, &p) {
		return p.err
	}
	return err
}

func (c *Client) try(ctx context.Context, q call, token string) (*http.Response, error) {
	if q.method != http.MethodGet {
		return c.send(ctx, q, token)
	}
	return c.again(ctx, q.String(), func() (*http.Response, error) { return c.send(ctx, q, token) })
}

// again sends until it succeeds or the retries are used up. When the context
// ends first, the executor returns its bare error.
func (c *Client) again(ctx context.Context, what string, send func() (*http.Response, error)) (*http.Response, error) {
	resp, err := c.retries.WithContext(ctx).Get(send)
	var ours *pipewright.Error
	if err != nil && !errors.As(err, &ours) {
		return nil, c.unreachable(what, err)
	}
	return resp, err
}

// send makes one request and turns everything but 2xx into an error.
func (c *Client) send(ctx context.Context, q call, token string) (*http.Response, error) {
	req, err := c.request(ctx, q)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, c.unreachable(q.String(), err)
		}
		return nil, &passing{err: c.unreachable(q.String(), err)}
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	err = c.refusal(q, resp)
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, &passing{err: err, after: time.Duration(after) * time.Second}
	}
	return nil, err
}

func (c *Client) request(ctx context.Context, q call) (*http.Request, error) {
	u := c.base.JoinPath("api", "v2")
	for _, s := range q.path {
		if s == "" || s == "." || s == ".." { // JoinPath would walk up
			return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: %q cannot be part of a call", c.cfg.Name, s)
		}
		u = u.JoinPath(url.PathEscape(s))
	}
	u.RawQuery = q.query.Encode()
	var body io.Reader
	if q.body != nil {
		b, err := json.Marshal(q.body)
		if err != nil {
			return nil, pipewright.Errorf(pipewright.Internal, "airflow %s: encode the body of %s: %w", c.cfg.Name, q, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, u.String(), body)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "airflow %s: build %s: %w", c.cfg.Name, q, err)
	}
	req.Header.Set("Accept", "application/json")
	if q.accept != "" {
		req.Header.Set("Accept", q.accept)
	}
	if q.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
