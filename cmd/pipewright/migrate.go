package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

func (p program) migrateCommand() *cobra.Command {
	var f dbFlags
	var to string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or update a store, or move a file into a PostgreSQL database with --to",
		Long: "Without --to, the store is made when it does not exist and brought to this version.\n" +
			"With --to postgres://USER@HOST/DATABASE (the password in PGPASSWORD or a pgpass file), everything in the file moves there in one transaction, all of it or nothing. " +
			"Stop the loop on the file first. The database must be empty; the file stays as it is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := p.place(f)
			if err != nil {
				return err
			}
			if to != "" {
				return p.move(cmd.Context(), f, at, to)
			}
			return p.update(cmd.Context(), f, at)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&to, "to", "", "the PostgreSQL database that a file moves to")
	return cmd
}

// update opens a store, which makes it and brings it up to date.
func (p program) update(ctx context.Context, f dbFlags, at config.Store) error {
	store, err := openStore(ctx, at, false)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(p.out).Encode(map[string]string{"store": store.Path()})
	}
	fmt.Fprintf(p.out, "the store in %s is up to date\n", store.Path())
	if team, ok := store.(indexer); ok {
		say, _ := team.VectorIndex()
		fmt.Fprintln(p.out, say)
	}
	return nil
}

// migration is what a move did, as it is printed for machines.
type migration struct {
	From    string           `json:"from"`
	To      string           `json:"to"`
	Tables  []postgres.Moved `json:"tables"`
	Records int64            `json:"audit_records"`
	Head    string           `json:"audit_head"`
}

func (p program) move(ctx context.Context, f dbFlags, at config.Store, to string) (err error) {
	if at.Remote() || !postgres.IsURL(to) {
		return pipewright.Errorf(pipewright.Invalid, "migrate --to moves a file into a database: give --db FILE --to postgres://USER@HOST/DATABASE")
	}
	from, err := sqlite.Open(ctx, at.Path, sqlite.Options{Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, from.Close()) }()
	if err := from.Own(ctx); err != nil { // nobody may write to it meanwhile
		return err
	}
	if err := movable(ctx, from); err != nil {
		return err
	}
	team, err := openTeam(ctx, config.Store{Path: to}, false)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, team.Close()) }() //nolint:contextcheck // it is closed when the context is over, too
	m := migration{From: from.Path(), To: team.Path()}
	err = from.Snapshot(ctx, func(s sqlstore.Snapshot) error {
		return team.TakeOver(ctx, s, func(t postgres.Moved) { m.Tables = append(m.Tables, t) })
	})
	if err != nil {
		return err
	}
	if err := m.compare(ctx, from, team); err != nil {
		return err
	}
	if err := p.printMigration(f, m); err != nil || f.json {
		return err
	}
	say, _ := team.VectorIndex()
	_, err = fmt.Fprintln(p.out, say)
	return err
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// movable refuses a file that is damaged, or that has a table which a move would leave
// behind.
func movable(ctx context.Context, from *sqlite.Store) error {
	tables, err := from.Tables(ctx)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(tables, func(name string) bool {
		return slices.ContainsFunc(sqlstore.Tables, func(t sqlstore.Table) bool { return t.Name == name })
	})
	if len(left) > 0 {
		return pipewright.Errorf(pipewright.Internal, "%s has tables that migrate does not know: %s: nothing was moved", from.Path(), strings.Join(left, ", "))
	}
	report, err := from.AuditVerify(ctx)
	if err == nil && !report.OK() {
		err = pipewright.Errorf(pipewright.Conflict, "the audit of %s does not hold (record %d: %s): look into that first, nothing was moved", from.Path(), report.Fault.N, report.Fault.What)
	}
	return err
}

// compare verifies the chain where it is now, and that it is the same.
func (m *migration) compare(ctx context.Context, from *sqlite.Store, team *postgres.Store) error {
	before, err := from.AuditVerify(ctx)
	if err != nil {
		return err
	}
	after, err := team.AuditVerify(ctx)
	if err != nil {
		return err
	}
	m.Records, m.Head = after.Records, after.Head
	if !after.OK() || after.Head != before.Head {
		return pipewright.Errorf(pipewright.Internal, "the audit in %s is not that of %s (%d records, head %.12s; before %d, %.12s): do not use it", m.To, m.From, after.Records, after.Head, before.Records, before.Head)
	}
	return nil
}

func (p program) printMigration(f dbFlags, m migration) error {
	if f.json {
		return json.NewEncoder(p.out).Encode(m)
	}
	for _, t := range m.Tables {
		fmt.Fprintf(p.out, "%-12s %d\n", t.Table, t.Rows)
	}
	fmt.Fprintf(p.out, "moved %s to %s; the audit holds there: %d records, head %.12s\n", m.From, m.To, m.Records, m.Head)
	return nil
}
