package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// Doctor checks the connection and, one by one, the rights that watching and
// acting need. It changes nothing.
func (c *Client) Doctor(ctx context.Context) []tools.Check {
	first := tools.Check{System: c.cfg.Name, Call: "connect to " + c.address()}
	first.Err = c.read(ctx, "connect", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT 'PostgreSQL ' || current_setting('server_version')").Scan(&first.Say)
	})
	checks := []tools.Check{first}
	if first.Err != nil {
		return checks
	}
	user, remap := quote(c.conf.ConnConfig.User), c.cfg.RemapSchema
	checks = append(checks,
		c.right(ctx, "see other sessions", "pg_has_role('pg_read_all_stats', 'USAGE')", nil, "GRANT pg_read_all_stats TO "+user),
		c.right(ctx, "end sessions (postgres.cancel)", "pg_has_role('pg_signal_backend', 'USAGE')", nil, "GRANT pg_signal_backend TO "+user),
		c.right(ctx, "keep receipts and views (postgres.cancel, postgres.remap)",
			"CASE WHEN to_regnamespace(quote_ident($1)) IS NULL THEN has_database_privilege(current_database(), 'CREATE') ELSE has_schema_privilege($1, 'CREATE') END",
			[]any{remap}, fmt.Sprintf("CREATE SCHEMA %s AUTHORIZATION %s", quote(remap), user)))
	for _, s := range c.cfg.Schemas {
		checks = append(checks, c.right(ctx, "read every table of schema "+s,
			`coalesce(has_schema_privilege(to_regnamespace(quote_ident($1))::oid, 'USAGE'), false) AND NOT EXISTS (SELECT FROM pg_class
				WHERE relnamespace = to_regnamespace(quote_ident($1))::oid AND relkind IN ('r', 'p', 'm') AND NOT has_table_privilege(oid, 'SELECT'))`,
			[]any{s}, fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %[1]s TO %[2]s", quote(s), user)))
	}
	return checks
}

// right asks the server whether we have a right.
func (c *Client) right(ctx context.Context, what, condition string, args []any, fix string) tools.Check {
	check := tools.Check{System: c.cfg.Name, Call: "SELECT " + condition, Say: what}
	var ok bool
	check.Err = c.read(ctx, what, func(tx pgx.Tx) error { return tx.QueryRow(ctx, "SELECT "+condition, args...).Scan(&ok) })
	if check.Err == nil && !ok {
		check.Err = pipewright.Errorf(pipewright.Denied, "postgres %s: user %q may not %s: run as an administrator: %s", c.cfg.Name, c.conf.ConnConfig.User, what, fix)
	}
	return check
}
