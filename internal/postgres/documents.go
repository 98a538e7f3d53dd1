package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pipewright/pipewright/internal/sqlstore"
)

func putMeaning(g *sqlstore.Ingestion, hash []byte, m sqlstore.NewMeaning) (id int64, err error) {
	_, err = g.Row(`INSERT INTO meanings (kind, hash, text, terms) VALUES ($1, $2, $3, $4) RETURNING id`, []any{string(m.Kind), hash, m.Text, m.Terms}, &id)
	return id, err
}

// documentColumns are COPYed into a table of the transaction first: COPY cannot add to
// what is there.
var documentColumns = []string{"name", "kind", "resource", "run", "at", "until", "level", "meaning", "template", "count", "source", "first_line", "last_line"}

func putDocuments(g *sqlstore.Ingestion, list []*sqlstore.DocumentRow) error {
	return raw(g, func(conn *pgx.Conn) error {
		rows := pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			d := list[i]
			return []any{d.Name, string(d.Kind), d.Resource, d.Run, d.At, d.Until, string(d.Level), d.Meaning, d.Template, d.Count, d.Source, d.First, d.Last}, nil
		})
		return throughCopy(g.Ctx, conn, "documents", documentColumns, rows, sqlstore.OnSameDocument)
	})
}

// throughCopy adds rows to a table by COPY into one of this transaction, and from there with
// what is to be done about those that the table has. Its clean-up ends with the transaction.
func throughCopy(ctx context.Context, conn *pgx.Conn, table string, columns []string, rows pgx.CopyFromSource, onConflict string) error {
	list := strings.Join(columns, ", ")
	for _, statement := range []string{
		fmt.Sprintf(`CREATE TEMP TABLE IF NOT EXISTS new_%[1]s ON COMMIT DROP AS SELECT %[2]s FROM %[1]s WITH NO DATA`, table, list),
		`TRUNCATE new_` + table,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"new_" + table}, columns, rows); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM new_%[1]s WHERE true %[3]s`, table, list, onConflict))
	return err
}

const (
	mostRanked = 24     // terms of a query that count
	common     = 20_000 // meanings from which on a term tells little: only others decide what is found
)

// rank finds meanings that hold any of the terms. The server's ts_rank knows nothing of how
// rare a term is, so each term's is weighted by that, as BM25 does.
func rank(ctx context.Context, db *sql.DB, terms []string, arg func(any) string) (r sqlstore.Ranking, err error) {
	terms = terms[:min(len(terms), mostRanked)]
	var all float64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(id), 0)::float8 FROM meanings`).Scan(&all); err != nil {
		return r, err
	}
	var rare, every, scores []string
	for _, t := range terms {
		lexeme := "'" + t + "'" // of letters and digits only
		var n float64
		err := db.QueryRowContext(ctx, `SELECT count(*)::float8 FROM (SELECT 1 FROM meanings WHERE words @@ $1::tsquery LIMIT $2) AS few`, lexeme, common).Scan(&n)
		if err != nil {
			return r, err
		}
		if every = append(every, lexeme); n < common {
			rare = append(rare, lexeme)
		}
		weight := math.Log(1 + max(0, all-n+0.5)/(n+0.5))
		scores = append(scores, fmt.Sprintf(`%s::float8 * ts_rank(m.words, %s::tsquery, 1)`, arg(weight), arg(lexeme)))
	}
	if len(rare) == 0 {
		rare = every
	}
	r.From, r.Fits, r.Score = `meanings m`, `m.words @@ `+arg(strings.Join(rare, " | "))+`::tsquery`, strings.Join(scores, " + ")
	return r, nil
}
