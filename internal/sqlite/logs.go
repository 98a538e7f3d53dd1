package sqlite

import (
	"context"
	"database/sql"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Logs implements tools.LogReader. A Text without any letter or digit matches
// nothing.
func (s *Store) Logs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error) {
	f, ok, err := s.filterLogs(ctx, q)
	if err != nil || !ok {
		return nil, err
	}
	order := ` ORDER BY at, 2, lines.id`
	if q.Newest {
		order = ` ORDER BY at DESC, 2 DESC, lines.id DESC`
	}
	lines, err := collect(ctx, s.read, "read logs", func(rows *sql.Rows) (pipewright.LogLine, error) { return scanLine(rows) },
		`SELECT `+lineColumns+` FROM lines`+byTime(`lines_by_time`, len(q.Resources) == 0 && q.Text == "")+f.sql()+order+limit(q.Limit, defaultLimit), f.args...)
	if q.Newest {
		slices.Reverse(lines)
	}
	return lines, err
}

// CountLogs implements tools.LogReader.
func (s *Store) CountLogs(ctx context.Context, q pipewright.LogQuery) (n int, err error) {
	f, ok, err := s.filterLogs(ctx, q)
	if err != nil || !ok {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM lines `+f.sql(), f.args...).Scan(&n)
	return n, fault("count logs", err)
}

// SearchLogs returns the records that fit q.Text best, best first, ranked by
// BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009;
// k1 1.2, b 0.75). Records that hold every word come back; when there is none,
// those that hold any. Newest is ignored. Without words there are no hits.
func (s *Store) SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error) {
	for _, join := range []string{allWords, anyWord} {
		hits, err := s.search(ctx, q, join)
		if err != nil || len(hits) > 0 {
			return hits, err
		}
	}
	return nil, nil
}

func (s *Store) search(ctx context.Context, q pipewright.LogQuery, join string) ([]pipewright.LogHit, error) {
	expr, ok := match(q.Text, join)
	if !ok {
		return nil, nil
	}
	q.Text = ""
	f, ok, err := s.filterLogs(ctx, q)
	if err != nil || !ok {
		return nil, err
	}
	f.add(`lines_text MATCH ?`, expr)
	return collect(ctx, s.read, "search logs", func(rows *sql.Rows) (h pipewright.LogHit, err error) {
		h.Line, err = scanLine(rows, &h.Score)
		h.Score = -h.Score // SQLite's is better the lower it is
		return h, err
	}, `SELECT `+lineColumns+`, bm25(lines_text) AS score FROM lines_text JOIN lines ON lines.id = lines_text.rowid `+f.sql()+
		` ORDER BY score, at DESC, 2, lines.id DESC`+limit(q.Limit, defaultLimit), f.args...)
}

// lineColumns starts with the id and the name of the resource. Ties in time are
// broken by name (column 2): the numbers depend on what arrived first.
const lineColumns = `lines.id, ` + nameOf + `, at, level, run, lines.text`

// filterLogs turns a query into conditions; ok is false when nothing can fit.
func (s *Store) filterLogs(ctx context.Context, q pipewright.LogQuery) (w where, ok bool, err error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return w, false, err
	}
	w.in("resource", ids)
	w.lineRange(ids, q)
	w.window("at", q.Window)
	if q.Run != "" {
		w.add(`run = ?`, q.Run)
	}
	w.in("level", texts(q.Levels))
	if q.Text != "" {
		expr, ok := match(q.Text, allWords)
		if !ok {
			return w, false, nil
		}
		w.add(`lines.id IN (SELECT rowid FROM lines_text WHERE lines_text MATCH ?)`, expr)
	}
	return w, true, nil
}

// lineRange asks for line numbers. For one resource that is a range of ids.
func (w *where) lineRange(ids []any, q pipewright.LogQuery) {
	if q.FirstLine == 0 && q.LastLine == 0 {
		return
	}
	first, last := max(q.FirstLine, 0), min(q.LastLine, lineMask)
	if last <= 0 {
		last = lineMask
	}
	if len(ids) == 1 {
		if id, ok := ids[0].(int64); ok {
			base := id << lineBits
			w.add(`lines.id BETWEEN ? AND ?`, base|first, base|last)
			return
		}
	}
	w.add(`lines.id & ? BETWEEN ? AND ?`, int64(lineMask), first, last)
}

// scanLine reads lineColumns and what follows them.
func scanLine(rows *sql.Rows, more ...any) (l pipewright.LogLine, err error) {
	var id, at int64
	err = rows.Scan(append([]any{&id, &l.Resource, &at, &l.Level, &l.Run, &l.Text}, more...)...)
	l.Line, l.At = id&lineMask, moment(at)
	return l, err
}
