package mcp

import (
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// maxAnswer bounds what is read of one HTTP answer, in bytes.
const maxAnswer = 8 << 20

// HTTP reaches a server at an address (streamable HTTP). The token, if any, goes to
// that address only: redirects are not followed.
func HTTP(url, token string) func() (mcp.Transport, error) {
	return func() (mcp.Transport, error) {
		client := &http.Client{Transport: carrier{token: token},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		return &mcp.StreamableClientTransport{Endpoint: url, HTTPClient: client, MaxRetries: -1, DisableStandaloneSSE: true, MaxEventSize: maxAnswer}, nil
	}
}

// carrier adds the token and bounds every answer.
type carrier struct{ token string }

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		res.Body = boundedBody{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

type boundedBody struct {
	io.Reader
	io.Closer
}
