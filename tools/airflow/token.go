package airflow

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// token is a JWT with the time from which it is renewed.
type token struct {
	text  string
	renew time.Time
}

// bearer returns a token that is good for now, and whether it was got just now.
func (c *Client) bearer(ctx context.Context) (text string, fresh bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.text != "" && c.cfg.Now().Before(c.token.renew) {
		return c.token.text, false, nil
	}
	c.token, err = c.login(ctx)
	return c.token.text, true, err
}

// renew replaces a token that was refused, unless somebody did already.
func (c *Client) renew(ctx context.Context, old string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.text != old && c.token.text != "" {
		return c.token.text, nil
	}
	var err error
	c.token, err = c.login(ctx)
	return c.token.text, err
}

const loginCall = "POST /auth/token"

// login trades user and password for a token. No part of the answer ever goes
// into an error: a server that dislikes the body may quote it.
func (c *Client) login(ctx context.Context) (token, error) {
	body, err := json.Marshal(map[string]string{"username": c.cfg.User, "password": c.cfg.Password})
	if err != nil {
		return token{}, pipewright.Errorf(pipewright.Internal, "airflow %s: encode the login", c.cfg.Name)
	}
	resp, err := c.again(ctx, loginCall, func() (*http.Response, error) { return c.sendLogin(ctx, body) })
	if err != nil {
		return token{}, plain(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err == nil {
		err = json.Unmarshal(b, &answer)
	}
	if err != nil || answer.Token == "" {
		return token{}, pipewright.Errorf(pipewright.Unavailable,
			"airflow %s: %s gave no token: check that url %s leads to Airflow 3", c.cfg.Name, loginCall, c.base.Redacted())
	}
	return token{text: answer.Token, renew: renewAt(answer.Token, c.cfg.Now())}, nil
}

func (c *Client) sendLogin(ctx context.Context, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath("auth", "token").String(), bytes.NewReader(body))
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Internal, "airflow %s: build %s", c.cfg.Name, loginCall)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, &passing{err: c.unreachable(loginCall, err)}
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return nil, &passing{err: pipewright.Errorf(pipewright.Unavailable, "airflow %s: %s answered %d; try again later", c.cfg.Name, loginCall, resp.StatusCode)}
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return nil, pipewright.Errorf(pipewright.Denied, "airflow %s: %s was refused (%d): check user %q and its password", c.cfg.Name, loginCall, resp.StatusCode, c.cfg.User)
	case resp.StatusCode == http.StatusNotFound:
		return nil, pipewright.Errorf(pipewright.NotFound, "airflow %s: there is no %s at %s: check url, and that it is Airflow 3", c.cfg.Name, loginCall, c.base.Redacted())
	}
	return nil, pipewright.Errorf(pipewright.Invalid, "airflow %s: %s answered %d at %s: check url", c.cfg.Name, loginCall, resp.StatusCode, c.base.Redacted())
}

// renewAt is a tenth of the token's life before it ends, at most a minute. A
// token that does not say when it ends is kept for ten minutes.
func renewAt(jwt string, now time.Time) time.Time {
	var claims struct {
		Exp int64 `json:"exp"`
	}
	parts := strings.Split(jwt, ".")
	if len(parts) == 3 {
		if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "=")); err == nil {
			_ = json.Unmarshal(b, &claims) // a claim that cannot be read is one that is not there
		}
	}
	if claims.Exp == 0 {
		return now.Add(10 * time.Minute)
	}
	end := time.Unix(claims.Exp, 0)
	return end.Add(-min(time.Minute, max(0, end.Sub(now)/10)))
}
