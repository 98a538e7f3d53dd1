package sqlstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// DocumentRow is a document as it is stored.
type DocumentRow struct {
	Name        string
	Kind        pipewright.DocumentKind
	Resource    int64 // 0: of none
	Run         string
	At, Until   int64
	Level       pipewright.Level
	Meaning     int64
	Template    string
	Count       int64
	Source      string
	First, Last int64 // lines
}

// NewMeaning is a meaning that may be stored already.
type NewMeaning struct {
	Kind  pipewright.DocumentKind
	Text  string
	Terms string
}

// Hash names a meaning.
func (m NewMeaning) Hash() []byte {
	sum := sha256.Sum256([]byte(string(m.Kind) + "\x00" + m.Text))
	return sum[:16]
}

// meaning is the number of a meaning, which it gets when it first comes.
func (g *Ingestion) meaning(m NewMeaning) (id int64, err error) {
	m.Text, m.Terms = Clean(m.Text), Clean(m.Terms)
	hash := m.Hash()
	found, err := g.Row(`SELECT id FROM meanings WHERE hash = $1`, []any{hash}, &id)
	if err != nil || found {
		return id, err
	}
	return g.dialect.Meaning(g, hash, m)
}

// documented leaves out the documents of runs and changes that were stored already.
func documented(list []pipewright.Document, fresh *pipewright.Batch) []pipewright.Document {
	return slices.DeleteFunc(slices.Clone(list), func(d pipewright.Document) bool {
		switch d.Kind {
		case pipewright.RunDocument:
			return !slices.ContainsFunc(fresh.Runs, func(r pipewright.Run) bool { return r.Resource == d.Resource && r.ID == d.Run })
		case pipewright.ChangeDocument:
			return !slices.ContainsFunc(fresh.Changes, func(c pipewright.Change) bool { return c.Resource == d.Resource && d.ID == "change:"+c.ID })
		}
		return false
	})
}

// documents stores documents beside log records; what is there already is replaced.
func (g *Ingestion) documents(list []pipewright.Document) error {
	at := map[string]int{}
	var rows []*DocumentRow
	for _, d := range list {
		r, err := g.document(d)
		if err != nil {
			return err
		}
		if i, met := at[r.Name]; met {
			rows[i] = r
			continue
		}
		at[r.Name] = len(rows)
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b *DocumentRow) int { return cmp.Compare(a.Name, b.Name) })
	return g.dialect.Documents(g, rows)
}

func (g *Ingestion) document(d pipewright.Document) (*DocumentRow, error) {
	r := &DocumentRow{Name: Clean(d.ID), Kind: d.Kind, Run: Clean(d.Run), At: Nanos(d.At), Until: Nanos(d.Until), Level: d.Level, Count: max(d.Count, 1), First: d.Citation.FirstLine, Last: d.Citation.LastLine}
	r.Until = max(r.Until, r.At)
	if d.Citation.Source != string(d.Resource) {
		r.Source = Clean(d.Citation.Source)
	}
	var err error
	if d.Resource != "" {
		if r.Resource, err = g.resource(d.Resource); err != nil {
			return nil, err
		}
	}
	if r.Meaning, err = g.meaning(NewMeaning{d.Kind, cmp.Or(d.Meaning, d.Text), d.Terms}); err != nil || d.Shape == nil {
		return r, err
	}
	return r, g.shape(r.Meaning, d.Shape)
}

// PutDocuments stores documents that no batch brings.
func (s *Store) PutDocuments(ctx context.Context, list []pipewright.Document) error {
	err := s.writeOn(ctx, s.lanes.Feed, func(conn *sql.Conn, tx *sql.Tx) error {
		g := s.ingestion(ctx, conn, tx)
		defer g.Close()
		return g.documents(list)
	})
	return s.fault("store documents", err)
}

// selecting asks, in a query over meanings m, for those that have a document which the
// query selects; ok is false when nothing can fit.
func (s *Store) selecting(ctx context.Context, q pipewright.DocumentQuery, w *where) (ok bool, err error) {
	w.in("m.kind", texts(q.Kinds))
	var d where
	d.args = w.args
	if ok, err = s.filterDocuments(ctx, q, &d); err != nil || !ok {
		return false, err
	}
	if len(d.conds) == 0 {
		return true, nil
	}
	// Of a few resources, the documents are read once; of all, a meaning has one soon.
	fits := `EXISTS (SELECT 1 FROM documents d ` + d.sql() + ` AND d.meaning = m.id)`
	if len(q.Resources) > 0 {
		fits = `m.id IN (SELECT d.meaning FROM documents d ` + d.sql() + `)`
	}
	w.conds, w.args = append(w.conds, fits), d.args
	return true, nil
}

