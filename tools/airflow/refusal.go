package airflow

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	pipewright "github.com/pipewright/pipewright"
)

// unreachable is the error of a call that got no answer.
func (c *Client) unreachable(what string, err error) error {
	return pipewright.Errorf(pipewright.Unavailable, "airflow %s: %s did not reach %s (%s): check that the API server runs there and that url is right",
		c.cfg.Name, what, c.base.Host, cause(err))
}

// cause says in a few words why a connection failed, without addresses or
// anything else that could hold a secret.
func cause(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.As(err, &dns):
		return "host not found"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed"
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// refusal turns an answer other than 2xx into an error.
func (c *Client) refusal(q call, resp *http.Response) error {
	why := c.detail(resp.Body)
	switch s := resp.StatusCode; {
	case s == http.StatusUnauthorized:
		return pipewright.Errorf(pipewright.Denied, "airflow %s: %s was refused (401%s): check user %q and its password", c.cfg.Name, q, why, c.cfg.User)
	case s == http.StatusForbidden:
		return pipewright.Errorf(pipewright.Denied, "airflow %s: %s was refused (403%s): user %q needs the permission to %s", c.cfg.Name, q, why, c.cfg.User, permission(q))
	case s == http.StatusNotFound:
		return pipewright.Errorf(pipewright.NotFound, "airflow %s: %s: not found%s", c.cfg.Name, q, why)
	case s == http.StatusConflict:
		return pipewright.Errorf(pipewright.Conflict, "airflow %s: %s: conflict%s", c.cfg.Name, q, why)
	case s == http.StatusTooManyRequests || s >= 500:
		return pipewright.Errorf(pipewright.Unavailable, "airflow %s: %s answered %d%s; see the API server's log", c.cfg.Name, q, s, why)
	case s/100 == 3:
		return pipewright.Errorf(pipewright.Invalid, "airflow %s: %s was redirected (%d): set url to where Airflow really is", c.cfg.Name, q, s)
	default:
		return pipewright.Errorf(pipewright.Invalid, "airflow %s: %s answered %d%s", c.cfg.Name, q, s, why)
	}
}

// permission names what a call needs, in the words of Airflow's roles.
func permission(q call) string {
	verb := "read"
	if q.method != http.MethodGet {
		verb = "edit"
	}
	last := func(s string) bool {
		for _, p := range q.path {
			if p == s {
				return true
			}
		}
		return false
	}
	switch {
	case last("logs"):
		return verb + " task logs"
	case last("clearTaskInstances"), last("taskInstances"):
		return verb + " task instances"
	case last("dagRuns"):
		return verb + " DAG runs"
	case last("pools"):
		return verb + " pools"
	case last("importErrors"):
		return verb + " import errors"
	case last("eventLogs"):
		return verb + " audit logs"
	case last("dagVersions"):
		return verb + " DAG versions"
	}
	return verb + " DAGs"
}

const maxDetail = 300 // bytes of a server's own words in an error

// detail is what the server said, shortened, on one line, with our secrets
// taken out should it quote them.
func (c *Client) detail(body io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(body, 64<<10))
	if err != nil || len(b) == 0 {
		return ""
	}
	var answer struct {
		Detail json.RawMessage `json:"detail"`
	}
	var text string
	if json.Unmarshal(b, &answer) != nil || json.Unmarshal(answer.Detail, &text) != nil {
		return "" // pages of a proxy and lists of inputs are not for people
	}
	return ": " + c.scrub(cut(strings.Join(strings.Fields(text), " "), maxDetail))
}

// scrub takes the password and the token out of a text.
func (c *Client) scrub(s string) string {
	s = strings.ReplaceAll(s, c.cfg.Password, "***")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.text != "" {
		s = strings.ReplaceAll(s, c.token.text, "***")
	}
	return s
}

// cut shortens s to at most n bytes at a rune's edge.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
