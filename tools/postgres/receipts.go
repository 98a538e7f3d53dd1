package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// receiptsTable lives in the remap schema. Its name is one that no pipeline
// uses: the schema stands first in their search path.
const receiptsTable = "_pipewright_receipts"

// States of a receipt. What the server does in one transaction goes straight to
// done. Ending a session cannot be rolled back, so asked is committed first:
// asked without done or void means that nobody can tell.
const (
	asked = "asked"
	done  = "done"
	void  = "void"
)

func (c *Client) receipts() string { return quote(c.cfg.RemapSchema, receiptsTable) }

// ensureReceipts makes the schema and the table where they are missing.
func (c *Client) ensureReceipts(ctx context.Context) error {
	return c.write(ctx, "prepare schema "+c.cfg.RemapSchema+" for receipts", func(tx pgx.Tx) error {
		var schema, table bool
		err := tx.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL, to_regclass($2) IS NOT NULL",
			quote(c.cfg.RemapSchema), c.receipts()).Scan(&schema, &table)
		if err != nil || table {
			return err
		}
		if !schema { // IF NOT EXISTS would ask for the right to create it even if it is there
			if _, err := tx.Exec(ctx, "CREATE SCHEMA "+quote(c.cfg.RemapSchema)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+c.receipts()+` (
			key text PRIMARY KEY, kind text NOT NULL, target text NOT NULL,
			state text NOT NULL CHECK (state IN ('asked', 'done', 'void')),
			receipt jsonb, at timestamptz NOT NULL)`)
		return err
	})
}

// enter claims a key in the given state. It reports false when the key was there.
func (c *Client) enter(ctx context.Context, tx pgx.Tx, a pipewright.Action, state string, r *pipewright.Receipt, at time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, "INSERT INTO "+c.receipts()+" (key, kind, target, state, receipt, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING",
		a.Key, string(a.Kind), string(a.Target), state, encode(r), at)
	return tag.RowsAffected() == 1, err
}

// settle moves a key from asked to done or void.
func (c *Client) settle(ctx context.Context, key, state string, r *pipewright.Receipt) error {
	return c.write(ctx, "record "+key, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE "+c.receipts()+" SET state = $2, receipt = $3 WHERE key = $1 AND state = 'asked'", key, state, encode(r))
		return err
	})
}

func encode(r *pipewright.Receipt) []byte {
	if r == nil {
		return nil
	}
	b, _ := json.Marshal(r) // strings and a time always encode
	return b
}

// entry is a receipt's row; its State is empty when there is none.
type entry struct {
	State   string
	Receipt pipewright.Receipt
}

func (c *Client) entry(ctx context.Context, tx pgx.Tx, key string) (entry, error) {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", c.receipts()).Scan(&there); err != nil || !there {
		return entry{}, err
	}
	var e entry
	var receipt []byte
	err := tx.QueryRow(ctx, "SELECT state, receipt FROM "+c.receipts()+" WHERE key = $1", key).Scan(&e.State, &receipt)
	if errors.Is(err, pgx.ErrNoRows) {
		return entry{}, nil
	}
	if err == nil && receipt != nil {
		err = json.Unmarshal(receipt, &e.Receipt)
	}
	return e, err
}

// find looks a key up.
func (c *Client) find(ctx context.Context, a pipewright.Action) (pipewright.Receipt, tools.Found, error) {
	var e entry
	err := c.read(ctx, "look for "+a.Key, func(tx pgx.Tx) (err error) {
		e, err = c.entry(ctx, tx, a.Key)
		return err
	})
	switch {
	case err != nil:
		return pipewright.Receipt{}, tools.FoundUnknown, err
	case e.State == "", e.State == void:
		return pipewright.Receipt{}, tools.FoundNo, nil
	case e.State == done:
		return e.Receipt, tools.FoundYes, nil
	}
	return pipewright.Receipt{}, tools.FoundUnknown, nil
}

// before refuses an action that may not be begun, or returns its receipt when
// it is done already.
func (c *Client) before(ctx context.Context, a pipewright.Action, args ...string) (*pipewright.Receipt, error) {
	for _, arg := range args {
		if a.Args[arg] == "" {
			return nil, pipewright.Errorf(pipewright.Invalid, "%s of %s needs the argument %s, which Prepare fills in", a.Kind, a.Target, arg)
		}
	}
	if a.Key == "" {
		return nil, pipewright.Errorf(pipewright.Invalid, "%s of %s needs a key", a.Kind, a.Target)
	}
	r, found, err := c.find(ctx, a)
	switch {
	case err != nil:
		return nil, err
	case found == tools.FoundYes:
		return &r, nil
	case found == tools.FoundUnknown:
		return nil, pipewright.Errorf(pipewright.Conflict, "%s of %s under %s was asked before and nobody can tell whether it ran", a.Kind, a.Target, a.Key)
	}
	return nil, c.ensureReceipts(ctx)
}

// inOne runs f and enters the key as done in one transaction, so that there is
// a receipt if and only if the action ran.
func (c *Client) inOne(ctx context.Context, a pipewright.Action, f func(tx pgx.Tx) (pipewright.Receipt, error)) (pipewright.Receipt, error) {
	var r pipewright.Receipt
	err := c.write(ctx, string(a.Kind)+" of "+string(a.Target), func(tx pgx.Tx) (err error) {
		if r, err = f(tx); err != nil {
			return err
		}
		r.Key, r.At = a.Key, c.cfg.Now().UTC().Truncate(time.Second)
		if entered, err := c.enter(ctx, tx, a, done, &r, r.At); err != nil || !entered {
			if err == nil {
				err = pipewright.Errorf(pipewright.Conflict, "%s of %s: the key %s was used already", a.Kind, a.Target, a.Key)
			}
			return err
		}
		return nil
	})
	if err != nil {
		return pipewright.Receipt{}, err
	}
	return r, nil
}
