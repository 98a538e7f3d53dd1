package plant

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/rl/sim"
)

// remote is a plant in another process.
type remote struct {
	url  string
	http *http.Client
}

// Dial returns the plant that another process serves at the URL. It connects
// when it is first used.
func Dial(url string) World {
	return &remote{url: strings.TrimSuffix(url, "/"), http: &http.Client{Timeout: 30 * time.Second}}
}

func (r *remote) Now(ctx context.Context) (time.Time, error) {
	var a nowAnswer
	err := r.call(ctx, http.MethodGet, "/now", nil, &a)
	return a.Now, err
}

func (r *remote) Advance(ctx context.Context, to time.Time) error {
	return r.post(ctx, "/advance", advanceBody{to}, &nowAnswer{})
}

func (r *remote) Observe(ctx context.Context, after, upto time.Time) (b pipewright.Batch, err error) {
	err = r.post(ctx, "/observe", windowBody{after, upto}, &b)
	return b, err
}

func (r *remote) Act(ctx context.Context, a sim.Act) (receipt pipewright.Receipt, err error) {
	err = r.post(ctx, "/act", a, &receipt)
	return receipt, err
}

func (r *remote) Find(ctx context.Context, key string) (pipewright.Receipt, bool, error) {
	var a findAnswer
	err := r.post(ctx, "/find", findBody{key}, &a)
	return a.Receipt, a.Found, err
}

func (r *remote) Probe(ctx context.Context, name string, target pipewright.ResourceID) (reading sim.Reading, err error) {
	err = r.post(ctx, "/probe", probeBody{name, target}, &reading)
	return reading, err
}

func (r *remote) Describe(ctx context.Context, target pipewright.ResourceID) (m map[string]string, err error) {
	err = r.post(ctx, "/describe", probeBody{Target: target}, &m)
	return m, err
}

func (r *remote) post(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return pipewright.Errorf(pipewright.Internal, "call the plant at %s: %w", path, err)
	}
	return r.call(ctx, http.MethodPost, path, body, out)
}

// call sends one request. An answer that does not arrive whole is Unavailable.
func (r *remote) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, r.url+path, bytes.NewReader(body))
	if err != nil {
		return pipewright.Errorf(pipewright.Invalid, "call the plant at %s: %w", path, err)
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return pipewright.Errorf(pipewright.Unavailable, "call the plant at %s: %w", path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	decode := json.NewDecoder(resp.Body)
	if resp.StatusCode == http.StatusOK {
		if err := decode.Decode(out); err != nil {
			return pipewright.Errorf(pipewright.Unavailable, "read the plant's answer at %s: %w", path, err)
		}
		return nil
	}
	var e errorAnswer
	if err := decode.Decode(&e); err != nil || e.Kind == "" {
		return pipewright.Errorf(pipewright.Unavailable, "the plant answered %s with status %d", path, resp.StatusCode)
	}
	return pipewright.Errorf(e.Kind, "%s", e.Error)
}
