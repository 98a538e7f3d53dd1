package slackbot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	largestBody = 1 << 20
	// signedWithin is how old a signed request may be: an older one may be a replay.
	signedWithin = 5 * time.Minute
)

// Handler takes events, interactions and commands over HTTP, for Mode HTTP. A request
// that Slack did not sign within the last five minutes is refused.
func (b *Bot) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
		if r.Method != http.MethodPost || err != nil {
			http.Error(w, "send a POST of at most 1 MiB", http.StatusBadRequest)
			return
		}
		if !b.cfg.signed(r.Header, body, b.parts.Now()) {
			http.Error(w, "the signature does not hold", http.StatusUnauthorized)
			return
		}
		b.serve(w, r, body)
	})
}

func (b *Bot) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	from, payload, ok := unwrap(r.Header.Get("Content-Type"), body)
	if !ok {
		http.Error(w, "that is nothing Slack sends", http.StatusBadRequest)
		return
	}
	var hello struct{ Type, Challenge string }
	if json.Unmarshal(payload, &hello) == nil && hello.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, hello.Challenge) // Slack asks again
		return
	}
	if err := b.receive(r.Context(), from, payload); err != nil {
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// signed checks Slack's signature in constant time:
// https://docs.slack.dev/authentication/verifying-requests-from-slack
func (c Config) signed(h http.Header, body []byte, now time.Time) bool {
	stamp := h.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || c.SigningSecret == "" || now.Sub(time.Unix(seconds, 0)).Abs() > signedWithin {
		return false
	}
	given, err := hex.DecodeString(strings.TrimPrefix(h.Get("X-Slack-Signature"), "v0="))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(c.SigningSecret))
	_, _ = io.WriteString(mac, "v0:"+stamp+":") // a hash never fails
	_, _ = mac.Write(body)
	return hmac.Equal(given, mac.Sum(nil))
}

// unwrap finds what a request carries: events come as JSON, interactions as JSON in a
// form, commands as a form.
func unwrap(contentType string, body []byte) (from source, payload []byte, ok bool) {
	if strings.HasPrefix(contentType, "application/json") {
		return fromEvents, body, json.Valid(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, false
	}
	if p := form.Get("payload"); p != "" {
		return fromClick, []byte(p), json.Valid([]byte(p))
	}
	if form.Get("command") == "" {
		return "", nil, false
	}
	flat := map[string]string{}
	for k := range form {
		flat[k] = form.Get(k)
	}
	payload, err = json.Marshal(flat)
	return fromSlash, payload, err == nil
}
