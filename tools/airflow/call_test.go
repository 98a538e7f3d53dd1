package airflow

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func TestNewRefuses(t *testing.T) {
	good := Config{Name: "lab", URL: "http://127.0.0.1:8080", User: "u", Password: fakePassword}
	for name, change := range map[string]func(*Config){
		"no url":                func(c *Config) { c.URL = "" },
		"no scheme":             func(c *Config) { c.URL = "127.0.0.1:8080" },
		"a password in the url": func(c *Config) { c.URL = "http://u:" + fakePassword + "@h" },
		"no name":               func(c *Config) { c.Name = "" },
		"no password":           func(c *Config) { c.Password = "" },
		"a bad pattern":         func(c *Config) { c.DAGs = []string{"["} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			change(&cfg)
			_, err := New(cfg)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
			assert.NotContains(t, err.Error(), fakePassword)
		})
	}
}

func TestErrorsSayWhichCallAndWhatToDo(t *testing.T) {
	status := func(code int, body string) func(*http.Request) (int, string) {
		return func(r *http.Request) (int, string) {
			if r.URL.Path == "/auth/token" {
				return 0, ""
			}
			return code, body
		}
	}
	login := func(code int, body string) func(*http.Request) (int, string) {
		return func(r *http.Request) (int, string) {
			if r.URL.Path != "/auth/token" {
				return 0, ""
			}
			return code, body
		}
	}
	cases := []struct {
		name   string
		answer func(*http.Request) (int, string)
		kind   pipewright.ErrorKind
		says   string
	}{
		{"401", status(401, `{"detail":"no"}`), pipewright.Denied, "GET /api/v2/dags/orders/dagRuns/r1 was refused (401: no)"},
		{"403", status(403, `{"detail":"Forbidden"}`), pipewright.Denied, "needs the permission to read DAG runs"},
		{"404", status(404, `{"detail":"gone"}`), pipewright.NotFound, "not found: gone"},
		{"409", status(409, `{}`), pipewright.Conflict, "conflict"},
		{"422 that lists inputs", status(422, `{"detail":[{"input":"`+fakePassword+`"}]}`), pipewright.Invalid, "answered 422"},
		{"422 that quotes the password", status(422, `{"detail":"bad `+fakePassword+`"}`), pipewright.Invalid, "bad ***"},
		{"429", status(429, ``), pipewright.Unavailable, "answered 429"},
		{"500", status(500, `{"detail":"boom"}`), pipewright.Unavailable, "answered 500: boom; see the API server's log"},
		{"a proxy's page", status(502, `<html>`+fakePassword), pipewright.Unavailable, "answered 502;"},
		{"a redirect", status(302, ``), pipewright.Invalid, "set url to where Airflow really is"},
		{"garbage", status(200, `<html>`), pipewright.Unavailable, "check that url"},
		{"too much", status(200, strings.Repeat(" ", maxAnswer+1)), pipewright.Unavailable, "is over 16 MB"},
		{"a refused login", login(401, `{"detail":"`+fakePassword+`"}`), pipewright.Denied, `POST /auth/token was refused (401): check user "pipewright" and its password`},
		{"a login that quotes its input", login(422, `input_value='`+fakePassword+`'`), pipewright.Invalid, "POST /auth/token answered 422"},
		{"a login that is elsewhere", login(404, ``), pipewright.NotFound, "check url, and that it is Airflow 3"},
		{"a login without token", login(200, `{}`), pipewright.Unavailable, "gave no token"},
		{"a login that fails", login(503, ``), pipewright.Unavailable, "POST /auth/token answered 503"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t)
			f.answer = tc.answer
			_, err := f.client(t).run(t.Context(), "orders", "r1")
			require.Error(t, err)
			assert.Equal(t, tc.kind, pipewright.KindOf(err), "%v", err)
			assert.Contains(t, err.Error(), tc.says)
			assert.NotContains(t, err.Error(), fakePassword)
			assert.NotContains(t, err.Error(), ".tok")
		})
	}
}

func TestUnreachableNamesTheHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := l.Addr().String()
	require.NoError(t, l.Close())
	c, err := New(Config{Name: "lab", URL: "http://" + addr, User: fakeUser, Password: fakePassword})
	require.NoError(t, err)
	c.retries = retryExecutor(time.Millisecond, time.Millisecond)
	_, err = c.Source().Poll(t.Context(), "", time.Now())
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), addr+" (connection refused): check that the API server runs there")
	assert.NotContains(t, err.Error(), fakePassword)
}

