package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/ask"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/agent/intake"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/postgres"
	"github.com/pipewright/pipewright/internal/slackbot"
	"github.com/pipewright/pipewright/internal/sqlite"
	"github.com/pipewright/pipewright/internal/sqlstore"
	"github.com/pipewright/pipewright/retrieval"
	"github.com/pipewright/pipewright/tools"
)

// dbFlags say which store a command works on.
type dbFlags struct {
	db     string
	config string
	json   bool
	fresh  bool // a store that does not exist is made: the systems are read into it
}

func (f *dbFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.db, "db", "", "the store: a file, or postgres://USER@HOST/DATABASE with PGPASSWORD (default: the configuration's, else pipewright.db)")
	cmd.Flags().StringVarP(&f.config, "config", "c", "", "the configuration file")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON for machines")
}

const defaultDB = "pipewright.db"

// anyStore is an open store of either kind: a file or a PostgreSQL database.
type anyStore interface {
	heal.Journal
	heal.Recovery
	intake.Store
	tools.Telemetry
	ask.Spend
	wishes
	ownership
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Events(ctx context.Context, q pipewright.EventQuery) ([]pipewright.Event, error)
	Reservations(ctx context.Context, since time.Time) ([]heal.Reservation, error)
	SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error)
	AuditVerify(ctx context.Context) (pipewright.AuditReport, error)
	AuditRecords(ctx context.Context, after int64, limit int) ([]pipewright.AuditRecord, error)
	SavePolicy(ctx context.Context, hash string, body []byte, at time.Time) error
	Policy(ctx context.Context, hash string) ([]byte, error)
	Meta(ctx context.Context, key string) (string, error)
	SetMeta(ctx context.Context, key, value string) error
	Retain(ctx context.Context, keep sqlstore.Keep) (days int, err error)
	Salt(ctx context.Context) ([]byte, error)
	archived
}

// archived is what is found by words and meaning.
type archived interface {
	intake.TemplateStore
	retrieval.ArchiveStore
	PutDocuments(ctx context.Context, list []pipewright.Document) error
}

// wishes is what people ask for and say, and what goes to them.
type wishes interface {
	ask.Threads
	AddRequest(ctx context.Context, r pipewright.Request) (pipewright.Request, error)
	Request(ctx context.Context, id string) (pipewright.Request, error)
	RequestByKey(ctx context.Context, key string) (pipewright.Request, error)
	Feedback(ctx context.Context) ([]pipewright.Request, error)
	Approvals(ctx context.Context, states ...pipewright.ApprovalState) ([]pipewright.Approval, error)
	slackbot.Outbox
}

// ownership is what each kind of store does in its own way.
type ownership interface {
	Path() string
	Own(ctx context.Context) error
	Owned() bool
	LoopRuns() (bool, error)
	Close() error
}

// openStore opens the store at a place, which a URL tells from a path. existing refuses
// to make a new one.
func openStore(ctx context.Context, at config.Store, existing bool) (anyStore, error) {
	if !postgres.IsURL(at.Path) {
		s, err := sqlite.Open(ctx, at.Path, sqlite.Options{Existing: existing})
		if err != nil {
			return nil, err // and no store that is a nil pointer
		}
		return s, nil
	}
	s, err := openTeam(ctx, at, existing)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func openTeam(ctx context.Context, at config.Store, existing bool) (*postgres.Store, error) {
	dsn, err := withPassword(at.Path, at.Password.Value())
	if err != nil {
		return nil, err
	}
	return postgres.Open(ctx, dsn, postgres.Options{Existing: existing, Anchor: at.Anchor})
}

// storeAt is the store of a flag, with the password of the configuration when it names
// the same database.
func (p program) storeAt(place string, configured config.Store) config.Store {
	if place == configured.Path {
		return configured
	}
	return config.Store{Path: place}
}

// place is where the store is: the flag, the configuration's, or the default.
func (p program) place(f dbFlags) (config.Store, error) {
	if f.config != "" {
		cfg, err := config.Load(f.config, p.env)
		if err != nil {
			return config.Store{}, err
		}
		if f.db == "" {
			return cfg.Store, nil
		}
		return p.storeAt(f.db, cfg.Store), nil
	}
	for _, place := range []string{f.db, p.env("PIPEWRIGHT_DB")} {
		if place != "" {
			return config.Store{Path: place}, nil
		}
	}
	return config.Store{Path: defaultDB}, nil
}

// withStore opens an existing store beside a loop that may own it.
func (p program) withStore(ctx context.Context, f dbFlags, do func(context.Context, anyStore) error) (err error) {
	at, err := p.place(f)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, at, !f.fresh)
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
func (p program) nowOf(ctx context.Context, store anyStore) (time.Time, error) {
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
