package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	pipewright "github.com/pipewright/pipewright"
)

// failed turns an error of the driver or the server into one of ours, by its
// SQLSTATE. An error that is ours already is passed on.
func (c *Client) failed(what string, err error) error {
	var ours *pipewright.Error
	if errors.As(err, &ours) {
		return err
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return pipewright.Errorf(pipewright.Unavailable, "postgres %s: %s: %s: check that the server runs at %s and that dsn is right", c.cfg.Name, what, c.cause(err), c.address())
	}
	text := c.scrub(fmt.Sprintf("postgres %s: %s: %s (SQLSTATE %s)", c.cfg.Name, what, server.Message, server.Code))
	switch code := server.Code; {
	case code == "28P01", code == "28000":
		return pipewright.Errorf(pipewright.Denied, "%s: check user %q and its password", text, c.conf.ConnConfig.User)
	case code == "42501":
		return pipewright.Errorf(pipewright.Denied, "%s: grant it to user %q", text, c.conf.ConnConfig.User)
	case code == "3D000", code == "42P01", code == "3F000":
		return pipewright.Errorf(pipewright.NotFound, "%s", text)
	case code == "55P03", code == "57014", strings.HasPrefix(code, "40"), strings.HasPrefix(code, "08"),
		strings.HasPrefix(code, "53"), strings.HasPrefix(code, "57"):
		return pipewright.Errorf(pipewright.Unavailable, "%s: try again later", text)
	case code == "42P07", code == "2BP01", code == "23505":
		return pipewright.Errorf(pipewright.Conflict, "%s", text)
	}
	return pipewright.Errorf(pipewright.Invalid, "%s", text)
}

func (c *Client) address() string {
	return net.JoinHostPort(c.conf.ConnConfig.Host, fmt.Sprint(c.conf.ConnConfig.Port))
}

// cause says why there was no answer, in the words that libpq uses.
func (c *Client) cause(err error) string {
	where := fmt.Sprintf("connection to server at %q, port %d failed: ", c.conf.ConnConfig.Host, c.conf.ConnConfig.Port)
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return where + "Connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return where + "Connection reset by peer"
	case errors.Is(err, syscall.EHOSTUNREACH):
		return where + "No route to host"
	case errors.As(err, &dns):
		return where + "name or service not known"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return where + "timeout expired"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return where + "server closed the connection unexpectedly"
	}
	return c.scrub(err.Error())
}

func (c *Client) scrub(s string) string {
	if p := c.conf.ConnConfig.Password; p != "" {
		s = strings.ReplaceAll(s, p, "***")
	}
	return s
}
