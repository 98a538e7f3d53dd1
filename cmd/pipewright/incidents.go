package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
)

func (p program) incidentsCommand() *cobra.Command {
	var f dbFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "incidents [INCIDENT]",
		Short: "List incidents, or show one; --json prints the journal, one event a line",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.withStore(cmd.Context(), f, func(ctx context.Context, store anyStore) error {
				id := ""
				if len(args) == 1 {
					id = args[0]
				}
				switch {
				case f.json:
					return p.printJournal(ctx, store, id)
				case id != "":
					return p.printIncident(ctx, store, id)
				default:
					return p.listIncidents(ctx, store, all)
				}
			})
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "closed ones too")
	return cmd
}

func (p program) printJournal(ctx context.Context, store anyStore, id string) error {
	if id != "" {
		if _, err := store.Incident(ctx, id); err != nil {
			return err
		}
	}
	enc := json.NewEncoder(p.out)
	const page = 1000
	for after := int64(0); ; {
		events, err := store.Events(ctx, pipewright.EventQuery{Incident: id, AfterSeq: after, Limit: page})
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := enc.Encode(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(events) < page {
			return nil
		}
	}
}

func (p program) printIncident(ctx context.Context, store anyStore, id string) error {
	inc, err := store.Incident(ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.out, p.style().Card(inc))
	return err
}

func (p program) listIncidents(ctx context.Context, store anyStore, all bool) error {
	found, err := store.Incidents(ctx, pipewright.IncidentQuery{Limit: 100_000})
	if err != nil {
		return err
	}
	shown := 0
	for _, inc := range found {
		if !all && !inc.State.Live() {
			continue
		}
		shown++
		fmt.Fprintf(p.out, "%s  %-10s %-20s %s\n", inc.ID, inc.State, inc.Class, inc.Title)
	}
	if shown == 0 {
		fmt.Fprintf(p.out, "no incident is open (%d in all; --all lists them)\n", len(found))
	}
	return nil
}
