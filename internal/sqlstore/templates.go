package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// occurrence names the document that counts a record: a template in an hour, of one
// resource, level and run, so that a filter on any of these selects whole documents.
type occurrence struct {
	template string
	resource int64
	hour     int64
	level    pipewright.Level
	run      string
}

func (o occurrence) name() string {
	return o.template + "|" + strconv.FormatInt(o.resource, 36) + "|" + strconv.FormatInt(o.hour, 36) + "|" + string(o.level) + "|" + o.run
}

// mined stores what mining found and counts the records that were new, in the batch's
// transaction: a batch that comes again counts nothing.
func (g *Ingestion) mined(m pipewright.Mined, fresh []pipewright.LogLine) error {
	if m.Whole {
		if _, err := g.Exec(`DELETE FROM mined`); err != nil {
			return err
		}
	}
	if m.State != nil {
		if _, err := g.Exec(`INSERT INTO mined (body) VALUES ($1)`, m.State); err != nil {
			return err
		}
	}
	for _, t := range m.Templates {
		if err := g.template(t); err != nil {
			return err
		}
	}
	for _, j := range m.Joined {
		if err := g.join(j); err != nil {
			return err
		}
	}
	return g.count(fresh)
}

func (g *Ingestion) template(t pipewright.LogTemplate) error {
	examples, err := json.Marshal(t.Examples)
	if err != nil {
		return err
	}
	samples, err := json.Marshal(t.Values)
	if err != nil {
		return err
	}
	_, err = g.Exec(`INSERT INTO templates (id, joined, text, meaning, terms, level, count, first_seen, last_seen, examples, samples) VALUES ($1,'',$2,$3,$4,$5,0,$6,$6,$7,$8)
		ON CONFLICT (id) DO UPDATE SET joined = '', text = excluded.text, level = excluded.level, examples = excluded.examples, samples = excluded.samples`,
		t.ID, Clean(t.Text), Clean(t.Meaning), Clean(t.Terms), string(t.Level), Never, Clean(string(examples)), Clean(string(samples)))
	return err
}

// join adds a template to another one, with all that it counted. That a template is not
// empty is said for the index, which holds no others.
func (g *Ingestion) join(j pipewright.Joined) error {
	for _, statement := range []string{
		`INSERT INTO documents (name, kind, resource, run, at, until, level, meaning, template, count, source, first_line, last_line)
			SELECT CAST($2 AS TEXT) || substr(d.name, length(CAST($1 AS TEXT)) + 1), d.kind, d.resource, d.run, d.at, d.until, d.level,
				coalesce((SELECT min(o.meaning) FROM documents o WHERE o.template = $2 AND o.template <> ''), d.meaning), CAST($2 AS TEXT), d.count, d.source, d.first_line, d.last_line
			FROM documents d WHERE d.template = $1 AND d.template <> '' ` + OnSameDocument,
		`DELETE FROM documents WHERE template = $1 AND template <> $2 AND template <> ''`,
		`UPDATE templates SET count = count + (SELECT o.count FROM templates o WHERE o.id = $1),
				first_seen = CASE WHEN first_seen = ` + never + ` OR (SELECT o.first_seen FROM templates o WHERE o.id = $1) < first_seen
					THEN (SELECT o.first_seen FROM templates o WHERE o.id = $1) ELSE first_seen END,
				last_seen = CASE WHEN (SELECT o.last_seen FROM templates o WHERE o.id = $1) > last_seen THEN (SELECT o.last_seen FROM templates o WHERE o.id = $1) ELSE last_seen END
			WHERE id = $2 AND EXISTS (SELECT 1 FROM templates o WHERE o.id = $1)`,
		`UPDATE templates SET joined = $2, count = 0 WHERE id = $1 AND id <> $2`,
	} {
		if _, err := g.Exec(statement, j.From, j.Into); err != nil {
			return err
		}
	}
	return nil
}

// never is Never in SQL, which knows no such literal.
const never = `(-9223372036854775807 - 1)`

// OnSameDocument ends an INSERT of documents: those of log records add up, of any other
// the later observation counts.
const OnSameDocument = `ON CONFLICT (name) DO UPDATE SET
	at = CASE WHEN excluded.template = '' OR excluded.at < documents.at THEN excluded.at ELSE documents.at END,
	until = CASE WHEN excluded.template = '' OR excluded.until > documents.until THEN excluded.until ELSE documents.until END,
	level = excluded.level, meaning = CASE WHEN excluded.template = '' THEN excluded.meaning ELSE documents.meaning END,
	count = CASE WHEN excluded.template = '' THEN excluded.count ELSE documents.count + excluded.count END,
	first_line = CASE WHEN excluded.template = '' OR excluded.first_line < documents.first_line THEN excluded.first_line ELSE documents.first_line END,
	last_line = CASE WHEN excluded.template = '' OR excluded.last_line > documents.last_line THEN excluded.last_line ELSE documents.last_line END`

// longestJoin bounds how many templates lead to the one that counts.
const longestJoin = 16