// filterDocuments turns what a query says of documents d, but for their kind, into
// conditions.
func (s *Store) filterDocuments(ctx context.Context, q pipewright.DocumentQuery, w *where) (ok bool, err error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return false, err
	}
	w.in("d.resource", ids)
	w.in("d.level", texts(q.Levels))
	if q.Run != "" {
		w.add(`d.run = ?`, q.Run)
	}
	if !q.Window.Start.IsZero() {
		w.add(`d.until >= ?`, Nanos(q.Window.Start))
	}
	if !q.Window.End.IsZero() {
		w.add(`d.at < ?`, Nanos(q.Window.End))
	}
	if !q.NewSince.IsZero() { // that a template is not empty is said for the index, which holds no others
		since := Nanos(q.NewSince)
		w.add(`d.at >= ? AND (d.template = '' OR NOT EXISTS (SELECT 1 FROM documents o WHERE o.template = d.template AND o.template <> '' AND o.resource = d.resource AND o.at < ?))`, since, since)
	}
	return true, nil
}

// Selected is those of some meanings that have a document which the query selects; of all
// of them when among is nil.
func (s *Store) Selected(ctx context.Context, q pipewright.DocumentQuery, among []int64) ([]int64, error) {
	var w where
	ok, err := s.selecting(ctx, q, &w)
	if err != nil || !ok {
		return nil, err
	}
	if among != nil {
		list, err := json.Marshal(among)
		if err != nil {
			return nil, err
		}
		w.add(`m.id `+s.dialect.Among, string(list))
	}
	return collect(ctx, s.read, "select documents", func(rows *sql.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT m.id FROM meanings m `+w.sql()+` ORDER BY m.id`, w.args...)
}

// RankMeanings finds the meanings that hold the terms best, of those that have a document
// which the query selects.
func (s *Store) RankMeanings(ctx context.Context, terms []string, q pipewright.DocumentQuery, n int) ([]pipewright.Near, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	var w where
	rank, err := s.dialect.Rank(ctx, s.lanes.Read.DB, terms, w.arg)
	if err != nil {
		return nil, s.fault("search documents", err)
	}
	w.conds = append(w.conds, rank.Fits)
	ok, err := s.selecting(ctx, q, &w)
	if err != nil || !ok {
		return nil, err
	}
	return collect(ctx, s.read, "search documents", scanNear,
		`SELECT m.id, `+rank.Score+` FROM `+rank.From+` `+w.sql()+` ORDER BY 2 DESC, 1`+limit(n, defaultLimit), w.args...)
}

func scanNear(rows *sql.Rows) (n pipewright.Near, err error) {
	err = rows.Scan(&n.Meaning, &n.Score)
	return n, err
}

// Documents lists those documents of some meanings that the query selects, of each the
// newest few, in the order of the meanings.
func (s *Store) Documents(ctx context.Context, q pipewright.DocumentQuery, meanings []int64, each int) (out []pipewright.Document, err error) {
	for _, m := range meanings {
		var w where
		w.add(`d.meaning = ?`, m)
		w.in("d.kind", texts(q.Kinds))
		ok, err := s.filterDocuments(ctx, q, &w)
		if err != nil || !ok {
			return nil, err
		}
		some, err := collect(ctx, s.read, "read documents", scanDocument,
			`SELECT d.name, d.kind, coalesce((SELECT name FROM resources WHERE resources.id = d.resource), ''), d.run, d.at, d.until, d.level, m.text, m.terms, d.template, d.count, d.source, d.first_line, d.last_line
			FROM documents d JOIN meanings m ON m.id = d.meaning `+w.sql()+` ORDER BY d.at DESC, d.name`+limit(each, defaultLimit), w.args...)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func scanDocument(rows *sql.Rows) (d pipewright.Document, err error) {
	var at, until int64
	err = rows.Scan(&d.ID, &d.Kind, &d.Resource, &d.Run, &at, &until, &d.Level, &d.Text, &d.Terms, &d.Template, &d.Count, &d.Citation.Source, &d.Citation.FirstLine, &d.Citation.LastLine)
	d.At, d.Until = Moment(at), Moment(until)
	d.Citation.Source = cmp.Or(d.Citation.Source, string(d.Resource))
	return d, err
}