func TestASlowServerTimesOut(t *testing.T) {
	f := newFake(t)
	stuck := make(chan struct{})
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-stuck:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(stuck) })
	c := f.client(t)
	c.cfg.Timeout = 50 * time.Millisecond
	_, err := c.run(t.Context(), "orders", "r1")
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), "timed out")
}

func TestReadsAreTriedAgainAndWritesAreNot(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "failed", "failed", "upstream_failed")
	calls := map[string]int{}
	f.answer = func(r *http.Request) (int, string) {
		if r.URL.Path == "/auth/token" {
			return 0, ""
		}
		calls[r.Method]++
		if calls[r.Method] < 3 {
			return 503, ""
		}
		return 0, ""
	}
	c := f.client(t)
	_, err := c.run(t.Context(), "orders", "r1")
	require.NoError(t, err)
	assert.Equal(t, 3, calls["GET"])
	_, err = c.clear(t.Context(), "orders", clearing{Run: "r1", OnlyFailed: true})
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.Equal(t, 1, calls["POST"])
}

func TestTokens(t *testing.T) {
	f := newFake(t)
	f.addRun("r1", "success", "success", "success")
	c := f.client(t)
	read := func() { t.Helper(); _, err := c.run(t.Context(), "orders", "r1"); require.NoError(t, err) }
	read()
	read()
	assert.Equal(t, 1, f.tokens, "one token serves many calls")
	f.now = f.now.Add(59*time.Minute + 30*time.Second)
	read()
	assert.Equal(t, 2, f.tokens, "renewed before it ends")
	f.expired = true
	read()
	assert.Equal(t, 3, f.tokens, "renewed once when it is refused")
	f.answer = func(r *http.Request) (int, string) {
		if r.URL.Path == "/auth/token" {
			return 0, ""
		}
		return 403, `{"detail":"Forbidden"}`
	}
	_, err := c.run(t.Context(), "orders", "r1")
	assert.Equal(t, pipewright.Denied, pipewright.KindOf(err))
	assert.Equal(t, 4, f.tokens, "and not twice")
}

func TestACallCannotLeaveItsPlace(t *testing.T) {
	f := newFake(t)
	for _, dag := range []string{"..", ".", ""} {
		_, err := f.client(t).run(t.Context(), dag, "r1")
		assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err), dag)
	}
	_, err := f.client(t).run(t.Context(), "a/../b", "r 1?x=#")
	assert.Equal(t, pipewright.NotFound, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), "/api/v2/dags/a%2F..%2Fb/dagRuns/r%201%3Fx=%23")
}

func TestDoctorNamesTheCallThatFails(t *testing.T) {
	f := newFake(t)
	for _, check := range f.client(t).Doctor(t.Context()) {
		assert.NoError(t, check.Err, check.Call)
	}
	f.answer = func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/eventLogs") {
			return 403, `{"detail":"Forbidden"}`
		}
		return 0, ""
	}
	var wrong []string
	for _, check := range f.client(t).Doctor(t.Context()) {
		if check.Err != nil {
			wrong = append(wrong, check.Call+"\n"+check.Err.Error())
		}
	}
	require.Len(t, wrong, 1)
	assert.Contains(t, wrong[0], "GET /api/v2/eventLogs")
	assert.Contains(t, wrong[0], "read audit logs")
}

func TestTheDoctorSaysThatPoolsMayNotBeEdited(t *testing.T) {
	f := newFake(t)
	f.answer = func(r *http.Request) (int, string) {
		if r.Method == http.MethodPatch {
			return 403, `{"detail":"Forbidden"}`
		}
		return 0, ""
	}
	checks := f.client(t).Doctor(t.Context())
	last := checks[len(checks)-1]
	assert.Contains(t, last.Call, "PATCH /api/v2/pools/pipewright-doctor")
	assert.ErrorContains(t, last.Err, `user "pipewright" needs the permission to edit pools`)
	c := f.client(t)
	c.cfg.ReadOnly = true
	for _, check := range c.Doctor(t.Context()) {
		assert.NoError(t, check.Err, "what only watches need not edit: %s", check.Call)
	}
}

func TestHonoursTheContext(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.client(t).Source().Poll(ctx, "", f.now)
	assert.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), fmt.Sprint(err))
}
