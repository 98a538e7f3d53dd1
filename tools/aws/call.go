package aws

import (
	"context"
	"io"
	"net/http"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// op names a call as errors, notes and the doctor show it: the permission that
// it needs, and its arguments.
type op struct {
	action string // glue:GetJobRuns
	args   string // JobName=orders_etl
}

func (o op) String() string {
	if o.args == "" {
		return o.action
	}
	return o.action + " " + o.args
}

// call makes one call of the SDK within the client's timeout and turns its
// error into a sentence.
func call[In, Out, Opt any](
	ctx context.Context, c *Client, o op, do func(context.Context, *In, ...func(*Opt)) (*Out, error), in *In,
) (*Out, error) {
	bounded, stop := context.WithTimeout(ctx, c.cfg.Timeout)
	defer stop()
	out, err := do(bounded, in)
	if err != nil {
		return nil, c.refusal(ctx, o, err)
	}
	return out, nil
}

// pages calls f with each continuation token, at most most times. whole is
// false when there would have been more.
func pages(most int, f func(token *string) (next *string, enough bool, err error)) (whole bool, err error) {
	var token *string
	for range most {
		next, enough, err := f(token)
		switch {
		case err != nil:
			return false, err
		case enough, next == nil, *next == "", token != nil && *next == *token:
			return true, nil
		}
		token = next
	}
	return false, nil
}

// chain marks an error of finding credentials, so that it can be told from an
// error of the call.
type chain struct{ found sdk.CredentialsProvider }

func (p chain) Retrieve(ctx context.Context) (sdk.Credentials, error) {
	if p.found == nil {
		return sdk.Credentials{}, &noCredentials{io.EOF}
	}
	got, err := p.found.Retrieve(ctx)
	if err != nil {
		return got, &noCredentials{err}
	}
	return got, nil
}

type noCredentials struct{ err error }

func (e *noCredentials) Error() string { return "no credentials: " + e.err.Error() }
func (e *noCredentials) Unwrap() error { return e.err }

// limited bounds the answers that the SDK reads into memory.
type limited struct{ client sdk.HTTPClient }

func (l limited) filled() limited {
	if l.client == nil {
		l.client = awshttp.NewBuildableClient()
	}
	return l
}

func (l limited) Do(req *http.Request) (*http.Response, error) {
	resp, err := l.client.Do(req)
	if err == nil && resp.Body != nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}