// counted is the template that counts the records of one: another replica may have found
// it to be an instance of another since.
func (g *Ingestion) counted(id string, known map[string]string) (string, error) {
	if into, ok := known[id]; ok {
		return into, nil
	}
	into := id
	for range longestJoin {
		var next string
		if found, err := g.Row(`SELECT joined FROM templates WHERE id = $1`, []any{into}, &next); err != nil || !found || next == "" {
			known[id] = into
			return into, err
		}
		into = next
	}
	known[id] = into
	return into, nil
}

// count adds records to the documents of their templates.
func (g *Ingestion) count(fresh []pipewright.LogLine) error {
	known := map[string]string{}
	rows := map[occurrence]*DocumentRow{}
	var order []*DocumentRow
	var last occurrence
	var row *DocumentRow
	for i := range fresh {
		l := &fresh[i]
		if l.Template == "" {
			continue
		}
		resource, err := g.resource(l.Resource)
		if err != nil {
			return err
		}
		id, err := g.counted(l.Template, known)
		if err != nil {
			return err
		}
		at := Nanos(l.At)
		o := occurrence{id, resource, hourOf(at), l.Level, l.Run}
		if row == nil || o != last {
			if row, last = rows[o], o; row == nil {
				row = &DocumentRow{Name: Clean(o.name()), Kind: pipewright.LogDocument, Resource: resource, Run: Clean(l.Run), Level: l.Level, Template: id, At: at, Until: at, First: l.Line, Last: l.Line}
				rows[o] = row
				order = append(order, row)
			}
		}
		row.Count++
		row.At, row.Until = min(row.At, at), max(row.Until, at)
		row.First, row.Last = min(row.First, l.Line), max(row.Last, l.Line)
		l.Template = "" // counted
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortFunc(order, func(a, b *DocumentRow) int { return cmp.Compare(a.Name, b.Name) })
	if err := g.meaningsOf(order); err != nil {
		return err
	}
	return g.dialect.Documents(g, order)
}

func hourOf(at int64) int64 {
	if at == Never {
		return Never
	}
	hour := at / int64(time.Hour)
	if at%int64(time.Hour) < 0 {
		hour--
	}
	return hour
}

// meaningsOf numbers the meanings of rows that count templates, and adds to their totals.
func (g *Ingestion) meaningsOf(rows []*DocumentRow) error {
	type total struct{ count, first, last int64 }
	totals := map[string]*total{}
	var ids []string
	for _, r := range rows {
		t := totals[r.Template]
		if t == nil {
			t = &total{first: r.At, last: r.Until}
			totals[r.Template] = t
			ids = append(ids, r.Template)
		}
		t.count += r.Count
		t.first, t.last = min(t.first, r.At), max(t.last, r.Until)
	}
	slices.Sort(ids)
	meanings := map[string]int64{}
	for _, id := range ids {
		var m NewMeaning
		t := totals[id]
		found, err := g.Row(`UPDATE templates SET count = count + $2, first_seen = CASE WHEN first_seen = `+never+` OR $3 < first_seen THEN $3 ELSE first_seen END,
			last_seen = CASE WHEN last_seen < $4 THEN $4 ELSE last_seen END WHERE id = $1 RETURNING meaning, terms`, []any{id, t.count, t.first, t.last}, &m.Text, &m.Terms)
		if err != nil {
			return err
		}
		if !found {
			return pipewright.Errorf(pipewright.Internal, "a record is of the template %s, which is not stored", id)
		}
		m.Kind = pipewright.LogDocument
		if meanings[id], err = g.meaning(m); err != nil {
			return err
		}
	}
	for _, r := range rows {
		r.Meaning = meanings[r.Template]
	}
	return nil
}

// MinedState is the state of the miner from a piece on: those after number after.
func (s *Store) MinedState(ctx context.Context, after int64) (pieces [][]byte, upTo int64, err error) {
	upTo = after
	pieces, err = collect(ctx, s.read, "read the miner's state", func(rows *sql.Rows) (body []byte, err error) {
		err = rows.Scan(&upTo, &body)
		return body, err
	}, `SELECT n, body FROM mined WHERE n > $1 ORDER BY n`, after)
	return pieces, upTo, err
}

// Templates lists the templates of log records, most frequent first; of none but id when
// it is given.
func (s *Store) Templates(ctx context.Context, id string) ([]pipewright.LogTemplate, error) {
	w := where{conds: []string{`joined = ''`}}
	if id != "" {
		w.add(`id = ?`, id)
	}
	return collect(ctx, s.read, "read templates", func(rows *sql.Rows) (t pipewright.LogTemplate, err error) {
		var first, last int64
		var examples, samples string
		if err = rows.Scan(&t.ID, &t.Text, &t.Meaning, &t.Terms, &t.Level, &t.Count, &first, &last, &examples, &samples); err != nil {
			return t, err
		}
		t.First, t.Last = Moment(first), Moment(last)
		if err = json.Unmarshal([]byte(examples), &t.Examples); err == nil {
			err = json.Unmarshal([]byte(samples), &t.Values)
		}
		return t, err
	}, `SELECT id, text, meaning, terms, level, count, first_seen, last_seen, examples, samples FROM templates `+w.sql()+` ORDER BY count DESC, id`, w.args...)
}
