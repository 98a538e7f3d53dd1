package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/tools"
)

// checkWithin bounds the checks of one system.
const checkWithin = 30 * time.Second

func (p program) doctorCommand() *cobra.Command {
	var f dbFlags
	cmd := &cobra.Command{
		Use:   "doctor -c FILE",
		Short: "Check the configuration, the store and every system: the exact failing call and what to do",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.config == "" {
				return pipewright.Errorf(pipewright.Invalid, "doctor needs a configuration: pipewright doctor -c FILE")
			}
			cfg, err := config.Load(f.config, p.env)
			if err != nil {
				return err
			}
			checks, err := p.examine(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return p.printChecks(f, checks)
		},
	}
	f.add(cmd)
	return cmd
}

func (p program) examine(ctx context.Context, cfg config.Config) (checks []tools.Check, err error) {
	store, err := openStore(ctx, cfg.Store, false)
	if err != nil {
		return []tools.Check{{System: "store", Call: "open " + cfg.Store.Path, Err: err}}, nil
	}
	defer func() {
		if cerr := store.Close(); err == nil {
			err = cerr
		}
	}()
	report, err := store.AuditVerify(ctx)
	if err != nil {
		return nil, err
	}
	check := tools.Check{System: "store", Call: "verify the audit of " + cfg.Store.Path, Say: fmt.Sprintf("%d records", report.Records)}
	if !report.OK() {
		check.Err = pipewright.Errorf(pipewright.Conflict, "record %d: %s", report.Fault.N, report.Fault.What)
	}
	checks = append(checks, check, p.examineVersions(ctx, cfg, store), examineRules(cfg))
	if team, ok := store.(indexer); ok {
		say, _ := team.VectorIndex()
		checks = append(checks, tools.Check{System: "store", Call: "look for pgvector in " + cfg.Store.Path, Say: say})
	}
	out, err := connect(ctx, cfg, store, p.now)
	if err != nil {
		return nil, err
	}
	defer out.close()
	for _, doctor := range out.doctors {
		ctx, cancel := context.WithTimeout(ctx, checkWithin)
		checks = append(checks, doctor(ctx)...)
		cancel()
	}
	checks = append(checks, p.examineServers(ctx, cfg)...)
	return append(checks, p.examineSlack(ctx, cfg, store)...), nil
}

// examineRules says how many rules by symptom there are; they were checked with the
// configuration.
func examineRules(cfg config.Config) tools.Check {
	all, _ := cfg.Heal.Runbook()
	own := len(cfg.Heal.Rules)
	return tools.Check{System: "rules", Call: "read heal.rules", Say: fmt.Sprintf("%d of yours, then %d built in", own, len(all)-own)}
}

// examineVersions rebuilds what was learned from the journal.
func (p program) examineVersions(ctx context.Context, cfg config.Config, store anyStore) tools.Check {
	check := tools.Check{System: "policy", Call: "rebuild its versions from the journal"}
	know, err := p.knowledgeOf(cfg)
	if err != nil {
		check.Err = err
		return check
	}
	healing, err := healConfig(cfg)
	if err != nil {
		check.Err = err
		return check
	}
	versions, err := heal.CheckVersions(ctx, know.catalogue, healing, store)
	check.Err, check.Say = err, fmt.Sprintf("%d versions, the same bit for bit", len(versions))
	for _, v := range versions {
		if v.Anew {
			check.Say = fmt.Sprintf("%d versions; %.14s began with %s and is learned anew", len(versions), v.Version, v.Began)
		}
		if v.Fault != "" {
			check.Err = pipewright.Errorf(pipewright.Conflict, "%s", v.Fault)
		}
	}
	return check
}

// indexer is a store that may have an index of vectors.
type indexer interface {
	VectorIndex() (say string, indexed bool)
}

func (p program) printChecks(f dbFlags, checks []tools.Check) error {
	sick := 0
	for _, c := range checks {
		mark, say := "ok  ", c.Say
		if c.Err != nil {
			mark, say = "FAIL", c.Err.Error()
			sick++
		}
		if f.json {
			if err := json.NewEncoder(p.out).Encode(map[string]any{"system": c.System, "call": c.Call, "ok": c.Err == nil, "say": say}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(p.out, "%s %s: %s: %s\n", mark, c.System, c.Call, pipewright.Visible(say))
	}
	if sick > 0 {
		return pipewright.Errorf(pipewright.Unavailable, "%d of %d checks failed: see what each FAIL says", sick, len(checks))
	}
	return nil
}
