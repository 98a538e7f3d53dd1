package sqlite

import (
	"context"
	"database/sql"
	"strings"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/sqlstore"
)

func putMeaning(g *sqlstore.Ingestion, hash []byte, m sqlstore.NewMeaning) (id int64, err error) {
	if _, err = g.Row(`INSERT INTO meanings (kind, hash, text, terms) VALUES ($1, $2, $3, $4) RETURNING id`, []any{string(m.Kind), hash, m.Text, m.Terms}, &id); err != nil {
		return 0, err
	}
	_, err = g.Exec(`INSERT INTO meanings_text (rowid, terms) VALUES ($1, $2)`, id, m.Terms)
	return id, err
}

func putDocuments(g *sqlstore.Ingestion, list []*sqlstore.DocumentRow) error {
	for _, d := range list {
		_, err := g.Exec(`INSERT INTO documents (name, kind, resource, run, at, until, level, meaning, template, count, source, first_line, last_line)
			VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) `+sqlstore.OnSameDocument,
			d.Name, string(d.Kind), d.Resource, d.Run, d.At, d.Until, string(d.Level), d.Meaning, d.Template, d.Count, d.Source, d.First, d.Last)
		if err != nil {
			return err
		}
	}
	return nil
}

func putVectors(g *sqlstore.Ingestion, sp pipewright.Space, list []pipewright.Vector) error {
	for _, v := range list {
		if err := g.PutVector(sp.Number, v); err != nil {
			return err
		}
	}
	return nil
}

// rank finds meanings that hold any of the terms, by BM25.
func rank(_ context.Context, _ *sql.DB, terms []string, arg func(any) string) (sqlstore.Ranking, error) {
	quoted := make([]string, len(terms))
	for i, t := range terms {
		quoted[i] = `"` + t + `"` // of letters and digits only
	}
	return sqlstore.Ranking{
		From:  `meanings_text JOIN meanings m ON m.id = meanings_text.rowid`,
		Fits:  `meanings_text MATCH ` + arg(strings.Join(quoted, " OR ")),
		Score: `-bm25(meanings_text)`,
	}, nil
}
