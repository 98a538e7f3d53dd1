package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/sqlite"
)

// dbFlags say which store a command works on.
type dbFlags struct {
	db     string
	config string
	json   bool
	fresh  bool // a store that does not exist is made: the systems are read into it
}

func (f *dbFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.db, "db", "", "the store's file (default: the configuration's, else pipewright.db)")
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "the configuration file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON for machines")
}

const defaultDB = "pipewright.db"

// path is the store's file: the flag, the configuration's, or the default.
func (p program) path(f dbFlags) (string, error) {
	if f.db != "" {
		return f.db, nil
	}
	if f.config != "" {
		cfg, err := config.Load(f.config, p.env)
		if err != nil {
			return "", err
		}
		return cfg.Store.Path, nil
	}
	if db := p.env("PIPEWRIGHT_DB"); db != "" {
		return db, nil
	}
	return defaultDB, nil
}

// withStore opens an existing store beside a loop that may own it.
func (p program) withStore(ctx context.Context, f dbFlags, do func(context.Context, *sqlite.Store) error) (err error) {
	path, err := p.path(f)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, path, sqlite.Options{Existing: !f.fresh})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := store.Close(); err == nil {
			err = cerr
		}
	}()
	return do(ctx, store)
}

// Names of what a demo leaves in the store's meta table.
const (
	metaPlant    = "plant"     // how the plant was built, as JSON
	metaPlantNow = "plant_now" // the plant's clock, RFC 3339
)

// nowOf is what time it is for a store: the plant's last time in a demo's file,
// the clock's otherwise.
func (p program) nowOf(ctx context.Context, store *sqlite.Store) (time.Time, error) {
	s, err := store.Meta(ctx, metaPlantNow)
	if err != nil || s == "" {
		return p.now().UTC(), err
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, pipewright.Errorf(pipewright.Invalid, "the plant's time %q in %s cannot be read", s, store.Path())
	}
	return t, nil
}
