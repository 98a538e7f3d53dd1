package postgres

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/migrations"
)

// versionTable is where goose notes what it ran.
const versionTable = "pipewright_version"

// migrate looks at the database before it changes anything and runs what is pending.
// Replicas that do so at once take turns.
func (s *Store) migrate(ctx context.Context, existing bool) (created bool, err error) {
	version, err := s.version(ctx)
	if err != nil {
		return false, err
	}
	p, err := s.provider()
	if err != nil {
		return false, s.fault("read embedded migrations", err)
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	switch {
	case version == want:
		return false, nil
	case version > want:
		return false, pipewright.Errorf(pipewright.Invalid,
			"the store in %s was written by a newer pipewright (its version is %d, this binary knows %d): upgrade pipewright or use another database", s.name, version, want)
	case version == 0 && existing:
		return false, pipewright.Errorf(pipewright.NotFound, "there is no store in %s: check the URL, or let `pipewright migrate` or `serve` make one", s.name)
	case version > 0:
		if running, err := s.LoopRuns(); err != nil || running { //nolint:contextcheck // it asks within a bound of its own
			return false, errors.Join(err, pipewright.Errorf(pipewright.Conflict,
				"the store in %s has the loop of an older pipewright running on it: stop that one first, then this version can bring it up to date", s.name))
		}
	}
	_, err = p.Up(ctx)
	return version == 0, s.fault("upgrade the store", err)
}

// version is the highest migration that the database has seen, 0 for one without tables.
// One that holds somebody else's tables is Invalid.
func (s *Store) version(ctx context.Context) (version int64, err error) {
	var ours, others bool
	err = s.write.QueryRowContext(ctx, `SELECT to_regclass('`+versionTable+`') IS NOT NULL,
		EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ('events', 'incidents', 'meta', 'audit', 'lines', 'points', 'resources'))`).Scan(&ours, &others)
	switch {
	case err != nil:
		return 0, s.fault("open the store", err)
	case !ours && others:
		return 0, pipewright.Errorf(pipewright.Invalid, "%s holds tables of another program: give an empty database, or a schema of its own by ?search_path=NAME", s.name)
	case !ours:
		return 0, nil
	}
	err = s.write.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&version)
	return version, s.fault("read the store's version", err)
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations.Postgres, "postgres")
	if err != nil {
		return nil, err
	}
	turns, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, s.write, files, goose.WithDisableGlobalRegistry(true),
		goose.WithTableName(versionTable), goose.WithSessionLocker(turns))
}
