package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pgvector/pgvector-go"
	pgxvec "github.com/pgvector/pgvector-go/pgx"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

// pgVector is what the server has of pgvector. Without it vectors are kept as bytes and
// searched in the process, as those of the embedded store are.
type pgVector struct {
	schema string // of the extension, quoted; empty: it cannot be used
	why    string // and why not, one sentence
	oid    uint32 // of halfvec
}

// oldestVector is the oldest version that filters before it ranks (iterative scans).
const oldestVector = "0.8.0"

// VectorIndex says in one sentence how vectors are searched, for doctor and migrate.
func (s *Store) VectorIndex() (say string, indexed bool) {
	if s.vectors.schema != "" {
		return "pgvector ranks by meaning, from an HNSW index", true
	}
	return s.vectors.why + "; until then vectors are searched in each process, which is exact and takes memory there", false
}

// notPermitted is insufficient_privilege.
const notPermitted = "42501"

// prepareVectors finds pgvector, or makes it when the role may, and gives the table of
// vectors the column that its index is over. The server's lack of it is no error.
func (s *Store) prepareVectors(ctx context.Context) (v pgVector, err error) {
	var available sql.NullString
	find := func() error {
		err := s.write.QueryRowContext(ctx, `SELECT quote_ident(n.nspname), e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'`).Scan(&v.schema, &v.why)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	}
	if err := find(); err != nil {
		return v, s.fault("look for pgvector", err)
	}
	if v.schema == "" {
		err := s.write.QueryRowContext(ctx, `SELECT max(default_version) FROM pg_available_extensions WHERE name = 'vector'`).Scan(&available)
		if err != nil {
			return v, s.fault("look for pgvector", err)
		}
		if !available.Valid {
			return pgVector{why: "the server of " + s.name + " has no pgvector: install it there"}, nil
		}
		_, enabling := s.write.ExecContext(ctx, `CREATE EXTENSION IF NOT EXISTS vector`)
		if err := find(); err != nil {
			return v, s.fault("look for pgvector", err)
		}
		if refused := new(pgconn.PgError); v.schema == "" && errors.As(enabling, &refused) && refused.Code == notPermitted {
			v.why = "the server of " + s.name + " has pgvector, and this role may not enable it: have a superuser run CREATE EXTENSION vector in that database"
			return v, nil
		}
		if v.schema == "" { // another replica that enabled it at the same moment would have left it there
			return v, s.fault("enable pgvector", enabling)
		}
	}
	if older(v.why, oldestVector) {
		return pgVector{why: fmt.Sprintf("the database %s has pgvector %s, and %s is needed: update it and run ALTER EXTENSION vector UPDATE", s.name, v.why, oldestVector)}, nil
	}
	v.why = ""
	return v, s.fault("prepare the vectors", s.addNear(ctx, &v))
}

// addNear adds the column, unless it is there.
func (s *Store) addNear(ctx context.Context, v *pgVector) error {
	if err := s.write.QueryRowContext(ctx, `SELECT ($1 || '.halfvec')::regtype::oid`, v.schema).Scan(&v.oid); err != nil {
		return err
	}
	var there bool
	err := s.write.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('vectors') AND attname = 'near' AND NOT attisdropped)`).Scan(&there)
	if err != nil || there {
		return err
	}
	for _, statement := range []string{
		`ALTER TABLE vectors ADD COLUMN IF NOT EXISTS near ` + v.schema + `.halfvec`,
		`CREATE INDEX IF NOT EXISTS vectors_without_near ON vectors (n) WHERE near IS NULL`,
	} {
		if _, err := s.write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// older compares versions of numbers between points.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range min(len(a), len(b)) {
		x, _ := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if x != y {
			return x < y
		}
	}
	return false
}

// putVectors stores vectors that are not there, by COPY.
func (s *Store) putVectors(g *sqlstore.Ingestion, sp pipewright.Space, list []pipewright.Vector) error {
	return raw(g, func(conn *pgx.Conn) error {
		columns := []string{"space", "meaning", "body"}
		if s.vectors.schema != "" {
			columns = append(columns, "near")
			s.vectors.register(conn)
		}
		return throughCopy(g.Ctx, conn, "vectors", columns, pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			row := []any{sp.Number, list[i].Meaning, sqlstore.Floats(list[i].Values)}
			if s.vectors.schema != "" {
				row = append(row, pgvector.NewHalfVector(list[i].Values))
			}
			return row, nil
		}), `ON CONFLICT DO NOTHING`)
	})
}

// register teaches a connection the type, wherever the extension is.
func (v pgVector) register(conn *pgx.Conn) {
	if _, known := conn.TypeMap().TypeForOID(v.oid); !known {
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "halfvec", OID: v.oid, Codec: &pgxvec.HalfVectorCodec{}})
	}
}

const (
	searchWidth = 400    // candidates that a search of the index keeps in view (hnsw.ef_search)
	mostScanned = 40_000 // vectors after which it gives up looking for ones that a filter selects
)

// nearness ranks by the index of a space. A filter holds before the ranking: the index is
// walked on until enough fit (an iterative scan), and when too few are found within bounds,
// those that fit are compared one by one.
func (s *Store) nearness(ctx context.Context, sp pipewright.Space, q []float32, arg func(any) string) (n sqlstore.Nearness, ok bool, err error) {
	if s.vectors.schema == "" {
		return n, false, nil
	}
	var behind bool // vectors came without pgvector, and are not ready for it yet
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM vectors WHERE near IS NULL AND space = $1)`, sp.Number).Scan(&behind)
	if err != nil || behind {
		return n, false, err
	}
	x := s.vectors.schema
	distance := fmt.Sprintf(`(v.near::%[1]s.halfvec(%[2]d)) OPERATOR(%[1]s.<=>) %[3]s::%[1]s.halfvec(%[2]d)`, x, sp.Dimensions, arg(pgvector.NewHalfVector(q).String()))
	n.First = []string{
		fmt.Sprintf(`SET LOCAL hnsw.ef_search = %d`, searchWidth),
		fmt.Sprintf(`SET LOCAL hnsw.max_scan_tuples = %d`, mostScanned),
		`SET LOCAL hnsw.iterative_scan = strict_order`,
	}
	n.Exact = []string{`SET LOCAL enable_indexscan = off`}
	n.Score, n.Order = `1 - (`+distance+`)`, distance
	return n, true, nil
}

