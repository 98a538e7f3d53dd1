package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
)

func (p program) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Check or export the audit log"}
	cmd.AddCommand(p.auditVerifyCommand(), p.auditExportCommand())
	return cmd
}

func (p program) auditVerifyCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the audit chain and every row it covers; exits 1 when something was edited, deleted or moved",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				report, err := store.AuditVerify(ctx)
				if err != nil {
					return err
				}
				if f.json {
					if err := json.NewEncoder(p.out).Encode(report); err != nil {
						return err
					}
				} else {
					p.printAudit(report)
				}
				if !report.OK() {
					return exitCode(1)
				}
				return nil
			})
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) printAudit(r pipewright.AuditReport) {
	for _, note := range r.Notes {
		fmt.Fprintln(p.out, note)
	}
	if !r.OK() {
		fmt.Fprintf(p.out, "the audit does not hold: record %d: %s\n", r.Fault.N, r.Fault.What)
		return
	}
	fmt.Fprintf(p.out, "the audit holds: %d records, head %.12s\n", r.Records, r.Head)
}

func (p program) auditExportCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print every audit record, one JSON object a line",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				enc := json.NewEncoder(p.out)
				const page = 1000
				for after := int64(0); ; {
					records, err := store.AuditRecords(ctx, after, page)
					if err != nil {
						return err
					}
					for _, r := range records {
						if err := enc.Encode(r); err != nil {
							return err
						}
						after = r.N
					}
					if len(records) < page {
						return nil
					}
				}
			})
		},
	}
	f.add(cmd)
	return cmd
}
