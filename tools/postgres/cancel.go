package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Arguments of postgres.cancel: together they name one session for good, so
// that a later one under the same pid is never hit.
const (
	ArgPID   = "pid"
	ArgStart = "backend_start" // RFC 3339
)

// cancelWait is how long a cancelled statement has to let go before its session
// is ended, and an ended session to go.
const cancelWait = 3 * time.Second

// cancel declares postgres.cancel. Its risk is R1: what the session had not
// committed is rolled back, as if its client had gone away, and the client may do
// it again; committed data is not touched. A session that is at work in a
// transaction that has changed something is therefore never done alone: the plan
// is ambiguous.
func (c *Client) cancel() tools.Actuator {
	return tools.Actuator{
		Kind: "postgres.cancel", Targets: []string{"postgres:db", "postgres:table"}, Risk: pipewright.R1, Hops: 1, Expected: 10 * time.Second,
		Precondition: "one ordinary session holds a lock that keeps others out; not ours, a superuser's, replication or autovacuum",
		Postcond:     "that session's statement is cancelled or the session is ended, and its locks are gone",
		Undo:         "cannot be undone; its client may connect and begin again",
		FoundBy:      "the key in " + c.cfg.RemapSchema + "." + receiptsTable + ": done, void, or asked (then nobody can tell)",
		Prepare:      c.prepareCancel, Do: c.doCancel, Find: c.find,
		Inverse: func(pipewright.Action, pipewright.Receipt) *pipewright.Action { return nil },
	}
}

// Actuators declares the actions on this database.
func (c *Client) Actuators() []tools.Actuator {
	return []tools.Actuator{c.cancel(), c.remap(), c.rollback()}
}

func (c *Client) prepareCancel(ctx context.Context, a pipewright.Action) (tools.Plan, error) {
	var found []session
	err := c.read(ctx, "look for blocking sessions", func(tx pgx.Tx) (err error) {
		found, err = c.blockers(ctx, tx, a.Target)
		return err
	})
	if err != nil {
		return tools.Plan{}, err
	}
	return planCancel(a, found), nil
}

// planCancel chooses among the sessions in the way.
func planCancel(a pipewright.Action, found []session) tools.Plan {
	a.Risk = pipewright.R1
	plan := tools.Plan{Action: a}
	var may []session
	var not []string
	for _, s := range found {
		switch why := s.forbidden(); {
		case a.Args[ArgPID] != "" && !s.is(a.Args):
		case why != "":
			not = append(not, fmt.Sprintf("pid %d: %s", s.PID, why))
		default:
			may = append(may, s)
		}
	}
	switch {
	case len(may) == 0 && len(not) > 0:
		plan.Doomed = "the session in the way may not be ended: " + strings.Join(not, "; ")
		return plan
	case len(may) == 0:
		plan.Doomed = "nobody holds a lock on " + string(a.Target) + " that keeps others out"
		return plan
	}
	chosen := may[0]
	plan.Action.Args = map[string]string{ArgPID: strconv.Itoa(chosen.PID), ArgStart: chosen.Start.Format(time.RFC3339Nano)}
	plan.DryRun = cancelText(chosen)
	switch {
	case len(may) > 1:
		list := make([]string, len(may))
		for i, s := range may {
			list[i] = s.String()
		}
		plan.Ambiguous = fmt.Sprintf("%d sessions are in the way: %s", len(may), strings.Join(list, "; "))
	case chosen.State == "active" && chosen.Wrote:
		plan.Ambiguous = fmt.Sprintf("pid %d is at work and has changed data: what it did since %s ago would be rolled back", chosen.PID, chosen.TxAge)
	}
	return plan
}

func (s session) is(args map[string]string) bool {
	start, err := time.Parse(time.RFC3339Nano, args[ArgStart])
	return strconv.Itoa(s.PID) == args[ArgPID] && err == nil && start.Equal(s.Start)
}

func cancelText(s session) string {
	ended := fmt.Sprintf("SELECT pg_terminate_backend(%d) -- the session begun at %s", s.PID, s.Start.Format(time.RFC3339Nano))
	if s.State == "active" {
		ended = fmt.Sprintf("SELECT pg_cancel_backend(%d), and if it still holds the lock after %s: %s", s.PID, cancelWait, ended)
	}
	return ended + "\n" + s.String()
}