// Settle notes that a space is complete, and builds its index first when it has none.
func (s *Store) Settle(ctx context.Context, space int64) error {
	if err := s.fault("index the vectors", s.indexVectors(ctx, space)); err != nil {
		return err
	}
	return s.Store.Settle(ctx, space)
}

// indexVectors builds the index of a space while others read and write. One that was left
// half built is built again.
func (s *Store) indexVectors(ctx context.Context, space int64) error {
	if s.vectors.schema == "" {
		return nil
	}
	var dimensions int64
	if err := s.write.QueryRowContext(ctx, `SELECT dimensions FROM spaces WHERE id = $1`, space).Scan(&dimensions); err != nil {
		return err
	}
	name := fmt.Sprintf("vectors_near_%d", space)
	var valid sql.NullBool
	if err := s.write.QueryRowContext(ctx, `SELECT (SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1))`, name).Scan(&valid); err != nil {
		return err
	}
	if valid.Valid && valid.Bool {
		return nil
	}
	for _, statement := range []string{
		`DROP INDEX IF EXISTS ` + name,
		fmt.Sprintf(`CREATE INDEX CONCURRENTLY %[1]s ON vectors USING hnsw ((near::%[2]s.halfvec(%[3]d)) %[2]s.halfvec_cosine_ops) WHERE space = %[4]d`, name, s.vectors.schema, dimensions, space),
	} {
		if _, err := s.write.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Unembedded is sqlstore's, after vectors that came without pgvector were made ready for
// its index.
func (s *Store) Unembedded(ctx context.Context, space, after int64, n int) ([]pipewright.Meaning, error) {
	if err := s.fault("make vectors ready for pgvector", s.catchUpNear(ctx)); err != nil {
		return nil, err
	}
	return s.Store.Unembedded(ctx, space, after, n)
}

// catchUpNear makes vectors ready that came without pgvector: they were moved here, or
// stored before the server had it. Spaces that were complete get their index then.
func (s *Store) catchUpNear(ctx context.Context) error {
	if s.vectors.schema == "" {
		return nil
	}
	var behind bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM vectors WHERE near IS NULL)`).Scan(&behind)
	if err != nil || !behind {
		return err
	}
	if err := s.fillNear(ctx); err != nil {
		return err
	}
	known, err := s.Spaces(ctx)
	for _, sp := range known {
		if err == nil && sp.Ready {
			err = s.indexVectors(ctx, sp.Number)
		}
	}
	return err
}

// nearAtOnce is how many vectors one statement makes ready.
const nearAtOnce = 2000

func (s *Store) fillNear(ctx context.Context) error {
	for {
		var numbers []int64
		var values []string
		err := s.onConn(ctx, func(conn *pgx.Conn) error {
			rows, err := conn.Query(ctx, `SELECT n, body FROM vectors WHERE near IS NULL ORDER BY n LIMIT $1`, nearAtOnce)
			if err != nil {
				return err
			}
			var n int64
			var body []byte
			if _, err := pgx.ForEachRow(rows, []any{&n, &body}, func() error {
				numbers, values = append(numbers, n), append(values, pgvector.NewHalfVector(sqlstore.FloatsOf(body)).String())
				return nil
			}); err != nil || len(numbers) == 0 {
				return err
			}
			_, err = conn.Exec(ctx, fmt.Sprintf(`UPDATE vectors SET near = u.v::%s.halfvec FROM unnest($1::bigint[], $2::text[]) AS u (n, v) WHERE vectors.n = u.n`, s.vectors.schema), numbers, values)
			return err
		})
		if err != nil || len(numbers) < nearAtOnce {
			return err
		}
	}
}

// onConn runs f on a connection that writes.
func (s *Store) onConn(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // f has the error, if there was one
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return errors.New("the connection is not one of pgx")
		}
		return f(c.Conn())
	})
}
