package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
)

func (p program) policyVersionsCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "versions",
		Short: "List the policy versions: what each learned from, what the evaluation says, which one decides",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				moves, err := store.PolicyMoves(ctx)
				if err != nil {
					return err
				}
				return p.printVersions(f, moves)
			})
		},
	}
	f.add(cmd)
	return cmd
}

// versionRow is one version with where it stands.
type versionRow struct {
	pipewright.PolicyMove
	Stands string `json:"stands"` // active, canary, shadow
}

// versionRows are the versions, the newest first, each as it was moved last.
func versionRows(moves []pipewright.PolicyMove) (rows []versionRow) {
	at, seen := heal.Point(moves), map[string]bool{}
	for i := len(moves) - 1; i >= 0; i-- {
		m := moves[i]
		if m.Version == "" || seen[m.Version] || m.Stage == pipewright.PolicyBack {
			continue
		}
		seen[m.Version] = true
		row := versionRow{m, "shadow"}
		switch {
		case at.Active != nil && at.Active.Version == m.Version:
			row.Stands = "active"
		case at.Canary != nil && at.Canary.Version == m.Version:
			row.Stands = "canary on " + string(at.Canary.Pipeline)
		}
		rows = append(rows, row)
	}
	return rows
}

func (p program) printVersions(f dbFlags, moves []pipewright.PolicyMove) error {
	rows := versionRows(moves)
	if f.json {
		enc := json.NewEncoder(p.out)
		for _, r := range rows {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	if heal.Point(moves).Active == nil {
		fmt.Fprintln(p.out, "The policy that knows the catalogue alone decides; what was learned since is compared with it.")
	}
	if len(rows) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tSTANDS\tINCIDENTS\tAT\tEVALUATION")
	for _, r := range rows {
		why := ""
		if len(r.Reasons) > 0 {
			why = r.Reasons[0]
		}
		fmt.Fprintf(w, "%.14s\t%s\t%d\t%s\t%s\n", r.Version, r.Stands, r.Episodes, r.At.UTC().Format("2006-01-02 15:04"), why)
	}
	return w.Flush()
}

func (p program) policyVerifyCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Rebuild every policy version from the journal and compare it, bit by bit",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			know, err := p.know(f)
			if err != nil {
				return err
			}
			cfg, err := p.healing(f)
			if err != nil {
				return err
			}
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				checks, err := heal.CheckVersions(ctx, know.catalogue, cfg, store)
				if err != nil {
					return err
				}
				return p.printVersionChecks(f, checks)
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) printVersionChecks(f dbFlags, checks []heal.VersionCheck) error {
	if f.json {
		if err := printRows(p.out, checks); err != nil {
			return err
		}
	}
	bad := 0
	for _, c := range checks {
		say := fmt.Sprintf("ok   %.14s, from %d incidents", c.Version, c.Episodes)
		switch {
		case c.Fault != "":
			say, bad = "FAIL "+c.Fault, bad+1
		case c.Anew:
			say = fmt.Sprintf("anew %.14s, from %d incidents: it began with %s", c.Version, c.Episodes, c.Began)
		}
		if !f.json {
			fmt.Fprintln(p.out, say)
		}
	}
	if len(checks) == 0 && !f.json {
		fmt.Fprintln(p.out, "Nothing was learned yet: there is no version to rebuild.")
	}
	if bad > 0 {
		return pipewright.Errorf(pipewright.Conflict, "%d of %d versions could not be rebuilt from the journal: see what each FAIL says", bad, len(checks))
	}
	return nil
}

// policyMoveCommand asks the loop for a move.
func (p program) policyMoveCommand(stage pipewright.PolicyStage, use, short string, args cobra.PositionalArgs) *cobra.Command {
	var f dbFlags
	var reason string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				move := pipewright.PolicyMove{Stage: stage}
				if len(args) == 1 {
					version, err := versionNamed(ctx, store, args[0])
					if err != nil {
						return err
					}
					move.Version = version
				}
				return p.request(ctx, store, f, pipewright.Request{Kind: pipewright.RequestPolicy, Policy: &move, Reason: reason})
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the journal")
	return cmd
}

// versionNamed finds a version by the beginning of its name, with or without "sha256:".
func versionNamed(ctx context.Context, store anyStore, start string) (string, error) {
	moves, err := store.PolicyMoves(ctx)
	if err != nil {
		return "", err
	}
	found := ""
	for _, r := range versionRows(moves) {
		if !beginsWith(r.Version, start) {
			continue
		}
		if found != "" {
			return "", pipewright.Errorf(pipewright.Invalid, "%q begins several versions: give more of it", start)
		}
		found = r.Version
	}
	if found == "" {
		return "", pipewright.Errorf(pipewright.NotFound, "there is no policy version %q: `pipewright policy versions` lists them", start)
	}
	return found, nil
}
