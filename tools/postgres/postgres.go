// Package postgres is Pipewright's client of one PostgreSQL database: it
// watches schemas, locks and sessions as an intake source, probes it, and
// declares the actions postgres.{cancel,remap,rollback}.
//
// Its connections are few, are named pipewright, read only unless an action
// opens a transaction that says otherwise, look at no schema but pg_catalog
// unless one is named, and give up soon on locks and long statements. Values of
// tables never leave the server: samples are hashed there. No error contains
// the password. Nothing connects before the first call.
package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Config says which database and what of it.
type Config struct {
	Name        string            // names the resource postgres:db/<Name>
	DSN         string            // postgres://user:password@host:port/database?..., already resolved
	Schemas     []string          // watched; actions on tables elsewhere are refused
	RemapSchema string            // where views of postgres.remap and our receipts live; empty: pipewright
	Labels      map[string]string // put on every resource: env, team, ...
	History     SchemaHistory     // stored snapshots, for postgres.remap; nil: no remap
	Now         func() time.Time  // nil: time.Now
}

// SchemaHistory is what postgres.remap reads of the store.
type SchemaHistory interface {
	// Schemas returns the newest n snapshots of a table in the window, oldest first.
	Schemas(ctx context.Context, table pipewright.ResourceID, w pipewright.Window, n int) ([]pipewright.Schema, error)
}

const (
	statementTimeout = "8s"
	lockTimeout      = "2s"
	connectTimeout   = 5 * time.Second
	appName          = "pipewright"
)

// Client talks to one database. It is safe for concurrent use. Close it.
type Client struct {
	cfg  Config
	conf *pgxpool.Config

	mu   sync.Mutex
	pool *pgxpool.Pool
}

// New checks the configuration. It connects to nothing.
func New(cfg Config) (*Client, error) {
	if cfg.Name == "" || len(cfg.Schemas) == 0 {
		return nil, pipewright.Errorf(pipewright.Invalid, "postgres %q: a name and at least one schema are needed", cfg.Name)
	}
	// The parser's own error may quote the connection string: it is not shown.
	conf, err := pgxpool.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Invalid, "postgres %s: dsn must be postgres://user@host:port/database", cfg.Name)
	}
	if cfg.RemapSchema == "" {
		cfg.RemapSchema = "pipewright"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	conf.MaxConns, conf.MinConns, conf.MaxConnIdleTime = 3, 0, 5*time.Minute
	conf.ConnConfig.ConnectTimeout = connectTimeout
	for k, v := range map[string]string{
		"application_name": appName, "search_path": "pg_catalog", "default_transaction_read_only": "on",
		"statement_timeout": statementTimeout, "lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": "30s",
		"timezone": "UTC", "datestyle": "ISO, YMD", "standard_conforming_strings": "on",
	} {
		conf.ConnConfig.RuntimeParams[k] = v
	}
	return &Client{cfg: cfg, conf: conf}, nil
}

// Close ends the connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pool != nil {
		c.pool.Close()
		c.pool = nil
	}
}

// conn returns the pool, made at the first call.
func (c *Client) conn(ctx context.Context) (*pgxpool.Pool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pool == nil {
		pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), c.conf)
		if err != nil {
			return nil, c.failed("make the pool", err)
		}
		c.pool = pool
	}
	return c.pool, nil
}

// read runs f in a read-only transaction.
func (c *Client) read(ctx context.Context, what string, f func(pgx.Tx) error) error {
	return c.inTx(ctx, what, pgx.TxOptions{AccessMode: pgx.ReadOnly}, f)
}

// write runs f in a transaction that may write and is on disk when it returns.
func (c *Client) write(ctx context.Context, what string, f func(pgx.Tx) error) error {
	return c.inTx(ctx, what, pgx.TxOptions{AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = on"); err != nil {
			return err
		}
		return f(tx)
	})
}

func (c *Client) inTx(ctx context.Context, what string, opts pgx.TxOptions, f func(pgx.Tx) error) error {
	pool, err := c.conn(ctx)
	if err != nil {
		return err
	}
	if err := pgx.BeginTxFunc(ctx, pool, opts, f); err != nil {
		return c.failed(what, err)
	}
	return nil
}

// DB is the resource that stands for the database.
func (c *Client) DB() pipewright.ResourceID {
	return pipewright.NewResourceID("postgres", "db", c.cfg.Name)
}

func tableID(schema, table string) pipewright.ResourceID {
	return pipewright.NewResourceID("postgres", "table", schema+"."+table)
}

// Register adds the probes and the actuators.
func (c *Client) Register(r *tools.Registry) error {
	for _, p := range c.Probes() {
		r.AddProbe(p)
	}
	for _, a := range c.Actuators() {
		if err := r.AddActuator(a); err != nil {
			return err
		}
	}
	return nil
}
