package aws

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	pipewright "github.com/pipewright/pipewright"
)

func assertNoKey(t *testing.T, err error) {
	t.Helper()
	assert.NotContains(t, err.Error(), testKey)
	assert.NotContains(t, err.Error(), testSecret)
}

func TestAFailedCallSaysWhatToDo(t *testing.T) {
	body := func(code, message string) refusalOf {
		return refusalOf{Status: http.StatusBadRequest, Body: `{"__type":"` + code + `","message":"` + message + `"}`}
	}
	tests := []struct {
		name   string
		answer refusalOf
		kind   pipewright.ErrorKind
		says   []string
		calls  int
	}{
		{"no permission", deny("glue:GetJobs", "arn:aws:glue:eu-west-1:"+account+":job/*"), pipewright.Denied,
			[]string{"aws shop: glue:GetJobs", "add glue:GetJobs", "arn:aws:glue:eu-west-1:" + account + ":job/*"}, 1},
		{"throttled", body("ThrottlingException", "Rate exceeded"), pipewright.Unavailable, []string{"throttled", "Rate exceeded"}, tries},
		{"unknown keys", body("UnrecognizedClientException", "The security token included in the request is invalid."), pipewright.Denied,
			[]string{"check access_key and secret_key"}, 1},
		{"a message that repeats the keys", body("IncompleteSignatureException", "Credential="+testKey+"/20261120, "+testSecret+" is not a valid key=value pair"),
			pipewright.Denied, []string{"[key]"}, 1},
		{"a message with somebody else's key", body("InvalidClientTokenId", "ASIAQWERTYUIOPASDFGH is not known"), pipewright.Denied, []string{"[key]"}, 1},
		{"a call that AWS does not take", body("InvalidInputException", "MaxResults"), pipewright.Invalid, []string{"does not accept"}, 1},
		{"AWS fails", refusalOf{Status: 500, Body: `{"__type":"InternalServiceException"}`}, pipewright.Unavailable, []string{"AWS failed"}, tries},
		{"a page of HTML", refusalOf{Status: 200, Body: "<html>sign in</html>"}, pipewright.Unavailable, []string{"check endpoint"}, 0},
		{"a page of HTML, not found", refusalOf{Status: 404, Body: "<html>nginx</html>"}, pipewright.Unavailable, []string{"check endpoint"}, 0},
		{"half an answer", refusalOf{Status: 200, Body: `{"Jobs": [{"Na`}, pipewright.Unavailable, []string{"check endpoint"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.Refuse["GetJobs"] = tt.answer
			_, err := f.client().Source().Poll(t.Context(), "", at(0))
			require.Equal(t, tt.kind, pipewright.KindOf(err), "%v", err)
			for _, s := range tt.says {
				assert.Contains(t, err.Error(), s)
			}
			if tt.calls > 0 {
				assert.Equal(t, tt.calls, f.calls["GetJobs"])
			}
			assertNoKey(t, err)
			for _, a := range f.seen {
				assert.NotContains(t, a, testSecret)
			}
		})
	}
}

func TestASlowAnswerIsGivenUp(t *testing.T) {
	f := newFake(t)
	wait := make(chan struct{})
	defer close(wait)
	f.Refuse["GetJobs"] = refusalOf{Status: 200, Body: "{}", Wait: wait}
	_, err := f.client(func(c *Config) { c.Timeout = 20 * time.Millisecond }).Source().Poll(t.Context(), "", at(0))
	require.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), "%v", err)
	assert.Contains(t, err.Error(), "no answer in time")
}

func TestTheCallersContextIsHonoured(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.client().Source().Poll(ctx, "", at(0))
	require.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, f.calls["GetJobs"])
}

func TestAnUnreachableEndpointIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	host := l.Addr().String()
	require.NoError(t, l.Close())
	c, err := New(t.Context(), Config{Name: "shop", Region: "eu-west-1", Endpoint: "http://" + host, AccessKey: testKey, SecretKey: testSecret})
	require.NoError(t, err)
	_, err = c.Source().Poll(t.Context(), "", at(0))
	require.Equal(t, pipewright.Unavailable, pipewright.KindOf(err))
	assert.Contains(t, err.Error(), host)
	assert.Contains(t, err.Error(), `check region "eu-west-1" and endpoint`)
	assertNoKey(t, err)
}

func TestWithoutCredentialsItSaysSo(t *testing.T) {
	for _, k := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(k, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	f := newFake(t)
	c := f.client(func(c *Config) { c.AccessKey, c.SecretKey = "", "" })
	_, err := c.Source().Poll(t.Context(), "", at(0))
	require.Equal(t, pipewright.Denied, pipewright.KindOf(err), "%v", err)
	assert.Contains(t, err.Error(), "set access_key and secret_key")
	assert.Empty(t, f.calls)

	t.Setenv("AWS_ACCESS_KEY_ID", testKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", testSecret)
	_, err = f.client(func(c *Config) { c.AccessKey, c.SecretKey = "", "" }).Source().Poll(t.Context(), "", at(0))
	require.NoError(t, err, "the SDK's default chain reads the environment")
}

func TestNewChecksItsConfiguration(t *testing.T) {
	good := Config{Name: "shop", Region: "eu-west-1"}
	tests := []struct {
		name   string
		change func(*Config)
	}{
		{"no name", func(c *Config) { c.Name = "" }},
		{"no region", func(c *Config) { c.Region = "" }},
		{"a region that is a host", func(c *Config) { c.Region = "evil.example/" }},
		{"half of a key pair", func(c *Config) { c.AccessKey = testKey }},
		{"an endpoint without a scheme", func(c *Config) { c.Endpoint = "localhost:15555" }},
		{"a password in the endpoint", func(c *Config) { c.Endpoint = "http://a:b@localhost" }},
		{"a broken pattern", func(c *Config) { c.GlueJobs = []string{"["} }},
		{"a log group without a name", func(c *Config) { c.LogGroups = []string{""} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := good
			tt.change(&cfg)
			_, err := New(t.Context(), cfg)
			assert.Equal(t, pipewright.Invalid, pipewright.KindOf(err))
		})
	}
}

func TestAnEndlessAnswerIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<20))); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	c, err := New(t.Context(), Config{Name: "shop", Region: "eu-west-1", Endpoint: u.String(), AccessKey: testKey, SecretKey: testSecret})
	require.NoError(t, err)
	_, err = c.Source().Poll(t.Context(), "", at(0))
	require.Equal(t, pipewright.Unavailable, pipewright.KindOf(err), "%v", err)
}