// doCancel records the key, then looks again and acts, then records what came
// of it. A crash in between leaves the key asked.
func (c *Client) doCancel(ctx context.Context, a pipewright.Action) (pipewright.Receipt, error) {
	if r, err := c.before(ctx, a, ArgPID, ArgStart); err != nil || r != nil {
		return deref(r), err
	}
	at := c.cfg.Now().UTC().Truncate(time.Second)
	err := c.write(ctx, "record "+a.Key, func(tx pgx.Tx) error {
		entered, err := c.enter(ctx, tx, a, asked, nil, at)
		if err == nil && !entered {
			err = pipewright.Errorf(pipewright.Conflict, "%s of %s: the key %s was used already", a.Kind, a.Target, a.Key)
		}
		return err
	})
	if err != nil {
		return pipewright.Receipt{}, err
	}
	say, sent, err := c.end(ctx, a)
	if !sent { // nothing was sent: the key did nothing
		if settled := c.settle(ctx, a.Key, void, nil); settled != nil {
			return pipewright.Receipt{}, settled
		}
		return pipewright.Receipt{}, err
	}
	if err != nil {
		return pipewright.Receipt{}, err
	}
	r := pipewright.Receipt{Key: a.Key, ID: "pid " + a.Args[ArgPID], At: at, Say: say, Detail: map[string]string{ArgPID: a.Args[ArgPID], ArgStart: a.Args[ArgStart]}}
	return r, c.settle(ctx, a.Key, done, &r)
}

func deref(r *pipewright.Receipt) pipewright.Receipt {
	if r == nil {
		return pipewright.Receipt{}
	}
	return *r
}

// end looks again whether the session is still in the way, cancels what it
// runs, and ends it when that does not help. sent says whether the server may have
// been asked to do anything.
func (c *Client) end(ctx context.Context, a pipewright.Action) (say string, sent bool, err error) {
	s, err := c.stillBlocks(ctx, a)
	switch {
	case err != nil:
		return "", false, err
	case s == nil:
		return "", false, pipewright.Errorf(pipewright.Conflict, "%s of %s: pid %s is no longer in the way", a.Kind, a.Target, a.Args[ArgPID])
	case s.forbidden() != "":
		return "", false, pipewright.Errorf(pipewright.Denied, "%s of %s: pid %d may not be ended: %s", a.Kind, a.Target, s.PID, s.forbidden())
	}
	if s.State == "active" {
		hit, err := c.signal(ctx, "pg_cancel_backend", *s)
		if err != nil {
			return "", pipewright.KindOf(err) != pipewright.Denied, err
		}
		if hit && c.await(ctx, func() (bool, error) { left, err := c.stillBlocks(ctx, a); return left == nil, err }) {
			return fmt.Sprintf("cancelled the statement of pid %d (%s)", s.PID, named(s.App)), true, nil
		}
	}
	hit, err := c.signal(ctx, "pg_terminate_backend", *s)
	if err != nil {
		return "", s.State == "active" || pipewright.KindOf(err) != pipewright.Denied, err
	}
	say = fmt.Sprintf("ended the session of pid %d (%s)", s.PID, named(s.App))
	if hit && !c.await(ctx, func() (bool, error) { there, err := c.there(ctx, *s); return !there, err }) {
		say += ", which has not gone yet"
	}
	return say, true, nil
}

func (c *Client) stillBlocks(ctx context.Context, a pipewright.Action) (*session, error) {
	var is *session
	err := c.read(ctx, "look at pid "+a.Args[ArgPID], func(tx pgx.Tx) error {
		found, err := c.blockers(ctx, tx, a.Target)
		for _, s := range found {
			if s.is(a.Args) {
				is = &s
			}
		}
		return err
	})
	return is, err
}

// signal calls one of the two functions on exactly this session, and reports
// whether it was there.
func (c *Client) signal(ctx context.Context, function string, s session) (hit bool, err error) {
	err = c.read(ctx, fmt.Sprintf("%s(%d)", function, s.PID), func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT coalesce(bool_or("+function+"(pid)), false) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2", s.PID, s.Start).Scan(&hit)
	})
	return hit, err
}

func (c *Client) there(ctx context.Context, s session) (there bool, err error) {
	err = c.read(ctx, fmt.Sprintf("look at pid %d", s.PID), func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)", s.PID, s.Start).Scan(&there)
	})
	return there, err
}

// await asks until the answer is yes or the wait is over; an error is a no.
func (c *Client) await(ctx context.Context, over func() (bool, error)) bool {
	ctx, stop := context.WithTimeout(ctx, cancelWait)
	defer stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := over(); err == nil && yes {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}
