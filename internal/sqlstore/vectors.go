package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"
	"strconv"

	pipewright "github.com/pipewright/pipewright"
)

// Space is the space of a model, which is made when it is new. One whose vectors have
// another dimension than those that are stored is Invalid.
func (s *Store) Space(ctx context.Context, model string, dimensions int) (sp pipewright.Space, err error) {
	err = s.write(ctx, s.lanes.Feed, func(tx *sql.Tx) (err error) {
		sp, err = spaceOf(ctx, tx, model, dimensions)
		return err
	})
	return sp, s.fault("open the vectors of "+model, err)
}

func spaceOf(ctx context.Context, tx *sql.Tx, model string, dimensions int) (pipewright.Space, error) {
	sp := pipewright.Space{Model: model}
	read := func() error {
		return tx.QueryRowContext(ctx, `SELECT id, dimensions, ready = 1 FROM spaces WHERE model = $1`, model).Scan(&sp.Number, &sp.Dimensions, &sp.Ready)
	}
	err := read()
	if errors.Is(err, sql.ErrNoRows) {
		if _, err = tx.ExecContext(ctx, `INSERT INTO spaces (model, dimensions, ready) VALUES ($1, $2, 0)`, model, dimensions); err == nil {
			err = read()
		}
	}
	if err == nil && sp.Dimensions != dimensions {
		err = pipewright.Errorf(pipewright.Invalid, "%s now gives vectors of %d dimensions, those stored have %d: give the model its former dimension, or another name", model, dimensions, sp.Dimensions)
	}
	return sp, err
}

// Spaces lists the spaces, in order of their numbers.
func (s *Store) Spaces(ctx context.Context) ([]pipewright.Space, error) {
	return collect(ctx, s.read, "read the vectors' models", func(rows *sql.Rows) (sp pipewright.Space, err error) {
		err = rows.Scan(&sp.Number, &sp.Model, &sp.Dimensions, &sp.Ready)
		return sp, err
	}, `SELECT id, model, dimensions, ready = 1 FROM spaces ORDER BY id`)
}

// Unembedded lists meanings without a vector in a space, those after number after, in
// order.
func (s *Store) Unembedded(ctx context.Context, space, after int64, n int) ([]pipewright.Meaning, error) {
	return collect(ctx, s.read, "look for what has no vector", func(rows *sql.Rows) (m pipewright.Meaning, err error) {
		err = rows.Scan(&m.Number, &m.Text)
		return m, err
	}, `SELECT m.id, m.text FROM meanings m WHERE m.id > $2 AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.space = $1 AND v.meaning = m.id) ORDER BY m.id`+limit(n, defaultLimit), space, after)
}

// PutVectors stores vectors of a space, each meaning's once.
func (s *Store) PutVectors(ctx context.Context, sp pipewright.Space, list []pipewright.Vector) error {
	for _, v := range list {
		if len(v.Values) != sp.Dimensions {
			return pipewright.Errorf(pipewright.Invalid, "%s gave a vector of %d dimensions, those stored have %d: give the model its former dimension, or another name", sp.Model, len(v.Values), sp.Dimensions)
		}
	}
	err := s.writeOn(ctx, s.lanes.Feed, func(conn *sql.Conn, tx *sql.Tx) error {
		g := s.ingestion(ctx, conn, tx)
		defer g.Close()
		return g.dialect.Vectors(g, sp, list)
	})
	return s.fault("store vectors of "+sp.Model, err)
}

// PutVector stores one vector.
func (g *Ingestion) PutVector(space int64, v pipewright.Vector) error {
	_, err := g.Exec(`INSERT INTO vectors (space, meaning, body) SELECT $1, $2, $3 WHERE EXISTS (SELECT 1 FROM meanings WHERE id = $2) ON CONFLICT DO NOTHING`, space, v.Meaning, Floats(v.Values))
	return err
}

// shape stores the vector of a metric window.
func (g *Ingestion) shape(meaning int64, v []float32) error {
	sp, err := spaceOf(g.Ctx, g.Tx, pipewright.ShapeSpace, len(v))
	if err != nil {
		return err
	}
	return g.PutVector(sp.Number, pipewright.Vector{Meaning: meaning, Values: v})
}

// Settle notes that everything has a vector in a space.
func (s *Store) Settle(ctx context.Context, space int64) error {
	err := s.write(ctx, s.lanes.Feed, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE spaces SET ready = 1 WHERE id = $1`, space)
		return err
	})
	return s.fault("note that the vectors are complete", err)
}

// DropSpace removes a space with its vectors.
func (s *Store) DropSpace(ctx context.Context, space int64) error {
	err := s.write(ctx, s.lanes.Feed, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM vectors WHERE space = $1`, space)
		if err == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM spaces WHERE id = $1`, space)
		}
		return err
	})
	return s.fault("remove the vectors of a former model", err)
}

// VectorsAfter lists vectors of a space that came after one, in the order they came.
func (s *Store) VectorsAfter(ctx context.Context, space, after int64, n int) ([]pipewright.Vector, error) {
	return collect(ctx, s.read, "read vectors", func(rows *sql.Rows) (v pipewright.Vector, err error) {
		var body sql.RawBytes
		err = rows.Scan(&v.Order, &v.Meaning, &body)
		v.Values = FloatsOf(body)
		return v, err
	}, `SELECT n, meaning, body FROM vectors WHERE space = $1 AND n > $2 ORDER BY n`+limit(n, defaultLimit), space, after)
}

// NearMeanings finds the meanings nearest to a vector by the database's own index, of those
// that have a document which the query selects. indexed is false when it has none: the
// vectors are searched in the process then.
func (s *Store) NearMeanings(ctx context.Context, sp pipewright.Space, v []float32, q pipewright.DocumentQuery, n int) (list []pipewright.Near, indexed bool, err error) {
	if s.dialect.Near == nil {
		return nil, false, nil
	}
	var w where
	near, indexed, err := s.dialect.Near(ctx, sp, v, w.arg)
	if err != nil || !indexed {
		return nil, false, s.fault("search vectors", err)
	}
	w.add(`v.space = ` + strconv.FormatInt(sp.Number, 10)) // spelled out: the index is of one space
	ok, err := s.selecting(ctx, q, &w)
	if err != nil || !ok {
		return nil, true, err
	}
	query := `SELECT m.id, ` + near.Score + ` FROM vectors v JOIN meanings m ON m.id = v.meaning ` + w.sql() + ` ORDER BY ` + near.Order + limit(n, defaultLimit)
	for _, first := range [][]string{near.First, near.Exact} {
		if list, err = s.nearest(ctx, first, query, w.args); err != nil || len(list) >= n {
			break
		}
	}
	return list, true, err
}

// nearest runs a query after some settings.
func (s *Store) nearest(ctx context.Context, first []string, query string, args []any) (list []pipewright.Near, err error) {
	err = inTx(ctx, s.lanes.Read, func(_ *sql.Conn, tx *sql.Tx) error {
		for _, setting := range first {
			if _, err := tx.ExecContext(ctx, setting); err != nil {
				return err
			}
		}
		list, err = collect(ctx, view{tx, s.fault}, "search vectors", scanNear, query, args...)
		return err
	})
	return list, err
}

// Floats is a vector as it is stored: float32, little-endian.
func Floats(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// FloatsOf is a vector from how it is stored.
func FloatsOf(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}
