package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/tools"
)

// viewMark opens the comment of a view that is ours: "pipewright <key>: <mapping>".
const viewMark = "pipewright "

// view is a compatibility view in the making: what consumers knew, over the
// table as it is now.
type view struct {
	Schema  string // of the view
	Table   observedTable
	Mapping tools.Remap
	Invoker bool     // the server can check rights as the reader (15 and later)
	Readers []string // roles that may read the table; "" is everybody
}

// name is the argument form, "schema.view".
func (v view) name() string { return v.Schema + "." + v.Table.Table }

func (v view) quoted() string { return quote(v.Schema, v.Table.Table) }

// columns are the select list: the old columns in their order, then every
// column of the table under its own name unless that name is taken, so that
// consumers that have changed already go on too.
func (v view) columns() []string {
	var list, names []string
	for _, r := range v.Mapping {
		item := quote(r.From)
		if r.Cast != "" {
			item += "::" + r.Cast
		}
		list, names = append(list, item+" AS "+quote(r.Name)), append(names, r.Name)
	}
	for _, col := range v.Table.Columns {
		if !slices.Contains(names, col.Name) {
			list = append(list, quote(col.Name))
		}
	}
	return list
}

// statements are everything that makes the view, exactly as it is run.
func (v view) statements(key string) []string {
	with := ""
	if v.Invoker {
		with = " WITH (security_invoker = true)"
	}
	all := []string{
		fmt.Sprintf("CREATE VIEW %s%s AS\nSELECT %s\nFROM %s", v.quoted(), with, strings.Join(v.columns(), ",\n       "), quote(v.Table.Schema, v.Table.Table)),
		fmt.Sprintf("COMMENT ON VIEW %s IS %s", v.quoted(), literal(viewMark+key+": "+v.Mapping.String())),
	}
	for _, r := range v.Readers {
		to := "PUBLIC"
		if r != "" {
			to = quote(r)
		}
		all = append(all, fmt.Sprintf("GRANT SELECT ON %s TO %s", v.quoted(), to))
	}
	return all
}

// literal quotes a string; standard_conforming_strings is on in our sessions.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// check compares the mapping with the live table and has the server read every
// cast as a type's name and nothing else.
func (v view) check(ctx context.Context, tx pgx.Tx) error {
	names := map[string]bool{}
	for _, r := range v.Mapping {
		there := slices.ContainsFunc(v.Table.Columns, func(c pipewright.Column) bool { return c.Name == r.From })
		if !there || names[r.Name] {
			return pipewright.Errorf(pipewright.Conflict, "the mapping does not fit %s any more: column %q", v.Table.name(), r.From)
		}
		names[r.Name] = true
		if r.Cast == "" {
			continue
		}
		var known bool
		if err := tx.QueryRow(ctx, "SELECT to_regtype($1) IS NOT NULL", r.Cast).Scan(&known); err != nil || !known {
			return pipewright.Errorf(pipewright.Invalid, "%q is not a type on this server", r.Cast)
		}
	}
	return nil
}

// checkRows is how many rows of the table the casts are tried on.
const checkRows = 20000

// tryCasts runs every cast over live rows.
func (v view) tryCasts(ctx context.Context, tx pgx.Tx) error {
	var list []string
	for _, r := range v.Mapping {
		if r.Cast != "" {
			list = append(list, "count("+quote(r.From)+"::"+r.Cast+")")
		}
	}
	if len(list) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("SELECT %s FROM (SELECT * FROM %s LIMIT %d) AS t", strings.Join(list, ", "), quote(v.Table.Schema, v.Table.Table), checkRows))
	return err
}

// facts fills in what the server knows: version, rights, and row security, which
// a view would get round where it cannot check rights as the reader.
func (v *view) facts(ctx context.Context, tx pgx.Tx) error {
	var rowSecurity bool
	err := tx.QueryRow(ctx, "SELECT current_setting('server_version_num')::int >= 150000, relrowsecurity FROM pg_class WHERE oid = $1", v.Table.OID).Scan(&v.Invoker, &rowSecurity)
	if err != nil {
		return err
	}
	if rowSecurity && !v.Invoker {
		return pipewright.Errorf(pipewright.Denied, "%s has row security, which a view of this server's version would get round", v.Table.name())
	}
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT coalesce(r.rolname, '') FROM pg_class c
		CROSS JOIN aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) AS x LEFT JOIN pg_roles r ON r.oid = x.grantee
		WHERE c.oid = $1 AND x.privilege_type = 'SELECT' AND (x.grantee = 0 OR r.rolname <> current_user) ORDER BY 1`, v.Table.OID)
	if err != nil {
		return err
	}
	v.Readers, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// standing says what bears the view's name now: nothing, a view of ours with
// its mapping, or something else.
func standing(ctx context.Context, tx pgx.Tx, schema, name string) (exists, ours bool, mapping string, err error) {
	var kind, comment string
	err = tx.QueryRow(ctx, `
		SELECT c.relkind::text, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2`, schema, name).Scan(&kind, &comment)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, "", nil
	}
	mark, mapping, found := strings.Cut(comment, ": ")
	return true, kind == "v" && found && strings.HasPrefix(mark, viewMark), mapping, err
}
