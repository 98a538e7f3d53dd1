package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/ratelimiter"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
)

// largestReply bounds what is read of one reply, in bytes.
const largestReply = 8 << 20

// refused is an answer that is no success. Whatever the wire, it is made here, so that
// no text of a server gets further.
type refused struct {
	status int
	after  time.Duration // Retry-After; 0: not said
}

func (r *refused) Error() string { return fmt.Sprintf("status %d", r.status) }

// passes reports whether the same call may succeed later.
func (r *refused) passes() bool {
	return r.status == http.StatusTooManyRequests || r.status == http.StatusRequestTimeout || r.status >= 500 && r.status != http.StatusNotImplemented
}

// transport sends requests through a retry policy, a circuit breaker and a rate limit.
type transport struct {
	base http.RoundTripper
	exec failsafe.Executor[*http.Response]
}

func newTransport(cfg Config) *transport {
	t := &transport{base: cfg.Transport}
	if t.base == nil {
		t.base = http.DefaultTransport
	}
	r := cfg.Retry.complete()
	policies := []failsafe.Policy[*http.Response]{r.policy(), r.breaker()}
	if cfg.PerMinute > 0 {
		policies = append(policies, ratelimiter.NewBurstyBuilder[*http.Response](uint(cfg.PerMinute), time.Minute).WithMaxWaitTime(r.Longest).Build())
	}
	t.exec = failsafe.With(policies...)
	return t
}

func (r Retry) complete() Retry {
	if r.First == 0 {
		r.First = 500 * time.Millisecond
	}
	if r.Longest == 0 {
		r.Longest = 20 * time.Second
	}
	if r.Most == 0 {
		r.Most = 2
	}
	if r.Trips == 0 {
		r.Trips = 5
	}
	if r.Rest == 0 {
		r.Rest = 30 * time.Second
	}
	return r
}

// again reports whether a failure is worth another try.
func (r Retry) again(err error) bool {
	var no *refused
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, circuitbreaker.ErrOpen), errors.Is(err, ratelimiter.ErrExceeded):
		return false
	case errors.As(err, &no):
		return no.passes() && no.after <= r.Longest
	}
	return true // the connection failed
}

func (r Retry) policy() failsafe.Policy[*http.Response] {
	return retrypolicy.NewBuilder[*http.Response]().
		HandleIf(func(_ *http.Response, err error) bool { return r.again(err) }).
		WithMaxRetries(r.Most).
		WithBackoff(r.First, r.Longest).
		WithJitterFactor(0.2).
		WithDelayFunc(func(exec failsafe.ExecutionAttempt[*http.Response]) time.Duration {
			var no *refused
			if errors.As(exec.LastError(), &no) && no.after > 0 {
				return no.after
			}
			return -1 // the back-off
		}).
		ReturnLastFailure().
		Build()
}

// breaker leaves a server alone that fails. One that says "too many requests" works.
func (r Retry) breaker() failsafe.Policy[*http.Response] {
	return circuitbreaker.NewBuilder[*http.Response]().
		HandleIf(func(_ *http.Response, err error) bool {
			var no *refused
			if errors.As(err, &no) {
				return no.status >= 500
			}
			return err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, ratelimiter.ErrExceeded)
		}).
		WithFailureThreshold(r.Trips).
		WithDelay(r.Rest).
		Build()
}

// RoundTrip sends the request, again when that may help. What is not a success is an
// error.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.exec.WithContext(req.Context()).Get(func() (*http.Response, error) {
		attempt := req.Clone(req.Context())
		if req.GetBody != nil {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			attempt.Body = body
		}
		resp, err := t.base.RoundTrip(attempt)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < 200 || resp.StatusCode > 299 {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
			_ = resp.Body.Close()                                         // nothing was written
			return nil, &refused{resp.StatusCode, retryAfter(resp.Header.Get("Retry-After"), time.Now())}
		}
		resp.Body = &bounded{io.LimitReader(resp.Body, largestReply), resp.Body}
		return resp, nil
	})
}

type bounded struct {
	io.Reader
	io.Closer
}

// retryAfter reads the header: seconds or a date. 0 when it says nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if n, err := strconv.ParseFloat(header, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// fault says in one sentence what to do about a failed exchange with the model that answers.
func (e *Engine) fault(ctx context.Context, err error) error {
	return asked{fmt.Sprintf("llm %s: ask %s", e.cfg.Vendor, e.cfg.Model), "llm.model"}.fault(ctx, err)
}

// embedFault is fault for the model that embeds, which has a key of its own and often another server.
func (e *Engine) embedFault(ctx context.Context, err error) error {
	return asked{fmt.Sprintf("llm %s: embed by %s at %s", e.cfg.Vendor, e.cfg.Embeddings, e.cfg.host()), "llm.embeddings"}.fault(ctx, err)
}

// host is the address that is asked, without what may be secret in it.
func (c Config) host() string {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" {
		return "the vendor's own address"
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// asked is who was asked for what: how an error begins, and the key of the configuration that names the model.
type asked struct{ who, key string }

// fault wraps nothing but the end of ctx and ErrBusy: a library's error may hold what
// a server wrote.
func (a asked) fault(ctx context.Context, err error) error {
	who := a.who
	var no *refused
	switch {
	case ctx.Err() != nil:
		return pipewright.Errorf(pipewright.Unavailable, "%s: %w", who, ctx.Err())
	case errors.Is(err, circuitbreaker.ErrOpen):
		return pipewright.Errorf(pipewright.Unavailable, "%s: it failed several times in a row and is left alone for a while", who)
	case errors.Is(err, ratelimiter.ErrExceeded):
		return pipewright.Errorf(pipewright.Unavailable, "%s: more calls than llm.per_minute allows: %w", who, ask.ErrBusy)
	case errors.As(err, &no):
		return no.fault(a)
	case errors.Is(err, errNothing):
		return pipewright.Errorf(pipewright.Unavailable, "%s: the reply is empty or not in the form of its API: check llm.url", who)
	}
	return pipewright.Errorf(pipewright.Unavailable, "%s: it could not be reached, or its reply could not be read: check llm.url", who)
}

func (r *refused) fault(a asked) error {
	who := a.who
	switch {
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return pipewright.Errorf(pipewright.Denied, "%s: status %d: check llm.key, and that it may use this model", who, r.status)
	case r.status == http.StatusNotFound:
		return pipewright.Errorf(pipewright.Invalid, "%s: status 404: check llm.url and %s", who, a.key)
	case r.status == http.StatusTooManyRequests:
		return pipewright.Errorf(pipewright.Unavailable, "%s: status 429, or the account's quota is used up: %w", who, ask.ErrBusy)
	case r.passes():
		return pipewright.Errorf(pipewright.Unavailable, "%s: status %d", who, r.status)
	}
	return pipewright.Errorf(pipewright.Invalid, "%s: status %d: it refused the request: check %s", who, r.status, a.key)
}

// errNothing is a success without content.
var errNothing = errors.New("nothing was returned")
