package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// schemas stores a snapshot when its columns differ from the one before it.
func (g *Ingestion) schemas(list []pipewright.Schema, fresh *pipewright.Batch) error {
	for _, sc := range list {
		resource, err := g.Observe(sc.Resource, Nanos(sc.At))
		if err != nil {
			return err
		}
		sc.At = Moment(Nanos(sc.At))
		stored, err := g.schema(resource, sc)
		if err != nil {
			return err
		}
		if stored {
			fresh.Schemas = append(fresh.Schemas, sc)
		}
	}
	return nil
}

func (g *Ingestion) schema(resource int64, sc pipewright.Schema) (stored bool, err error) {
	var body string
	var at int64
	found, err := g.Row(`SELECT at, columns FROM schemas WHERE resource = $1 AND at <= $2 ORDER BY at DESC LIMIT 1`, []any{resource, Nanos(sc.At)}, &at, &body)
	if err != nil {
		return false, err
	}
	if found {
		before, err := decode[[]pipewright.Column](body)
		if err != nil {
			return false, err
		}
		if slices.EqualFunc(before, sc.Columns, sameColumn) {
			return false, g.putSchema(resource, at, resample(before, sc.Columns))
		}
	}
	return true, g.putSchema(resource, Nanos(sc.At), sc.Columns)
}

func (g *Ingestion) putSchema(resource, at int64, columns []pipewright.Column) error {
	body, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	_, err = g.Exec(`INSERT INTO schemas (resource, at, columns) VALUES ($1, $2, $3)
		ON CONFLICT (resource, at) DO UPDATE SET columns = excluded.columns WHERE schemas.columns <> excluded.columns`, resource, at, string(body))
	return err
}

// resample takes over newer samples into the columns of an older snapshot.
func resample(older, newer []pipewright.Column) []pipewright.Column {
	out := slices.Clone(older)
	for i := range out {
		if len(newer[i].Sample) > 0 {
			out[i].Sample = newer[i].Sample
		}
	}
	return out
}

// sameColumn compares what a schema says of a column; samples are not part of it.
func sameColumn(a, b pipewright.Column) bool {
	return a.Name == b.Name && a.Type == b.Type && a.Nullable == b.Nullable
}

// Schemas implements tools.ChangeReader. n 0 or less is every snapshot.
func (s *Store) Schemas(ctx context.Context, table pipewright.ResourceID, win pipewright.Window, n int) ([]pipewright.Schema, error) {
	var w where
	w.add(`resource = (SELECT id FROM resources WHERE name = ?)`, string(table))
	w.window("at", win)
	out, err := collect(ctx, s.read, "read schemas", func(rows *sql.Rows) (sc pipewright.Schema, err error) {
		var at int64
		var columns string
		if err = rows.Scan(&at, &columns); err != nil {
			return sc, err
		}
		sc.Resource, sc.At = table, Moment(at)
		sc.Columns, err = decode[[]pipewright.Column](columns)
		return sc, err
	}, `SELECT at, columns FROM schemas `+w.sql()+` ORDER BY at DESC`+limit(n, -1), w.args...)
	slices.Reverse(out)
	return out, err
}

// LastSchema implements intake.Store.
func (s *Store) LastSchema(ctx context.Context, table pipewright.ResourceID) (pipewright.Schema, bool, error) {
	newest, err := s.Schemas(ctx, table, pipewright.Window{}, 1)
	if err != nil || len(newest) == 0 {
		return pipewright.Schema{}, false, err
	}
	return newest[0], true, nil
}

// settings stores a value when it differs from the one before it.
func (g *Ingestion) settings(list []pipewright.Setting, fresh *pipewright.Batch) error {
	for _, st := range list {
		resource, err := g.Observe(st.Resource, Nanos(st.At))
		if err != nil {
			return err
		}
		st.At, st.Value = Moment(Nanos(st.At)), Clean(st.Value)
		var before string
		found, err := g.Row(`SELECT value FROM settings WHERE resource = $1 AND key = $2 AND at <= $3 ORDER BY at DESC LIMIT 1`,
			[]any{resource, st.Key, Nanos(st.At)}, &before)
		if err != nil {
			return err
		}
		if found && before == st.Value {
			continue
		}
		if _, err := g.Exec(`INSERT INTO settings (resource, key, at, value, kind, who) VALUES ($1,$2,$3,$4,$5,$6)
			ON CONFLICT (resource, key, at) DO UPDATE SET value = excluded.value, kind = excluded.kind, who = excluded.who`,
			resource, Clean(st.Key), Nanos(st.At), st.Value, string(st.Kind), Clean(st.By)); err != nil {
			return err
		}
		fresh.Settings = append(fresh.Settings, st)
	}
	return nil
}

// LastSettings implements intake.Store: the newest value of every key, by key.
func (s *Store) LastSettings(ctx context.Context, r pipewright.ResourceID) ([]pipewright.Setting, error) {
	return collect(ctx, s.read, "read settings", func(rows *sql.Rows) (st pipewright.Setting, err error) {
		var at int64
		err = rows.Scan(&st.Key, &at, &st.Value, &st.Kind, &st.By)
		st.Resource, st.At = r, Moment(at)
		return st, err
	}, `SELECT key, at, value, kind, who FROM settings AS s
		WHERE resource = (SELECT id FROM resources WHERE name = $1)
		AND at = (SELECT max(at) FROM settings AS t WHERE t.resource = s.resource AND t.key = s.key) ORDER BY key`, string(r))
}
