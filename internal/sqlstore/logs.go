package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	pipewright "github.com/pipewright/pipewright"
)

// Logs implements tools.LogReader. A Text without any letter or digit matches
// nothing.
func (s *Store) Logs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogLine, error) {
	if s.dialect.Kept != nil {
		return inBlocks(ctx, s, "read logs", q, s.dialect.Kept.Logs)
	}
	var w where
	ok, err := s.filterLogs(ctx, q, &w)
	if err != nil || !ok {
		return nil, err
	}
	order := ` ORDER BY at, 2, lines.id`
	if q.Newest {
		order = ` ORDER BY at DESC, 2 DESC, lines.id DESC`
	}
	lines, err := collect(ctx, s.read, "read logs", func(rows *sql.Rows) (pipewright.LogLine, error) { return scanLine(rows) },
		`SELECT `+lineColumns+` FROM lines`+s.byTime(`lines_by_time`, len(q.Resources) == 0 && q.Text == "")+w.sql()+order+limit(q.Limit, defaultLimit), w.args...)
	if q.Newest {
		slices.Reverse(lines)
	}
	return lines, err
}

// CountLogs implements tools.LogReader.
func (s *Store) CountLogs(ctx context.Context, q pipewright.LogQuery) (n int, err error) {
	if s.dialect.Kept != nil {
		return inBlocks(ctx, s, "count logs", q, s.dialect.Kept.CountLogs)
	}
	var w where
	ok, err := s.filterLogs(ctx, q, &w)
	if err != nil || !ok {
		return 0, err
	}
	query := `SELECT count(*) FROM lines ` + w.sql()
	if q.Enough > 0 {
		query = `SELECT count(*) FROM (SELECT 1 FROM lines ` + w.sql() + limit(q.Enough, 0) + `) AS enough`
	}
	err = s.read.QueryRowContext(ctx, query, w.args...).Scan(&n)
	return n, s.fault("count logs", err)
}

// mostRanked bounds how many records that fit are ranked: words that more hold tell so
// little that the newest do, and ranking them all would take as long as there are records.
const mostRanked = 5_000

// SearchLogs returns the records that fit q.Text best, best first, as the database
// ranks them. Records that hold every word come back; when there is none,
// those that hold any. Newest is ignored. Without words there are no hits.
func (s *Store) SearchLogs(ctx context.Context, q pipewright.LogQuery) ([]pipewright.LogHit, error) {
	for _, all := range []bool{true, false} {
		hits, err := s.search(ctx, q, all)
		if err != nil || len(hits) > 0 {
			return hits, err
		}
	}
	return nil, nil
}

func (s *Store) search(ctx context.Context, q pipewright.LogQuery, all bool) ([]pipewright.LogHit, error) {
	if s.dialect.Kept != nil {
		return inBlocks(ctx, s, "search logs", q, func(ctx context.Context, tx *sql.Tx, q LineQuery) ([]pipewright.LogHit, error) {
			return s.dialect.Kept.SearchLogs(ctx, tx, q, all)
		})
	}
	text := s.dialect.Text
	expr, ok := text.Expr(words(q.Text), all)
	if !ok {
		return nil, nil
	}
	q.Text = ""
	w := where{conds: []string{text.Fits}, args: []any{expr}}
	if ok, err := s.filterLogs(ctx, q, &w); err != nil || !ok {
		return nil, err
	}
	return collect(ctx, s.read, "search logs", func(rows *sql.Rows) (h pipewright.LogHit, err error) {
		h.Line, err = scanLine(rows, &h.Score)
		return h, err
	}, `SELECT `+lineColumns+`, `+text.Score+` AS score FROM (SELECT * FROM lines `+w.sql()+` ORDER BY at DESC`+limit(mostRanked, 0)+`) AS lines`+
		` ORDER BY score DESC, at DESC, 2, lines.id DESC`+limit(q.Limit, defaultLimit), w.args...)
}

// inBlocks answers a query for records that are kept in blocks.
func inBlocks[T any](ctx context.Context, s *Store, doing string, q pipewright.LogQuery, read func(context.Context, *sql.Tx, LineQuery) (T, error)) (out T, err error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return out, err
	}
	l := LineQuery{LogQuery: q, Words: words(q.Text)}
	if q.Text != "" && len(l.Words) == 0 {
		return out, nil
	}
	if l.Limit <= 0 {
		l.Limit = defaultLimit
	}
	for _, id := range ids {
		if n, ok := id.(int64); ok {
			l.IDs = append(l.IDs, n)
		}
	}
	err = inTx(ctx, s.lanes.Read, func(_ *sql.Conn, tx *sql.Tx) (err error) {
		out, err = read(ctx, tx, l)
		return err
	})
	return out, s.fault(doing, err)
}

// lineColumns starts with the id and the name of the resource. Ties in time are
// broken by name (column 2): the numbers depend on what arrived first.
const lineColumns = `lines.id, ` + nameOf + `, at, level, run, lines.text`

// filterLogs turns a query into conditions; ok is false when nothing can fit.
func (s *Store) filterLogs(ctx context.Context, q pipewright.LogQuery, w *where) (ok bool, err error) {
	ids, ok, err := s.number(ctx, q.Resources)
	if err != nil || !ok {
		return false, err
	}
	w.in("resource", ids)
	w.lineRange(ids, q)
	w.window("at", q.Window)
	if q.Run != "" {
		w.add(`run = ?`, q.Run)
	}
	w.in("level", texts(q.Levels))
	if q.Text != "" {
		expr, ok := s.dialect.Text.Expr(words(q.Text), true)
		if !ok {
			return false, nil
		}
		w.add(s.dialect.Text.Holds, expr)
	}
	return true, nil
}

// lineRange asks for line numbers. For one resource that is a range of ids.
func (w *where) lineRange(ids []any, q pipewright.LogQuery) {
	if q.FirstLine == 0 && q.LastLine == 0 {
		return
	}
	first, last := max(q.FirstLine, 0), min(q.LastLine, LineMask)
	if last <= 0 {
		last = LineMask
	}
	if len(ids) == 1 {
		if id, ok := ids[0].(int64); ok {
			base := id << LineBits
			w.add(`lines.id BETWEEN ? AND ?`, base|first, base|last)
			return
		}
	}
	w.add(`lines.id & ? BETWEEN ? AND ?`, int64(LineMask), first, last)
}

// scanLine reads lineColumns and what follows them.
func scanLine(rows *sql.Rows, more ...any) (l pipewright.LogLine, err error) {
	var id, at int64
	err = rows.Scan(append([]any{&id, &l.Resource, &at, &l.Level, &l.Run, &l.Text}, more...)...)
	l.Line, l.At = id&LineMask, Moment(at)
	return l, err
}
