package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Probes are blocking_session and endpoint_reachable.
func (c *Client) Probes() []tools.Probe {
	kinds := []string{"postgres:db", "postgres:table"}
	return []tools.Probe{
		{Name: "blocking_session", Kinds: kinds, Run: c.blockingSession},
		{Name: "endpoint_reachable", Kinds: kinds, Run: c.endpointReachable},
	}
}

// mine reports whether the target is of this database; a table is when its
// schema is watched.
func (c *Client) mine(target pipewright.ResourceID) bool {
	if target == c.DB() {
		return true
	}
	for _, s := range c.cfg.Schemas {
		if target.Kind() == "postgres:table" && strings.HasPrefix(target.Name(), s+".") {
			return true
		}
	}
	return false
}

func elsewhere(target pipewright.ResourceID) tools.Finding {
	return tools.Finding{Say: string(target) + " is not of the database that this probe reads"}
}

// blockingSession answers yes when somebody holds a lock that others wait for,
// or sits idle on one that keeps others out.
func (c *Client) blockingSession(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
	if !c.mine(target) {
		return elsewhere(target), nil
	}
	var found []session
	err := c.read(ctx, "look for blocking sessions", func(tx pgx.Tx) (err error) {
		found, err = c.blockers(ctx, tx, target)
		return err
	})
	if err != nil {
		return tools.Finding{Say: err.Error()}, err
	}
	now := c.cfg.Now()
	if len(found) == 0 {
		return tools.Finding{Answer: tools.No, Say: "nobody holds a lock on " + string(target) + " that keeps others out"}, nil
	}
	f := tools.Finding{Answer: tools.Yes, Say: found[0].String()}
	if n := len(found); n > 1 {
		f.Say += fmt.Sprintf("; and %d more", n-1)
	}
	for _, s := range found {
		f.Evidence = append(f.Evidence, pipewright.Evidence{
			Source: target, Kind: pipewright.TraceEvidence, Query: "pg_blocking_pids, pg_locks and pg_stat_activity of " + c.cfg.Name,
			Start: now.Add(-s.TxAge), End: now, Excerpt: s.String(),
		})
	}
	return f, nil
}

// endpointReachable connects anew and selects 1. A server that answers but
// refuses the password is reachable.
func (c *Client) endpointReachable(ctx context.Context, target pipewright.ResourceID) (tools.Finding, error) {
	if !c.mine(target) {
		return elsewhere(target), nil
	}
	start := c.cfg.Now()
	ctx, stop := context.WithTimeout(ctx, 2*connectTimeout)
	defer stop()
	err := c.knock(ctx)
	f := tools.Finding{Answer: tools.Yes, Say: fmt.Sprintf("%s answers", c.address())}
	var server *pgconn.PgError
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		return tools.Finding{Say: "cancelled"}, err
	case errors.As(err, &server) && !strings.HasPrefix(server.Code, "57"):
		f.Say += ", with " + c.scrub(server.Message)
	default:
		f.Answer, f.Say = tools.No, c.cause(err)
	}
	f.Evidence = []pipewright.Evidence{{
		Source: target, Kind: pipewright.TraceEvidence, Query: "connect to " + c.address() + " and SELECT 1", Start: start, End: c.cfg.Now(), Excerpt: f.Say,
	}}
	return f, nil
}

func (c *Client) knock(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, c.conf.ConnConfig.Copy())
	if err != nil {
		return err
	}
	defer func() {
		closing, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer stop()
		_ = conn.Close(closing) // the answer is known
	}()
	_, err = conn.Exec(ctx, "SELECT 1")
	return err
}
