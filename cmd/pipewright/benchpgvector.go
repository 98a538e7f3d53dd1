package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
	pgxvec "github.com/pgvector/pgvector-go/pgx"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/retrieval/vector"
)

// benchWidths are the candidates that pgvector keeps in view in a search (hnsw.ef_search):
// its default, and what Pipewright asks for.
var benchWidths = []int{40, 400}

// pgBench is the same vectors in the process and in a table of pgvector's.
type pgBench struct {
	ctx  context.Context
	conn *pgx.Conn
	n    int
	ours *vector.Store
	set  vectorSet
	took struct{ ours, load, index time.Duration }
}

// benchPgvector measures pgvector's HNSW index, as it is made by default, beside our search
// over the same n vectors. Its table is temporary.
func benchPgvector(ctx context.Context, url string, n int) (figures []figure, err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "reach the server that PIPEWRIGHT_BENCH_POSTGRES names: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // its tables go with it
	if _, err := conn.Exec(ctx, `CREATE EXTENSION IF NOT EXISTS vector`); err != nil {
		return nil, pipewright.Errorf(pipewright.Unavailable, "the server that PIPEWRIGHT_BENCH_POSTGRES names has no pgvector, or this role may not enable it: %w", err)
	}
	if err := pgxvec.RegisterTypes(ctx, conn); err != nil {
		return nil, err
	}
	b := &pgBench{ctx: ctx, conn: conn, n: n, ours: vector.New(benchDimensions)}
	if err := b.load(); err != nil {
		return nil, err
	}
	return b.figures()
}

// load puts the vectors into both, and builds the index.
func (b *pgBench) load() (err error) {
	if _, err := b.conn.Exec(b.ctx, fmt.Sprintf(`CREATE TEMP TABLE bench_vectors (id integer, v vector(%d))`, benchDimensions)); err != nil {
		return err
	}
	var rows [][]any
	flush := func() error {
		start := time.Now()
		_, err := b.conn.CopyFrom(b.ctx, pgx.Identifier{"bench_vectors"}, []string{"id", "v"}, pgx.CopyFromRows(rows))
		b.took.load += time.Since(start)
		rows = rows[:0]
		return err
	}
	id := 0
	b.set, err = newVectorSet(b.n, func(v []float32) error {
		rows = append(rows, []any{id, pgvector.NewVector(v)})
		id++
		start := time.Now()
		_, err := b.ours.Add(v)
		b.took.ours += time.Since(start)
		if err == nil && len(rows) == 5000 {
			err = flush()
		}
		return err
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return err
	}
	start := time.Now()
	_, err = b.conn.Exec(b.ctx, `CREATE INDEX bench_near ON bench_vectors USING hnsw (v vector_cosine_ops)`)
	b.took.index = time.Since(start)
	return err
}

func (b *pgBench) figures() ([]figure, error) {
	of := fmt.Sprintf("%d x %d", b.n, benchDimensions)
	var size int64
	if err := b.conn.QueryRow(b.ctx, `SELECT pg_relation_size('bench_near')`).Scan(&size); err != nil {
		return nil, err
	}
	ours, err := b.set.measure(func(q []float32) (out []int, err error) {
		got, err := b.ours.Search(q, benchNearest, nil)
		for _, m := range got {
			out = append(out, m.Index)
		}
		return out, err
	})
	if err != nil {
		return nil, err
	}
	out := []figure{
		{What: "beside pgvector, build", Of: of, Measured: b.took.ours.Seconds(), Baseline: (b.took.load + b.took.index).Seconds(), Unit: "s"},
		{What: "beside pgvector, memory of the index", Of: of, Measured: float64(b.ours.Bytes()) / 1e6, Baseline: float64(size) / 1e6, Unit: "MB"},
	}
	for _, width := range benchWidths {
		theirs, err := b.theirs(width)
		if err != nil {
			return nil, err
		}
		of := fmt.Sprintf("%s, ef_search %d", of, width)
		out = append(out,
			figure{What: "beside pgvector, recall@10", Of: of, Measured: ours.recall, Baseline: theirs.recall},
			figure{What: "beside pgvector, p50", Of: of, Measured: ours.p50, Baseline: theirs.p50, Unit: "ms"},
			figure{What: "beside pgvector, p99", Of: of, Measured: ours.p99, Baseline: theirs.p99, Unit: "ms"})
	}
	return out, nil
}

// theirs measures pgvector, once the index is in the server's memory.
func (b *pgBench) theirs(width int) (vectorFigures, error) {
	if _, err := b.conn.Exec(b.ctx, fmt.Sprintf(`SET hnsw.ef_search = %d`, width)); err != nil {
		return vectorFigures{}, err
	}
	search := func(q []float32) (out []int, err error) {
		rows, err := b.conn.Query(b.ctx, `SELECT id FROM bench_vectors ORDER BY v <=> $1 LIMIT $2`, pgvector.NewVector(q), benchNearest)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[int])
	}
	if _, err := b.set.measure(search); err != nil {
		return vectorFigures{}, err
	}
	return b.set.measure(search)
}
